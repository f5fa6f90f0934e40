/* GET /api/verdicts/{estate}/{duty}/{place}/{t_from}: what became of a window, how that was found, and what it rests on
 * - each piece as far as the caller's looks go: whose call sign it was is a unit's, and asks for a purpose. */
#include "api/json.h"
#include "api/request.h"

#include <string.h>

/* Columns of verdict_list. */
enum {
    PLACE_KIND,
    T_TO,
    DUE_AT,
    DUTY_VERSION,
    STATE,
    DUTY_KEY,
    DUTY_NAME,
    DUTY_NAME_EN,
    PROOF,
    VERSION,
    VERDICT,
    REASON,
    FOUND,
    BEST,
    NEEDED,
    BLIND_S,
    FORMULA,
    FORMULA_VERSION,
    RECORDED_AT,
    FACT_FROM,
    FACT_TO,
    RECORD_FROM,
    RECORD_TO
};

/* Columns of verdict_evidence. */
enum {
    OF_VERSION,
    WHAT,
    P_FROM,
    P_TO,
    SUBJECT_TYPE,
    NEAREST_M,
    ACC_M,
    FIXES,
    METHOD,
    KIND,
    SOURCE,
    SHARE,
    TOOL,
    SCOPE,
    CAUSE,
    WHY,
    APPROVER,
    REVOKED_AT,
    LABEL,
    LABEL_EN,
    UNIT_ESTATE_ID
};

struct verdict {
    const struct api_identity *identity;
    int64_t ids[API_CAPTURES_MAX]; /* estate, duty, place */
    int64_t t_from_us;
    struct data_rows *versions, *evidence; /* evidence NULL: none is named */
};

static bool names_unit(const struct verdict *verdict, size_t row)
{
    return verdict->identity->purpose[0] && !data_rows_null(verdict->evidence, row, UNIT_ESTATE_ID) &&
           !data_rows_null(verdict->evidence, row, LABEL) &&
           data_scope_holds(verdict->identity->scope, DATA_LOOK_UNIT,
                            data_rows_i64(verdict->evidence, row, UNIT_ESTATE_ID));
}

/* What only another kind of evidence has is null, and so left out. */
static void piece(struct base_json_out *out, const struct verdict *verdict, size_t row)
{
    struct api_json_row at = {out, verdict->evidence, row};
    base_json_out_object(out);
    api_json_text(&at, "what", WHAT);
    api_json_time(&at, "from", P_FROM);
    api_json_time(&at, "to", P_TO);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    if (names_unit(verdict, row)) {
        api_json_text(&at, "label", LABEL);
        api_json_text(&at, "label_en", LABEL_EN);
    }
    api_json_f64(&at, "nearest_m", NEAREST_M, 1);
    api_json_f64(&at, "acc_m", ACC_M, 1);
    api_json_i64(&at, "fixes", FIXES);
    api_json_text(&at, "method", METHOD);
    api_json_text(&at, "kind", KIND);
    api_json_text(&at, "source", SOURCE);
    api_json_f64(&at, "share", SHARE, 4);
    api_json_bool(&at, "tool", TOOL);
    api_json_text(&at, "scope", SCOPE);
    api_json_text(&at, "cause", CAUSE);
    api_json_text(&at, "reason", WHY);
    api_json_text(&at, "approver", APPROVER);
    api_json_time(&at, "revoked_at", REVOKED_AT);
    base_json_out_object_end(out);
}

static void evidence(struct base_json_out *out, const struct verdict *verdict, int64_t version)
{
    base_json_out_key(out, "evidence");
    base_json_out_array(out);
    for (size_t row = 0; verdict->evidence && row < data_rows_count(verdict->evidence); row++) {
        if (data_rows_i64(verdict->evidence, row, OF_VERSION) == version) {
            piece(out, verdict, row);
        }
    }
    base_json_out_array_end(out);
}

static void version(struct base_json_out *out, const struct verdict *verdict, size_t row)
{
    struct api_json_row at = {out, verdict->versions, row};
    base_json_out_object(out);
    api_json_i64(&at, "version", VERSION);
    api_json_text(&at, "verdict", VERDICT);
    api_json_text(&at, "reason", REASON);
    api_json_f64(&at, "found", FOUND, 4);
    api_json_f64(&at, "best", BEST, 4);
    api_json_f64(&at, "needed", NEEDED, 4);
    api_json_i64(&at, "blind_s", BLIND_S);
    api_json_text(&at, "formula", FORMULA);
    api_json_i64(&at, "formula_version", FORMULA_VERSION);
    api_json_time(&at, "recorded_at", RECORDED_AT);
    evidence(out, verdict, data_rows_i64(verdict->versions, row, VERSION));
    base_json_out_object_end(out);
}

static void window(struct base_json_out *out, const struct verdict *verdict)
{
    struct api_json_row at = {out, verdict->versions, 0};
    base_json_out_key(out, "estate_id");
    base_json_out_i64(out, verdict->ids[0]);
    base_json_out_key(out, "duty_id");
    base_json_out_i64(out, verdict->ids[1]);
    api_json_i64(&at, "duty_version", DUTY_VERSION);
    api_json_text(&at, "duty_key", DUTY_KEY);
    api_json_text(&at, "duty_name", DUTY_NAME);
    api_json_text(&at, "duty_name_en", DUTY_NAME_EN);
    api_json_text(&at, "proof", PROOF);
    api_json_text(&at, "place_kind", PLACE_KIND);
    base_json_out_key(out, "place_id");
    base_json_out_i64(out, verdict->ids[2]);
    base_json_out_key(out, "t_from");
    base_json_out_time(out, verdict->t_from_us);
    api_json_time(&at, "t_to", T_TO);
    api_json_time(&at, "due_at", DUE_AT);
    api_json_text(&at, "state", STATE);
}

static void answer(struct api_call *call, const struct verdict *verdict)
{
    struct base_json_out out = api_answer_json(call);
    bool decided = !data_rows_null(verdict->versions, 0, VERSION);
    base_json_out_object(&out);
    window(&out, verdict);
    base_json_out_key(&out, "versions");
    base_json_out_array(&out);
    for (size_t row = 0; decided && row < data_rows_count(verdict->versions); row++) {
        version(&out, verdict, row);
    }
    base_json_out_array_end(&out);
    if (!verdict->identity->purpose[0] && data_scope_holds(verdict->identity->scope, DATA_LOOK_UNIT, verdict->ids[0])) {
        base_json_out_key(&out, "purpose_needed");
        base_json_out_bool(&out, true);
    }
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

/* Whose call signs are about to be shown is written down first. */
static enum base_err write_looks(struct api_server *server, struct data_conn *conn, const struct verdict *verdict,
                                 struct base_diag *diag)
{
    enum { BYTES_MAX = 1 << 16 };
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, BYTES_MAX);
    int64_t last = -1;
    for (size_t row = 0; verdict->evidence && row < data_rows_count(verdict->evidence); row++) {
        if (names_unit(verdict, row) && data_rows_i64(verdict->evidence, row, UNIT_ESTATE_ID) != last) {
            last = data_rows_i64(verdict->evidence, row, UNIT_ESTATE_ID);
            base_buf_append(&estates, &last, sizeof last);
        }
    }
    return estates.err ? base_diag_set(diag, estates.err, "the evidence is of too many estates")
                       : api_audit_look(server, conn, verdict->identity, "passes",
                                        (const int64_t *)(const void *)estates.data, estates.len / sizeof last, diag);
}

static struct data_arg bound(const struct data_rows *rows, int column)
{
    return data_rows_null(rows, 0, column) ? data_null() : data_time(data_rows_time(rows, 0, column));
}

static enum base_err read_verdict(struct data_conn *conn, struct verdict *verdict, struct base_diag *diag)
{
    const struct data_arg key[] = {data_i64(verdict->ids[0]), data_i64(verdict->ids[1]), data_i64(verdict->ids[2]),
                                   data_time(verdict->t_from_us)};
    enum base_err err = data_run(conn, DATA_VERDICT_LIST, key, BASE_COUNT(key), diag, &verdict->versions);
    if (!err && data_rows_count(verdict->versions) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such window");
    }
    if (err || (data_rows_null(verdict->versions, 0, FACT_FROM) && data_rows_null(verdict->versions, 0, RECORD_FROM))) {
        return err;
    }
    const struct data_arg args[] = {key[0],
                                    key[1],
                                    key[2],
                                    key[3],
                                    bound(verdict->versions, FACT_FROM),
                                    bound(verdict->versions, FACT_TO),
                                    bound(verdict->versions, RECORD_FROM),
                                    bound(verdict->versions, RECORD_TO)};
    return data_run(conn, DATA_VERDICT_EVIDENCE, args, BASE_COUNT(args), diag, &verdict->evidence);
}

enum base_err api_verdict_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct verdict verdict = {.identity = call->identity};
    enum base_err err = api_query_path(call, 3, diag, verdict.ids);
    if (!err && !base_time_in(call->captured[3], &verdict.t_from_us)) {
        err = base_diag_set(diag, BASE_NOT_FOUND,
                            "there is no such window: it begins at a time like 2026-05-01T00:00:00Z");
    }
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err : read_verdict(conn, &verdict, diag);
    err = err ? err : write_looks(call->server, conn, &verdict, diag);
    if (!err) {
        answer(call, &verdict);
    }
    data_rows_free(verdict.versions);
    data_rows_free(verdict.evidence);
    return err;
}
