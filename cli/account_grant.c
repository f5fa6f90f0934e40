/* A role and whose estates it sees, from the names that people write to ids. */
#include "cli/account.h"

#include <string.h>

enum { ESTATES_MAX = 10000 };
enum { ACCOUNT_ID, ROLE_KNOWN, MISSING, ORGANISATION_ID, COMMUNITY_ID, STREET_ID, DISTRICT_ID };

void cli_account_grant_read(const struct base_options *given, const char *account, struct cli_account_grant *ret_grant)
{
    *ret_grant = (struct cli_account_grant){
        .account = account,
        .role = base_option_text(given, "role"),
        .estates = base_option_text(given, "estates"),
        .organisation = base_option_text(given, "organisation"),
        .community = base_option_text(given, "community"),
        .street = base_option_text(given, "street"),
        .district = base_option_text(given, "district"),
    };
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

/* "1, 2;3" to {1,2,3} */
static enum base_err estates_in(const char *text, struct base_buf *ret_array, struct base_diag *diag)
{
    static const char between[] = " ,;";
    int count = 0;
    base_buf_text(ret_array, "{");
    for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
        int64_t id = 0;
        size_t len = strcspn(at, between);
        if (!base_str_i64((struct base_str){at, len}, &id) || id < 0 || ++count > ESTATES_MAX) {
            return base_diag_set(diag, BASE_INVALID, "estates \"%.*s\": an estate's id is a number, and up to %d go",
                                 (int)(len < 40 ? len : 40), at, ESTATES_MAX);
        }
        base_buf_printf(ret_array, "%s%lld", count > 1 ? "," : "", (long long)id);
        at += len;
    }
    base_buf_text(ret_array, "}");
    return ret_array->err ? base_diag_set(diag, ret_array->err, "out of memory") : BASE_OK;
}

static enum base_err check(const struct cli_account_grant *grant, const struct data_rows *row, struct base_diag *diag)
{
    const struct {
        const char *what, *code;
        int column;
    } places[] = {{"organisation", grant->organisation, ORGANISATION_ID},
                  {"community", grant->community, COMMUNITY_ID},
                  {"street", grant->street, STREET_ID},
                  {"district", grant->district, DISTRICT_ID}};
    if (data_rows_null(row, 0, ACCOUNT_ID)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no account \"%.80s\"; hutong user add makes one",
                             grant->account);
    }
    if (!data_rows_bool(row, 0, ROLE_KNOWN)) {
        return base_diag_set(diag, BASE_INVALID, "there is no role \"%.40s\"; hutong user --help lists them",
                             grant->role);
    }
    if (!data_rows_null(row, 0, MISSING)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no estate %lld",
                             (long long)data_rows_i64(row, 0, MISSING));
    }
    int named = or_null(grant->estates) ? 1 : 0;
    for (size_t i = 0; i < BASE_COUNT(places); i++) {
        named += or_null(places[i].code) ? 1 : 0;
        if (or_null(places[i].code) && data_rows_null(row, 0, places[i].column)) {
            return base_diag_set(diag, BASE_NOT_FOUND, "there is no %s \"%.80s\"", places[i].what, places[i].code);
        }
    }
    if (named > 1 && strcmp(grant->role, "department") != 0) {
        return base_diag_set(diag, BASE_INVALID,
                             "estates, or an organisation, or a community, or a street, or a district: not several");
    }
    return BASE_OK;
}

static struct data_arg id_of(const struct data_rows *row, int column)
{
    return data_rows_null(row, 0, column) ? data_null() : data_i64(data_rows_i64(row, 0, column));
}

enum base_err cli_account_grant_put(struct data_conn *conn, const struct cli_account_grant *grant,
                                    struct base_diag *diag, bool *ret_added)
{
    AUTO(data_rows) found = NULL;
    AUTO(data_rows) added = NULL;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, 1 << 18);
    bool named = or_null(grant->estates) != NULL;
    enum base_err err = named ? estates_in(grant->estates, &estates, diag) : BASE_OK;
    struct data_arg array = data_text(named ? base_buf_cstr(&estates) : NULL);
    if (!err) {
        err = data_run(conn, DATA_GRANT_FIND,
                       DATA_ARGS(data_text(grant->account), data_text(grant->role), array,
                                 data_text(or_null(grant->organisation)), data_text(or_null(grant->community)),
                                 data_text(or_null(grant->street)), data_text(or_null(grant->district))),
                       diag, &found);
    }
    if (!err) {
        err = check(grant, found, diag);
    }
    if (!err && grant->to_us && grant->to_us <= (grant->from_us ? grant->from_us : base_clock_now_us())) {
        err = base_diag_set(diag, BASE_INVALID, "it would end before it begins");
    }
    if (!err) {
        err = data_run(conn, DATA_GRANT_ADD,
                       DATA_ARGS(id_of(found, ACCOUNT_ID), data_text(grant->role), array, id_of(found, ORGANISATION_ID),
                                 id_of(found, COMMUNITY_ID), id_of(found, STREET_ID), id_of(found, DISTRICT_ID),
                                 grant->from_us ? data_time(grant->from_us) : data_null(),
                                 grant->to_us ? data_time(grant->to_us) : data_null()),
                       diag, &added);
    }
    if (!err && !data_rows_bool(added, 0, 1)) {
        err = base_diag_set(diag, BASE_INVALID,
                            "whose estates? A %s is told by --estates, --organisation, --community, --street or "
                            "--district",
                            grant->role);
    }
    if (!err) {
        *ret_added = data_rows_bool(added, 0, 0);
    }
    return err;
}
