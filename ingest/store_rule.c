/* Events to rule hits: matched in memory, written in the transaction that stores the events. */
#include "ingest/store_rule.h"

#include <math.h>

enum { TEXT_MAX = 64 * 1024 * 1024, EXCEPT_MAX = 4096 };

/* --- reading the rules --- */
enum { ID, VERSION, ESTATE, FILTER, CLEAR, KEY, EXCEPT }; /* columns of rule_list.sql */

/* A rule that cannot be read - somebody wrote it past the import - is left out, aloud: the others go on. */
static enum base_err add(struct facts_ruleset *set, const struct data_rows *rows, size_t row, struct base_diag *diag)
{
    int64_t except[EXCEPT_MAX];
    size_t count = 0;
    while (count < EXCEPT_MAX && data_rows_item(rows, row, EXCEPT, count, &except[count])) {
        count++;
    }
    const struct facts_rule rule = {.id = data_rows_i64(rows, row, ID),
                                    .version = data_rows_i64(rows, row, VERSION),
                                    .estate_id = data_rows_null(rows, row, ESTATE) ? FACTS_ALL_ESTATES
                                                                                   : data_rows_i64(rows, row, ESTATE),
                                    .except = except,
                                    .except_count = count,
                                    .filter = data_rows_text(rows, row, FILTER),
                                    .clear = data_rows_text(rows, row, CLEAR)};
    enum base_err err = facts_ruleset_add(set, &rule, diag);
    if (err && err != BASE_NOMEM) {
        base_log(BASE_LOG_ERROR, "a rule cannot be read", base_log_text("rule", data_rows_text(rows, row, KEY)),
                 base_log_text("why", diag->text));
        return BASE_OK;
    }
    return err;
}

static enum base_err load(struct ingest_store *store, int64_t version, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    AUTO(facts_ruleset) set = NULL;
    enum base_err err = data_run(store->conn, DATA_RULE_LIST, DATA_NO_ARGS, diag, &rows);
    err = err ? err : facts_ruleset_new(diag, &set);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        err = add(set, rows, row, diag);
    }
    if (!err) {
        facts_ruleset_free(store->rules);
        store->rules = set;
        store->rule_version = version;
        set = NULL;
    }
    return err;
}

enum base_err ingest_store_rule_keep(struct ingest_store *store, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(store->conn, DATA_RULE_VERSION, DATA_NO_ARGS, diag, &rows);
    int64_t version = err ? 0 : data_rows_i64(rows, 0, 0);
    return err || version == store->rule_version ? err : load(store, version, diag);
}

/* --- matching --- */
static int64_t estate_of(const struct ingest_source *source, const struct ingest_row *row)
{
    return row->at_estate_id >= 0 ? row->at_estate_id : source->estate_id;
}

static struct facts_rule_event event_of(const struct ingest_source *source, const struct ingest_row *row)
{
    bool stands = row->binding && row->binding->has_storey;
    return (struct facts_rule_event){.estate_id = estate_of(source, row),
                                     .t_event = row->t_event,
                                     .kind = row->kind,
                                     .phase = row->phase,
                                     .subject_type = row->subject_type,
                                     .severity = row->severity,
                                     .confidence = round((double)row->confidence * 1e6) / 1e6, /* 0.9 again */
                                     .has_storey = stands,
                                     .storey = stands ? row->binding->storey : 0,
                                     .flags = row->flags,
                                     .channel = row->channel,
                                     .native_id = row->native_hidden ? (struct base_str){NULL, 0} : row->native_id,
                                     .source = base_str_of(source->name),
                                     .device_kind = row->device_kind,
                                     .measures = row->measures};
}

static void hit_out(struct base_json_out *out, const struct facts_rule_hit *hit, int64_t number, int64_t estate_id)
{
    base_json_out_object(out);
    base_json_out_key(out, "row_no");
    base_json_out_i64(out, number);
    base_json_out_key(out, "estate_id");
    base_json_out_i64(out, estate_id);
    base_json_out_key(out, "rule_id");
    base_json_out_i64(out, hit->rule_id);
    base_json_out_key(out, "version");
    base_json_out_i64(out, hit->version);
    base_json_out_key(out, "begins");
    base_json_out_bool(out, hit->begins);
    base_json_out_object_end(out);
}

static size_t hits_out(const struct ingest_store *store, const struct ingest_source *source, struct base_buf *text)
{
    const struct ingest_batch *batch = &source->batch;
    const struct facts_rule_hit *hits = NULL;
    struct base_json_out out = base_json_out_of(text);
    size_t all = 0;
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct ingest_row *row = &batch->rows[i];
        if (!row->stored || ingest_batch_is_fix(row)) {
            continue;
        }
        const struct facts_rule_event event = event_of(source, row);
        size_t count = facts_ruleset_match(store->rules, &event, store->state.now_us, &hits);
        for (size_t hit = 0; hit < count; hit++) {
            if (all++ == 0) {
                base_json_out_array(&out);
            }
            hit_out(&out, &hits[hit], (int64_t)i, event.estate_id);
        }
    }
    if (all) {
        base_json_out_array_end(&out);
    }
    return all;
}

enum base_err ingest_store_rule_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, TEXT_MAX);
    if (hits_out(store, source, &text) == 0) {
        return BASE_OK;
    }
    return text.err
               ? base_diag_set(diag, text.err, "too many rule hits in one batch")
               : data_run(store->conn, DATA_RULE_HIT_STORE, DATA_ARGS(data_text(base_buf_cstr(&text))), diag, NULL);
}
