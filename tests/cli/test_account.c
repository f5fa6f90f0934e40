/* hutong user, token, import organisations and roles as an administrator runs them. */
#include "cli/cli.h"
#include "data/data.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

static struct base_diag diag;
static struct base_buf output;

/* Runs hutong with the words; what it printed is in output, or in diag when it failed. */
static enum base_err run(const char *const *words)
{
    const char *argv[24] = {fixture_binary()};
    for (size_t i = 0; words[i] && i < 22; i++) {
        argv[i + 1] = words[i];
    }
    base_buf_reset(&output);
    return cli_process_run(&(struct cli_process){.argv = argv, .death_signal = SIGKILL}, &diag, &output);
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void works(enum base_err err)
{
    if (err) {
        fail_msg("%s", diag.text);
    }
}

static void refuses(enum base_err err, const char *because)
{
    assert_int_not_equal(err, BASE_OK);
    if (!strstr(diag.text, because)) {
        fail_msg("\"%s\" is not in: %s", because, diag.text);
    }
}

static void says(const char *what)
{
    if (!strstr(base_buf_cstr(&output), what)) {
        fail_msg("\"%s\" is not in: %s", what, base_buf_cstr(&output));
    }
}

/* The first column of the first row of the test's database; "" without one. */
static const char *value(const char *sql)
{
    static char text[1024];
    PGconn *pg = PQconnectdb(getenv("HUTONG_DATABASE"));
    PQclear(PQexec(pg, "set search_path = hutong, public"));
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    }
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(pg);
    return text;
}

static const char *member(const char *name)
{
    static char text[200];
    AUTO(base_json) json = NULL;
    struct base_str found = {NULL, 0};
    works(base_json_in_parse(output.data, output.len, &diag, &json));
    assert_true(base_json_in_text(base_json_in_get(json, name), &found));
    snprintf(text, sizeof text, "%.*s", (int)found.len, found.at);
    return text;
}

static int fresh(void **state)
{
    (void)state;
    base_buf_init(&output, 1 << 20);
    setenv("HUTONG_DATABASE", fixture_database(), 1);
    value("insert into estate (id, dataset, key, code, name) values (1, 't', '1', 'A1', 'one'), (2, 't', '2', 'A2', "
          "'two')");
    return 0;
}

static int done(void **state)
{
    (void)state;
    base_buf_release(&output);
    return 0;
}

static const char *file(const char *name, const char *text)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", fixture_scratch(), name);
    works(base_file_write(path, 0600, text, strlen(text), &diag));
    return path;
}

static void an_account_comes_changes_and_goes(void **state)
{
    (void)state;
    works(RUN("user", "list"));
    says("open to everybody");
    works(RUN("user", "add", "zhang", "--role", "company", "--estates", "1,2", "--ttl", "90d", "--label", "张主任",
              "--json"));
    char hash[BASE_PASSWORD_TEXT];
    snprintf(hash, sizeof hash, "%s", value("select password_hash from account where name = 'zhang'"));
    assert_true(base_password_verify(hash, base_str_of(member("password")))); /* made, and printed this once */
    works(RUN("user", "list"));
    says("company (estates 1,2 until ");
    says("password");
    works(RUN("user", "password", "zhang", "--password-file", file("p", "correct horse battery\r\n")));
    assert_null(strstr(base_buf_cstr(&output), "horse"));
    snprintf(hash, sizeof hash, "%s", value("select password_hash from account where name = 'zhang'"));
    assert_true(base_password_verify(hash, base_str_of("correct horse battery")));
    works(RUN("user", "grant", "zhang", "--role", "planner"));
    works(RUN("user", "grant", "zhang", "--role", "planner", "--json"));
    says("\"added\":false");
    works(RUN("user", "list", "--json"));
    says("\"sees\": \"all\"");
    says("张主任");
    assert_null(strstr(base_buf_cstr(&output), "argon2"));
    works(RUN("user", "revoke", "zhang", "--role", "planner"));
    refuses(RUN("user", "revoke", "zhang", "--role", "planner"), "has no role");
    value("update account set locked_until = now() + interval '1 hour'");
    works(RUN("user", "list"));
    says("locked");
    works(RUN("user", "unlock", "zhang"));
    works(RUN("user", "revoke", "zhang"));
    works(RUN("user", "list"));
    says("revoked");
    refuses(RUN("user", "revoke", "zhang"), "there is no account");
    works(RUN("user", "add", "zhang", "--role", "auditor")); /* anew, without the old role */
    assert_string_equal(
        value("select string_agg(role::text, ' ') from role_grant where valid_to is null or valid_to > now()"),
        "auditor");
    assert_string_equal(
        value("select string_agg(action, ' ' order by id) from audit"),
        "account-add account-password grant-add grant-add grant-end account-unlock account-revoke account-add");
}

static void a_wrong_account_is_refused_and_nothing_stays(void **state)
{
    (void)state;
    refuses(RUN("user", "add", "Zhang", "--role", "planner"), "a-z");
    refuses(RUN("user", "add", "li", "--role", "mayor"), "there is no role \"mayor\"");
    refuses(RUN("user", "add", "li"), "--role is missing");
    refuses(RUN("user", "add", "li", "--role", "company"), "whose estates?");
    refuses(RUN("user", "add", "li", "--role", "committee", "--estates", "7"), "there is no estate 7");
    refuses(RUN("user", "add", "li", "--role", "committee", "--estates", "1;drop"), "an estate's id is a number");
    refuses(RUN("user", "add", "li", "--role", "company", "--organisation", "x"), "there is no organisation \"x\"");
    refuses(RUN("user", "add", "li", "--role", "company", "--organisation", "x", "--estates", "1"),
            "there is no organisation");
    refuses(RUN("user", "add", "li", "--role", "planner", "--until", "2020-01-01T00:00:00Z"), "end before it begins");
    refuses(RUN("user", "add", "li", "--role", "planner", "--password-file", file("p", "short\n")), "5 characters");
    refuses(RUN("user", "grant", "li", "--role", "planner"), "there is no account");
    refuses(RUN("user", "drop", "li"), "wants add");
    assert_string_equal(value("select count(*) from account"), "0");
    assert_string_equal(value("select count(*) from audit"), "0");
    works(RUN("user", "add", "li", "--role", "planner", "--oidc", "https://id.example", "sub-1"));
    assert_string_equal(value("select password_hash is null and oidc_subject = 'sub-1' from account"), "t");
    refuses(RUN("user", "add", "li2", "--role", "planner", "--oidc", "https://id.example", "sub-1"), "another account");
    refuses(RUN("user", "add", "li", "--role", "planner"), "already");
}

static void tokens_are_shown_once_and_kept_as_hashes(void **state)
{
    (void)state;
    works(RUN("token", "add", "screen", "--role", "committee", "--estates", "2", "--ttl", "7d", "--purpose", "duty",
              "--json"));
    char token[100], sql[300];
    snprintf(token, sizeof token, "%s", member("token"));
    assert_int_equal(strlen(token), 4 + 43);
    assert_true(strncmp(token, "hut_", 4) == 0);
    snprintf(sql, sizeof sql,
             "select t.hash = sha256('%s') and t.expires_at between now() + interval '6 days' and now() + interval '8 "
             "days' and "
             "t.purpose = 'duty' and a.password_hash is null from token t join account a on a.id = t.account_id",
             token);
    assert_string_equal(value(sql), "t");
    works(RUN("token", "list", "--json"));
    says("\"state\": \"ok\"");
    assert_null(strstr(base_buf_cstr(&output), "hut_"));
    refuses(RUN("token", "add", "screen", "--role", "planner"), "--account screen");
    refuses(RUN("token", "add", "screen", "--account", "screen"), "there is a token");
    refuses(RUN("token", "add", "other", "--account", "nobody"), "there is no account");
    refuses(RUN("token", "add", "other"), "--account, or --role");
    works(RUN("token", "revoke", "screen"));
    refuses(RUN("token", "revoke", "screen"), "there is no token");
    works(RUN("token", "add", "screen", "--account", "screen"));
    works(RUN("user", "revoke", "screen"));
    assert_string_equal(value("select count(*) from token where revoked_at is null"), "0");
}

static void a_shift_s_code_opens_its_shift(void **state)
{
    (void)state;
    value("insert into source (id, estate_id, name, topics, format, purpose) values (1, 1, 's', '{x}', 'owntracks', "
          "'p')");
    value("insert into shift (id, estate_id, source_id, subject_type, label, label_en, starts_at, ends_at) values (5, "
          "1, 1, "
          "'guard', '巡逻3组', 'Patrol 3', now() - interval '1 hour', now() + interval '1 hour'), (6, 1, 1, 'guard', "
          "'x', 'x', "
          "now() - interval '2 hours', now() - interval '1 hour')");
    works(RUN("token", "add", "--shift", "5", "--json"));
    char code[BASE_SECRET_CODE];
    assert_true(base_secret_code_in(base_str_of(member("code")), code));
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    struct base_key hash = base_secret_hash(base_str_of(code));
    works(data_conn_open(NULL, "test", &diag, &conn));
    works(data_run(conn, DATA_SHIFT_CODE_FIND,
                   DATA_ARGS(data_bytes((struct base_str){(const char *)hash.bytes, sizeof hash.bytes})), &diag,
                   &rows));
    assert_int_equal(data_rows_count(rows), 1);
    assert_string_equal(data_rows_text(rows, 0, 2), "巡逻3组");
    refuses(RUN("token", "add", "--shift", "6"), "or it is over");
    refuses(RUN("token", "add", "--shift", "7"), "there is no shift 7");
}

static void organisations_come_as_a_tree(void **state)
{
    (void)state;
    const char *path = file("o.csv", "code,name,kind,parent,name_en,estates\r\n"
                                     "site,管理处,site,co,Site office,\"1 A2\"\r\n" /* before its parent */
                                     "co,物业公司,company,,Company,\r\n");
    works(RUN("import", "organisations", path, "--dry-run"));
    assert_string_equal(value("select count(*) from organisation"), "0");
    works(RUN("import", "organisations", path, "--json"));
    says("{\"lines\":2,\"added\":2,\"dry_run\":false}");
    works(RUN("import", "organisations", path, "--json"));
    says("\"added\":0");
    assert_string_equal(
        value("select count(*) from estate e join organisation o on o.id = e.organisation_id join organisation "
              "p on p.id = o.parent_id where o.code = 'site' and p.code = 'co'"),
        "2");
    works(RUN("import", "organisations", file("o.csv", "code,name,kind,parent\nco,c,company,site\nsite,s,site,\n")));
    assert_string_equal(value("select p.code from organisation o join organisation p on p.id = o.parent_id"), "site");
    refuses(RUN("import", "organisations", file("o.csv", "code,name,kind,parent\na,a,k,b\nb,b,k,c\nc,c,k,a\n")),
            "1 faults in 3 lines; nothing was stored");
    assert_non_null(strstr(diag.text, ":4: parent \"a\""));
    refuses(RUN("import", "organisations",
                file("o.csv", "code,name,kind,parent,estates\nx,x,k,nowhere,\ny,y,k,,99\nx,x,k,,\n")),
            "3 faults");
    assert_non_null(strstr(diag.text, ":2: parent"));
    assert_non_null(strstr(diag.text, ":3: estate \"99\""));
    assert_non_null(strstr(diag.text, ":4: code \"x\" stands on line 2"));
    refuses(RUN("import", "organisations", file("o.csv", "code,name,sort\n")), "column \"sort\"");
    refuses(RUN("import", "organisations", file("o.csv", "code,name,kind\n\xff,x,y\n")), "UTF-8");
    refuses(RUN("import", "organisations", file("o.csv", "code,name,kind\na,b,c\n"), "--crs", "gcj02"), "--crs");
    refuses(RUN("import", "organisations", "/nowhere.csv"), "/nowhere.csv");
    assert_string_equal(value("select count(*) from organisation"), "2");
}

static void roles_are_imported_whole_or_not_at_all(void **state)
{
    (void)state;
    works(RUN("import", "organisations", file("o.csv", "code,name,kind,estates\nco,c,company,1\n")));
    works(RUN("user", "add", "zhang", "--role", "auditor"));
    refuses(RUN("import", "roles",
                file("r.csv", "account,role,estates,organisation,valid_from,valid_to\n"
                              "zhang,company,,co,2026-01-01,\n"
                              "wang,planner,,,,\n"
                              "zhang,mayor,,,,\n"
                              "zhang,company,,,,\n"
                              "zhang,planner,,,yesterday,\n")),
            "4 faults in 5 lines");
    assert_non_null(strstr(diag.text, ":3: there is no account \"wang\""));
    assert_non_null(strstr(diag.text, ":4: there is no role \"mayor\""));
    assert_non_null(strstr(diag.text, ":5: whose estates?"));
    assert_non_null(strstr(diag.text, ":6: valid_from \"yesterday\""));
    assert_string_equal(value("select count(*) from role_grant"), "1");
    const char *path =
        file("r.csv", "account,role,estates,organisation,valid_from,valid_to\n"
                      "zhang,company,,co,2026-01-01,\nzhang,committee,\"1, 2\",,,2099-01-01T00:00:00+08:00\n");
    works(RUN("import", "roles", path));
    says("2 roles, 2 of them new");
    works(RUN("import", "roles", path));
    says("2 roles, 0 of them new");
    assert_string_equal(value("select count(*) from role_grant"), "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_account_comes_changes_and_goes, fresh, done),
        cmocka_unit_test_setup_teardown(a_wrong_account_is_refused_and_nothing_stays, fresh, done),
        cmocka_unit_test_setup_teardown(tokens_are_shown_once_and_kept_as_hashes, fresh, done),
        cmocka_unit_test_setup_teardown(a_shift_s_code_opens_its_shift, fresh, done),
        cmocka_unit_test_setup_teardown(organisations_come_as_a_tree, fresh, done),
        cmocka_unit_test_setup_teardown(roles_are_imported_whole_or_not_at_all, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
