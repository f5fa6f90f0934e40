/* CSV (RFC 4180): a byte order mark, by which spreadsheets know UTF-8, CRLF, and no text that one would run as a
 * formula. */
#include "base/sheet_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER_MAX = 64 };

enum base_err sheet_csv_new(struct base_sheet *sheet, struct base_diag *diag)
{
    int file = fcntl(sheet->file, F_DUPFD_CLOEXEC, 0);
    sheet->csv = file < 0 ? NULL : fdopen(file, "wb");
    if (!sheet->csv) {
        if (file >= 0) {
            close(file);
        }
        return base_diag_set(diag, BASE_IO, "cannot write a temporary file: %s", strerror(errno));
    }
    return BASE_OK;
}

void sheet_csv_free(struct base_sheet *sheet)
{
    if (sheet->csv) {
        fclose(sheet->csv);
        sheet->csv = NULL;
    }
}

static void write_bytes(struct base_sheet *sheet, const char *at, size_t len)
{
    sheet->written += len;
    if (sheet->written > sheet->options.bytes_max) {
        sheet_fail(sheet, BASE_LIMIT, "the file would have more than %zu bytes", sheet->options.bytes_max);
    } else if (!sheet->err && fwrite(at, 1, len, sheet->csv) != len) {
        sheet_fail(sheet, BASE_IO, "cannot write to %s: %s", sheet->folder, strerror(errno));
    }
}

/* What begins so a spreadsheet takes for a formula or a command, also in full width, which some of them turn into
 * ASCII. */
static bool dangerous(struct base_str text)
{
    static const char *const begins[] = {"=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < BASE_COUNT(begins); i++) {
        if (base_str_starts(text, begins[i])) {
            return true;
        }
    }
    return false;
}

/* White space at an end is quoted, too: readers trim bare fields. */
static bool quoted(struct base_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("\",;\t\n", text.at[i])) {
            return true;
        }
    }
    return base_str_trim(text).len != text.len;
}

static void write_text(struct base_sheet *sheet, struct base_str text)
{
    bool quotes = quoted(text);
    write_bytes(sheet, "\"", quotes ? 1 : 0);
    if (dangerous(text)) {
        write_bytes(sheet, "'", 1);
    }
    for (const char *end; quotes && (end = memchr(text.at, '"', text.len));) {
        size_t len = (size_t)(end - text.at) + 1;
        write_bytes(sheet, text.at, len);
        write_bytes(sheet, "\"", 1);
        text = (struct base_str){text.at + len, text.len - len};
    }
    write_bytes(sheet, text.at, text.len);
    write_bytes(sheet, "\"", quotes ? 1 : 0);
}

/* 2026-11-22 18:30:00, which every spreadsheet takes for a time. */
static int time_text(int64_t local_us, enum base_sheet_type type, char text[NUMBER_MAX])
{
    char rfc[BASE_TIME_TEXT];
    base_time_out(local_us, rfc);
    return type == BASE_SHEET_DATE ? snprintf(text, NUMBER_MAX, "%.10s", rfc)
                                   : snprintf(text, NUMBER_MAX, "%.10s %.8s", rfc, rfc + 11);
}

void sheet_csv_cell(struct base_sheet *sheet, const struct base_sheet_cell *cell)
{
    char text[NUMBER_MAX] = "";
    int len = 0;
    write_bytes(sheet, ",", sheet->column ? 1 : 0);
    switch (cell->kind) {
    case SHEET_NULL:
        break;
    case SHEET_STR:
        write_text(sheet, cell->str);
        break;
    case SHEET_I64:
        len = snprintf(text, sizeof text, "%lld", (long long)cell->i64);
        break;
    case SHEET_F64:
        len = snprintf(text, sizeof text, "%.*f", cell->decimals, cell->f64);
        break;
    case SHEET_TIME:
        len = time_text(cell->i64, cell->type, text);
        break;
    }
    write_bytes(sheet, text, len < 0 ? 0 : len < NUMBER_MAX ? (size_t)len : NUMBER_MAX - 1);
}

void sheet_csv_row(struct base_sheet *sheet)
{
    write_bytes(sheet, "\r\n", 2);
}

void sheet_csv_header(struct base_sheet *sheet)
{
    write_bytes(sheet, "\xef\xbb\xbf", 3);
    for (size_t i = 0; i < sheet->table->count; i++) {
        write_bytes(sheet, ",", i ? 1 : 0);
        write_text(sheet, base_str_of(sheet->table->columns[i].title));
    }
    sheet_csv_row(sheet);
}

void sheet_csv_end(struct base_sheet *sheet)
{
    if (fflush(sheet->csv) != 0 || ferror(sheet->csv)) {
        sheet_fail(sheet, BASE_IO, "cannot write to %s: %s", sheet->folder, strerror(errno));
    }
}
