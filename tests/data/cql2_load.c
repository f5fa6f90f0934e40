/* How the tables of the CQL2 tests come into PostgreSQL: scripts of statements, and the data set of shared/cql2. */
#include "cql2_table.h"

void cql2_table_script(PGconn *pg, const char *name)
{
    char path[4096];
    struct base_buf sql;
    base_buf_init(&sql, 1 << 20);
    snprintf(path, sizeof path, "%s/tests/data/%s", fixture_source(), name);
    test_ok(base_file_read(path, 1 << 20, &test_diag, &sql));

    test_ok(sql.err);
    PGresult *result = PQexec(pg, base_buf_cstr(&sql));
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", name, PQerrorMessage(pg));
    }
    PQclear(result);
    base_buf_release(&sql);
}

struct layer {
    struct geo_vector *vector;
    int count; /* of columns that the file has a field for */
    struct {
        char name[64];
        int bound;
    } columns[CQL2_TABLE_COLUMNS_MAX];
};

static void layer_bind(struct layer *layer, PGconn *pg, const char *table)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "select a.attname from pg_attribute a where a.attrelid = '%s'::regclass and a.attnum > 2 order by "
             "a.attnum", /* after fid and geom */
             table);
    PGresult *result = PQexec(pg, sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    layer->count = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        int bound = geo_vector_bind(layer->vector, PQgetvalue(result, i, 0));
        if (bound >= 0) {
            snprintf(layer->columns[layer->count].name, sizeof layer->columns->name, "%s", PQgetvalue(result, i, 0));
            layer->columns[layer->count++].bound = bound;
        }
    }
    assert_true(layer->count > 0);
    PQclear(result);
}

static void layer_insert(struct layer *layer, PGconn *pg, const char *table, const struct geo_vector_feature *feature)
{
    struct base_buf sql, wkb;
    const char *values[CQL2_TABLE_COLUMNS_MAX];
    char texts[CQL2_TABLE_COLUMNS_MAX][512];
    base_buf_init(&sql, 1 << 16);
    base_buf_init(&wkb, 1 << 24);
    geo_wkb_out(&feature->shape, 4326, false, &wkb);
    base_buf_printf(&sql, "insert into %s (fid, geom", table);
    for (int i = 0; i < layer->count; i++) {
        base_buf_printf(&sql, ", \"%s\"", layer->columns[i].name);
    }
    base_buf_printf(&sql, ") values (%lld, st_geomfromewkb($%d::bytea)", (long long)feature->fid, layer->count + 1);
    for (int i = 0; i < layer->count; i++) {
        struct base_str text = geo_vector_value(layer->vector, layer->columns[i].bound);
        assert_true(text.len < sizeof texts[i]);
        snprintf(texts[i], sizeof texts[i], "%.*s", (int)text.len, text.len ? text.at : "");
        values[i] = text.len ? texts[i] : NULL;
        base_buf_printf(&sql, ", $%d", i + 1);
    }
    base_buf_text(&sql, ")");
    test_ok(sql.err ? sql.err : wkb.err);
    int lengths[CQL2_TABLE_COLUMNS_MAX] = {0}, formats[CQL2_TABLE_COLUMNS_MAX] = {0};
    values[layer->count] = (const char *)wkb.data;
    lengths[layer->count] = (int)wkb.len;
    formats[layer->count] = 1;
    PGresult *result = PQexecParams(pg, base_buf_cstr(&sql), layer->count + 1, NULL, values, lengths, formats, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", table, PQerrorMessage(pg));
    }
    PQclear(result);
    base_buf_release(&sql);
    base_buf_release(&wkb);
}

static void layer_load(PGconn *pg, const char *path, const char *table)
{
    struct layer layer = {.vector = NULL};
    struct geo_vector_feature feature;
    bool more = true;
    geo_shape_init(&feature.shape);
    test_ok(geo_vector_open(path, &(struct geo_vector_options){.layer = table}, &test_diag, &layer.vector));
    layer_bind(&layer, pg, table);
    for (;;) {
        test_ok(geo_vector_next(layer.vector, &test_diag, &feature, &more));
        if (!more) {
            break;
        }
        layer_insert(&layer, pg, table, &feature);
    }
    geo_shape_release(&feature.shape);
    geo_vector_free(layer.vector);
}

void cql2_table_natural_earth(PGconn *pg, const char *shared)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/cql2/ne110m4cql2.gpkg", shared);
    cql2_table_script(pg, "cql2_natural_earth.sql");
    layer_load(pg, path, "ne_110m_admin_0_countries");
    layer_load(pg, path, "ne_110m_rivers_lake_centerlines");
    layer_load(pg, path, "ne_110m_populated_places_simple");
}
