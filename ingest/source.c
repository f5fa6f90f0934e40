/* The list of sources: read from the table, changed in place while their sessions run. */
#include "ingest/source.h"

#include <stdlib.h>
#include <string.h>

static void source_free(struct ingest_source *source)
{
    if (source) {
        ingest_session_drop(&source->session, "removed");
        ingest_shifts_release(&source->shifts);
        ingest_devices_release(&source->devices);
        ingest_batch_release(&source->batch);
        sensors_zone_free(source->zone);
        free(source->name);
        free(source->topics);
        free(source);
    }
}

static struct ingest_source *source_new(int64_t id, int64_t estate_id, const char *name)
{
    struct ingest_source *source = calloc(1, sizeof *source);
    if (!source) {
        return NULL;
    }
    source->id = id;
    source->estate_id = estate_id;
    source->name = strdup(name);
    source->topics = strdup("");
    ingest_batch_init(&source->batch);
    ingest_devices_init(&source->devices);
    if (!source->name || !source->topics) {
        source_free(source);
        return NULL;
    }
    return source;
}

static struct ingest_source *find(const struct ingest_sources *sources, int64_t id)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->list[i]->id == id) {
            return sources->list[i];
        }
    }
    return NULL;
}

static struct ingest_source *add(struct ingest_sources *sources, int64_t id, int64_t estate_id, const char *name)
{
    if (sources->count == sources->cap) {
        size_t cap = sources->cap ? sources->cap * 2 : 8;
        struct ingest_source **list = realloc(sources->list, cap * sizeof(struct ingest_source *));
        if (!list) {
            return NULL;
        }
        sources->list = list;
        sources->cap = cap;
    }
    struct ingest_source *source = source_new(id, estate_id, name);
    if (source) {
        sources->list[sources->count++] = source;
    }
    return source;
}

/* Columns of source_list.sql. A zone or datum that is not known here must not stop the other sources. */
static enum base_err settings(struct ingest_source *source, const struct data_rows *rows, size_t row,
                              struct base_diag *diag)
{
    const char *topics = data_rows_text(rows, row, 3);
    if (strcmp(source->topics, topics) != 0) {
        char *copy = strdup(topics);
        if (!copy) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        ingest_session_topics(&source->session, base_str_of(copy));
        free(source->topics);
        source->topics = copy;
    }
    source->format = sensors_format_find(base_str_of(data_rows_text(rows, row, 4)));
    source->subject = SENSORS_SUBJECT_NONE;
    sensors_subject_in(base_str_of(data_rows_text(rows, row, 5)), &source->subject);
    struct sensors_zone *zone = NULL;
    if (sensors_zone_open(data_rows_text(rows, row, 6), NULL, &zone) == BASE_OK) {
        sensors_zone_free(source->zone);
        source->zone = zone;
    }
    source->datum = GEO_DATUM_WGS84;
    geo_datum_in(base_str_of(data_rows_text(rows, row, 7)), &source->datum);
    source->retention_us = data_rows_i64(rows, row, 9) * INT64_C(1000000);
    return BASE_OK;
}

enum base_err ingest_sources_load(struct ingest_sources *sources, struct data_conn *conn, struct ingest_keys *keys,
                                  struct base_arena *decoding, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, diag, &rows);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < sources->count; i++) {
        sources->list[i]->seen = false;
    }
    for (size_t i = 0; i < data_rows_count(rows) && !err; i++) {
        int64_t id = data_rows_i64(rows, i, 0);
        struct ingest_source *source = find(sources, id);
        if (!source) {
            source = add(sources, id, data_rows_i64(rows, i, 1), data_rows_text(rows, i, 2));
        }
        if (!source) {
            return base_diag_set(diag, BASE_NOMEM, "out of memory");
        }
        source->seen = true;
        source->keys = keys;
        source->decoding = decoding;
        err = settings(source, rows, i, diag);
    }
    for (size_t i = 0; i < sources->count && !err; i++) { /* half a list says of no source that it went */
        sources->list[i]->listed = sources->list[i]->seen;
    }
    return err;
}

void ingest_sources_remove(struct ingest_sources *sources, size_t at)
{
    source_free(sources->list[at]);
    memmove(&sources->list[at], &sources->list[at + 1], (sources->count - at - 1) * sizeof(struct ingest_source *));
    sources->count--;
}

void ingest_sources_release(struct ingest_sources *sources)
{
    while (sources->count) {
        ingest_sources_remove(sources, sources->count - 1);
    }
    free(sources->list);
    *sources = (struct ingest_sources){.list = NULL};
}
