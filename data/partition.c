/* Partition upkeep: day partitions for facts by event time, month partitions for facts by recorded time. */
#include "data/conn_private.h"

#include <string.h>

static const struct {
    const char *table;
    bool by_month;
} tables[] = {
    {"fix", false},      {"event", false},        {"pass", false},       {"coverage", false},
    {"rule_hit", false}, {"incident_step", true}, {"notice", true},      {"waiver", true},
    {"outage", true},    {"audit", true},         {"dead_letter", true},
};

/* First moment of the UTC month as text, count months later. */
static void month_text(int64_t time_us, int count, char text[16])
{
    char now[BASE_TIME_TEXT];
    int64_t year = 0, month = 0;
    base_time_out(time_us, now);
    base_str_i64((struct base_str){now, 4}, &year);
    base_str_i64((struct base_str){now + 5, 2}, &month);
    month += count - 1;
    snprintf(text, 16, "%04lld-%02lld-01", (long long)(year + month / 12), (long long)(month % 12 + 1));
}

static void day_text(int64_t time_us, int count, char text[16])
{
    char now[BASE_TIME_TEXT];
    snprintf(text, 16, "%.10s", base_time_out(time_us + count * DATA_DAY_US, now));
}

static void partition_sql(struct base_buf *sql, const char *table, bool by_month, int64_t time_us)
{
    char from[16], to[16], suffix[16];
    if (by_month) {
        month_text(time_us, 0, from);
        month_text(time_us, 1, to);
    } else {
        day_text(time_us, 0, from);
        day_text(time_us, 1, to);
    }
    size_t len = 0;
    for (const char *c = from; *c; c++) {
        if (*c != '-') {
            suffix[len++] = *c;
        }
    }
    suffix[len] = '\0';
    base_buf_printf(sql,
                    "create table if not exists %s_%s partition of %s for values from ('%s 00:00:00+00') to "
                    "('%s 00:00:00+00')",
                    table, suffix, table, from, to);
}

enum base_err data_partition_ensure(struct data_conn *conn, const char *table, int64_t time_us, struct base_diag *diag)
{
    size_t row = 0;
    while (row < BASE_COUNT(tables) && strcmp(tables[row].table, table) != 0) {
        row++;
    }
    char text[BASE_TIME_TEXT];
    if (row == BASE_COUNT(tables) || !*base_time_out(time_us, text)) {
        return base_diag_set(diag, BASE_INVALID, "database: %s has no partition for that time", table);
    }
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 1024);
    partition_sql(&sql, table, tables[row].by_month, time_us);
    /* CREATE ... IF NOT EXISTS races with another worker's; the lock is released with the transaction. */
    enum base_err err = data_begin(conn, diag);
    if (!err) {
        err = data_conn_command(conn, "partition lock", "select pg_advisory_xact_lock(114934872830)", diag);
    }
    if (!err) {
        err = data_conn_command(conn, table, base_buf_cstr(&sql), diag);
    }
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (err) {
        data_rollback(conn);
    }
    return err;
}
