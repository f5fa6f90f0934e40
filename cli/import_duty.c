/* hutong import duties: contracts as data. What a line says goes to duty_put as it stands; a feature of GeoJSON may
 * mean its place by where it is. */
#include "cli/import.h"
#include "duty/duty.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* In the order of import_table.c's columns; the estate goes before. */
static const size_t fields[] = {
    offsetof(struct duty_spec, key),
    offsetof(struct duty_spec, name),
    offsetof(struct duty_spec, subject_kind),
    offsetof(struct duty_spec, schedule),
    offsetof(struct duty_spec, proof),
    offsetof(struct duty_spec, name_en),
    offsetof(struct duty_spec, organisation),
    offsetof(struct duty_spec, contract),
    offsetof(struct duty_spec, campaign),
    offsetof(struct duty_spec, subject_id),
    offsetof(struct duty_spec, subject_filter),
    offsetof(struct duty_spec, calendar),
    offsetof(struct duty_spec, days),
    offsetof(struct duty_spec, subject_types),
    offsetof(struct duty_spec, count),
    offsetof(struct duty_spec, units),
    offsetof(struct duty_spec, radius_m),
    offsetof(struct duty_spec, accuracy_m),
    offsetof(struct duty_spec, dwell_s),
    offsetof(struct duty_spec, fraction),
    offsetof(struct duty_spec, tool),
    offsetof(struct duty_spec, form),
    offsetof(struct duty_spec, fill_percent),
    offsetof(struct duty_spec, allow_s),
    offsetof(struct duty_spec, grace_s),
    offsetof(struct duty_spec, valid_from),
    offsetof(struct duty_spec, valid_to),
};
enum { ESTATE, GEOMETRY = BASE_COUNT(fields) + 1 };

/* --- one line --- */
static enum base_err find_subject(struct cli_import *import, const struct cli_import_line *line,
                                  const struct duty_spec *spec, char ret_id[32], bool *ret_good)
{
    AUTO(data_rows) rows = NULL;
    const char *geometry = line->texts[GEOMETRY];
    *ret_good = true;
    ret_id[0] = '\0';
    if (!*geometry || *spec->subject_id || *spec->subject_filter) {
        return BASE_OK;
    }
    enum base_err err = data_run(
        import->conn, DATA_DUTY_SUBJECT,
        DATA_ARGS(data_i64(spec->estate_id), data_text(spec->subject_kind), data_text(geometry)), import->diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        *ret_good = false;
        cli_import_complain(import, line->number,
                            "geometry: estate %lld has no %.40s there or within 50 m; name it by subject_id or "
                            "subject_filter",
                            (long long)spec->estate_id, spec->subject_kind);
    } else if (!err) {
        snprintf(ret_id, 32, "%lld", (long long)data_rows_i64(rows, 0, 0));
    }
    return err;
}

static bool is_fault(enum base_err err)
{
    return err == BASE_INVALID || err == BASE_NOT_FOUND || err == BASE_CONFLICT || err == BASE_LIMIT ||
           err == BASE_UNSUPPORTED;
}

static enum base_err put(struct cli_import *import, const struct cli_import_line *line)
{
    struct duty_spec spec = {.estate_id = 0};
    struct duty_put done = {.id = 0};
    struct base_diag why = {.text = ""};
    char subject[32];
    bool good = false;
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        memcpy((char *)&spec + fields[i], &line->texts[i + 1], sizeof(const char *));
    }
    enum base_err err = cli_import_find_estate(import, line, ESTATE, &good);
    if (err || !good) {
        return err;
    }
    spec.estate_id = import->estate.id;
    err = find_subject(import, line, &spec, subject, &good);
    if (err || !good) {
        return err;
    }
    if (*subject) {
        spec.subject_id = subject;
    }
    err = duty_put(import->conn, &spec, 0, &why, &done);
    if (is_fault(err)) {
        cli_import_complain(import, line->number, "%s", why.text);
        return BASE_OK;
    }
    if (err) {
        return base_diag_set(import->diag, err, "line %d: %s", line->number, why.text);
    }
    cli_import_outcome(import, done.outcome == DUTY_PUT_MADE      ? "made"
                               : done.outcome == DUTY_PUT_CHANGED ? "changed"
                                                                  : "same");
    if (*done.remark) {
        cli_import_remark(import, line->number, "%s", done.remark);
    }
    return BASE_OK;
}

enum base_err cli_import_duty(struct cli_import *import)
{
    enum base_err err = cli_import_once(import);
    for (size_t i = 0; i < import->count && !err; i++) {
        err = put(import, &import->lines[i]);
        err = err ? err : cli_import_step(import, i + 1);
    }
    return err;
}
