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
        ingest_registry_release(&source->registry);
        sensors_memory_free(source->memory);
        ingest_batch_release(&source->batch);
        ingest_redelivery_release(&source->redelivery);
        sensors_zone_free(source->zone);
        explicit_bzero(source->secret_bytes, sizeof source->secret_bytes);
        free(source->name);
        free(source->topics);
        free(source->held_topics);
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
    source->held_topics = strdup("");
    ingest_batch_init(&source->batch);
    ingest_devices_init(&source->devices);
    ingest_registry_init(&source->registry);
    if (!source->name || !source->topics || !source->held_topics) {
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

enum { CHARSET = 33 };

static const struct sensors_format *format_of(const struct sensors_mappings *mappings, struct base_str name)
{
    const struct sensors_format *format = sensors_format_find(name);
    return format ? format : sensors_mappings_find(mappings, name);
}

enum base_err ingest_sources_map(struct ingest_sources *sources, const char *dir, struct base_diag *diag)
{
    struct sensors_mappings *mappings = NULL;
    enum base_err err = sensors_mappings_load(dir, diag, &mappings);
    for (size_t i = 0; !err && i < sources->count; i++) {
        struct ingest_source *source = sources->list[i];
        source->format = source->format ? format_of(mappings, base_str_of(source->format->name)) : NULL;
        source->mappings = mappings;
    }
    if (!err) {
        sensors_mappings_free(sources->mappings);
        sources->mappings = mappings;
    }
    return err;
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
        free(source->topics);
        source->topics = copy;
    }
    source->format = format_of(source->mappings, base_str_of(data_rows_text(rows, row, 4)));
    source->subject = SENSORS_SUBJECT_NONE;
    sensors_subject_in(base_str_of(data_rows_text(rows, row, 5)), &source->subject);
    struct sensors_zone *zone = NULL;
    if (sensors_zone_open(data_rows_text(rows, row, 6), NULL, &zone) == BASE_OK) {
        sensors_zone_free(source->zone);
        source->zone = zone;
    }
    source->gb18030 = strcmp(data_rows_text(rows, row, CHARSET), "gb18030") == 0;
    source->secret = (struct base_str){source->secret_bytes, 0};
    if (ingest_keys_secret(source->keys, source->name, source->secret_bytes, &source->secret.len)) {
        source->secret.len = 0; /* encrypted messages become dead letters that say so */
    }
    source->datum = GEO_DATUM_WGS84;
    geo_datum_in(base_str_of(data_rows_text(rows, row, 7)), &source->datum);
    source->retention_us = data_rows_i64(rows, row, 9) * INT64_C(1000000);
    source->forget = data_rows_bool(rows, row, 21);
    return BASE_OK;
}

/* id, estate_id and name are the first columns of both lists. */
static struct ingest_source *find_or_add(struct ingest_sources *sources, const struct data_rows *rows, size_t row,
                                         struct base_diag *diag)
{
    int64_t id = data_rows_i64(rows, row, 0);
    struct ingest_source *source = find(sources, id);
    if (!source) {
        source = add(sources, id, data_rows_i64(rows, row, 1), data_rows_text(rows, row, 2));
    }
    if (!source) {
        base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    return source;
}

static enum base_err load_used(struct ingest_sources *sources, struct data_conn *conn, struct ingest_keys *keys,
                               struct base_arena *decoding, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, diag, &rows);
    for (size_t i = 0; i < sources->count; i++) {
        sources->list[i]->seen = false;
    }
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        struct ingest_source *source = find_or_add(sources, rows, i, diag);
        if (!source) {
            return BASE_NOMEM;
        }
        source->seen = true;
        source->keys = keys;
        source->decoding = decoding;
        source->mappings = sources->mappings;
        err = settings(source, rows, i, diag);
    }
    for (size_t i = 0; i < sources->count && !err; i++) { /* half a list says of no source that it went */
        struct ingest_source *source = sources->list[i];
        source->forget = source->forget || (source->listed && !source->seen);
        source->listed = source->seen;
    }
    return err;
}

/* Removed while no worker was there to see it. */
static enum base_err load_removed(struct ingest_sources *sources, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_SOURCE_LIST_REMOVED, DATA_NO_ARGS, diag, &rows);
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        struct ingest_source *source = find_or_add(sources, rows, i, diag);
        if (!source) {
            return BASE_NOMEM;
        }
        source->forget = true;
    }
    return err;
}

enum base_err ingest_sources_load(struct ingest_sources *sources, struct data_conn *conn, struct ingest_keys *keys,
                                  struct base_arena *decoding, struct base_diag *diag)
{
    enum base_err err = load_used(sources, conn, keys, decoding, diag);
    return err ? err : load_removed(sources, conn, diag);
}

enum base_err ingest_sources_forgotten(struct ingest_source *source, struct data_conn *conn, const char *owner,
                                       struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        conn, DATA_SOURCE_FORGET,
        DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_text(owner), data_i64(source->epoch)), diag,
        &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_FENCED, "source %s: another worker holds the lease", source->name);
    }
    source->forget = source->forget && err;
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
    sensors_mappings_free(sources->mappings);
    *sources = (struct ingest_sources){.list = NULL};
}
