/* base/file.c: limits, replacement as a whole, folders. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hutong-file-XXXXXX";

static void writes_and_reads(void **state)
{
    (void)state;
    struct base_diag diag;
    char path[80];
    snprintf(path, sizeof path, "%s/a/b/c", folder);
    assert_int_equal(base_file_mkdirs(path, 0755, &diag), BASE_OK);
    assert_int_equal(base_file_mkdirs(path, 0755, &diag), BASE_OK);
    snprintf(path, sizeof path, "%s/a/b/c/file", folder);
    assert_int_equal(base_file_write(path, 0640, "one", 3, &diag), BASE_OK);
    assert_int_equal(base_file_write(path, 0600, "second", 6, &diag), BASE_OK);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);

    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    assert_int_equal(base_file_read(path, 6, &diag, &buf), BASE_OK);
    assert_string_equal(base_buf_cstr(&buf), "second");
    base_buf_reset(&buf);
    assert_int_equal(base_file_read(path, 5, &diag, &buf), BASE_LIMIT);
    assert_non_null(strstr(diag.text, path));

    AUTO_VALUE(base_buf) narrow; /* holds the file and its terminator, and no more */
    base_buf_init(&narrow, 7);
    assert_int_equal(base_file_read(path, 6, &diag, &narrow), BASE_OK);
    assert_string_equal(base_buf_cstr(&narrow), "second");
    assert_int_equal(base_file_mkdirs(path, 0755, &diag), BASE_IO);
}

static void names_are_synced(void **state)
{
    (void)state;
    struct base_diag diag;
    char path[80];
    assert_int_equal(base_file_sync_name("here", &diag), BASE_OK);
    assert_int_equal(base_file_sync_name("/tmp", &diag), BASE_OK);
    snprintf(path, sizeof path, "%s/gone/file", folder);
    assert_int_equal(base_file_sync_name(path, &diag), BASE_IO);
    assert_non_null(strstr(diag.text, "gone"));
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    struct base_diag diag;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 1 << 20);
    assert_int_equal(base_file_read("/nonexistent/file", 10, &diag, &buf), BASE_NOT_FOUND);
    assert_string_equal(diag.text, "/nonexistent/file: No such file or directory");
    assert_int_equal(base_file_read("/", 10, &diag, &buf), BASE_IO);
    assert_int_equal(base_file_write("/nonexistent/file", 0600, "x", 1, &diag), BASE_IO);
    assert_int_equal(base_file_mkdirs("", 0755, &diag), BASE_INVALID);
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
        cmocka_unit_test(writes_and_reads),
        cmocka_unit_test(names_are_synced),
        cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
