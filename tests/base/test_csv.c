/* base/csv.c: what spreadsheets write, and what no CSV is. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct base_arena arena;
static struct base_diag diag;

/* Records as [line]a|b|c; */
static const char *read_all(const char *text)
{
    static char out[1024];
    size_t len = 0, count = 1;
    struct base_csv csv = base_csv_of(base_str_of(text));
    out[0] = '\0';
    while (count) {
        struct base_str fields[4];
        if (base_csv_next(&csv, &arena, fields, 4, &count, &diag)) {
            return diag.text;
        }
        for (size_t i = 0; i < count; i++) {
            len += (size_t)snprintf(out + len, sizeof out - len, "%s%.*s", i ? "|" : "", (int)fields[i].len,
                                    fields[i].len ? fields[i].at : "");
        }
        len += count ? (size_t)snprintf(out + len, sizeof out - len, "@%d;", csv.line) : 0;
    }
    return out;
}

static void records_of_any_line_end(void **state)
{
    (void)state;
    assert_string_equal(read_all("a,b\nc,d\r\ne,f\rg,h"), "a|b@1;c|d@2;e|f@3;g|h@4;");
    assert_string_equal(read_all("\xef\xbb\xbf"
                                 "a,b\n\n\n c , d \n"),
                        "a|b@1;c|d@4;");
    assert_string_equal(read_all(",\na,\n"), "|@1;a|@2;");
    assert_string_equal(read_all(""), "");
    assert_string_equal(read_all("\n\n"), "");
}

static void quotes_hold_commas_quotes_and_lines(void **state)
{
    (void)state;
    assert_string_equal(read_all("\"a,b\",\" c \"\"d\"\" \",\"\"\n1,2,3"), "a,b| c \"d\" |@1;1|2|3@2;");
    assert_string_equal(read_all("\"a\nb\",c\nd,e"), "a\nb|c@1;d|e@3;");
    assert_string_equal(read_all("a\"b,c"), "a\"b|c@1;");
}

static void what_is_wrong_names_its_line(void **state)
{
    (void)state;
    assert_string_equal(read_all("a\n\"b,c\nd"), "line 2: a quote is opened and never closed");
    assert_string_equal(read_all("\"b\"\""), "line 1: a quote is opened and never closed");
    assert_string_equal(read_all("a\n\"b\"c"), "line 2: text after a closing quote");
    assert_string_equal(read_all("1,2,3,4,5"), "line 1: more than 4 fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_any_line_end),
        cmocka_unit_test(quotes_hold_commas_quotes_and_lines),
        cmocka_unit_test(what_is_wrong_names_its_line),
    };
    base_arena_init(&arena, 1 << 16);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
