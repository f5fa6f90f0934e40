/* Retention: a round of small steps, one transaction each, so that whoever runs it can do other things in between. */
#include "data/partition_private.h"

#include <string.h>

#define SECOND INT64_C(1000000)
enum {
    STEP_US = 100 * 1000, /* a step takes more stretches of time until so much has passed */
    QUICK_US = 25 * 1000,
    ROWS_MOST = 20000, /* deleted by one statement */
    SLICE_LEAST_US = 1000,
    TEXT_MAX = 4096,
};
#define SLICE_FIRST_US (10 * SECOND)
#define SLICE_MOST_US DATA_DAY_US

/* No plan may read a whole day for a minute of it: the key's index finds it, whatever the statistics say. */
#define LIMITS                                                                                              \
    "set local lock_timeout = '200ms'; set local statement_timeout = '1s'; set local enable_seqscan = off;" \
    "set local plan_cache_mode = force_custom_plan"

struct data_keeps data_retention_standard(void)
{
    static const char *const texts[] = {
#define KEEP_TEXT(name, option, env, standard, help) standard,
        DATA_KEEPS(KEEP_TEXT)
#undef KEEP_TEXT
    };
    struct data_keeps keeps = {.us = {0}};
    for (size_t i = 0; i < DATA_KEEP_COUNT; i++) {
        base_time_span_in(base_str_of(texts[i]), &keeps.us[i]);
    }
    return keeps;
}

void data_retention_init(struct data_retention *retention, const struct data_keeps *keeps)
{
    *retention = (struct data_retention){.keeps = *keeps};
    for (size_t i = 0; i < DATA_KEEP_COUNT; i++) {
        retention->slice_us[i] = SLICE_FIRST_US;
    }
}

/* --- parameters: arrays of PostgreSQL as texts, one member a table --- */
struct arrays {
    struct base_buf tables, keeps, by_month, ahead;
};

static void arrays_init(struct arrays *arrays)
{
    base_buf_init(&arrays->tables, TEXT_MAX);
    base_buf_init(&arrays->keeps, TEXT_MAX);
    base_buf_init(&arrays->by_month, TEXT_MAX);
    base_buf_init(&arrays->ahead, TEXT_MAX);
}

static void arrays_release(struct arrays *arrays)
{
    base_buf_release(&arrays->tables);
    base_buf_release(&arrays->keeps);
    base_buf_release(&arrays->by_month);
    base_buf_release(&arrays->ahead);
}

/* Those with a source only, if so wanted, and none of those put off. */
static void arrays_fill(struct arrays *arrays, const struct data_keeps *keeps, bool sourced, unsigned put_off)
{
    const char *separator = "{";
    for (size_t i = 0; i < DATA_PARTITION_TABLES; i++) {
        const struct data_partition_table *table = &data_partition_tables[i];
        if ((sourced && !table->sourced) || (put_off & 1U << i)) {
            continue;
        }
        base_buf_printf(&arrays->tables, "%s%s", separator, table->name);
        base_buf_printf(&arrays->keeps, "%s%lld", separator, (long long)(keeps->us[table->keep] / SECOND));
        base_buf_printf(&arrays->by_month, "%s%s", separator, table->by_month ? "t" : "f");
        base_buf_printf(&arrays->ahead, "%s%s", separator, table->ahead ? "t" : "f");
        separator = ",";
    }
    struct base_buf *const all[] = {&arrays->tables, &arrays->keeps, &arrays->by_month, &arrays->ahead};
    for (size_t i = 0; i < BASE_COUNT(all); i++) {
        base_buf_text(all[i], *separator == '{' ? "{}" : "}");
    }
}

static size_t table_named(const char *name)
{
    size_t i = 0;
    while (i < DATA_PARTITION_TABLES && strcmp(data_partition_tables[i].name, name) != 0) {
        i++;
    }
    return i;
}

/* Somebody holds a lock, or the statement took too long: another time. */
static bool in_the_way(const struct data_conn *conn)
{
    static const char *const states[] = {"55P03" /* lock timeout */, "40P01" /* deadlock */, "57014" /* too long */};
    for (size_t i = 0; i < BASE_COUNT(states); i++) {
        if (strcmp(conn->state, states[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* --- partitions --- */
static enum base_err drop(struct data_retention *retention, struct data_conn *conn, const struct data_rows *row,
                          struct base_diag *diag)
{
    const char *partition = data_rows_text(row, 0, 1);
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 1024);
    base_buf_printf(&sql, "drop table %s", partition);
    enum base_err err = data_run(conn, DATA_RETENTION_PROVE,
                                 DATA_ARGS(data_text(data_rows_text(row, 0, 0)), data_text(partition)), diag, NULL);
    if (!err) {
        err = data_conn_command(conn, partition, base_buf_cstr(&sql), diag);
    }
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (!err && retention->partitions++ == 0) {
        snprintf(retention->first, sizeof retention->first, "%s", partition);
    }
    return err;
}

/* *ret_found: there was one, dropped or put off. */
static enum base_err drop_one(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag,
                              bool *ret_found)
{
    AUTO(data_rows) row = NULL;
    AUTO_VALUE(arrays) arrays;
    arrays_init(&arrays);
    arrays_fill(&arrays, &retention->keeps, false, retention->put_off);
    enum base_err err = data_run(conn, DATA_RETENTION_EXPIRED,
                                 DATA_ARGS(data_text(base_buf_cstr(&arrays.tables)),
                                           data_text(base_buf_cstr(&arrays.keeps)), data_time(retention->now_us)),
                                 diag, &row);
    if (err || data_rows_count(row) == 0) {
        *ret_found = false;
        return err;
    }
    *ret_found = true;
    err = drop(retention, conn, row, diag);
    if (err && in_the_way(conn)) {
        retention->put_off |= 1U << table_named(data_rows_text(row, 0, 0));
        err = BASE_OK;
    }
    return err;
}

/* --- rows --- */
/* As much time as one statement can clear well: what it found full it takes again in smaller pieces. */
static void adapt(int64_t *slice_us, int64_t rows, int64_t took_us)
{
    if (rows >= ROWS_MOST && *slice_us / 4 >= SLICE_LEAST_US) {
        *slice_us /= 4;
    } else if (rows < ROWS_MOST / 4 && took_us < QUICK_US) {
        *slice_us = *slice_us * 4 < SLICE_MOST_US ? *slice_us * 4 : SLICE_MOST_US;
    }
}

static enum base_err purge(struct data_retention *retention, struct data_conn *conn, size_t table, int64_t since_us,
                           struct base_diag *diag)
{
    enum data_keep keep = data_partition_tables[table].keep;
    enum data_query query = keep == DATA_KEEP_FIX    ? DATA_RETENTION_PURGE_FIX
                            : keep == DATA_KEEP_DEAD ? DATA_RETENTION_PURGE_DEAD
                                                     : DATA_RETENTION_PURGE_EVENT;
    int64_t *slice_us = &retention->slice_us[keep];
    int64_t started_us = base_clock_mono_us();
    AUTO(data_rows) gone = NULL;
    enum base_err err = data_run(conn, query,
                                 DATA_ARGS(data_time(retention->now_us), data_i64(retention->keeps.us[keep] / SECOND),
                                           data_time(since_us), data_time(since_us + *slice_us), data_i64(ROWS_MOST)),
                                 diag, &gone);
    if (!err && data_rows_i64(gone, 0, 0) > 0) {
        err = data_run(conn, DATA_RETENTION_PROVE_ROWS,
                       DATA_ARGS(data_text(data_partition_tables[table].name), data_time(since_us),
                                 data_time(since_us + *slice_us), data_i64(data_rows_i64(gone, 0, 0))),
                       diag, NULL);
    }
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (!err) {
        int64_t rows = data_rows_i64(gone, 0, 0);
        retention->rows += rows;
        adapt(slice_us, rows, base_clock_mono_us() - started_us);
    } else if (in_the_way(conn) && strcmp(conn->state, "57014") == 0 && *slice_us / 8 >= SLICE_LEAST_US) {
        *slice_us /= 8;
        err = BASE_OK;
    } else if (in_the_way(conn)) {
        retention->put_off |= 1U << table;
        err = BASE_OK;
    }
    return err;
}

static enum base_err purge_one(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag,
                               bool *ret_found)
{
    AUTO(data_rows) row = NULL;
    AUTO_VALUE(arrays) arrays;
    arrays_init(&arrays);
    arrays_fill(&arrays, &retention->keeps, true, retention->put_off);
    enum base_err err =
        data_run(conn, DATA_RETENTION_DUE,
                 DATA_ARGS(data_text(base_buf_cstr(&arrays.tables)), data_text(base_buf_cstr(&arrays.keeps)),
                           data_text(base_buf_cstr(&arrays.by_month)), data_time(retention->now_us)),
                 diag, &row);
    *ret_found = !err && data_rows_count(row) > 0;
    return *ret_found ? purge(retention, conn, table_named(data_rows_text(row, 0, 0)), data_rows_time(row, 0, 1), diag)
                      : err;
}

/* --- a step --- */
static enum base_err take_turn(struct data_conn *conn, struct base_diag *diag, bool *ret_ours)
{
    AUTO(data_rows) lock = NULL;
    enum base_err err = data_begin(conn, diag);
    if (!err) {
        err = data_conn_command(conn, "limits of a step", LIMITS, diag);
    }
    if (!err) {
        err = data_run(conn, DATA_RETENTION_LOCK, DATA_NO_ARGS, diag, &lock);
    }
    *ret_ours = !err && data_rows_bool(lock, 0, 0);
    return err;
}

static enum base_err once(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag,
                          bool *ret_found, bool *ret_dropped)
{
    bool ours = false;
    *ret_found = *ret_dropped = false;
    enum base_err err = take_turn(conn, diag, &ours);
    if (!err && ours && retention->dropping) {
        err = drop_one(retention, conn, diag, ret_found);
        *ret_dropped = retention->dropping = *ret_found;
    }
    if (!err && ours && !*ret_found) {
        err = purge_one(retention, conn, diag, ret_found);
    }
    data_rollback(conn); /* what was done is committed */
    return err;
}

static enum base_err begin(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) row = NULL;
    AUTO_VALUE(arrays) arrays;
    arrays_init(&arrays);
    arrays_fill(&arrays, &retention->keeps, true, 0);
    enum base_err err = data_run(
        conn, DATA_RETENTION_BEGIN,
        DATA_ARGS(data_text(base_buf_cstr(&arrays.tables)), data_text(base_buf_cstr(&arrays.keeps))), diag, &row);
    if (!err) {
        err = data_commit(conn, diag);
    }
    if (!err) {
        retention->now_us = data_rows_time(row, 0, 0);
    }
    return err;
}

enum base_err data_retention_begin(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag)
{
    bool ours = false;
    retention->now_us = 0;
    retention->put_off = 0;
    retention->dropping = true;
    retention->partitions = retention->rows = 0;
    retention->first[0] = '\0';
    enum base_err err = take_turn(conn, diag, &ours);
    if (!err && ours) {
        err = begin(retention, conn, diag);
    }
    data_rollback(conn);
    return err;
}

enum base_err data_retention_step(struct data_retention *retention, struct data_conn *conn, struct base_diag *diag,
                                  bool *ret_more)
{
    int64_t until = base_clock_mono_us() + STEP_US;
    bool found = retention->now_us != 0, dropped = false;
    enum base_err err = BASE_OK;
    while (!err && found && !dropped && base_clock_mono_us() < until) {
        err = once(retention, conn, diag, &found, &dropped);
    }
    if (!err) {
        *ret_more = found;
    }
    return err;
}

enum base_err data_retention_list(struct data_conn *conn, const struct data_keeps *keeps, bool sizes,
                                  struct base_diag *diag, struct data_rows **ret_rows)
{
    AUTO_VALUE(arrays) arrays;
    arrays_init(&arrays);
    arrays_fill(&arrays, keeps, false, 0);
    return data_run(conn, DATA_RETENTION_STATE,
                    DATA_ARGS(data_text(base_buf_cstr(&arrays.tables)), data_text(base_buf_cstr(&arrays.keeps)),
                              data_text(base_buf_cstr(&arrays.by_month)), data_text(base_buf_cstr(&arrays.ahead)),
                              data_text(sizes ? "true" : "false")),
                    diag, ret_rows);
}
