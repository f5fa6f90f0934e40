/* Tables into files: which cell of which row comes next, what no format can hold, limits, and the file itself. Nothing
 * of it is kept in memory, and a file without a name cannot be left behind. */
#include "base/sheet_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = BASE_SHEET_LONG * 4 + 64 };
#define BYTES_MAX (UINT64_C(1) << 30)
#define REPLACEMENT "\xef\xbf\xbd"

void sheet_fail(struct base_sheet *sheet, enum base_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!sheet->err) {
        sheet->err = err;
        vsnprintf(sheet->why, sizeof sheet->why, format, args);
    }
    va_end(args);
}

/* --- beginning and end --- */

static enum base_err open_file(const char *folder, struct base_diag *diag, int *ret_file)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) { /* a file system that has no files without a name */
        char path[512];
        snprintf(path, sizeof path, "%s/hutong-XXXXXX", folder);
        file = mkostemp(path, O_CLOEXEC);
        if (file >= 0) {
            unlink(path);
        }
    }
    if (file < 0) {
        return base_diag_set(diag, BASE_IO, "cannot make a temporary file in %s: %s (TMPDIR says where)", folder,
                             strerror(errno));
    }
    *ret_file = file;
    return BASE_OK;
}

enum base_err base_sheet_new(const struct base_sheet_options *options, struct base_diag *diag,
                             struct base_sheet **ret_sheet)
{
    const char *standard = getenv("TMPDIR");
    AUTO(base_sheet) sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    sheet->options = *options;
    sheet->options.bytes_max = options->bytes_max ? options->bytes_max : BYTES_MAX;
    sheet->folder = options->folder ? options->folder : standard && *standard ? standard : "/tmp";
    sheet->file = -1;
    base_buf_init(&sheet->text, TEXT_MAX);
    enum base_err err = open_file(sheet->folder, diag, &sheet->file);
    err = err ? err : sheet->options.kind == BASE_SHEET_XLSX ? sheet_xlsx_new(sheet, diag) : sheet_csv_new(sheet, diag);
    if (!err) {
        *ret_sheet = sheet;
        sheet = NULL;
    }
    return err;
}

void base_sheet_free(struct base_sheet *sheet)
{
    if (sheet) {
        sheet_csv_free(sheet);
        sheet_xlsx_free(sheet);
        if (sheet->file >= 0) {
            close(sheet->file);
        }
        base_buf_release(&sheet->text);
        free(sheet);
    }
}

enum base_err base_sheet_failed(const struct base_sheet *sheet, struct base_diag *diag)
{
    return sheet->err ? base_diag_set(diag, sheet->err, "%s", sheet->why) : BASE_OK;
}

enum base_err base_sheet_end(struct base_sheet *sheet, struct base_diag *diag, int *ret_file, uint64_t *ret_size)
{
    if (!sheet->err && !sheet->table) {
        sheet_fail(sheet, BASE_USAGE, "a file without a table");
    }
    if (!sheet->err && sheet->options.kind == BASE_SHEET_XLSX) {
        sheet_xlsx_end(sheet);
    } else if (!sheet->err) {
        sheet_csv_end(sheet);
    }
    off_t size = sheet->err ? 0 : lseek(sheet->file, 0, SEEK_END);
    if (!sheet->err && (size < 0 || lseek(sheet->file, 0, SEEK_SET) < 0)) {
        sheet_fail(sheet, BASE_IO, "cannot read what was written: %s", strerror(errno));
    }
    if (sheet->err) {
        return base_sheet_failed(sheet, diag);
    }
    *ret_file = sheet->file;
    *ret_size = (uint64_t)size;
    sheet->file = -1;
    return BASE_OK;
}

/* --- texts --- */

/* A line end is one byte, other control characters and what is no character of XML 1.0 become U+FFFD. */
static const char *clean(struct base_str part, size_t *ret_skip)
{
    static const char *const none[] = {"\xef\xbf\xbe", "\xef\xbf\xbf"}; /* U+FFFE, U+FFFF */
    unsigned char c = (unsigned char)part.at[0];
    *ret_skip = 1;
    if (c == '\r') {
        *ret_skip = part.len > 1 && part.at[1] == '\n' ? 2 : 1;
        return "\n";
    }
    if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7F) {
        return REPLACEMENT;
    }
    size_t len = 1;
    while (len < 4 && len < part.len && !base_str_utf8((struct base_str){part.at, len})) {
        len++;
    }
    if (!base_str_utf8((struct base_str){part.at, len})) {
        return REPLACEMENT;
    }
    *ret_skip = len;
    return len == 3 && (memcmp(part.at, none[0], 3) == 0 || memcmp(part.at, none[1], 3) == 0) ? REPLACEMENT : NULL;
}

static struct base_str cleaned(struct base_sheet *sheet, struct base_str text)
{
    base_buf_reset(&sheet->text);
    for (size_t at = 0, count = 0; at < text.len && count < BASE_SHEET_LONG; count++) {
        size_t skip;
        const char *instead = clean((struct base_str){text.at + at, text.len - at}, &skip);
        if (instead) {
            base_buf_text(&sheet->text, instead);
        } else {
            base_buf_append(&sheet->text, text.at + at, skip);
        }
        at += skip;
    }
    const char *terminated = base_buf_cstr(&sheet->text);
    if (sheet->text.err) {
        sheet_fail(sheet, sheet->text.err, "no memory for a cell");
    }
    return (struct base_str){terminated, sheet->text.len};
}

/* --- tables and rows --- */

static void header(struct base_sheet *sheet)
{
    if (sheet->options.kind == BASE_SHEET_XLSX) {
        sheet_xlsx_header(sheet);
    } else {
        sheet_csv_header(sheet);
    }
    sheet->column = 0;
    sheet->rows = 0;
}

static size_t tab_rows(const struct base_sheet *sheet)
{
    if (sheet->options.kind == BASE_SHEET_CSV) {
        return SIZE_MAX;
    }
    size_t most = sheet_xlsx_rows();
    return sheet->options.tab_rows && sheet->options.tab_rows < most ? sheet->options.tab_rows : most;
}

void base_sheet_table(struct base_sheet *sheet, const struct base_sheet_table *table)
{
    bool again = sheet->options.kind == BASE_SHEET_CSV && sheet->tables > 0;
    if (sheet->err || again || table->count == 0 || table->count > BASE_SHEET_COLUMNS) {
        sheet_fail(sheet, BASE_USAGE, again ? "a CSV has one table" : "a table has 1 to %d columns",
                   BASE_SHEET_COLUMNS);
        return;
    }
    sheet->table = table;
    sheet->tables++;
    sheet->tabs = 1;
    header(sheet);
}

void base_sheet_row(struct base_sheet *sheet)
{
    if (sheet->err) {
        return;
    }
    if (sheet->column != sheet->table->count) {
        sheet_fail(sheet, BASE_USAGE, "a row of %zu cells in a table of %zu columns", sheet->column,
                   sheet->table->count);
        return;
    }
    if (sheet->options.kind == BASE_SHEET_XLSX) {
        sheet_xlsx_row(sheet);
    } else {
        sheet_csv_row(sheet);
    }
    sheet->rows++;
    sheet->column = 0;
}

/* --- cells --- */

/* A tab that is full is left by the next row's first cell, so that none is empty. */
static void put(struct base_sheet *sheet, struct base_sheet_cell cell)
{
    if (sheet->err || !sheet->table || sheet->column >= sheet->table->count) {
        sheet_fail(sheet, BASE_USAGE, "a cell without a column");
        return;
    }
    if (sheet->column == 0 && sheet->rows == tab_rows(sheet)) {
        sheet->tabs++;
        header(sheet);
    }
    cell.type = sheet->table->columns[sheet->column].type;
    if (sheet->options.kind == BASE_SHEET_XLSX) {
        sheet_xlsx_cell(sheet, &cell);
    } else {
        sheet_csv_cell(sheet, &cell);
    }
    sheet->column++;
}

void base_sheet_null(struct base_sheet *sheet)
{
    put(sheet, (struct base_sheet_cell){.kind = SHEET_NULL});
}

void base_sheet_str(struct base_sheet *sheet, struct base_str text)
{
    put(sheet, (struct base_sheet_cell){.kind = SHEET_STR, .str = cleaned(sheet, text)});
}

void base_sheet_i64(struct base_sheet *sheet, int64_t value)
{
    put(sheet, (struct base_sheet_cell){.kind = SHEET_I64, .i64 = value});
}

void base_sheet_f64(struct base_sheet *sheet, double value, int decimals)
{
    double scale = pow(10, decimals);
    put(sheet,
        isfinite(value * scale)
            ? (struct base_sheet_cell){.kind = SHEET_F64, .f64 = round(value * scale) / scale, .decimals = decimals}
            : (struct base_sheet_cell){.kind = SHEET_NULL});
}

/* The infinite and what no calendar has is empty. */
void base_sheet_time(struct base_sheet *sheet, int64_t local_us)
{
    char text[BASE_TIME_TEXT];
    bool known = local_us != INT64_MIN && local_us != INT64_MAX && base_time_out(local_us, text)[0];
    put(sheet, known ? (struct base_sheet_cell){.kind = SHEET_TIME, .i64 = local_us}
                     : (struct base_sheet_cell){.kind = SHEET_NULL});
}
