/* Partitions: by day for facts by event time, by month for facts by recorded time.
 *
 * A partition is made as a table of its own and then attached: that waits for no reader or writer of the others, and
 * none of them waits for it. (CREATE TABLE ... PARTITION OF locks everybody out of the whole table.)
 */
#include "data/partition_private.h"

#include <string.h>

const struct data_partition_table data_partition_tables[DATA_PARTITION_TABLES] = {
    {"fix", false, true, true, DATA_KEEP_FIX},         {"event", false, true, true, DATA_KEEP_EVENT},
    {"pass", false, true, false, DATA_KEEP_PASS},      {"coverage", false, true, false, DATA_KEEP_PASS},
    {"rule_hit", false, true, false, DATA_KEEP_EVENT}, {"incident_step", true, true, false, DATA_KEEP_CASE},
    {"notice", true, true, false, DATA_KEEP_CASE},     {"waiver", true, true, false, DATA_KEEP_CASE},
    {"outage", true, true, false, DATA_KEEP_CASE},     {"audit", true, true, false, DATA_KEEP_AUDIT},
    {"dead_letter", true, true, true, DATA_KEEP_DEAD}, {"duty_window", false, true, false, DATA_KEEP_CASE},
    {"verdict", false, true, false, DATA_KEEP_CASE},
};

enum { AHEAD_DAYS = 2 };

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

struct partition {
    const struct data_partition_table *table;
    char name[64], from[16], to[16]; /* fix_20261231: 2026-12-31 until 2027-01-01 */
};

static struct partition partition_at(const struct data_partition_table *table, int64_t time_us)
{
    struct partition partition = {.table = table};
    if (table->by_month) {
        month_text(time_us, 0, partition.from);
        month_text(time_us, 1, partition.to);
    } else {
        day_text(time_us, 0, partition.from);
        day_text(time_us, 1, partition.to);
    }
    snprintf(partition.name, sizeof partition.name, "%s_%.4s%.2s%.2s", table->name, partition.from, partition.from + 5,
             partition.from + 8);
    return partition;
}

static enum base_err find(struct data_conn *conn, const struct partition *partition, struct base_diag *diag,
                          bool *ret_there)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_RETENTION_PARTITION,
                                 DATA_ARGS(data_text(partition->table->name), data_text(partition->name)), diag, &rows);
    if (!err) {
        *ret_there = data_rows_count(rows) > 0;
    }
    return err;
}

/* Identity stays with the parent: rows come through it. */
static enum base_err attach(struct data_conn *conn, const struct partition *partition, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 1024);
    base_buf_printf(&sql, "create table %s (like %s including all excluding identity)", partition->name,
                    partition->table->name);
    enum base_err err = data_conn_command(conn, partition->name, base_buf_cstr(&sql), diag);
    base_buf_reset(&sql);
    base_buf_printf(&sql, "alter table %s attach partition %s for values from ('%s 00:00:00+00') to ('%s 00:00:00+00')",
                    partition->table->name, partition->name, partition->from, partition->to);
    return err ? err : data_conn_command(conn, partition->name, base_buf_cstr(&sql), diag);
}

/* Of several makers at once the first one makes it; the lock is released with the transaction. */
static enum base_err make(struct data_conn *conn, const struct partition *partition, struct base_diag *diag)
{
    bool there = false;
    enum base_err err = data_begin_write(conn, diag);
    if (!err) {
        err = data_conn_command(conn, "partition lock", "select pg_advisory_xact_lock(114934872830)", diag);
    }
    if (!err) {
        err = find(conn, partition, diag, &there);
    }
    if (!err && !there) {
        err = attach(conn, partition, diag);
    }
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (err) {
        data_rollback(conn);
    }
    return err;
}

static enum base_err ensure(struct data_conn *conn, const struct data_partition_table *table, int64_t time_us,
                            struct base_diag *diag)
{
    bool there = false;
    struct partition partition = partition_at(table, time_us);
    enum base_err err = find(conn, &partition, diag, &there);
    return err || there ? err : make(conn, &partition, diag);
}

enum base_err data_partition_ensure(struct data_conn *conn, const char *table, int64_t time_us, struct base_diag *diag)
{
    size_t row = 0;
    while (row < DATA_PARTITION_TABLES && strcmp(data_partition_tables[row].name, table) != 0) {
        row++;
    }
    char text[BASE_TIME_TEXT];
    if (row == DATA_PARTITION_TABLES || !*base_time_out(time_us, text)) {
        return base_diag_set(diag, BASE_INVALID, "database: %s has no partition for that time", table);
    }
    return ensure(conn, &data_partition_tables[row], time_us, diag);
}

enum base_err data_partition_ahead(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t row = 0; row < DATA_PARTITION_TABLES; row++) {
        for (int day = 0; day <= AHEAD_DAYS && data_partition_tables[row].ahead && !err; day++) {
            err = ensure(conn, &data_partition_tables[row], now_us + day * DATA_DAY_US, diag);
        }
    }
    return err;
}
