/* XLSX by libxlsxwriter, which keeps one row in memory and the others in a temporary file of each tab. It does not look
 * whether these could be written, so we do: a full disk would else be a file that no spreadsheet opens. */
#include "base/sheet_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { ROW_TITLE, ROW_ABOUT, ROW_HEADER, ROW_FIRST, TABS_MAX = 64, NAME_MAX_BYTES = 128, CHECK_EVERY = 1024 };
enum { WIDTH_TEXT = 18, WIDTH_NUMBER = 10, WIDTH_TIME = 19, WIDTH_DATE = 12, WRAP_FROM = 30, TITLE_SIZE = 14 };
#define DAY_US 86400e6
#define DAY_1970 25569 /* Excel's number of that day */

struct base_sheet_xlsx {
    lxw_workbook *book;
    lxw_worksheet *tab;
    lxw_worksheet *tabs[TABS_MAX];
    size_t count;
    size_t columns; /* of the tab */
    lxw_format *title, *header, *wrapped, *top, *time, *date;
};

size_t sheet_xlsx_rows(void)
{
    return LXW_ROW_MAX - ROW_FIRST;
}

/* --- the book --- */

static lxw_format *format_of(lxw_workbook *book, const char *number)
{
    lxw_format *format = workbook_add_format(book);
    if (format) {
        format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
        if (number) {
            format_set_num_format(format, number);
        }
    }
    return format;
}

static bool formats(struct base_sheet_xlsx *xlsx)
{
    xlsx->title = workbook_add_format(xlsx->book);
    xlsx->header = workbook_add_format(xlsx->book);
    xlsx->wrapped = format_of(xlsx->book, NULL);
    xlsx->top = format_of(xlsx->book, NULL);
    xlsx->time = format_of(xlsx->book, "yyyy-mm-dd hh:mm:ss");
    xlsx->date = format_of(xlsx->book, "yyyy-mm-dd");
    if (!xlsx->title || !xlsx->header || !xlsx->wrapped || !xlsx->top || !xlsx->time || !xlsx->date) {
        return false;
    }
    format_set_bold(xlsx->title);
    format_set_font_size(xlsx->title, TITLE_SIZE);
    format_set_bold(xlsx->header);
    format_set_bg_color(xlsx->header, 0xDCE6F1);
    format_set_bottom(xlsx->header, LXW_BORDER_THIN);
    format_set_text_wrap(xlsx->wrapped);
    return true;
}

/* libxlsxwriter opens a file by its name; ours has none, but for the one that the kernel gives it. */
enum base_err sheet_xlsx_new(struct base_sheet *sheet, struct base_diag *diag)
{
    char path[64], folder[512];
    snprintf(path, sizeof path, "/proc/self/fd/%d", sheet->file);
    snprintf(folder, sizeof folder, "%s", sheet->folder);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = folder, .use_zip64 = LXW_FALSE};
    sheet->xlsx = calloc(1, sizeof *sheet->xlsx);
    if (sheet->xlsx) {
        sheet->xlsx->book = workbook_new_opt(path, &options);
    }
    return sheet->xlsx && sheet->xlsx->book && formats(sheet->xlsx) ? BASE_OK
                                                                    : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

void sheet_xlsx_free(struct base_sheet *sheet)
{
    struct base_sheet_xlsx *xlsx = sheet->xlsx;
    if (!xlsx) {
        return;
    }
    for (size_t i = 0; xlsx->book && i < xlsx->count; i++) { /* given up: it closes them only with the book */
        fclose(xlsx->tabs[i]->optimize_tmpfile);
    }
    lxw_workbook_free(xlsx->book);
    free(xlsx);
    sheet->xlsx = NULL;
}

/* --- tabs --- */

static double width_of(const struct base_sheet_column *column)
{
    static const int standard[] = {WIDTH_TEXT, WIDTH_NUMBER, WIDTH_NUMBER, WIDTH_TIME, WIDTH_DATE};
    return column->width ? column->width : standard[column->type];
}

static lxw_format *format_for(const struct base_sheet_xlsx *xlsx, const struct base_sheet_column *column)
{
    return column->type == BASE_SHEET_TIME   ? xlsx->time
           : column->type == BASE_SHEET_DATE ? xlsx->date
           : width_of(column) >= WRAP_FROM   ? xlsx->wrapped
                                             : xlsx->top;
}

/* The tab has its last row: now it is known how far its filter goes. */
static void tab_end(struct base_sheet *sheet)
{
    struct base_sheet_xlsx *xlsx = sheet->xlsx;
    if (xlsx->tab && sheet->rows) {
        worksheet_autofilter(xlsx->tab, ROW_HEADER, 0, (lxw_row_t)(ROW_HEADER + sheet->rows),
                             (lxw_col_t)(xlsx->columns - 1));
    }
}

static lxw_worksheet *tab_new(struct base_sheet *sheet)
{
    char name[NAME_MAX_BYTES], more[16] = "";
    struct base_sheet_xlsx *xlsx = sheet->xlsx;
    if (sheet->tabs > 1) {
        snprintf(more, sizeof more, " (%zu)", sheet->tabs);
    }
    snprintf(name, sizeof name, "%.100s%s", sheet->table->name, more);
    lxw_worksheet *tab = xlsx->count < TABS_MAX ? workbook_add_worksheet(xlsx->book, name) : NULL;
    if (!tab || !tab->optimize_tmpfile) {
        sheet_fail(sheet, xlsx->count < TABS_MAX ? BASE_IO : BASE_LIMIT,
                   xlsx->count < TABS_MAX ? "cannot add the tab \"%s\": its name, or no temporary file"
                                          : "too many rows for a workbook: \"%s\"",
                   name);
        return NULL;
    }
    xlsx->tabs[xlsx->count++] = tab;
    return tab;
}

void sheet_xlsx_header(struct base_sheet *sheet)
{
    struct base_sheet_xlsx *xlsx = sheet->xlsx;
    const struct base_sheet_table *table = sheet->table;
    tab_end(sheet);
    lxw_worksheet *tab = tab_new(sheet);
    if (!tab) {
        return;
    }
    xlsx->tab = tab;
    xlsx->columns = table->count;
    for (size_t i = 0; i < table->count; i++) {
        worksheet_set_column(tab, (lxw_col_t)i, (lxw_col_t)i, width_of(&table->columns[i]),
                             format_for(xlsx, &table->columns[i]));
    }
    worksheet_write_string(tab, ROW_TITLE, 0, table->title ? table->title : table->name, xlsx->title);
    if (table->about) {
        worksheet_write_string(tab, ROW_ABOUT, 0, table->about, NULL);
    }
    for (size_t i = 0; i < table->count; i++) {
        worksheet_write_string(tab, ROW_HEADER, (lxw_col_t)i, table->columns[i].title, xlsx->header);
    }
    worksheet_freeze_panes(tab, ROW_FIRST, 0);
    worksheet_set_landscape(tab);
    worksheet_fit_to_pages(tab, 1, 0);
    worksheet_repeat_rows(tab, ROW_HEADER, ROW_HEADER);
}

void sheet_xlsx_cell(struct base_sheet *sheet, const struct base_sheet_cell *cell)
{
    lxw_worksheet *tab = sheet->xlsx->tab;
    lxw_row_t row = (lxw_row_t)(ROW_FIRST + sheet->rows);
    lxw_col_t column = (lxw_col_t)sheet->column;
    lxw_format *format = format_for(sheet->xlsx, &sheet->table->columns[sheet->column]);
    lxw_error error = LXW_NO_ERROR;
    double day;
    switch (cell->kind) {
    case SHEET_NULL:
        break;
    case SHEET_STR:
        error = worksheet_write_string(tab, row, column, cell->str.at, format);
        break;
    case SHEET_I64:
        error = worksheet_write_number(tab, row, column, (double)cell->i64, format);
        break;
    case SHEET_F64:
        error = worksheet_write_number(tab, row, column, cell->f64, format);
        break;
    case SHEET_TIME:
        day = (double)cell->i64 / DAY_US + DAY_1970;
        day = cell->type == BASE_SHEET_DATE ? floor(day) : day; /* a date that is filtered for has no hours */
        error = worksheet_write_number(tab, row, column, day, format);
        break;
    }
    if (error) {
        sheet_fail(sheet, BASE_IO, "cannot write a cell: %s", lxw_strerror(error));
    }
}

/* --- is it all there? --- */

/* Its rows so far are in a file whose failures nobody looks at. */
static uint64_t tab_bytes(struct base_sheet *sheet, lxw_worksheet *tab)
{
    off_t size = ftello(tab->optimize_tmpfile);
    if (size < 0 || ferror(tab->optimize_tmpfile)) {
        sheet_fail(sheet, BASE_IO, "cannot write to %s: is its disk full?", sheet->folder);
        return 0;
    }
    if ((uint64_t)size > sheet->options.bytes_max) {
        sheet_fail(sheet, BASE_LIMIT, "the table would have more than %zu bytes", sheet->options.bytes_max);
    }
    return (uint64_t)size;
}

void sheet_xlsx_row(struct base_sheet *sheet)
{
    if (sheet->rows % CHECK_EVERY == CHECK_EVERY - 1) {
        tab_bytes(sheet, sheet->xlsx->tab);
    }
}

/* The bytes of all tabs as the archive has them, by its directory (APPNOTE 4.3.12, 4.3.16); 0: it has none. */
static uint64_t packed_bytes(int file)
{
    enum {
        END_BYTES = 22,
        END_SIGNED = 0x06054B50,
        ENTRY_SIGNED = 0x02014B50,
        DIRECTORY_MAX = 1 << 20,
        BEFORE_LENGTH = 8
    };
    static const char tabs[] = "xl/worksheets/sheet";
    uint8_t end[END_BYTES];
    uint64_t bytes = 0;
    off_t size = lseek(file, 0, SEEK_END);
    if (size < END_BYTES || pread(file, end, sizeof end, size - END_BYTES) != END_BYTES) {
        return 0;
    }
    struct base_reader reader = base_reader_of(end, sizeof end);
    bool signed_so = base_reader_u32le(&reader) == END_SIGNED;
    base_reader_bytes(&reader, BEFORE_LENGTH);
    uint32_t len = base_reader_u32le(&reader), from = base_reader_u32le(&reader);
    uint8_t *directory = signed_so && len <= DIRECTORY_MAX ? malloc(len + 1) : NULL;
    if (!directory || pread(file, directory, len, from) != (ssize_t)len) {
        free(directory);
        return 0;
    }
    reader = base_reader_of(directory, len);
    while (base_reader_u32le(&reader) == ENTRY_SIGNED) {
        enum { BEFORE_SIZE = 20, BEFORE_NAME = 10 };
        base_reader_bytes(&reader, BEFORE_SIZE);
        uint32_t unpacked = base_reader_u32le(&reader);
        uint32_t name = base_reader_u32le(&reader);             /* and the extra field's length in the upper half */
        uint32_t comment = base_reader_u32le(&reader) & 0xFFFF; /* and the disk */
        base_reader_bytes(&reader, BEFORE_NAME);
        struct base_str path = base_reader_bytes(&reader, name & 0xFFFF);
        base_reader_bytes(&reader, (name >> 16) + comment);
        bytes += base_str_starts(path, tabs) ? unpacked : 0;
    }
    free(directory);
    return bytes;
}

void sheet_xlsx_end(struct base_sheet *sheet)
{
    struct base_sheet_xlsx *xlsx = sheet->xlsx;
    uint64_t bytes = 0;
    tab_end(sheet);
    for (size_t i = 0; i < xlsx->count; i++) {
        bytes += tab_bytes(sheet, xlsx->tabs[i]);
    }
    if (sheet->err) {
        return;
    }
    lxw_error error = workbook_close(xlsx->book); /* frees it, whatever comes of it */
    xlsx->book = NULL;
    if (error || packed_bytes(sheet->file) < bytes) {
        sheet_fail(sheet, BASE_IO, "cannot write the workbook to %s: %s", sheet->folder,
                   error ? lxw_strerror(error) : "is its disk full?");
    }
}
