/* docs/options.md holds every row of every option table: it is the program's own text. */
#include "fixture/fixture.h"

#include "cli/cli.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_reference_page(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) said;
    AUTO_VALUE(base_buf) page;
    AUTO_VALUE(base_buf) path;
    base_buf_init(&said, 1 << 20);
    base_buf_init(&page, 1 << 20);
    base_buf_init(&path, 4096);
    base_buf_printf(&path, "%s/docs/options.md", fixture_source());
    assert_int_equal(cli_process_run(&(struct cli_process){.argv = (const char *const[]){fixture_binary(), "help",
                                                                                         "--markdown", NULL},
                                                           .death_signal = SIGKILL},
                                     &diag, &said),
                     BASE_OK);
    assert_int_equal(base_file_read(base_buf_cstr(&path), 1 << 19, &diag, &page), BASE_OK);
    if (!base_str_equal(base_buf_str(&said), base_buf_str(&page))) {
        fail_msg("docs/options.md is out of date; run: build/hutong help --markdown >docs/options.md");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
