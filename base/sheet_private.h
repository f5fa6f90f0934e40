/* What the files of sheet share. Private to base/.
 *
 *   sheet.c: which cell of which row, limits, the file ──> sheet_csv.c   cells as text, in order
 *                                                     └──> sheet_xlsx.c  cells to libxlsxwriter, which keeps a row
 */
#ifndef HUTONG_BASE_SHEET_PRIVATE_H
#define HUTONG_BASE_SHEET_PRIVATE_H

#include "base/base.h"

struct base_sheet_cell {
    enum { SHEET_NULL, SHEET_STR, SHEET_I64, SHEET_F64, SHEET_TIME } kind;
    enum base_sheet_type type; /* the column's */
    union {
        struct base_str str; /* cut, and without what neither format can hold */
        int64_t i64;         /* also a local time */
        double f64;
    };
    int decimals;
};

struct base_sheet_xlsx;

struct base_sheet {
    struct base_sheet_options options;
    const char *folder;
    const struct base_sheet_table *table;
    size_t column; /* of the cell that comes next */
    size_t rows;   /* of the tab */
    size_t tabs;   /* of the table */
    size_t tables;
    int file; /* -1: given away */
    FILE *csv;
    uint64_t written; /* bytes, of a CSV */
    struct base_sheet_xlsx *xlsx;
    struct base_buf text; /* of the cell that is written */
    enum base_err err;    /* sticks */
    char why[200];
};

void sheet_fail(struct base_sheet *sheet, enum base_err err, const char *format, ...) BASE_PRINTF(3, 4);

enum base_err sheet_csv_new(struct base_sheet *sheet, struct base_diag *diag) BASE_MUST_CHECK;
void sheet_csv_free(struct base_sheet *sheet);
void sheet_csv_header(struct base_sheet *sheet);
void sheet_csv_cell(struct base_sheet *sheet, const struct base_sheet_cell *cell);
void sheet_csv_row(struct base_sheet *sheet);
void sheet_csv_end(struct base_sheet *sheet);

enum base_err sheet_xlsx_new(struct base_sheet *sheet, struct base_diag *diag) BASE_MUST_CHECK;
void sheet_xlsx_free(struct base_sheet *sheet);
size_t sheet_xlsx_rows(void); /* of a tab, below its header */
void sheet_xlsx_header(struct base_sheet *sheet);
void sheet_xlsx_cell(struct base_sheet *sheet, const struct base_sheet_cell *cell);
void sheet_xlsx_row(struct base_sheet *sheet);
void sheet_xlsx_end(struct base_sheet *sheet);

#endif
