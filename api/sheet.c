/* One description of columns for JSON and for files; a file lies on the disk before its first byte goes out, so that
 * what fails half-way is an error and no cut file, and a slow client holds neither a worker nor a connection. */
#include "api/sheet.h"
#include "api/json.h"
#include "sensors/sensors.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 2 /* each takes a worker for seconds: the others are for who looks at the map */ };
enum { ZONES = 4, ROWS_MAX = 100000, HOUR_S = 3600, NAME_MAX_BYTES = 64 };

struct zone {
    char name[64];
    struct sensors_zone *zone;
};

struct api_sheet_file {
    struct api_call *call;
    struct api_sheet_asked asked;
    struct base_sheet *out;
    const struct api_sheet *sheet;
    struct base_sheet_column columns[BASE_SHEET_COLUMNS];
    size_t shown[BASE_SHEET_COLUMNS]; /* which of the description's columns those are */
    struct base_sheet_table table;
    size_t rows;
    struct zone zones[ZONES]; /* the newest first */
};

/* --- what is asked for --- */

enum base_err api_sheet_asked(const struct api_call *call, const char *forms, struct base_diag *diag,
                              struct api_sheet_asked *ret_asked)
{
    const char *form, *lang;
    enum base_err err = api_query_word(call, "f", forms, "json", diag, &form);
    err = err ? err : api_query_word(call, "lang", "zh en", NULL, diag, &lang);
    if (err) {
        return err;
    }
    ret_asked->form = form[0] == 'c' ? API_SHEET_CSV : form[0] == 'x' ? API_SHEET_XLSX : API_SHEET_JSON;
    ret_asked->lang = lang                                ? lang[0] == 'z' ? API_SHEET_ZH : API_SHEET_EN
                      : ret_asked->form == API_SHEET_XLSX ? API_SHEET_ZH
                                                          : API_SHEET_PROGRAM;
    bool paged = api_target_param(&call->target, "limit").at || api_target_param(&call->target, "after").at;
    if (paged && ret_asked->form != API_SHEET_JSON) {
        return base_diag_set(diag, BASE_INVALID, "f=%s gives all rows in one file: it takes no limit and no after",
                             form);
    }
    return BASE_OK;
}

const char *api_sheet_word(const struct api_sheet_word *words, const char *code, enum api_sheet_lang lang)
{
    for (; code && words && words->code && lang != API_SHEET_PROGRAM; words++) {
        if (strcmp(words->code, code) == 0) {
            return lang == API_SHEET_ZH ? words->zh : words->en;
        }
    }
    return code;
}

/* --- JSON --- */

void api_sheet_json(struct base_json_out *out, const struct api_sheet *sheet, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    for (size_t i = 0; i < sheet->count; i++) {
        const struct api_sheet_column *column = &sheet->columns[i];
        switch (column->type) {
        case API_SHEET_TEXT:
            api_json_text(&at, column->name, column->column);
            break;
        case API_SHEET_I64:
        case API_SHEET_HOURS:
            api_json_i64(&at, column->name, column->column);
            break;
        case API_SHEET_BOOL:
            api_json_bool(&at, column->name, column->column);
            break;
        case API_SHEET_TIME:
            api_json_time(&at, column->name, column->column);
            break;
        }
    }
    base_json_out_object_end(out);
}

/* --- files --- */

void api_sheet_file_free(struct api_sheet_file *file)
{
    if (file) {
        for (size_t i = 0; i < ZONES; i++) {
            sensors_zone_free(file->zones[i].zone);
        }
        base_sheet_free(file->out);
        atomic_fetch_sub(&file->call->server->sheets, 1);
        free(file);
    }
}

enum base_err api_sheet_open(struct api_call *call, const struct api_sheet_asked *asked, struct base_diag *diag,
                             struct api_sheet_file **ret_file)
{
    const struct base_sheet_options options = {.kind =
                                                   asked->form == API_SHEET_XLSX ? BASE_SHEET_XLSX : BASE_SHEET_CSV};
    struct api_sheet_file *file = calloc(1, sizeof *file);
    if (!file) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    file->call = call;
    file->asked = *asked;
    bool free_place = atomic_fetch_add(&call->server->sheets, 1) < AT_ONCE;
    enum base_err err = free_place ? base_sheet_new(&options, diag, &file->out) : BASE_OK;
    if (!free_place || err) {
        api_sheet_file_free(file);
        file = NULL;
    }
    if (!free_place) {
        api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "other files are just being made; try again shortly");
        call->answer.retry_after_s = API_RETRY_AFTER_S;
    }
    *ret_file = file;
    return err;
}

static const char *title_of(const struct api_sheet_column *column, enum api_sheet_lang lang)
{
    return lang == API_SHEET_PROGRAM ? column->name : lang == API_SHEET_ZH ? column->title : column->title_en;
}

void api_sheet_table(struct api_sheet_file *file, const struct api_sheet *sheet, const char *about)
{
    static const enum base_sheet_type types[] = {BASE_SHEET_TEXT, BASE_SHEET_INTEGER, BASE_SHEET_TEXT, BASE_SHEET_TIME,
                                                 BASE_SHEET_DECIMAL};
    size_t count = 0;
    for (size_t i = 0; i < sheet->count && count < BASE_SHEET_COLUMNS; i++) {
        const struct api_sheet_column *column = &sheet->columns[i];
        const char *title = title_of(column, file->asked.lang);
        if (title) {
            file->shown[count] = i;
            file->columns[count++] = (struct base_sheet_column){title, types[column->type], column->width};
        }
    }
    const char *title = file->asked.lang == API_SHEET_EN ? sheet->title_en : sheet->title;
    file->sheet = sheet;
    file->table = (struct base_sheet_table){title, title, about, file->columns, count};
    base_sheet_table(file->out, &file->table);
}

/* The zone of that name, which is seldom another one than the row's before. */
static enum base_err zone_of(struct api_sheet_file *file, const char *name, struct base_diag *diag,
                             const struct sensors_zone **ret_zone)
{
    struct zone found = {.zone = NULL};
    size_t at = 0;
    while (at < ZONES && (!file->zones[at].zone || strcmp(file->zones[at].name, name) != 0)) {
        at++;
    }
    if (at < ZONES) {
        found = file->zones[at];
    } else {
        enum base_err err = sensors_zone_open(name, diag, &found.zone);
        if (err) {
            return err;
        }
        snprintf(found.name, sizeof found.name, "%s", name);
        at = ZONES - 1;
        sensors_zone_free(file->zones[at].zone);
    }
    memmove(&file->zones[1], &file->zones[0], at * sizeof found);
    file->zones[0] = found;
    *ret_zone = found.zone;
    return BASE_OK;
}

static void time_cell(const struct api_sheet_file *file, int64_t time_us, const struct sensors_zone *zone)
{
    char text[BASE_TIME_TEXT];
    if (time_us == INT64_MIN || time_us == INT64_MAX) {
        base_sheet_null(file->out);
    } else if (file->asked.lang == API_SHEET_PROGRAM && file->asked.form == API_SHEET_CSV) {
        base_sheet_str(file->out, base_str_of(base_time_out(time_us, text)));
    } else {
        base_sheet_time(file->out, sensors_zone_to_local(zone, time_us));
    }
}

static const struct api_sheet_word yes_no[] = {{"true", "是", "Yes"}, {"false", "否", "No"}, {NULL, NULL, NULL}};

static void cell(const struct api_sheet_file *file, const struct api_sheet_column *column, const struct data_rows *rows,
                 size_t row, const struct sensors_zone *zone)
{
    enum api_sheet_lang lang = file->asked.lang;
    if (data_rows_null(rows, row, column->column)) {
        base_sheet_null(file->out);
        return;
    }
    switch (column->type) {
    case API_SHEET_TEXT:
        base_sheet_str(file->out,
                       base_str_of(api_sheet_word(column->words, data_rows_text(rows, row, column->column), lang)));
        break;
    case API_SHEET_I64:
        base_sheet_i64(file->out, data_rows_i64(rows, row, column->column));
        break;
    case API_SHEET_BOOL:
        base_sheet_str(file->out, base_str_of(api_sheet_word(
                                      yes_no, data_rows_bool(rows, row, column->column) ? "true" : "false", lang)));
        break;
    case API_SHEET_TIME:
        time_cell(file, data_rows_time(rows, row, column->column), zone);
        break;
    case API_SHEET_HOURS:
        if (lang == API_SHEET_PROGRAM) {
            base_sheet_i64(file->out, data_rows_i64(rows, row, column->column));
        } else {
            base_sheet_f64(file->out, (double)data_rows_i64(rows, row, column->column) / HOUR_S, 1);
        }
        break;
    }
}

enum base_err api_sheet_rows(struct api_sheet_file *file, const struct data_rows *rows, struct base_diag *diag)
{
    size_t count = data_rows_count(rows), most = file->call->server->config.file_rows;
    enum base_err err = base_sheet_failed(file->out, diag);
    most = most ? most : ROWS_MAX;
    file->rows += count;
    if (file->rows > most) {
        return base_diag_set(diag, BASE_LIMIT, "more than %zu rows: ask for a shorter time, or for one estate", most);
    }
    for (size_t i = 0; i < count && !err; i++) {
        const struct sensors_zone *zone = NULL;
        err = zone_of(file, data_rows_text(rows, i, file->sheet->tz), diag, &zone);
        for (size_t k = 0; k < file->table.count && !err; k++) {
            cell(file, &file->sheet->columns[file->shown[k]], rows, i, zone);
        }
        base_sheet_row(file->out);
    }
    return err;
}

enum base_err api_sheet_answer(struct api_sheet_file *file, const char *name, struct base_diag *diag)
{
    char today[BASE_TIME_TEXT], disposition[NAME_MAX_BYTES + 64];
    struct api_answer *answer = &file->call->answer;
    bool xlsx = file->asked.form == API_SHEET_XLSX;
    enum base_err err = base_sheet_end(file->out, diag, &answer->file, &answer->file_size);
    if (err) {
        return err;
    }
    snprintf(disposition, sizeof disposition, "attachment; filename=\"%.*s-%.10s.%s\"", NAME_MAX_BYTES, name,
             base_time_out(base_clock_now_us(), today), xlsx ? "xlsx" : "csv");
    answer->filed = true;
    answer->status = MHD_HTTP_OK;
    answer->type =
        xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8";
    answer->cache = "no-store";
    answer->disposition = base_arena_text(&file->call->arena, base_str_of(disposition));
    return BASE_OK;
}
