/* base/env.c: lines that a shell sources are read back the same, and the environment goes first. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

static char folder[] = "/tmp/hutong-env-XXXXXX";

static void write_file(const char *path, const char *text)
{
    struct base_diag diag;
    assert_int_equal(base_file_write(path, 0600, text, strlen(text), &diag), BASE_OK);
}

static void reads_back_what_it_writes(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/env", folder);
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1000);
    base_env_line(&buf, "HT_TEST_A", "it's 'quoted' $HOME \\ 中文");
    base_env_line(&buf, "HT_TEST_B", "");
    base_env_line(&buf, "HT_TEST_C", "file");
    write_file(path, base_buf_cstr(&buf));
    setenv("HT_TEST_C", "environment", 1);
    struct base_diag diag;
    assert_int_equal(base_env_load(path, &diag), BASE_OK);
    assert_string_equal(getenv("HT_TEST_A"), "it's 'quoted' $HOME \\ 中文");
    assert_string_equal(getenv("HT_TEST_B"), "");
    assert_string_equal(getenv("HT_TEST_C"), "environment");

    char command[256];
    snprintf(command, sizeof command,
             "unset HT_TEST_A; . %s; test \"$HT_TEST_A\" = \"it's 'quoted' \\$HOME \\\\ 中文\"", path);
    assert_int_equal(system(command), 0);
}

static void names_a_line_that_is_wrong(void **state)
{
    (void)state;
    char path[64];
    struct base_diag diag;
    const char *wrong[] = {"HT=bare\n", "='x'\n", "HT='open\n", "HT='a'b'\n", "HT\n"};
    snprintf(path, sizeof path, "%s/wrong", folder);
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        write_file(path, wrong[i]);
        assert_int_equal(base_env_load(path, &diag), BASE_INVALID);
        assert_non_null(strstr(diag.text, path));
    }
    assert_int_equal(base_env_load("/nonexistent/hutong.env", &diag), BASE_OK);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_it_writes),
        cmocka_unit_test(names_a_line_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
