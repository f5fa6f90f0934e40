/* Comma-separated values as spreadsheets write them (RFC 4180), read in memory. */
#include "base/base.h"

struct base_csv base_csv_of(struct base_str text)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (base_str_starts(text, bom)) {
        text.at += sizeof bom - 1;
        text.len -= sizeof bom - 1;
    }
    return (struct base_csv){.rest = text, .line = 0, .next = 1};
}

static void skip(struct base_csv *csv, size_t count)
{
    csv->rest.at += count;
    csv->rest.len -= count;
}

/* "\n", "\r\n" and "\r" end a record; false when something else stands here. */
static bool line_end(struct base_csv *csv)
{
    if (csv->rest.len == 0 || (csv->rest.at[0] != '\n' && csv->rest.at[0] != '\r')) {
        return false;
    }
    skip(csv, csv->rest.at[0] == '\r' && csv->rest.len > 1 && csv->rest.at[1] == '\n' ? 2 : 1);
    csv->next++;
    return true;
}

static bool ends_field(char c)
{
    return c == ',' || c == '\r' || c == '\n';
}

static struct base_str bare(struct base_csv *csv)
{
    struct base_str field = {csv->rest.at, 0};
    while (field.len < csv->rest.len && !ends_field(field.at[field.len])) {
        field.len++;
    }
    skip(csv, field.len);
    return base_str_trim(field);
}

/* After the opening quote; two quotes stand for one. */
static enum base_err quoted(struct base_csv *csv, struct base_arena *arena, struct base_diag *diag,
                            struct base_str *ret_field)
{
    size_t end = 0, doubled = 0;
    while (end < csv->rest.len &&
           (csv->rest.at[end] != '"' || (end + 1 < csv->rest.len && csv->rest.at[end + 1] == '"'))) {
        doubled += csv->rest.at[end] == '"';
        csv->next += csv->rest.at[end] == '\n';
        end += csv->rest.at[end] == '"' ? 2 : 1;
    }
    if (end >= csv->rest.len) {
        return base_diag_set(diag, BASE_INVALID, "line %d: a quote is opened and never closed", csv->line);
    }
    struct base_str field = {csv->rest.at, end};
    if (doubled) {
        char *copy = base_arena_alloc(arena, end);
        if (!copy) {
            return base_diag_set(diag, BASE_LIMIT, "line %d: too much text in one record", csv->line);
        }
        field = (struct base_str){copy, 0};
        for (size_t i = 0; i < end; i += csv->rest.at[i] == '"' ? 2 : 1) {
            copy[field.len++] = csv->rest.at[i];
        }
    }
    skip(csv, end + 1);
    *ret_field = field;
    return BASE_OK;
}

static enum base_err one_field(struct base_csv *csv, struct base_arena *arena, struct base_diag *diag,
                               struct base_str *ret_field)
{
    if (csv->rest.len == 0 || csv->rest.at[0] != '"') {
        *ret_field = bare(csv);
        return BASE_OK;
    }
    skip(csv, 1);
    enum base_err err = quoted(csv, arena, diag, ret_field);
    if (!err && csv->rest.len && !ends_field(csv->rest.at[0])) {
        err = base_diag_set(diag, BASE_INVALID, "line %d: text after a closing quote", csv->line);
    }
    return err;
}

enum base_err base_csv_next(struct base_csv *csv, struct base_arena *arena, struct base_str *ret_fields, size_t max,
                            size_t *ret_count, struct base_diag *diag)
{
    size_t count = 0;
    while (line_end(csv)) { /* lines without anything */
    }
    csv->line = csv->next;
    for (bool more = csv->rest.len > 0; more;) {
        if (count == max) {
            return base_diag_set(diag, BASE_LIMIT, "line %d: more than %zu fields", csv->line, max);
        }
        enum base_err err = one_field(csv, arena, diag, &ret_fields[count++]);
        if (err) {
            return err;
        }
        more = csv->rest.len && csv->rest.at[0] == ',';
        if (more) {
            skip(csv, 1);
        } else {
            line_end(csv);
        }
    }
    *ret_count = count;
    return BASE_OK;
}
