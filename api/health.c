/* /healthz: the process lives. /readyz: it can serve - the database answers, the mirror follows it and its feeds, and
 * the streams are told. */
#include "api/json.h"
#include "api/private.h"

enum base_err api_health_live(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    (void)diag;
    call->answer.status = MHD_HTTP_OK;
    call->answer.type = "text/plain; charset=utf-8";
    call->answer.cache = "no-store";
    call->answer.fixed = base_str_of("ok\n");
    return BASE_OK;
}

static void seconds(struct base_json_out *out, const char *key, int64_t since_us, int64_t now_us)
{
    base_json_out_key(out, key);
    if (since_us) {
        base_json_out_f64(out, (double)(now_us - since_us) / 1e6, 3);
    } else {
        base_json_out_null(out);
    }
}

static void hub(struct base_json_out *out, const struct api_hub_health *health, int64_t now_us)
{
    base_json_out_key(out, "stream");
    base_json_out_object(out);
    base_json_out_key(out, "live");
    base_json_out_bool(out, health->live);
    seconds(out, "read_age_s", health->read_us, now_us);
    base_json_out_key(out, "clients");
    base_json_out_i64(out, (int64_t)health->clients);
    base_json_out_object_end(out);
}

static int64_t time_of(const struct data_rows *rows, int column)
{
    return rows && !data_rows_null(rows, 0, column) ? data_rows_time(rows, 0, column) : 0;
}

/* Columns of metrics_health. */
enum { SERVER_TIME, ASSET_NEWEST, BATCH_NEWEST, SOURCES, SOURCES_HELD };

/* A worker that is away does not make this server unready: it still shows what is stored, with its age. */
static void ingest(struct base_json_out *out, const struct data_rows *rows)
{
    base_json_out_key(out, "ingest");
    base_json_out_object(out);
    base_json_out_key(out, "sources");
    base_json_out_i64(out, data_rows_i64(rows, 0, SOURCES));
    base_json_out_key(out, "held");
    base_json_out_i64(out, data_rows_i64(rows, 0, SOURCES_HELD));
    base_json_out_object_end(out);
}

enum { STALE_NAMED = 100 };

/* Why a feed is away is for the log: anybody may ask here. */
static void upstream(struct base_json_out *out, const struct tiles_upstream_health *health)
{
    int64_t heard_us = health->heard_us ? base_clock_mono_us() - health->heard_us : 0;
    base_json_out_object(out);
    base_json_out_key(out, "live");
    base_json_out_bool(out, health->live);
    base_json_out_key(out, "loaded");
    base_json_out_bool(out, health->loaded);
    seconds(out, "age_s", health->heard_us ? 1 : 0, heard_us + 1);
    base_json_out_key(out, "lag_bytes");
    base_json_out_i64(out, (int64_t)health->lag);
    base_json_out_key(out, "resyncs");
    base_json_out_i64(out, health->resyncs);
    base_json_out_object_end(out);
}

/* Estates that are shown as they were when their feed went away: how many, and the first of them. */
static void stale(struct base_json_out *out, struct tiles_mirror *mirror)
{
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, API_BODY_MAX);
    size_t count = tiles_mirror_stale(mirror, &estates) ? 0 : estates.len / sizeof(int64_t);
    const int64_t *each = (const int64_t *)(const void *)estates.data;
    base_json_out_key(out, "stale_count");
    base_json_out_i64(out, (int64_t)count);
    base_json_out_key(out, "stale_estates");
    base_json_out_array(out);
    for (size_t i = 0; i < count && i < STALE_NAMED; i++) {
        base_json_out_i64(out, each[i]);
    }
    base_json_out_array_end(out);
}

static void mirrored(struct base_json_out *out, struct tiles_mirror *mirror, const struct tiles_mirror_health *health)
{
    base_json_out_key(out, "mirror");
    base_json_out_object(out);
    base_json_out_key(out, "live");
    base_json_out_bool(out, health->live);
    base_json_out_key(out, "loaded");
    base_json_out_bool(out, health->ready);
    base_json_out_key(out, "rows");
    base_json_out_i64(out, (int64_t)health->rows);
    base_json_out_key(out, "bytes");
    base_json_out_i64(out, (int64_t)health->bytes);
    base_json_out_key(out, "rows_left_out");
    base_json_out_i64(out, (int64_t)health->left_out);
    base_json_out_key(out, "upstreams");
    base_json_out_array(out);
    for (size_t i = 0; i < health->count; i++) {
        upstream(out, &health->upstreams[i]);
    }
    base_json_out_array_end(out);
    stale(out, mirror);
    base_json_out_object_end(out);
}

enum base_err api_health_ready(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_run(conn, DATA_METRICS_HEALTH, DATA_NO_ARGS, diag, &rows);
    struct api_hub_health health = api_hub_health(call->server->hub);
    int64_t now = rows ? time_of(rows, SERVER_TIME) : base_clock_now_us();
    struct tiles_mirror_health mirror = tiles_mirror_health(call->server->mirror);
    bool ready = !err && health.live && mirror.ready && mirror.live;
    struct base_json_out out = api_answer_json(call);
    call->answer.cache = "no-store";
    call->answer.status = ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    call->answer.retry_after_s = ready ? 0 : API_RETRY_AFTER_S;
    base_json_out_object(&out);
    base_json_out_key(&out, "ready");
    base_json_out_bool(&out, ready);
    base_json_out_key(&out, "database");
    base_json_out_text(&out, err ? base_error_text(err) : "ok");
    seconds(&out, "asset_age_s", time_of(rows, ASSET_NEWEST), now);
    seconds(&out, "batch_age_s", time_of(rows, BATCH_NEWEST), now);
    if (rows) {
        ingest(&out, rows);
    }
    hub(&out, &health, base_clock_now_us());
    mirrored(&out, call->server->mirror, &mirror);
    base_json_out_object_end(&out);
    return BASE_OK;
}
