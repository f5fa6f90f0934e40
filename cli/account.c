/* hutong user: accounts, what they are given, and how they sign in. Every change stands in the audit. */
#include "cli/account.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const struct base_option options[] = {
    CLI_ACCOUNT_GRANT_ROWS,
    {.name = "until", .type = BASE_OPTION_TEXT, .value = "TIME", .help = "add, grant: the role ends then (RFC 3339)"},
    {.name = "ttl", .type = BASE_OPTION_SPAN, .value = "SPAN", .help = "add, grant: or after so long, such as 90d"},
    {.name = "label", .type = BASE_OPTION_TEXT, .value = "TEXT", .help = "add: what people call this account"},
    {.name = "password-file",
     .type = BASE_OPTION_TEXT,
     .value = "FILE",
     .help = "add, password: its first line is the password; - is standard input"},
    {.name = "oidc",
     .type = BASE_OPTION_TEXT,
     .value = "ISSUER SUBJECT",
     .help = "add: signs in with tokens of that issuer (hutong serve --jwt-issuer); has no password then"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "print JSON"},
};

static const struct cli_command command = {
    .usage =
        "hutong user add NAME --role ROLE [--estates 1,2 | --organisation CODE ...] [--until TIME | --ttl 90d]\n"
        "       hutong user grant NAME --role ROLE [--estates 1,2 ...]      another role beside those it has\n"
        "       hutong user list [--json]\n"
        "       hutong user password NAME [--password-file FILE]            its sessions end\n"
        "       hutong user unlock NAME                                     after too many wrong passwords\n"
        "       hutong user revoke NAME [--role ROLE]                       the account with its tokens, or a role\n"
        "A name is 2 to 64 of a-z 0-9 . _ - @. Passwords have 10 to 128 characters; add and password ask for one on a\n"
        "terminal, and else make one and print it once. district, administrator, department, planner, device_admin\n"
        "and auditor see every estate unless some are named; the others must be told which. A department with an\n"
        "--organisation sees and carries out the incidents that are sent to it there.\n"
        "While there is no account at all the server is open to this machine; from the first one on it asks everybody\n"
        "to sign in.",
    .options = options,
    .count = BASE_COUNT(options),
};

enum base_err cli_account_name_ok(const char *name, struct base_diag *diag)
{
    size_t len = strlen(name);
    if (len < 2 || len > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-@") != len) {
        return base_diag_set(diag, BASE_USAGE, "\"%.64s\": a name is 2 to 64 of a-z 0-9 . _ - @", name);
    }
    return BASE_OK;
}

enum base_err cli_account_begin(const char *program, struct base_diag *diag, struct data_conn **ret_conn)
{
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(NULL, program, diag, &conn);
    if (!err) {
        err = data_partition_ensure(conn, "audit", base_clock_now_us(), diag);
    }
    if (!err) {
        err = data_begin(conn, diag);
    }
    if (!err) {
        *ret_conn = conn;
        conn = NULL;
    }
    return err;
}

enum base_err cli_account_commit(struct data_conn *conn, const char *action, struct base_diag *diag, const char *note,
                                 ...)
{
    char text[400], actor[120];
    const struct passwd *user = getpwuid(getuid());
    va_list args;
    va_start(args, note);
    vsnprintf(text, sizeof text, note, args);
    va_end(args);
    snprintf(actor, sizeof actor, "cli:%.64s", user ? user->pw_name : "?");
    enum base_err err =
        data_run(conn, DATA_AUDIT_ACT,
                 DATA_ARGS(data_null(), data_text(actor), data_text(action), data_null(), data_text(text)), diag, NULL);
    return err ? err : data_commit(conn, diag);
}

enum base_err cli_account_until(const struct base_options *given, struct base_diag *diag, int64_t *ret_us)
{
    const char *until = base_option_text(given, "until");
    int64_t span_us = base_option_span_us(given, "ttl");
    *ret_us = span_us ? base_clock_now_us() + span_us : 0;
    if (until && !base_time_in(base_str_of(until), ret_us)) {
        return base_diag_set(diag, BASE_USAGE, "--until \"%.40s\": a time is written 2027-01-31T18:00:00+08:00", until);
    }
    return BASE_OK;
}

void cli_account_print_json(const struct data_rows *rows, int column)
{
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        printf("%s%s", row ? ",\n " : "[", data_rows_text(rows, row, column));
    }
    printf("%s]\n", data_rows_count(rows) ? "" : "[");
}

static enum base_err nobody(const char *name, struct base_diag *diag)
{
    return base_diag_set(diag, BASE_NOT_FOUND, "there is no account \"%.64s\"; hutong user list shows them", name);
}

/* --- add, grant --- */
struct made {
    char password[CLI_ACCOUNT_PASSWORD];
    char hash[BASE_PASSWORD_TEXT];
    bool shown; /* it was made here */
};

static enum base_err make_password(const struct base_options *given, const char *name, struct base_diag *diag,
                                   struct made *made)
{
    enum base_err err =
        cli_account_password(name, base_option_text(given, "password-file"), diag, made->password, &made->shown);
    return err ? err : base_password_hash(base_str_of(made->password), diag, made->hash);
}

static void print_made(const char *name, const struct made *made, bool json, const char *what)
{
    if (json) {
        AUTO_VALUE(base_buf) text;
        base_buf_init(&text, 4096);
        struct base_json_out out = base_json_out_of(&text);
        base_json_out_object(&out);
        base_json_out_key(&out, "name");
        base_json_out_text(&out, name);
        if (made->shown) {
            base_json_out_key(&out, "password");
            base_json_out_text(&out, made->password);
        }
        base_json_out_object_end(&out);
        printf("%s\n", base_buf_cstr(&text));
    } else {
        printf("%s %s\n", name, what);
        if (made->shown) {
            printf("password: %s\nIt is shown this once.\n", made->password);
        }
    }
}

static enum base_err add_account(struct data_conn *conn, const struct base_options *given, const char *name,
                                 const struct made *made, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const char *issuer = base_option_text(given, "oidc");
    enum base_err err = data_run(conn, DATA_ACCOUNT_ADD,
                                 DATA_ARGS(data_text(name), data_text(base_option_text(given, "label")),
                                           data_text(*made->hash ? made->hash : NULL), data_text(issuer),
                                           data_text(issuer ? given->operands[2] : NULL)),
                                 diag, &rows);
    if (err == BASE_CONFLICT) {
        return base_diag_set(diag, err, "another account signs in as that subject of that issuer");
    }
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_CONFLICT,
                            "there is an account \"%s\" already; hutong user grant gives it a role", name);
    }
    return err;
}

static enum base_err add(const struct base_options *given, const char *name, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    struct cli_account_grant grant;
    struct made made = {.shown = false};
    bool added;
    cli_account_grant_read(given, name, &grant);
    enum base_err err = cli_account_until(given, diag, &grant.to_us);
    if (!err && !base_option_text(given, "oidc")) {
        err = make_password(given, name, diag, &made);
    }
    if (!err) {
        err = cli_account_begin("hutong user", diag, &conn);
    }
    if (!err) {
        err = add_account(conn, given, name, &made, diag);
    }
    if (!err) {
        err = cli_account_grant_put(conn, &grant, diag, &added);
    }
    if (!err) {
        err = cli_account_commit(conn, "account-add", diag, "%s: %s", name, grant.role);
    }
    if (!err) {
        print_made(name, &made, base_option_flag(given, "json"), "may sign in");
    }
    return err;
}

static enum base_err give(const struct base_options *given, const char *name, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    struct cli_account_grant grant;
    bool added = false;
    cli_account_grant_read(given, name, &grant);
    enum base_err err = cli_account_until(given, diag, &grant.to_us);
    if (!err) {
        err = cli_account_begin("hutong user", diag, &conn);
    }
    if (!err) {
        err = cli_account_grant_put(conn, &grant, diag, &added);
    }
    if (!err) {
        err = cli_account_commit(conn, "grant-add", diag, "%s: %s", name, grant.role);
    }
    if (!err) {
        printf(base_option_flag(given, "json") ? "{\"name\":\"%s\",\"added\":%s}\n" : "%s %s\n", name,
               base_option_flag(given, "json") ? (added ? "true" : "false")
               : added                         ? "has that role now"
                                               : "had that role already");
    }
    return err;
}

/* --- password, unlock, revoke: one statement about a name --- */
static enum base_err change(const struct base_options *given, enum data_query query, const struct data_arg *args,
                            size_t count, const char *action, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    const char *name = given->operands[1];
    enum base_err err = cli_account_begin("hutong user", diag, &conn);
    if (!err) {
        err = data_run(conn, query, args, count, diag, &rows);
    }
    if (!err && (data_rows_count(rows) == 0 || (query == DATA_GRANT_END && data_rows_i64(rows, 0, 0) == 0))) {
        err = query == DATA_GRANT_END
                  ? base_diag_set(diag, BASE_NOT_FOUND, "\"%.64s\" has no role \"%.40s\" that could end", name,
                                  base_option_text(given, "role"))
                  : nobody(name, diag);
    }
    return err ? err : cli_account_commit(conn, action, diag, "%s", name);
}

static enum base_err password(const struct base_options *given, const char *name, struct base_diag *diag)
{
    struct made made = {.shown = false};
    enum base_err err = make_password(given, name, diag, &made);
    if (!err) {
        err = change(given, DATA_ACCOUNT_PASSWORD, DATA_ARGS(data_text(name), data_text(made.hash)), "account-password",
                     diag);
    }
    if (!err) {
        print_made(name, &made, base_option_flag(given, "json"), "has another password; its sessions have ended");
    }
    return err;
}

static enum base_err unlock(const struct base_options *given, const char *name, struct base_diag *diag)
{
    enum base_err err = change(given, DATA_ACCOUNT_UNLOCK, DATA_ARGS(data_text(name)), "account-unlock", diag);
    if (!err) {
        print_made(name, &(struct made){.shown = false}, base_option_flag(given, "json"), "may try again");
    }
    return err;
}

static enum base_err take(const struct base_options *given, const char *name, struct base_diag *diag)
{
    const char *role = base_option_text(given, "role");
    enum base_err err =
        role ? change(given, DATA_GRANT_END, DATA_ARGS(data_text(name), data_text(role)), "grant-end", diag)
             : change(given, DATA_ACCOUNT_REVOKE, DATA_ARGS(data_text(name)), "account-revoke", diag);
    if (!err) {
        print_made(name, &(struct made){.shown = false}, base_option_flag(given, "json"),
                   role ? "has that role no longer" : "may no longer sign in; its sessions and tokens have ended");
    }
    return err;
}

/* --- list --- */
static enum base_err list(const struct base_options *given, const char *name, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    (void)name;
    enum base_err err = data_conn_open(NULL, "hutong user", diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_ACCOUNT_LIST, DATA_NO_ARGS, diag, &rows);
    }
    if (err) {
        return err;
    }
    if (base_option_flag(given, "json")) {
        cli_account_print_json(rows, 5);
        return BASE_OK;
    }
    if (data_rows_count(rows) == 0) {
        printf("no accounts: the server is open to everybody on this machine\n");
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        printf("%-24s %-8s %-18s %s\n", data_rows_text(rows, row, 0), data_rows_text(rows, row, 2),
               *data_rows_text(rows, row, 4) ? data_rows_text(rows, row, 4) : "tokens only",
               data_rows_text(rows, row, 3));
    }
    return BASE_OK;
}

static const struct {
    const char *name;
    enum base_err (*run)(const struct base_options *given, const char *name, struct base_diag *diag);
    bool role;
} verbs[] = {
    {"add", add, true},        {"grant", give, true},   {"list", list, false}, {"password", password, false},
    {"unlock", unlock, false}, {"revoke", take, false},
};

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *verb = given->operand_count ? given->operands[0] : "";
    for (size_t i = 0; i < BASE_COUNT(verbs); i++) {
        if (strcmp(verb, verbs[i].name) != 0) {
            continue;
        }
        bool oidc = verbs[i].run == add && base_option_text(given, "oidc");
        int wanted = verbs[i].run == list ? 1 : oidc ? 3 : 2;
        if (given->operand_count != wanted) {
            return base_diag_set(diag, BASE_USAGE, "%s: wants %s", verb,
                                 wanted == 1   ? "no name"
                                 : wanted == 3 ? "NAME --oidc ISSUER SUBJECT"
                                               : "one name");
        }
        if (verbs[i].role && !base_option_text(given, "role")) {
            return base_diag_set(diag, BASE_USAGE, "%s: --role is missing", verb);
        }
        enum base_err err = wanted == 1 ? BASE_OK : cli_account_name_ok(given->operands[1], diag);
        return err ? err : verbs[i].run(given, wanted == 1 ? NULL : given->operands[1], diag);
    }
    return base_diag_set(diag, BASE_USAGE, "wants add, grant, list, password, unlock or revoke; see --help");
}

int cli_account_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
