/* /metrics of what ingest leaves in the database: how each source stands, and what the broker says about itself. */
#include "api/private.h"

enum { SOURCE_NAME = 2, EPOCH = 22, OWNER = 23 };         /* columns of source_list */
enum { ADDRESS = 0, PROTOCOL = 1, SYS = 2, VERSION = 3 }; /* columns of broker_list */

struct column {
    const char *name, *type, *help;
    int column;
    enum { WHOLE, REAL, TIME } is;
};

static const struct column source_columns[] = {
    {"hutong_source_received_total", "counter", "Messages read from the broker.", 10, WHOLE},
    {"hutong_source_stored_total", "counter", "Events stored.", 11, WHOLE},
    {"hutong_source_duplicate_total", "counter", "Events that were there already.", 12, WHOLE},
    {"hutong_source_late_total", "counter", "Events that came late.", 13, WHOLE},
    {"hutong_source_replay_total", "counter", "Events that were replayed, retained or historical.", 14, WHOLE},
    {"hutong_source_off_shift_total", "counter", "Positions outside every shift, not kept.", 15, WHOLE},
    {"hutong_source_redacted_total", "counter", "Messages from which personal fields were dropped.", 16, WHOLE},
    {"hutong_source_dead_total", "counter", "Messages that became dead letters.", 17, WHOLE},
    {"hutong_source_ignored_total", "counter", "Messages that say nothing to keep.", 19, WHOLE},
    {"hutong_source_last_batch_timestamp_seconds", "gauge", "When the source's last batch was committed.", 18, TIME},
    {"hutong_source_epoch", "gauge", "Times that the source was taken by a worker.", EPOCH, WHOLE},
    {"hutong_source_lag_seconds", "gauge", "Since the broker was last known to have no more for the source.", 24, REAL},
    {"hutong_source_held_seconds", "gauge", "Since a batch waits that cannot be stored.", 25, REAL},
    {"hutong_source_held_messages", "gauge", "Messages of a batch that cannot be stored.", 26, WHOLE},
    {"hutong_source_gaps_total", "counter", "Times that the broker had lost the session; messages may be missing.", 27,
     WHOLE},
    {"hutong_source_last_gap_timestamp_seconds", "gauge", "When that was found last.", 28, TIME},
    {"hutong_source_losses_total", "counter", "Connections to the broker that broke or were refused.", 29, WHOLE},
    {"hutong_source_away_seconds", "gauge", "Since the broker cannot be reached for the source.", 34, REAL},
    {"hutong_source_age_seconds", "gauge", "Since a worker wrote these numbers down.", 32, REAL},
};

static const struct column broker_columns[] = {
    {"hutong_broker_sys", "gauge", "1 when the broker publishes counters below $SYS that the worker may read.", SYS,
     WHOLE},
    {"hutong_broker_uptime_seconds", "gauge", "Since the broker was started.", 4, WHOLE},
    {"hutong_broker_dropped_messages_total", "counter", "Messages that the broker threw away: a queue was full.", 5,
     WHOLE},
    {"hutong_broker_stored_messages", "gauge", "Messages that the broker keeps.", 6, WHOLE},
    {"hutong_broker_disconnected_clients", "gauge", "Sessions whose clients are away.", 7, WHOLE},
    {"hutong_broker_read_timestamp_seconds", "gauge", "When a worker last wrote these numbers down.", 8, TIME},
};

static double number_of(const struct data_rows *rows, size_t row, const struct column *column)
{
    switch (column->is) {
    case REAL:
        return data_rows_f64(rows, row, column->column);
    case TIME:
        return (double)data_rows_time(rows, row, column->column) / 1e6;
    case WHOLE:
        break;
    }
    return column->column == SYS ? data_rows_bool(rows, row, SYS) : (double)data_rows_i64(rows, row, column->column);
}

/* One family after the other, in each a line a row; what is null has none. */
static void columns(struct base_buf *buf, const struct data_rows *rows, const struct column *list, size_t count,
                    const char *label, int label_column)
{
    for (size_t i = 0; i < count; i++) {
        api_metrics_family(buf, list[i].name, list[i].type, list[i].help);
        for (size_t row = 0; row < data_rows_count(rows); row++) {
            if (!data_rows_null(rows, row, list[i].column)) {
                base_buf_printf(buf, "%s{%s=\"", list[i].name, label);
                api_metrics_label(buf, data_rows_text(rows, row, label_column));
                base_buf_printf(buf, "\"} %.15g\n", number_of(rows, row, &list[i]));
            }
        }
    }
}

void api_metrics_source(struct base_buf *buf, const struct data_rows *rows)
{
    columns(buf, rows, source_columns, BASE_COUNT(source_columns), "source", SOURCE_NAME);
    api_metrics_family(buf, "hutong_source_owner_info", "gauge", "Always 1; the worker that reads the source.");
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        if (!data_rows_null(rows, row, OWNER)) {
            base_buf_text(buf, "hutong_source_owner_info{source=\"");
            api_metrics_label(buf, data_rows_text(rows, row, SOURCE_NAME));
            base_buf_text(buf, "\",owner=\"");
            api_metrics_label(buf, data_rows_text(rows, row, OWNER));
            base_buf_text(buf, "\"} 1\n");
        }
    }
}

void api_metrics_broker(struct base_buf *buf, const struct data_rows *rows)
{
    columns(buf, rows, broker_columns, BASE_COUNT(broker_columns), "broker", ADDRESS);
    api_metrics_family(buf, "hutong_broker_info", "gauge", "Always 1; version and MQTT protocol (5, or 4 for 3.1.1).");
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        const char *version = data_rows_text(rows, row, VERSION);
        base_buf_text(buf, "hutong_broker_info{broker=\"");
        api_metrics_label(buf, data_rows_text(rows, row, ADDRESS));
        base_buf_text(buf, "\",version=\"");
        api_metrics_label(buf, version ? version : "");
        base_buf_printf(buf, "\",protocol=\"%lld\"} 1\n", (long long)data_rows_i64(rows, row, PROTOCOL));
    }
}
