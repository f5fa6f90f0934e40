/* The cells of `hutong source list`: cut where a terminal would, never wider than their column. */
#include "cli/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char cell[CLI_SOURCE_CELL];

static void names_fit(void **state)
{
    (void)state;
    assert_string_equal(cli_source_list_fit("gate", 8, cell), "gate    ");
    assert_string_equal(cli_source_list_fit("eight888", 8, cell), "eight888");
    assert_string_equal(cli_source_list_fit("nine99999", 8, cell), "nine999…");
    assert_string_equal(cli_source_list_fit("门岗", 8, cell), "门岗    "); /* two columns each */
    assert_string_equal(cli_source_list_fit("门岗西侧", 8, cell), "门岗西侧");
    assert_string_equal(cli_source_list_fit("门岗西侧二", 8, cell), "门岗西… ");
    assert_string_equal(cli_source_list_fit("", 3, cell), "   ");
}

static void counts_fit(void **state)
{
    (void)state;
    assert_string_equal(cli_source_list_count(0, 6, cell), "0");
    assert_string_equal(cli_source_list_count(999999, 6, cell), "999999");
    assert_string_equal(cli_source_list_count(1234567, 6, cell), "1235k");
    assert_string_equal(cli_source_list_count(123456789, 6, cell), "123M");
    assert_string_equal(cli_source_list_count(INT64_MAX, 4, cell), "9.2E");
}

static void ages_read_well(void **state)
{
    (void)state;
    assert_string_equal(cli_source_list_age(-0.001, cell), "0.0s");
    assert_string_equal(cli_source_list_age(0.44, cell), "0.4s");
    assert_string_equal(cli_source_list_age(9.96, cell), "10s");
    assert_string_equal(cli_source_list_age(119, cell), "119s");
    assert_string_equal(cli_source_list_age(180, cell), "3min");
    assert_string_equal(cli_source_list_age(7200, cell), "2h");
    assert_string_equal(cli_source_list_age(86400 * 9, cell), "9d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_fit), cmocka_unit_test(counts_fit),
                                       cmocka_unit_test(ages_read_well)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
