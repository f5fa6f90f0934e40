/* hutong source and hutong decode as a user runs them: what they print, and their exit codes. */
#include "cli/cli.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void refuses(enum base_err err, const char *because)
{
    assert_int_not_equal(err, BASE_OK);
    if (!strstr(diag.text, because)) {
        fail_msg("\"%s\" is not in: %s", because, diag.text);
    }
}

static void a_source_is_added_listed_and_removed(void **state)
{
    (void)state;
    setenv("HUTONG_DATABASE", fixture_database(), 1);
    assert_int_equal(RUN("source", "add", "门岗", "--topic", "owntracks/a/+", "--topic", "x/\"y\"/#", "--format",
                         "owntracks", "--datum", "gcj02", "--purpose", "patrol", "--retention", "30d"),
                     BASE_OK);
    assert_int_equal(RUN("source", "list", "--json"), BASE_OK);
    AUTO(base_json) json = NULL;
    struct base_str text;
    assert_int_equal(base_json_in_parse(output.data, output.len, &diag, &json), BASE_OK);
    const struct base_json *source = base_json_in_at(json, 0);
    assert_true(base_json_in_text(base_json_in_get(source, "name"), &text) && base_str_is(text, "门岗"));
    assert_true(base_json_in_text(base_json_in_at(base_json_in_get(source, "topics"), 1), &text) &&
                base_str_is(text, "x/\"y\"/#"));
    assert_true(base_json_in_text(base_json_in_get(source, "datum"), &text) && base_str_is(text, "gcj02"));
    int64_t received = -1;
    assert_true(base_json_in_i64(base_json_in_get(source, "received"), &received) && received == 0);
    assert_true(base_json_in_i64(base_json_in_get(source, "gaps"), &received) && received == 0);
    assert_true(base_json_in_i64(base_json_in_get(source, "epoch"), &received) && received == 0);
    assert_null(base_json_in_get(source, "owner")); /* nobody has it */
    assert_null(base_json_in_get(source, "lag_s"));
    assert_int_equal(RUN("source", "list"), BASE_OK);
    assert_non_null(strstr(base_buf_cstr(&output), "nobody"));
    assert_true(strcspn(base_buf_cstr(&output), "\n") <= 120);
    assert_int_equal(RUN("source", "remove", "门岗"), BASE_OK);
    refuses(RUN("source", "remove", "门岗"), "there is no source");
    assert_int_equal(RUN("source", "list", "--json"), BASE_OK);
    assert_true(base_str_is(base_str_trim(base_buf_str(&output)), "[]"));
}

/* The key lies beside the others, for its owner alone, and not in the database. */
static void the_key_of_encrypted_messages_is_kept_apart(void **state)
{
    (void)state;
    char path[300], long_path[300];
    const char *var = fixture_scratch();
    setenv("HUTONG_DATABASE", fixture_database(), 1);
    setenv("HUTONG_VAR", var, 1);
    snprintf(path, sizeof path, "%s/given", var);
    snprintf(long_path, sizeof long_path, "%s/long", var);
    assert_int_equal(base_file_write(path, 0600, "not-to-be-found\n", 16, &diag), BASE_OK);
    assert_int_equal(base_file_write(long_path, 0600, "123456789012345678901234567890123", 33, &diag), BASE_OK);
    assert_int_equal(RUN("source", "add", "phones", "--topic", "x/#", "--format", "owntracks", "--purpose", "p",
                         "--retention", "1d", "--secret", path, "--charset", "gb18030"),
                     BASE_OK);
    char find[400];
    snprintf(find, sizeof find, "cat %s/keys/secret-*; stat -c ' %%a' %s/keys/secret-*", var, var);
    FILE *pipe = popen(find, "r");
    char said[100] = "";
    assert_non_null(fgets(said, sizeof said, pipe));
    pclose(pipe);
    assert_string_equal(said, "not-to-be-found 600\n");
    assert_int_equal(RUN("source", "list", "--json"), BASE_OK);
    assert_non_null(strstr(base_buf_cstr(&output), "\"charset\":\"gb18030\""));
    assert_null(strstr(base_buf_cstr(&output), "not-to-be-found"));
    refuses(RUN("source", "add", "phones", "--topic", "x/#", "--format", "owntracks", "--purpose", "p", "--retention",
                "1d", "--secret", long_path),
            "up to 32 bytes");
    refuses(RUN("source", "add", "phones", "--topic", "x/#", "--format", "owntracks", "--purpose", "p", "--retention",
                "1d", "--charset", "latin1"),
            "utf-8 gb18030");
    assert_int_equal(base_file_write(path, 0600, "", 0, &diag), BASE_OK);
    assert_int_equal(RUN("source", "add", "phones", "--topic", "x/#", "--format", "owntracks", "--purpose", "p",
                         "--retention", "1d", "--secret", path),
                     BASE_OK);
    snprintf(find, sizeof find, "ls %s/keys | grep -c secret-", var);
    pipe = popen(find, "r");
    assert_non_null(fgets(said, sizeof said, pipe));
    pclose(pipe);
    assert_string_equal(said, "0\n");
}

static void wrong_sources_are_named(void **state)
{
    (void)state;
    setenv("HUTONG_DATABASE", fixture_database(), 1);
    refuses(RUN("source", "add", "a", "--format", "owntracks", "--purpose", "p", "--retention", "1d"), "--topic");
    refuses(RUN("source", "add", "a", "--topic", "x/#", "--format", "owntracks", "--retention", "1d"), "--purpose");
    refuses(
        RUN("source", "add", "a", "--topic", "x/#/y", "--format", "owntracks", "--purpose", "p", "--retention", "1d"),
        "topic filter");
    refuses(RUN("source", "add", "a", "--topic", "x", "--format", "teapot", "--purpose", "p", "--retention", "1d"),
            "no such format");
    refuses(RUN("source", "add", "a", "--topic", "x", "--format", "owntracks", "--purpose", "p", "--retention", "1d",
                "--tz", "Mars/Olympus"),
            "time zone");
    refuses(RUN("source", "add", "a", "--topic", "x", "--format", "owntracks", "--purpose", "p", "--retention", "1d",
                "--estate", "4711"),
            "estate");
    refuses(RUN("source", "paint", "a"), "add NAME");
}

static void a_message_is_decoded_or_explained(void **state)
{
    (void)state;
    char path[300];
    const char *good = "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":1795247990}";
    const char *bad = "{\"_type\":\"encrypted\",\"data\":\"x\"}";
    snprintf(path, sizeof path, "%s/message", fixture_scratch());
    assert_int_equal(base_file_write(path, 0600, good, strlen(good), &diag), BASE_OK);
    assert_int_equal(RUN("decode", "--format", "owntracks", "--topic", "owntracks/amy/phone", "--received",
                         "2026-11-21T08:00:00Z", path),
                     BASE_OK);
    const char *line = base_buf_cstr(&output);
    assert_non_null(strstr(line, "\"device\":\"owntracks/amy/phone\""));
    assert_non_null(strstr(line, "\"t_event\":\"2026-11-21T07:59:50Z\""));
    assert_non_null(strstr(line, "\"lon\":121.4"));
    assert_int_equal(base_file_write(path, 0600, bad, strlen(bad), &diag), BASE_OK);
    refuses(RUN("decode", "--format", "owntracks", path), "encrypted message without a key");
    refuses(RUN("decode", "--format", "teapot", path), "no such format");
    refuses(RUN("decode", "--format", "owntracks", "--received", "noon", path), "not a time");
    refuses(RUN("decode", "--format", "owntracks"), "FILE");
}

int main(void)
{
    base_buf_init(&output, 1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_is_added_listed_and_removed),
        cmocka_unit_test(the_key_of_encrypted_messages_is_kept_apart),
        cmocka_unit_test(wrong_sources_are_named),
        cmocka_unit_test(a_message_is_decoded_or_explained),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_buf_release(&output);
    return failed;
}
