/* Rows as columns that are described once: the members of JSON, the columns of a CSV for programs, and those of a CSV
 * or a workbook for people, in their language, with words for codes and the clock of the estate. Private to api/.
 *
 * Ownership  texts lie in the call's arena; the file that is made becomes the answer's.
 * Threads    a worker's, with its call.
 * Errors     INVALID (400) for f and lang; LIMIT (413) for too much; IO: the disk is full.
 */
#ifndef HUTONG_API_SHEET_H
#define HUTONG_API_SHEET_H

#include "api/request.h"

struct api_sheet_word {
    const char *code, *zh, *en;
};

enum api_sheet_type {
    API_SHEET_TEXT,
    API_SHEET_I64,
    API_SHEET_BOOL,
    API_SHEET_TIME,
    API_SHEET_HOURS /* of seconds, which programs get */
};

struct api_sheet_column {
    const char *name;             /* for programs */
    const char *title, *title_en; /* for people; NULL: not in that language */
    enum api_sheet_type type;
    int column;                         /* of the query */
    int width;                          /* in a workbook; 0: by its type */
    const struct api_sheet_word *words; /* for codes, to one without a code; NULL: as they are */
};

struct api_sheet {
    const char *name; /* of the file */
    const char *title, *title_en;
    const struct api_sheet_column *columns;
    size_t count;
    int tz; /* the query's column with the zone of the row's clock */
};

enum api_sheet_form { API_SHEET_JSON, API_SHEET_CSV, API_SHEET_XLSX };
enum api_sheet_lang { API_SHEET_PROGRAM, API_SHEET_ZH, API_SHEET_EN };
struct api_sheet_asked {
    enum api_sheet_form form; /* ?f= */
    enum api_sheet_lang lang; /* ?lang=; a workbook is Chinese when it is not given */
};
/* forms: "json csv xlsx". A file has no pages: limit and after are refused. */
enum base_err api_sheet_asked(const struct api_call *call, const char *forms, struct base_diag *diag,
                              struct api_sheet_asked *ret_asked) BASE_MUST_CHECK;
/* A row as an object. */
void api_sheet_json(struct base_json_out *out, const struct api_sheet *sheet, const struct data_rows *rows, size_t row);
const char *api_sheet_word(const struct api_sheet_word *words, const char *code, enum api_sheet_lang lang);

/* --- a file for the answer --- */
struct api_sheet_file;
/* *ret_file NULL: too many are just being made; the answer says so. */
enum base_err api_sheet_open(struct api_call *call, const struct api_sheet_asked *asked, struct base_diag *diag,
                             struct api_sheet_file **ret_file) BASE_MUST_CHECK;
void api_sheet_file_free(struct api_sheet_file *file);
BASE_AUTO_FREE(api_sheet_file)
/* The next table, in a workbook under a line that says what it is about. */
void api_sheet_table(struct api_sheet_file *file, const struct api_sheet *sheet, const char *about);
/* A page of its rows. */
enum base_err api_sheet_rows(struct api_sheet_file *file, const struct data_rows *rows,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* The file is the answer: name-2026-11-22.xlsx. */
enum base_err api_sheet_answer(struct api_sheet_file *file, const char *name, struct base_diag *diag) BASE_MUST_CHECK;

#endif
