/* account: hutong user and hutong token: their parts. Private to cli/. */
#ifndef HUTONG_CLI_ACCOUNT_H
#define HUTONG_CLI_ACCOUNT_H

#include "cli/cli.h"
#include "data/data.h"

/* --- what an account is given (account_grant.c) --- */
struct cli_account_grant {
    const char *account, *role;
    const char *estates; /* "1,2", blanks and semicolons will do; NULL and "": none named, in all of these */
    const char *organisation, *community, *street, *district;
    int64_t from_us, to_us; /* 0: now, for good */
};

/* Rows of an option table. */
#define CLI_ACCOUNT_GRANT_ROWS                                                                                      \
    {.name = "role",                                                                                                \
     .type = BASE_OPTION_TEXT,                                                                                      \
     .value = "ROLE",                                                                                               \
     .help = "district street community department company committee field_worker planner device_admin auditor "    \
             "administrator"},                                                                                      \
        {.name = "estates", .type = BASE_OPTION_TEXT, .value = "1,2", .help = "whose rows it sees: estates by id"}, \
        {.name = "organisation",                                                                                    \
         .type = BASE_OPTION_TEXT,                                                                                  \
         .value = "CODE",                                                                                           \
         .help = "or an organisation with all below it, by code or id"},                                            \
        {.name = "community", .type = BASE_OPTION_TEXT, .value = "CODE", .help = "or a community"},                 \
        {.name = "street", .type = BASE_OPTION_TEXT, .value = "CODE", .help = "or a street"},                       \
    {                                                                                                               \
        .name = "district", .type = BASE_OPTION_TEXT, .value = "CODE", .help = "or a district"                      \
    }

void cli_account_grant_read(const struct base_options *given, const char *account, struct cli_account_grant *ret_grant);
/* INVALID, NOT_FOUND: there is no such thing, or the role must be told whose estates. In the caller's transaction. */
enum base_err cli_account_grant_put(struct data_conn *conn, const struct cli_account_grant *grant,
                                    struct base_diag *diag, bool *ret_added) BASE_MUST_CHECK;

/* --- passwords (account_password.c) --- */
#define CLI_ACCOUNT_PASSWORD (BASE_PASSWORD_BYTES + 2)
/* From --password-file, else asked for twice on a terminal, else made: *ret_made, to be shown once. */
enum base_err cli_account_password(const char *name, const char *file, struct base_diag *diag,
                                   char ret_password[CLI_ACCOUNT_PASSWORD], bool *ret_made) BASE_MUST_CHECK;

/* --- what both commands do the same way (account.c) --- */
enum base_err cli_account_name_ok(const char *name, struct base_diag *diag) BASE_MUST_CHECK;
/* Connected, the audit ready for this month, a transaction open. */
enum base_err cli_account_begin(const char *program, struct base_diag *diag,
                                struct data_conn **ret_conn) BASE_MUST_CHECK;
/* Writes down who changed what, and commits. */
enum base_err cli_account_commit(struct data_conn *conn, const char *action, struct base_diag *diag, const char *note,
                                 ...) BASE_PRINTF(4, 5) BASE_MUST_CHECK;
/* The end of a validity: --until, --ttl, or 0. */
enum base_err cli_account_until(const struct base_options *given, struct base_diag *diag,
                                int64_t *ret_us) BASE_MUST_CHECK;
/* Rows with a column "json" last, as one array. */
void cli_account_print_json(const struct data_rows *rows, int column);

#endif
