/* A table's file to lines of texts: CSV as spreadsheets save it, UTF-8 with or without its mark, or GB 18030. */
#include "cli/import.h"
#include "geo/geo.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20, FIELDS_MAX = 64, FIELD_MAX = 8192, NAMED_MAX = 20 };

static void tell(const struct cli_import *import, int line, const char *what, const char *format, va_list args)
{
    char text[600];
    vsnprintf(text, sizeof text, format, args);
    fprintf(stderr, "hutong import: %s:%d: %s%s\n", import->path, line, what, text);
}

void cli_import_complain(struct cli_import *import, int line, const char *format, ...)
{
    if (import->wrong++ < NAMED_MAX) {
        va_list args;
        va_start(args, format);
        tell(import, line, "", format, args);
        va_end(args);
    }
}

void cli_import_remark(struct cli_import *import, int line, const char *format, ...)
{
    if (import->remarks++ < NAMED_MAX) {
        va_list args;
        va_start(args, format);
        tell(import, line, "remark: ", format, args);
        va_end(args);
    }
}

struct cli_import_line *cli_import_read_add(struct cli_import *import, int number)
{
    if (import->count == import->cap) {
        size_t cap = import->cap ? import->cap * 2 : 64;
        struct cli_import_line *grown = realloc(import->lines, cap * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        import->lines = grown;
        import->cap = cap;
    }
    struct cli_import_line *line = &import->lines[import->count];
    line->number = number;
    line->texts = base_arena_alloc(&import->texts, (import->kind->count + 1) * sizeof *line->texts);
    if (!line->texts) {
        return NULL;
    }
    for (size_t i = 0; i <= import->kind->count; i++) {
        line->texts[i] = "";
    }
    import->count++;
    return line;
}

/* --- the first line --- */
static size_t column_find(const struct cli_import_kind *kind, struct base_str name)
{
    size_t column = 0;
    while (column < kind->count && !base_str_is(name, kind->columns[column])) {
        column++;
    }
    return column;
}

/* Of the kinds of that name the one whose first column is there; else the first. */
static const struct cli_import_kind *choose(const struct cli_import_kind *kinds, size_t count, const char *name,
                                            const struct base_str *fields, size_t field_count)
{
    const struct cli_import_kind *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].name, name) != 0) {
            continue;
        }
        first = first ? first : &kinds[i];
        for (size_t k = 0; k < field_count; k++) {
            if (base_str_is(fields[k], kinds[i].columns[0])) {
                return &kinds[i];
            }
        }
    }
    return first;
}

static enum base_err wrong_column(struct cli_import *import, int line, struct base_str name, bool twice)
{
    char known[700] = "";
    for (size_t i = 0; i < import->kind->count; i++) {
        size_t len = strlen(known);
        snprintf(known + len, sizeof known - len, "%s%s", i ? " " : "", import->kind->columns[i]);
    }
    return base_diag_set(import->diag, BASE_INVALID, "line %d: column \"%.*s\" is %s %s", line,
                         (int)(name.len < 40 ? name.len : 40), name.at, twice ? "there twice, of" : "none of", known);
}

static enum base_err read_header(struct cli_import *import, int line, const struct base_str *fields, size_t count,
                                 size_t ret_column_of[FIELDS_MAX])
{
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        size_t column = column_find(import->kind, fields[i]);
        bool known = column < import->kind->count;
        if (!known || seen >> column & 1) {
            return wrong_column(import, line, fields[i], known);
        }
        seen |= UINT64_C(1) << column;
        ret_column_of[i] = column;
    }
    for (size_t i = 0; i < import->kind->needed; i++) {
        if (!(seen >> i & 1)) {
            return base_diag_set(import->diag, BASE_INVALID, "the first line names the columns, and %s is missing",
                                 import->kind->columns[i]);
        }
    }
    return BASE_OK;
}

/* --- the others --- */
static enum base_err read_line(struct cli_import *import, int number, const struct base_str *fields, size_t count,
                               const size_t *column_of, size_t columns)
{
    struct cli_import_line *line = cli_import_read_add(import, number);
    if (!line) {
        return base_diag_set(import->diag, BASE_NOMEM, "out of memory");
    }
    if (count > columns) {
        cli_import_complain(import, number, "%zu fields, but %zu columns in the first line", count, columns);
        return BASE_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (fields[i].len > FIELD_MAX) {
            cli_import_complain(import, number, "%s: %zu bytes; up to %d go", import->kind->columns[column_of[i]],
                                fields[i].len, FIELD_MAX);
            continue;
        }
        line->texts[column_of[i]] = base_arena_text(&import->texts, base_str_trim(fields[i]));
        if (!line->texts[column_of[i]]) {
            return base_diag_set(import->diag, BASE_NOMEM, "out of memory");
        }
    }
    return BASE_OK;
}

static enum base_err read_csv(struct cli_import *import, const struct cli_import_kind *kinds, size_t kind_count,
                              const char *name)
{
    struct base_csv csv = base_csv_of(base_buf_str(&import->file));
    struct base_str fields[FIELDS_MAX];
    size_t column_of[FIELDS_MAX] = {0};
    size_t columns = 0, count = 1;
    enum base_err err = base_csv_next(&csv, &import->texts, fields, FIELDS_MAX, &columns, import->diag);
    if (!err) {
        import->kind = choose(kinds, kind_count, name, fields, columns);
        err = read_header(import, csv.line, fields, columns, column_of);
    }
    while (!err && count) {
        err = base_csv_next(&csv, &import->texts, fields, FIELDS_MAX, &count, import->diag);
        if (!err && count && import->count == import->kind->lines_max) {
            err = base_diag_set(import->diag, BASE_LIMIT, "more than %zu lines; import it in pieces",
                                import->kind->lines_max);
        } else if (!err && count) {
            err = read_line(import, csv.line, fields, count, column_of, columns);
        }
    }
    return err;
}

/* A file is all UTF-8 or all GB 18030; single fields of the latter may look like the former. */
static enum base_err to_utf8(struct cli_import *import)
{
    struct base_str text = base_buf_str(&import->file);
    if (memchr(text.at, 0, text.len)) {
        return base_diag_set(import->diag, BASE_INVALID,
                             "there are NUL bytes in it: no CSV, or UTF-16; save the file as \"CSV UTF-8\"");
    }
    if (base_str_utf8(text)) {
        return BASE_OK;
    }
    struct base_buf recoded;
    base_buf_init(&recoded, import->file.max * 2);
    if (!geo_text_gb18030(text, &recoded)) {
        base_buf_release(&recoded);
        return base_diag_set(import->diag, BASE_INVALID, "neither UTF-8 nor GB 18030; save the file as \"CSV UTF-8\"");
    }
    base_buf_release(&import->file);
    import->file = recoded;
    return BASE_OK;
}

enum base_err cli_import_read(struct cli_import *import, const struct cli_import_kind *kinds, size_t count,
                              const char *name)
{
    base_arena_init(&import->texts, (size_t)FILE_MAX * 8);
    base_buf_init(&import->file, FILE_MAX + (1 << 17));
    import->kind = choose(kinds, count, name, NULL, 0);
    enum base_err err = base_file_read(import->path, FILE_MAX, import->diag, &import->file);
    if (err) {
        return err; /* names the file */
    }
    err = to_utf8(import);
    if (!err && strcmp(name, "duties") == 0 && cli_import_feature_is(import->path)) {
        err = cli_import_feature(import);
    } else if (!err) {
        err = read_csv(import, kinds, count, name);
    }
    if (!err && import->count == 0) {
        err = base_diag_set(import->diag, BASE_INVALID, "there is no line in it");
    }
    return err ? base_diag_prefix(import->diag, err, "%s", import->path) : BASE_OK;
}

/* --- the same thing twice in one file would change itself --- */
enum { ESTATE, KEY };

static int by_key(const void *left, const void *right)
{
    const struct cli_import_line *a = left, *b = right;
    int order = strcmp(a->texts[KEY], b->texts[KEY]);
    order = order ? order : strcmp(a->texts[ESTATE], b->texts[ESTATE]);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

enum base_err cli_import_once(struct cli_import *import)
{
    struct cli_import_line *sorted = malloc(import->count * sizeof *sorted);
    if (!sorted) {
        return base_diag_set(import->diag, BASE_NOMEM, "out of memory");
    }
    memcpy(sorted, import->lines, import->count * sizeof *sorted);
    qsort(sorted, import->count, sizeof *sorted, by_key);
    for (size_t i = 1; i < import->count; i++) {
        if (*sorted[i].texts[KEY] && strcmp(sorted[i].texts[KEY], sorted[i - 1].texts[KEY]) == 0 &&
            strcmp(sorted[i].texts[ESTATE], sorted[i - 1].texts[ESTATE]) == 0) {
            cli_import_complain(import, sorted[i].number, "key \"%.80s\" stands on %d, too", sorted[i].texts[KEY],
                                sorted[i - 1].number);
        }
    }
    free(sorted);
    return BASE_OK;
}
