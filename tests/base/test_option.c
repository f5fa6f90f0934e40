/* base/option.c: the order of sources, types, repetition, and messages. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct base_option table[] = {
    {.name = "port",
     .env = "HT_OPTION_PORT",
     .type = BASE_OPTION_INT,
     .value = "N",
     .standard = "8080",
     .help = "port"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "machine readable"},
    {.name = "topic", .type = BASE_OPTION_TEXT, .value = "T", .repeatable = true, .help = "topic filter"},
    {.name = "retention", .type = BASE_OPTION_SPAN, .value = "SPAN", .standard = "30d", .help = "how long"},
    {.name = "height", .type = BASE_OPTION_REAL, .value = "M", .help = "metres"},
};

static enum base_err parse(struct base_options *options, struct base_diag *diag, int argc, char **argv)
{
    return base_option_parse(table, BASE_COUNT(table), argc, argv, diag, options);
}

static void command_line_before_environment_before_default(void **state)
{
    (void)state;
    struct base_diag diag;
    struct base_options options;
    char *none[] = {"up", NULL};
    unsetenv("HT_OPTION_PORT");
    assert_int_equal(parse(&options, &diag, 1, none), BASE_OK);
    assert_int_equal(base_option_int(&options, "port"), 8080);
    assert_false(base_option_given(&options, "port"));
    assert_true(base_option_span_us(&options, "retention") == INT64_C(2592000000000));
    base_options_release(&options);
    setenv("HT_OPTION_PORT", "9000", 1);
    assert_int_equal(parse(&options, &diag, 1, none), BASE_OK);
    assert_int_equal(base_option_int(&options, "port"), 9000);
    base_options_release(&options);
    char *given[] = {"up", "--port", "0", "file", "--json", "--height=2.5", "--", "--x", NULL};
    assert_int_equal(parse(&options, &diag, 8, given), BASE_OK);
    assert_int_equal(base_option_int(&options, "port"), 0);
    assert_true(base_option_flag(&options, "json"));
    assert_true(base_option_real(&options, "height") == 2.5);
    assert_int_equal(options.operand_count, 2);
    assert_string_equal(options.operands[0], "file");
    assert_string_equal(options.operands[1], "--x");
    base_options_release(&options);
    setenv("HT_OPTION_PORT", "many", 1);
    assert_int_equal(parse(&options, &diag, 1, none), BASE_USAGE);
    assert_string_equal(diag.text, "HT_OPTION_PORT: \"many\" is not a whole number");
    unsetenv("HT_OPTION_PORT");
}

static void repeats_are_joined(void **state)
{
    (void)state;
    struct base_diag diag;
    struct base_options options;
    char *given[] = {"source", "--topic", "a/#", "--topic=b/+", NULL};
    assert_int_equal(parse(&options, &diag, 4, given), BASE_OK);
    assert_string_equal(base_option_text(&options, "topic"), "a/#\nb/+");
    assert_null(base_option_text(&options, "height"));
    base_options_release(&options);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static char *wrong[][4] = {{"up", "--nope", NULL},      {"up", "--port", NULL},
                               {"up", "--port", "x", NULL}, {"up", "--json=yes", NULL},
                               {"up", "-p", "80", NULL},    {"up", "--retention", "soon", NULL}};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        struct base_diag diag = {""};
        struct base_options options;
        int argc = 0;
        while (wrong[i][argc]) {
            argc++;
        }
        assert_int_equal(parse(&options, &diag, argc, wrong[i]), BASE_USAGE);
        assert_true(strlen(diag.text) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_line_before_environment_before_default),
        cmocka_unit_test(repeats_are_joined),
        cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
