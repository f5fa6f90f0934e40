/* Who is to be asked about an incident: kept apart from it, locked, and read until it comes to its end. */
#include "incident/private.h"

enum { LOCKED_MAX = 1 << 18 };

static enum base_err store(struct data_conn *conn, const struct base_key *seal, const struct incident_act *of,
                           struct base_str contact, bool first, struct base_diag *diag, bool *ret_stored)
{
    AUTO_VALUE(base_buf) locked;
    AUTO(data_rows) rows = NULL;
    base_buf_init(&locked, LOCKED_MAX);
    const struct incident_sealing sealing = {seal, of->estate_id, of->id, "contact"};
    enum base_err err = incident_seal_lock(&sealing, contact, diag, &locked);
    err = err ? err
              : data_run(conn, DATA_INCIDENT_CONTACT_ADD,
                         DATA_ARGS(data_i64(of->estate_id), data_i64(of->id), data_bytes(base_buf_str(&locked)),
                                   data_time(of->at_us), data_i64(first)),
                         diag, &rows);
    *ret_stored = !err && data_rows_count(rows) > 0;
    return err;
}

enum base_err incident_contact_add(struct data_conn *conn, const struct base_key *seal, const struct incident_act *of,
                                   const char *contact, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    bool stored = false;
    enum base_err err =
        data_run(conn, DATA_INCIDENT_LOCK,
                 DATA_ARGS(data_i64(of->estate_id), data_i64(of->id), data_text("comment"), data_null()), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    err = err ? err : store(conn, seal, of, base_str_of(contact), false, diag, &stored);
    return err || stored ? err : base_diag_set(diag, BASE_CONFLICT, "the incident is not open: it takes no contact");
}

enum base_err incident_contact_found(struct data_conn *conn, const struct base_key *seal, const struct incident_act *of,
                                     const struct incident_said *said, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, LOCKED_MAX);
    bool stored;
    if (!said->masked || !seal) {
        return BASE_OK;
    }
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    base_json_out_key(&out, "text");
    base_json_out_str(&out, base_buf_str(&said->taken));
    base_json_out_object_end(&out);
    return store(conn, seal, of, base_buf_str(&text), true, diag, &stored);
}

/* --- reading --- */

/* Columns of incident_contact_list. */
enum { OPEN, INCIDENT_ID, ADDED_AT, LOCKED };

static enum base_err one_out(const struct incident_sealing *sealing, const struct data_rows *rows, size_t row,
                             struct base_diag *diag, struct base_json_out *out)
{
    AUTO_VALUE(base_buf) text;
    AUTO(base_json) json = NULL;
    void *at = NULL;
    struct base_str key, value;
    const struct base_json *member;
    base_buf_init(&text, LOCKED_MAX);
    enum base_err err = incident_seal_unlock(sealing, data_rows_bytes(rows, row, LOCKED), diag, &text);
    err = err ? err : base_json_in_parse(text.data, text.len, diag, &json);
    if (err) {
        return err;
    }
    base_json_out_object(out);
    while (base_json_in_next(json, &at, &key, &member)) {
        if (base_json_in_text(member, &value)) {
            base_json_out_key(out, key.at);
            base_json_out_str(out, value);
        }
    }
    base_json_out_key(out, "incident_id");
    base_json_out_i64(out, sealing->id);
    base_json_out_key(out, "added_at");
    base_json_out_time(out, data_rows_time(rows, row, ADDED_AT));
    base_json_out_object_end(out);
    return BASE_OK;
}

enum base_err incident_contact_out(struct data_conn *conn, const struct base_key *seal, int64_t estate_id, int64_t id,
                                   struct base_diag *diag, struct base_json_out *out)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_INCIDENT_CONTACT_LIST, DATA_ARGS(data_i64(estate_id), data_i64(id)), diag, &rows);
    if (err || data_rows_count(rows) == 0) {
        return err ? err : base_diag_set(diag, BASE_NOT_FOUND, "there is no such incident");
    }
    if (!data_rows_bool(rows, 0, OPEN)) {
        return base_diag_set(diag, BASE_CONFLICT,
                             "the incident has come to its end, and who called is sealed; ask them again");
    }
    base_json_out_array(out);
    for (size_t row = 0; row < data_rows_count(rows) && !err && !data_rows_null(rows, row, LOCKED); row++) {
        const struct incident_sealing sealing = {seal, estate_id, data_rows_i64(rows, row, INCIDENT_ID), "contact"};
        err = one_out(&sealing, rows, row, diag, out);
    }
    base_json_out_array_end(out);
    return err;
}
