/* Guesses at mistyped names, --help, wrong options. */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const names[] = {"up", "migrate", "doctor", "import", "ingest", "serve", "simulate"};

static void test_nearest(void **state)
{
    (void)state;
    assert_string_equal(cli_command_nearest("docter", names, BASE_COUNT(names)), "doctor");
    assert_string_equal(cli_command_nearest("improt", names, BASE_COUNT(names)), "import");
    assert_string_equal(cli_command_nearest("ingset", names, BASE_COUNT(names)), "ingest");
    assert_string_equal(cli_command_nearest("sim", names, BASE_COUNT(names)), "simulate");
    assert_null(cli_command_nearest("frobnicate", names, BASE_COUNT(names)));
    assert_null(cli_command_nearest("", names, BASE_COUNT(names)));
    assert_null(cli_command_nearest("a-name-far-longer-than-any-command-can-be", names, BASE_COUNT(names)));
}

static const struct base_option table[] = {
    {.name = "port", .type = BASE_OPTION_INT, .value = "N", .standard = "1", .help = "a port"},
};
static const struct cli_command command = {.usage = "hutong x", .options = table, .count = BASE_COUNT(table)};

static void test_options(void **state)
{
    (void)state;
    struct base_options given;
    assert_int_equal(cli_command_options(&command, 3, (char *[]){"x", "--port", "7", NULL}, &given), CLI_GO_ON);
    assert_int_equal(base_option_int(&given, "port"), 7);
    base_options_release(&given);
    assert_int_equal(cli_command_options(&command, 2, (char *[]){"x", "--help", NULL}, &given), 0);
    assert_int_equal(cli_command_options(&command, 3, (char *[]){"x", "--port", "b", NULL}, &given), 2);
    assert_int_equal(cli_command_options(&command, 2, (char *[]){"x", "--nothing", NULL}, &given), 2);
    /* After -- everything is an operand. */
    assert_int_equal(cli_command_options(&command, 3, (char *[]){"x", "--", "--help", NULL}, &given), CLI_GO_ON);
    assert_int_equal(given.operand_count, 1);
    base_options_release(&given);
}

static void test_exit_codes(void **state)
{
    (void)state;
    const struct base_diag diag = {.text = "because"};
    assert_int_equal(cli_command_fail("x", BASE_USAGE, &diag), 2);
    assert_int_equal(cli_command_fail("x", BASE_IO, &diag), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
