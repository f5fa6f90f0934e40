/* What is watched rather than told: windows that are missed, devices that are silent. Filters run as SQL over all that
 * has changed, and what they select becomes hits like an event's. */
#include "incident/rule.h"

enum { ID, VERSION, ESTATE, KEY, FILTER, HOLD, MAX_AGE }; /* columns of rule_watching.sql */

struct watch {
    const char *watches;
    enum facts_rule_about about;
    enum data_query query;
    bool holds; /* the query wants hold_s, too */
};

static const struct watch of_windows = {"window", FACTS_RULE_WINDOW, DATA_RULE_MISSED, false};
static const struct watch of_devices = {"silence", FACTS_RULE_SILENCE, DATA_RULE_SILENT, true};

/* A filter that cannot be read - somebody wrote it past the import - selects nothing, aloud. */
static enum base_err apply(struct data_conn *conn, const struct watch *watch, const struct data_rows *rules, size_t row,
                           int64_t now_us, struct base_diag *diag)
{
    AUTO(geo_cql2) filter = NULL;
    struct base_diag why = {.text = ""};
    const struct data_arg args[] = {data_i64(data_rows_i64(rules, row, ID)),
                                    data_i64(data_rows_i64(rules, row, VERSION)),
                                    data_rows_null(rules, row, ESTATE) ? data_null()
                                                                       : data_i64(data_rows_i64(rules, row, ESTATE)),
                                    data_text(data_rows_text(rules, row, KEY)),
                                    data_i64(data_rows_i64(rules, row, MAX_AGE)),
                                    data_time(now_us),
                                    data_i64(data_rows_i64(rules, row, HOLD))};
    if (geo_cql2_text_in(base_str_of(data_rows_text(rules, row, FILTER)), facts_rule_schema(watch->about), &why,
                         &filter)) {
        base_log(BASE_LOG_ERROR, "a rule cannot be read", base_log_text("rule", data_rows_text(rules, row, KEY)),
                 base_log_text("why", why.text));
        return BASE_OK;
    }
    return data_run_filtered(conn, watch->query, filter, args, BASE_COUNT(args) - !watch->holds, diag, NULL);
}

static enum base_err apply_all(struct data_conn *conn, const struct watch *watch, int64_t now_us,
                               struct base_diag *diag)
{
    AUTO(data_rows) rules = NULL;
    enum base_err err = data_run(conn, DATA_RULE_WATCHING, DATA_ARGS(data_text(watch->watches)), diag, &rules);
    for (size_t row = 0; !err && row < data_rows_count(rules); row++) {
        err = apply(conn, watch, rules, row, now_us, diag);
    }
    return err;
}

enum base_err incident_rule_windows(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(conn, DATA_RULE_WINDOW_TAKE, DATA_NO_ARGS, diag, &rows);
    if (err || data_rows_i64(rows, 0, 0) == 0) {
        return err;
    }
    err = data_run(conn, DATA_RULE_UNMISSED, DATA_ARGS(data_time(now_us)), diag, NULL);
    err = err ? err : apply_all(conn, &of_windows, now_us, diag);
    return err ? err : data_run(conn, DATA_RULE_WINDOW_DONE, DATA_NO_ARGS, diag, NULL);
}

enum base_err incident_rule_silent(struct data_conn *conn, int64_t now_us, struct base_diag *diag)
{
    enum base_err err = data_run(conn, DATA_RULE_SPOKE, DATA_ARGS(data_time(now_us)), diag, NULL);
    err = err ? err : apply_all(conn, &of_devices, now_us, diag);
    return err ? err : data_run(conn, DATA_RULE_STATE_PURGE, DATA_ARGS(data_time(now_us)), diag, NULL);
}
