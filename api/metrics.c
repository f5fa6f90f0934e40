/* /metrics in Prometheus' text format 0.0.4: counters of this process, and those that ingest leaves in the database. */
#include "api/private.h"

#include <math.h>
#include <stdlib.h>

static const unsigned statuses[] = {200, 204, 304, 400, 401, 403, 404, 405,
                                    413, 414, 429, 500, 503, 504, 0 /* any other */};
static const double bounds_s[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
enum { STATUSES = BASE_COUNT(statuses), BOUNDS = BASE_COUNT(bounds_s) };

struct route_counters {
    atomic_uint_fast64_t requests[STATUSES];
    atomic_uint_fast64_t buckets[BOUNDS + 1]; /* not cumulative; the last is +Inf */
    atomic_uint_fast64_t took_us;
};

struct api_metrics {
    struct route_counters routes[API_ROUTES];
    atomic_uint_fast64_t tile_bytes[2]; /* identity, gzip */
    atomic_uint_fast64_t stream_messages, stream_overflows;
};

struct api_metrics *api_metrics_new(void)
{
    return calloc(1, sizeof(struct api_metrics));
}

void api_metrics_free(struct api_metrics *metrics)
{
    free(metrics);
}

void api_metrics_request(struct api_metrics *metrics, const struct api_route *route, unsigned status, int64_t took_us)
{
    struct route_counters *counters = &metrics->routes[route - api_routes];
    size_t at = 0, bucket = 0;
    while (statuses[at] && statuses[at] != status) {
        at++;
    }
    atomic_fetch_add(&counters->requests[at], 1);
    if (took_us < 0) {
        return; /* a stream: open for hours */
    }
    while (bucket < BOUNDS && (double)took_us > bounds_s[bucket] * 1e6) {
        bucket++;
    }
    atomic_fetch_add(&counters->buckets[bucket], 1);
    atomic_fetch_add(&counters->took_us, (uint_fast64_t)took_us);
}

void api_metrics_tile(struct api_metrics *metrics, bool gzip, size_t bytes)
{
    atomic_fetch_add(&metrics->tile_bytes[gzip], bytes);
}

void api_metrics_stream(struct api_metrics *metrics, size_t messages, size_t overflows)
{
    atomic_fetch_add(&metrics->stream_messages, messages);
    atomic_fetch_add(&metrics->stream_overflows, overflows);
}

/* --- text --- */

void api_metrics_family(struct base_buf *buf, const char *name, const char *type, const char *help)
{
    base_buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static const char *route_name(size_t i)
{
    return api_routes[i].pattern ? api_routes[i].pattern : i == API_ROUTES - 1 ? "none" : "static";
}

void api_metrics_label(struct base_buf *buf, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"') {
            base_buf_u8(buf, '\\');
        }
        base_buf_text(buf, *text == '\n' ? "\\n" : (char[]){*text, '\0'});
    }
}

static void requests(struct base_buf *buf, struct api_metrics *metrics)
{
    api_metrics_family(buf, "hutong_http_requests_total", "counter", "Requests answered, by route and status.");
    for (size_t i = 0; i < API_ROUTES; i++) {
        for (size_t k = 0; k < STATUSES; k++) {
            uint_fast64_t value = atomic_load(&metrics->routes[i].requests[k]);
            if (value) {
                char status[8] = "other";
                if (statuses[k]) {
                    snprintf(status, sizeof status, "%u", statuses[k]);
                }
                base_buf_printf(buf, "hutong_http_requests_total{route=\"%s\",status=\"%s\"} %llu\n", route_name(i),
                                status, (unsigned long long)value);
            }
        }
    }
}

static void durations_of(struct base_buf *buf, const char *route, struct route_counters *counters)
{
    static const char name[] = "hutong_http_request_duration_seconds";
    unsigned long long sum = 0;
    for (size_t k = 0; k <= BOUNDS; k++) {
        sum += atomic_load(&counters->buckets[k]);
        if (k < BOUNDS) {
            base_buf_printf(buf, "%s_bucket{route=\"%s\",le=\"%g\"} %llu\n", name, route, bounds_s[k], sum);
        } else {
            base_buf_printf(buf, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", name, route, sum);
        }
    }
    base_buf_printf(buf, "%s_sum{route=\"%s\"} %.6f\n", name, route, (double)atomic_load(&counters->took_us) / 1e6);
    base_buf_printf(buf, "%s_count{route=\"%s\"} %llu\n", name, route, sum);
}

static void durations(struct base_buf *buf, struct api_metrics *metrics)
{
    api_metrics_family(buf, "hutong_http_request_duration_seconds", "histogram",
                       "From the end of the request's head to the end of its answer; streams are left out.");
    for (size_t i = 0; i < API_ROUTES; i++) {
        if (api_routes[i].lane != API_STREAM) {
            durations_of(buf, route_name(i), &metrics->routes[i]);
        }
    }
}

void api_metrics_number(struct base_buf *buf, const char *name, const char *type, const char *help, double value)
{
    api_metrics_family(buf, name, type, help);
    base_buf_printf(buf, "%s %.15g\n", name, value);
}

static void process(struct base_buf *buf, struct api_server *server)
{
    struct api_metrics *metrics = server->metrics;
    struct api_hub_health health = api_hub_health(server->hub);
    api_metrics_family(buf, "hutong_build_info", "gauge", "Always 1; the version is in the label.");
    base_buf_text(buf, "hutong_build_info{version=\"");
    api_metrics_label(buf, server->config.version ? server->config.version : "unknown");
    base_buf_text(buf, "\"} 1\n");
    api_metrics_number(buf, "hutong_start_time_seconds", "gauge", "When this process began to serve, Unix time.",
                       (double)server->started_us / 1e6);
    api_metrics_number(buf, "hutong_sse_clients", "gauge", "Open streams.", (double)health.clients);
    api_metrics_number(buf, "hutong_sse_audiences", "gauge",
                       "Scopes among them: each message is rendered once for each.", (double)health.audiences);
    api_metrics_number(buf, "hutong_sse_messages_total", "counter", "Messages put into the queues of streams.",
                       (double)atomic_load(&metrics->stream_messages));
    api_metrics_number(buf, "hutong_sse_overflows_total", "counter",
                       "Times that a slow stream was given a fresh snapshot.",
                       (double)atomic_load(&metrics->stream_overflows));
    api_metrics_number(buf, "hutong_stream_live", "gauge", "1 while the hub listens to the database.", health.live);
    api_metrics_number(buf, "hutong_assets", "gauge", "Guards, cleaners and vehicles with a last known place.",
                       (double)health.assets);
    api_metrics_number(buf, "hutong_asset_newest_age_seconds", "gauge",
                       "Age of the newest position of any asset; NaN without one.",
                       health.newest_us ? (double)(base_clock_now_us() - health.newest_us) / 1e6 : (double)NAN);
    api_metrics_family(buf, "hutong_tile_bytes_total", "counter", "Bytes of tiles sent, by encoding.");
    base_buf_printf(buf, "hutong_tile_bytes_total{encoding=\"identity\"} %llu\n",
                    (unsigned long long)atomic_load(&metrics->tile_bytes[0]));
    base_buf_printf(buf, "hutong_tile_bytes_total{encoding=\"gzip\"} %llu\n",
                    (unsigned long long)atomic_load(&metrics->tile_bytes[1]));
}

/* Columns of metrics_health. */
enum { HEALTH_SOURCES = 3, HEALTH_SOURCES_HELD = 4 };

/* Columns of retention_state. */
enum { FACT_TABLE, FACT_OLDEST = 2, FACT_NEWEST = 3, FACT_PARTITIONS = 4, FACT_LATE = 7 };

static double fact_value(const struct data_rows *rows, size_t row, int column)
{
    if (column == FACT_LATE) {
        return data_rows_bool(rows, row, column);
    }
    return column == FACT_PARTITIONS ? (double)data_rows_i64(rows, row, column)
                                     : (double)data_rows_time(rows, row, column) / 1e6;
}

/* Tables that nobody writes yet are left out. */
static void facts(struct base_buf *buf, const struct data_rows *rows)
{
    static const struct {
        const char *name, *help;
        int column;
    } gauges[] = {
        {"hutong_partitions", "Partitions of a table of facts.", FACT_PARTITIONS},
        {"hutong_partition_oldest_timestamp_seconds", "Where its first partition begins.", FACT_OLDEST},
        {"hutong_partition_newest_timestamp_seconds", "Where its last partition ends.", FACT_NEWEST},
        {"hutong_partition_late", "1 when there is none for tomorrow yet.", FACT_LATE},
    };
    for (size_t i = 0; i < BASE_COUNT(gauges); i++) {
        api_metrics_family(buf, gauges[i].name, "gauge", gauges[i].help);
        for (size_t row = 0; row < data_rows_count(rows); row++) {
            bool used = data_rows_i64(rows, row, FACT_PARTITIONS) || data_rows_bool(rows, row, FACT_LATE);
            if (used && !data_rows_null(rows, row, gauges[i].column)) {
                base_buf_printf(buf, "%s{table=\"%s\"} %.15g\n", gauges[i].name, data_rows_text(rows, row, FACT_TABLE),
                                fact_value(rows, row, gauges[i].column));
            }
        }
    }
}

enum base_err api_metrics_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    if (!data_scope_all(call->identity->scope, DATA_LOOK_OPERATE)) {
        api_problem(call, MHD_HTTP_FORBIDDEN, "metrics are the whole server's; your roles are for some estates");
        return BASE_OK;
    }
    AUTO(data_rows) rows = NULL;
    AUTO(data_rows) brokers = NULL;
    AUTO(data_rows) whole = NULL;
    AUTO(data_rows) tables = NULL;
    struct data_keeps keeps = data_retention_standard();
    enum base_err err = api_worker_conn(worker, diag, &conn);
    err = err ? err : data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, diag, &rows);
    err = err ? err : data_run(conn, DATA_BROKER_LIST, DATA_NO_ARGS, diag, &brokers);
    err = err ? err : data_run(conn, DATA_METRICS_HEALTH, DATA_NO_ARGS, diag, &whole);
    err = err ? err : data_retention_list(conn, &keeps, false, diag, &tables);
    api_answer_json(call);
    call->answer.type = "text/plain; version=0.0.4; charset=utf-8";
    call->answer.cache = "no-store";
    struct base_buf *buf = &call->answer.body;
    api_metrics_number(buf, "hutong_database_up", "gauge", "1 when the database answered this scrape.", !err);
    process(buf, call->server);
    api_metrics_mirror(buf, call->server);
    requests(buf, call->server->metrics);
    durations(buf, call->server->metrics);
    if (!err) {
        api_metrics_number(buf, "hutong_sources", "gauge", "Sources in use.",
                           (double)data_rows_i64(whole, 0, HEALTH_SOURCES));
        api_metrics_number(buf, "hutong_sources_held", "gauge", "Sources that a worker reads now.",
                           (double)data_rows_i64(whole, 0, HEALTH_SOURCES_HELD));
        api_metrics_source(buf, rows);
        api_metrics_broker(buf, brokers);
        facts(buf, tables);
    }
    return BASE_OK; /* without the database the process still has its own numbers to tell */
}
