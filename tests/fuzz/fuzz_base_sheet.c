/* Any bytes as texts of a CSV: it has as many records and fields as were written, none of them begins as a formula
 * does, and all of it is UTF-8. A line end parts the texts. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 3 };

static size_t write_rows(struct base_sheet *sheet, struct base_str rest)
{
    static const struct base_sheet_column columns[FIELDS] = {
        {"a", BASE_SHEET_TEXT, 0}, {"b", BASE_SHEET_TEXT, 0}, {"c", BASE_SHEET_TEXT, 0}};
    static const struct base_sheet_table table = {"t", NULL, NULL, columns, FIELDS};
    size_t rows = 0;
    struct base_str part;
    base_sheet_table(sheet, &table);
    while (base_str_next(&rest, '\n', &part)) {
        base_sheet_str(sheet, part);
        base_sheet_str(sheet, base_str_of("x"));
        base_sheet_str(sheet, part);
        base_sheet_row(sheet);
        rows++;
    }
    return rows;
}

static void check(struct base_str text, size_t rows)
{
    struct base_csv csv = base_csv_of(text);
    AUTO_VALUE(base_arena) arena;
    base_arena_init(&arena, 64 << 20);
    for (size_t i = 0; i <= rows; i++) {
        struct base_str fields[FIELDS];
        size_t count = 0;
        if (base_csv_next(&csv, &arena, fields, FIELDS, &count, NULL) || count != FIELDS ||
            !base_str_is(fields[1], i ? "x" : "b") || !base_str_equal(fields[0], fields[2]) != (i == 0)) {
            abort();
        }
        if (fields[0].len && (memchr("=+-@\t\r\n", fields[0].at[0], 7) || !base_str_utf8(fields[0]))) {
            abort();
        }
    }
    if (csv.rest.len) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct base_sheet_options options = {.kind = BASE_SHEET_CSV};
    AUTO(base_sheet) sheet = NULL;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 64 << 20);
    int file = -1;
    uint64_t len = 0;
    if (base_sheet_new(&options, NULL, &sheet)) {
        abort();
    }
    size_t rows = write_rows(sheet, (struct base_str){(const char *)data, size});
    if (base_sheet_end(sheet, NULL, &file, &len)) {
        abort();
    }
    char *to = base_buf_reserve(&text, len);
    if (!to || read(file, to, len) != (ssize_t)len) {
        abort();
    }
    close(file);
    check((struct base_str){to, len}, rows);
    return 0;
}
