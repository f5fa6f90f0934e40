/* hutong token: what programs sign in with, and the codes of shifts. A secret is shown once and kept as a hash. */
#include "cli/account.h"

#include <string.h>

static const struct base_option options[] = {
    {.name = "account", .type = BASE_OPTION_TEXT, .value = "NAME", .help = "add: the account it stands for"},
    CLI_ACCOUNT_GRANT_ROWS,
    {.name = "shift", .type = BASE_OPTION_INT, .value = "ID", .help = "add: a code for who works that shift"},
    {.name = "ttl", .type = BASE_OPTION_SPAN, .value = "SPAN", .standard = "90d", .help = "add: it ends after so long"},
    {.name = "purpose",
     .type = BASE_OPTION_TEXT,
     .value = "TEXT",
     .help = "add: why it looks at personal data, for the audit; without one it sees none"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "print JSON"},
};

static const struct cli_command command = {
    .usage = "hutong token add NAME --account ACCOUNT [--ttl 90d] [--purpose TEXT]\n"
             "       hutong token add NAME --role ROLE [--estates 1,2 ...]       makes an account of that name for it\n"
             "       hutong token add --shift ID                                 prints a code to sign in with\n"
             "       hutong token list [--json]\n"
             "       hutong token revoke NAME\n"
             "A token is sent as Authorization: Bearer hut_..., and sees what its account sees. It is shown once.",
    .options = options,
    .count = BASE_COUNT(options),
};

/* --- add --- */
/* The account of the same name, without a password, for a token that is told its role. */
static enum base_err own_account(struct data_conn *conn, const struct base_options *given, const char *name,
                                 struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    struct cli_account_grant grant;
    bool added;
    cli_account_grant_read(given, name, &grant);
    grant.to_us = base_clock_now_us() + base_option_span_us(given, "ttl");
    enum base_err err =
        data_run(conn, DATA_ACCOUNT_ADD, DATA_ARGS(data_text(name), data_null(), data_null(), data_null(), data_null()),
                 diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(
            diag, BASE_CONFLICT,
            "there is an account \"%s\" already; hutong token add NAME --account %s makes a token of it", name, name);
    }
    return err ? err : cli_account_grant_put(conn, &grant, diag, &added);
}

static enum base_err store(struct data_conn *conn, const struct base_options *given, const char *name,
                           const char *secret, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const char *account = base_option_text(given, "account");
    struct base_key hash = base_secret_hash(base_str_of(secret));
    enum base_err err = account ? BASE_OK : own_account(conn, given, name, diag);
    if (!err) {
        err = data_run(conn, DATA_TOKEN_ADD,
                       DATA_ARGS(data_text(account ? account : name), data_text(name),
                                 data_bytes((struct base_str){(const char *)hash.bytes, sizeof hash.bytes}),
                                 data_text(base_option_text(given, "purpose")),
                                 data_time(base_clock_now_us() + base_option_span_us(given, "ttl"))),
                       diag, &rows);
    }
    if (err == BASE_CONFLICT && account) {
        return base_diag_set(diag, err, "there is a token \"%s\" already; hutong token revoke %s ends it", name, name);
    }
    if (!err && data_rows_count(rows) == 0) {
        err =
            base_diag_set(diag, BASE_NOT_FOUND, "there is no account \"%.64s\"; hutong user list shows them", account);
    }
    return err ? err : cli_account_commit(conn, "token-add", diag, "%s of %s", name, account ? account : name);
}

static enum base_err check(const struct base_options *given, const char *name, struct base_diag *diag)
{
    const char *purpose = base_option_text(given, "purpose");
    if (!base_option_text(given, "account") == !base_option_text(given, "role")) {
        return base_diag_set(diag, BASE_USAGE, "add: wants --account, or --role for an account of its own");
    }
    if (purpose && (!*purpose || strlen(purpose) > 200 || !base_str_utf8(base_str_of(purpose)))) {
        return base_diag_set(diag, BASE_USAGE, "add: --purpose: 1 to 200 bytes of text");
    }
    return cli_account_name_ok(name, diag);
}

static enum base_err add(const struct base_options *given, const char *name, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    char random[BASE_SECRET_TEXT], secret[BASE_SECRET_TEXT + 4], until[BASE_TIME_TEXT];
    enum base_err err = check(given, name, diag);
    if (!err) {
        err = base_secret_new(diag, random);
    }
    if (!err) {
        snprintf(secret, sizeof secret, "hut_%s", random);
        err = cli_account_begin("hutong token", diag, &conn);
    }
    if (!err) {
        err = store(conn, given, name, secret, diag);
    }
    if (!err) {
        base_time_out(base_clock_now_us() + base_option_span_us(given, "ttl"), until);
        printf(base_option_flag(given, "json") ? "{\"name\":\"%s\",\"token\":\"%s\",\"expires_at\":\"%s\"}\n"
                                               : "token %s: %s\nIt is shown this once, and good until %s.\n",
               name, secret, until);
    }
    return err;
}

/* --- a shift's code --- */
static enum base_err add_code(const struct base_options *given, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    char code[BASE_SECRET_CODE], until[BASE_TIME_TEXT];
    int64_t shift = base_option_int(given, "shift");
    enum base_err err = base_secret_code(diag, code);
    if (!err) {
        err = cli_account_begin("hutong token", diag, &conn);
    }
    if (!err) {
        struct base_key hash = base_secret_hash(base_str_of(code));
        err = data_run(
            conn, DATA_SHIFT_CODE_ADD,
            DATA_ARGS(data_bytes((struct base_str){(const char *)hash.bytes, sizeof hash.bytes}), data_i64(shift)),
            diag, &rows);
    }
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no shift %lld, or it is over", (long long)shift);
    }
    if (!err) {
        err = cli_account_commit(conn, "shift-code-add", diag, "shift %lld", (long long)shift);
    }
    if (!err) {
        base_time_out(data_rows_time(rows, 0, 2), until);
        printf(base_option_flag(given, "json") ? "{\"code\":\"%s\",\"shift\":%lld,\"expires_at\":\"%s\"}\n"
                                               : "%s  (shift %lld, until %s)\n",
               code, (long long)shift, until);
    }
    return err;
}

/* --- list, revoke --- */
static enum base_err list(const struct base_options *given, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    char until[BASE_TIME_TEXT], used[BASE_TIME_TEXT];
    enum base_err err = data_conn_open(NULL, "hutong token", diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_TOKEN_LIST, DATA_NO_ARGS, diag, &rows);
    }
    if (!err && base_option_flag(given, "json")) {
        cli_account_print_json(rows, 5);
        return BASE_OK;
    }
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        printf("%-24s %-24s %-8s until %.16s, used %.16s\n", data_rows_text(rows, row, 0), data_rows_text(rows, row, 1),
               data_rows_text(rows, row, 2),
               data_rows_null(rows, row, 3) ? "-" : base_time_out(data_rows_time(rows, row, 3), until),
               data_rows_null(rows, row, 4) ? "never" : base_time_out(data_rows_time(rows, row, 4), used));
    }
    return err;
}

static enum base_err revoke(const struct base_options *given, const char *name, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = cli_account_begin("hutong token", diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_TOKEN_REVOKE, DATA_ARGS(data_text(name)), diag, &rows);
    }
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no token \"%.64s\"; hutong token list shows them", name);
    }
    if (!err) {
        err = cli_account_commit(conn, "token-revoke", diag, "%.64s", name);
    }
    if (!err) {
        printf(base_option_flag(given, "json") ? "{\"name\":\"%s\"}\n" : "%s opens nothing any more\n", name);
    }
    return err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *verb = given->operand_count ? given->operands[0] : "";
    if (strcmp(verb, "list") == 0 && given->operand_count == 1) {
        return list(given, diag);
    }
    if (strcmp(verb, "add") == 0 && base_option_given(given, "shift") && given->operand_count == 1) {
        return add_code(given, diag);
    }
    if (given->operand_count == 2 && strcmp(verb, "add") == 0) {
        return add(given, given->operands[1], diag);
    }
    if (given->operand_count == 2 && strcmp(verb, "revoke") == 0) {
        return revoke(given, given->operands[1], diag);
    }
    return base_diag_set(diag, BASE_USAGE, "wants add NAME, add --shift ID, list, or revoke NAME; see --help");
}

int cli_token_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
