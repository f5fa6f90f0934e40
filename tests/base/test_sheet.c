/* base/sheet.c: tables into CSV and XLSX, read back by our own reader of CSV and by unzip: what stands in them, what
 * may not, and what happens on a full disk. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define NOON INT64_C(1795348800000000) /* 2026-11-22T12:00:00Z */

static const struct base_sheet_column columns[] = {{"编号", BASE_SHEET_INTEGER, 0},
                                                   {"内容", BASE_SHEET_TEXT, 40},
                                                   {"小时", BASE_SHEET_DECIMAL, 0},
                                                   {"时间", BASE_SHEET_TIME, 0},
                                                   {"日期", BASE_SHEET_DATE, 0}};
static const struct base_sheet_table problems = {"问题台账", "问题台账", "和平里 · 2026-11", columns,
                                                 BASE_COUNT(columns)};
static struct base_diag diag;
static struct base_buf text; /* of the file that was made last */
static char path[64];        /* where unzip finds it */

static struct base_sheet *begun(enum base_sheet_kind kind, size_t tab_rows)
{
    const struct base_sheet_options options = {.kind = kind, .tab_rows = tab_rows};
    struct base_sheet *sheet = NULL;
    if (base_sheet_new(&options, &diag, &sheet)) {
        fail_msg("%s", diag.text);
    }
    base_sheet_table(sheet, &problems);
    return sheet;
}

static void row(struct base_sheet *sheet, int64_t number, const char *what)
{
    base_sheet_i64(sheet, number);
    base_sheet_str(sheet, base_str_of(what));
    base_sheet_f64(sheet, -1.25, 1);
    base_sheet_time(sheet, NOON);
    base_sheet_time(sheet, NOON);
    base_sheet_row(sheet);
}

/* Its bytes, also in a file by that name. */
static void ended(struct base_sheet *sheet, const char *to_path)
{
    int file = -1;
    uint64_t size = 0;
    if (base_sheet_end(sheet, &diag, &file, &size)) {
        fail_msg("%s", diag.text);
    }
    base_sheet_free(sheet);
    base_buf_reset(&text);
    char *to = base_buf_reserve(&text, size);
    assert_non_null(to);
    assert_int_equal(read(file, to, size), (ssize_t)size);
    text.len += size;
    close(file);
    base_buf_cstr(&text);
    if (to_path) {
        assert_int_equal(base_file_write(to_path, 0600, text.data, text.len, &diag), BASE_OK);
    }
}

/* What unzip finds in a part of the workbook. */
static const char *part(const char *name)
{
    static char out[1 << 20];
    char command[300];
    snprintf(command, sizeof command, "unzip -p %s %s", path, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(out, 1, sizeof out - 1, pipe);
    out[len] = '\0';
    pclose(pipe);
    return out;
}

static size_t count_of(const char *in, const char *what)
{
    size_t count = 0;
    for (const char *at = in; (at = strstr(at, what)); at++) {
        count++;
    }
    return count;
}

/* --- CSV --- */

static void a_csv_as_it_is_written(void **state)
{
    (void)state;
    struct base_sheet *sheet = begun(BASE_SHEET_CSV, 0);
    row(sheet, 7, "三楼有烟, \"浓\"");
    base_sheet_null(sheet);
    base_sheet_str(sheet, base_str_of("a\r\nb"));
    base_sheet_f64(sheet, 1.0 / 0.0, 1);
    base_sheet_time(sheet, INT64_MAX);
    base_sheet_null(sheet);
    base_sheet_row(sheet);
    ended(sheet, NULL);
    assert_string_equal(text.data, "\xef\xbb\xbf"
                                   "编号,内容,小时,时间,日期\r\n"
                                   "7,\"三楼有烟, \"\"浓\"\"\",-1.3,2026-11-22 12:00:00,2026-11-22\r\n"
                                   ",\"a\nb\",,,\r\n");
}

static void a_text_is_never_a_formula(void **state)
{
    (void)state;
    static const char *const texts[] = {"=1+1",
                                        "+1",
                                        "-1",
                                        "@SUM(A1)",
                                        "\t=1",
                                        "\r=1",
                                        "\n=1",
                                        "＝1+1",
                                        "＋1",
                                        "－1",
                                        "＠SUM",
                                        "=HYPERLINK(\"http://x\",\"y\")",
                                        "=cmd|' /C calc'!A0",
                                        "-2+3+cmd|' /C calc'!A0"};
    struct base_sheet *sheet = begun(BASE_SHEET_CSV, 0);
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        row(sheet, (int64_t)i, texts[i]);
    }
    row(sheet, 99, "a=1");
    ended(sheet, NULL);
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 1 << 20);
    struct base_csv csv = base_csv_of(base_buf_str(&text));
    struct base_str fields[8];
    size_t count = 0;
    assert_int_equal(base_csv_next(&csv, &arena, fields, 8, &count, &diag), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        assert_int_equal(base_csv_next(&csv, &arena, fields, 8, &count, &diag), BASE_OK);
        assert_int_equal(count, BASE_COUNT(columns));
        assert_int_equal(fields[1].at[0], '\'');
        assert_int_equal(fields[1].len, strlen(texts[i]) + 1);
    }
    assert_int_equal(base_csv_next(&csv, &arena, fields, 8, &count, &diag), BASE_OK);
    assert_true(base_str_is(fields[1], "a=1"));
    assert_int_equal(base_csv_next(&csv, &arena, fields, 8, &count, &diag), BASE_OK);
    assert_int_equal(count, 0);
}

static void what_no_format_holds(void **state)
{
    (void)state;
    struct base_sheet *sheet = begun(BASE_SHEET_CSV, 0);
    row(sheet, 1,
        "a\x01z\xff\xef\xbf\xbf"
        "b\x7f\xe4\xb8");
    ended(sheet, NULL);
    assert_non_null(strstr(text.data, "1,a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd"
                                      "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd,"));
    char *lengthy = calloc(1, 100001);
    assert_non_null(lengthy);
    memset(lengthy, 'x', 100000);
    sheet = begun(BASE_SHEET_XLSX, 0);
    row(sheet, 1, lengthy);
    ended(sheet, path);
    free(lengthy);
    const char *tab = part("xl/worksheets/sheet1.xml");
    assert_int_equal(count_of(tab, "x") > BASE_SHEET_LONG && count_of(tab, "x") < BASE_SHEET_LONG + 500, true);
    unlink(path);
}

/* --- XLSX --- */

static void a_workbook_as_it_is_written(void **state)
{
    (void)state;
    struct base_sheet *sheet = begun(BASE_SHEET_XLSX, 0);
    row(sheet, 7, "=1+1");
    row(sheet, 8, "<&>\x02");
    base_sheet_table(sheet, &(struct base_sheet_table){"整改台账", NULL, NULL, columns, 2});
    base_sheet_i64(sheet, 1);
    base_sheet_null(sheet);
    base_sheet_row(sheet);
    ended(sheet, path);
    const char *book = part("xl/workbook.xml");
    assert_non_null(strstr(book, "name=\"问题台账\""));
    assert_non_null(strstr(book, "name=\"整改台账\""));
    const char *tab = part("xl/worksheets/sheet1.xml");
    assert_non_null(strstr(tab, "和平里 · 2026-11"));
    assert_non_null(strstr(tab, "<pane ySplit=\"3\""));
    assert_non_null(strstr(tab, "<autoFilter ref=\"A3:E5\"/>"));
    assert_non_null(strstr(tab, "t=\"inlineStr\"><is><t>=1+1</t>"));
    assert_null(strstr(tab, "<f>"));
    assert_non_null(strstr(tab, "&lt;&amp;&gt;\xef\xbf\xbd"));
    assert_non_null(strstr(tab, "<v>46348.5</v>")); /* 2026-11-22 12:00 */
    assert_non_null(strstr(tab, "<v>46348</v>"));
    assert_non_null(strstr(tab, "<v>-1.3</v>"));
    assert_non_null(strstr(part("xl/styles.xml"), "formatCode=\"yyyy-mm-dd hh:mm:ss\""));
    assert_non_null(strstr(part("xl/worksheets/sheet2.xml"), "<autoFilter ref=\"A3:B4\"/>"));
    unlink(path);
}

static void a_full_tab_goes_on_in_another(void **state)
{
    (void)state;
    struct base_sheet *sheet = begun(BASE_SHEET_XLSX, 3);
    for (int i = 0; i < 6; i++) {
        row(sheet, i, "x");
    }
    ended(sheet, path);
    const char *book = part("xl/workbook.xml");
    assert_non_null(strstr(book, "name=\"问题台账 (2)\""));
    assert_null(strstr(book, "(3)")); /* six rows are two full tabs */
    assert_non_null(strstr(part("xl/worksheets/sheet1.xml"), "<autoFilter ref=\"A3:E6\"/>"));
    assert_non_null(strstr(part("xl/worksheets/sheet2.xml"), "<autoFilter ref=\"A3:E6\"/>"));
    assert_int_equal(count_of(part("xl/worksheets/sheet2.xml"), "<row "), 6);
    unlink(path);
}

/* --- mistakes, limits --- */

static void misuse_is_an_error(void **state)
{
    (void)state;
    int file = -1;
    uint64_t size = 0;
    for (int kind = BASE_SHEET_CSV; kind <= BASE_SHEET_XLSX; kind++) {
        AUTO(base_sheet) sheet = begun((enum base_sheet_kind)kind, 0);
        base_sheet_i64(sheet, 1);
        base_sheet_row(sheet);
        assert_int_equal(base_sheet_failed(sheet, &diag), BASE_USAGE);
        row(sheet, 1, "x"); /* nothing happens any more */
        assert_int_equal(base_sheet_end(sheet, &diag, &file, &size), BASE_USAGE);
        assert_non_null(strstr(diag.text, "1 cells in a table of 5"));
    }
    AUTO(base_sheet) twice = begun(BASE_SHEET_CSV, 0);
    base_sheet_table(twice, &problems);
    assert_int_equal(base_sheet_end(twice, &diag, &file, &size), BASE_USAGE);
    AUTO(base_sheet) none = NULL;
    const struct base_sheet_options nowhere = {.folder = "/nowhere"}, empty = {.kind = BASE_SHEET_XLSX};
    assert_int_equal(base_sheet_new(&nowhere, &diag, &none), BASE_IO);
    assert_non_null(strstr(diag.text, "/nowhere"));
    assert_int_equal(base_sheet_new(&empty, &diag, &none), BASE_OK);
    assert_int_equal(base_sheet_end(none, &diag, &file, &size), BASE_USAGE);
}

static void no_file_grows_beyond_its_limit(void **state)
{
    (void)state;
    int file = -1;
    uint64_t size = 0;
    for (int kind = BASE_SHEET_CSV; kind <= BASE_SHEET_XLSX; kind++) {
        const struct base_sheet_options options = {.kind = (enum base_sheet_kind)kind, .bytes_max = 50000};
        AUTO(base_sheet) sheet = NULL;
        assert_int_equal(base_sheet_new(&options, &diag, &sheet), BASE_OK);
        base_sheet_table(sheet, &problems);
        for (int i = 0; i < 3000; i++) {
            row(sheet, i, "说是有烟");
        }
        assert_int_equal(base_sheet_failed(sheet, &diag), BASE_LIMIT);
        assert_int_equal(base_sheet_end(sheet, &diag, &file, &size), BASE_LIMIT);
    }
    assert_int_equal(file, -1);
}

/* A file that may not grow is a disk that is full. At each size that it may have the workbook is there, or an error is.
 */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct rlimit unlimited, limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = unlimited;
    int whole = 0, failed = 0;
    for (int kind = BASE_SHEET_CSV; kind <= BASE_SHEET_XLSX; kind++) {
        for (rlim_t most = 2000; most < 1000000; most = most * 5 / 4) {
            int file = -1;
            uint64_t size = 0;
            AUTO(base_sheet) sheet = begun((enum base_sheet_kind)kind, 0);
            limit.rlim_cur = most;
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
            for (int i = 0; i < 2000; i++) {
                row(sheet, i, "说是有烟");
            }
            enum base_err err = base_sheet_end(sheet, &diag, &file, &size);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
            whole += !err;
            failed += err == BASE_IO;
            assert_true(!err || err == BASE_IO);
            if (!err && kind == BASE_SHEET_XLSX) {
                char command[200];
                snprintf(command, sizeof command,
                         "cat /proc/%d/fd/%d >%s; unzip -p %s xl/worksheets/sheet1.xml | grep -q '</worksheet>'",
                         (int)getpid(), file, path, path);
                assert_int_equal(system(command), 0);
            }
            if (!err) {
                close(file);
            }
        }
    }
    unlink(path);
    assert_true(whole > 3 && failed > 10);
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

static void nothing_stays_open(void **state)
{
    (void)state;
    size_t before = open_files();
    for (int i = 0; i < 20; i++) {
        struct base_sheet *sheet = begun(i % 2 ? BASE_SHEET_XLSX : BASE_SHEET_CSV, 0);
        row(sheet, i, "x");
        if (i % 4 < 2) {
            ended(sheet, NULL);
        } else {
            base_sheet_free(sheet); /* given up */
        }
    }
    assert_int_equal(open_files(), before);
}

/* Memory of a hundred thousand rows is that of a thousand. */
static void memory_does_not_grow_with_the_rows(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* what is freed stays in its quarantine */
#endif
    struct rusage first, last;
    for (int turn = 0; turn < 2; turn++) {
        for (int kind = BASE_SHEET_CSV; kind <= BASE_SHEET_XLSX; kind++) {
            int file = -1;
            uint64_t size = 0;
            AUTO(base_sheet) sheet = begun((enum base_sheet_kind)kind, 0);
            for (int i = 0; i < (turn ? 100000 : 1000); i++) {
                row(sheet, i, "说是有烟,楼道里有烟味,物业已经到场");
            }
            assert_int_equal(base_sheet_end(sheet, &diag, &file, &size), BASE_OK);
            assert_true(size > (turn ? 500000 : 5000));
            close(file);
        }
        getrusage(RUSAGE_SELF, turn ? &last : &first);
    }
    assert_true(last.ru_maxrss - first.ru_maxrss < 4096); /* kB; as text alone they are some 10 MB */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_csv_as_it_is_written),
        cmocka_unit_test(a_text_is_never_a_formula),
        cmocka_unit_test(what_no_format_holds),
        cmocka_unit_test(a_workbook_as_it_is_written),
        cmocka_unit_test(a_full_tab_goes_on_in_another),
        cmocka_unit_test(misuse_is_an_error),
        cmocka_unit_test(no_file_grows_beyond_its_limit),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(nothing_stays_open),
        cmocka_unit_test(memory_does_not_grow_with_the_rows),
    };
    base_buf_init(&text, 64 << 20);
    snprintf(path, sizeof path, "/tmp/hutong-sheet-%d.xlsx", (int)getpid());
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_buf_release(&text);
    return failed;
}
