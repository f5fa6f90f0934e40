/* tiles/view.c with the scope of a real account: rows of other estates do not come, be their page of one estate or of
 * several, and the background comes to everybody. */
#include "fixture/fixture.h"
#include "store_model.h"

#include <libpq-fe.h>

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};
static struct data_scope *scope, *nobody;

static struct data_scope *scope_of(PGconn *pg, struct data_conn *conn, const char *insert)
{
    struct data_scope *made = NULL;
    int64_t account = 0;
    PGresult *result = PQexec(pg, insert);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(pg));
    }
    assert_true(base_str_i64(base_str_of(PQgetvalue(result, 0, 0)), &account));
    PQclear(result);
    model_ok(data_scope_account(conn, account, &model_diag, &made));
    return made;
}

static int set_up(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = NULL;
    PGconn *pg = PQconnectdb(database);
    PQclear(PQexec(pg, "set search_path = hutong, public"));
    model_ok(data_conn_open(database, "test", &model_diag, &conn));
    scope = scope_of(pg, conn,
                     "with a as (insert into account (name) values ('some') returning id) "
                     "insert into role_grant (account_id, role, estate_ids) select id, 'company', '{2,4}' from a "
                     "returning account_id");
    nobody = scope_of(pg, conn, "insert into account (name) values ('nobody') returning id");
    PQfinish(pg);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_scope_free(scope);
    data_scope_free(nobody);
    return 0;
}

/* estates: of the rows, in turn (1: pages of one estate). */
static struct tiles_view *view_of(struct model *model, size_t estates)
{
    struct tiles_store *store = NULL;
    struct tiles_directory *directory = NULL;
    unsigned effect;
    model_ok(tiles_store_new(model->columns, &model_diag, &store));
    for (size_t i = 0; i < model->count; i++) {
        struct model_row *row = &model->rows[i];
        row->row.estate_id = 1 + (int64_t)(i % estates);
        model_shape(model, row);
        model_cells(model, row, UINT32_MAX);
        model_ok(tiles_store_put(store, &row->row, UINT32_MAX, 0, &model_diag, &effect));
        row->there = true;
    }
    model_ok(tiles_store_publish(store, &model_diag, &directory));
    tiles_store_free(store);
    return model_view(model->table, directory);
}

static void only_estates_of_the_scope(void **state)
{
    (void)state;
    static const size_t estates[] = {5, 1, 4, 2000};
    for (size_t i = 0; i < BASE_COUNT(estates); i++) {
        struct model *model = model_new(TILES_TABLE_BUILDING, 2000, 21 + i);
        struct tiles_view *view = view_of(model, estates[i]);
        for (int n = 0; n < 20; n++) {
            struct tiles_extent extent = n ? model_extent(model) : world;
            model_check(model, view, &extent, scope, DATA_LOOK_PLACE);
            model_check(model, view, &extent, scope, DATA_LOOK_AUDIT);
            model_check(model, view, &extent, nobody, DATA_LOOK_PLACE);
        }
        tiles_view_unref(view);
        model_free(model);
    }
}

static size_t rows_seen(const struct tiles_view *view, enum tiles_table_id table, const struct data_scope *of)
{
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    size_t seen = 0;
    struct tiles_walk walk = tiles_view_walk(view, table, &world, of, DATA_LOOK_PLACE);
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        seen += count;
    }
    return seen;
}

static void the_background_is_everybodys(void **state)
{
    (void)state;
    size_t shared = 0;
    for (size_t table = 0; table < TILES_TABLES; table++) {
        struct model *model = model_new(table, 100, 31);
        struct tiles_view *view = view_of(model, 5);
        assert_int_equal(rows_seen(view, table, nobody), tiles_tables[table].shared ? 100 : 0);
        assert_int_equal(rows_seen(view, table, scope), tiles_tables[table].shared ? 100 : 40);
        shared += tiles_tables[table].shared;
        tiles_view_unref(view);
        model_free(model);
    }
    assert_int_equal(shared, 5); /* land use, water, roads, places, the grid */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_estates_of_the_scope),
        cmocka_unit_test(the_background_is_everybodys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
