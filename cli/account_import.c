/* hutong import organisations, roles: CSV files, stored as a whole or not at all; every wrong line is named. */
#include "cli/account.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20, FIELDS_MAX = 32, COLUMNS_MAX = 6, NAMED_MAX = 20, LINES_MAX = 20000 };

struct job;
struct kind {
    const char *name;
    const char *columns[COLUMNS_MAX]; /* the first `needed` must be there */
    size_t needed;
    enum base_err (*run)(struct job *job);
};

struct line {
    int number;
    const char *texts[COLUMNS_MAX]; /* "" where the file says nothing */
};

struct job {
    const struct kind *kind;
    const char *path;
    struct data_conn *conn;
    struct base_arena texts;
    struct base_buf file;
    struct line *lines;
    size_t count, cap;
    int wrong;
    size_t added; /* else there already */
    struct base_diag *diag;
};

static void job_release(struct job *job)
{
    base_arena_release(&job->texts);
    base_buf_release(&job->file);
    free(job->lines);
    data_conn_free(job->conn);
}

static void complain(struct job *job, int line, const char *format, ...) BASE_PRINTF(3, 4);
static void complain(struct job *job, int line, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (job->wrong++ < NAMED_MAX) {
        fprintf(stderr, "hutong import: %s:%d: %s\n", job->path, line, text);
    }
}

/* --- organisations --- */
enum { CODE, NAME, KIND, PARENT, NAME_EN, ESTATES };

static enum base_err organisations_make(struct job *job)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < job->count && !err; i++) {
        AUTO(data_rows) rows = NULL;
        const struct line *line = &job->lines[i];
        if (!*line->texts[CODE] || !*line->texts[NAME] || !*line->texts[KIND]) {
            complain(job, line->number, "code, name and kind must all be there");
            continue;
        }
        err =
            data_run(job->conn, DATA_ORGANISATION_PUT,
                     DATA_ARGS(data_text(line->texts[CODE]), data_text(line->texts[NAME]), data_text(line->texts[KIND]),
                               data_text(*line->texts[NAME_EN] ? line->texts[NAME_EN] : NULL)),
                     job->diag, &rows);
        job->added += !err && data_rows_bool(rows, 0, 1);
    }
    return err;
}

/* All of the file stand on top first, so that a tree may be turned round. */
static enum base_err organisations_place(struct job *job, bool on_top)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < job->count && !err; i++) {
        AUTO(data_rows) rows = NULL;
        const struct line *line = &job->lines[i];
        const char *parent = on_top || !*line->texts[PARENT] ? NULL : line->texts[PARENT];
        err = data_run(job->conn, DATA_ORGANISATION_PLACE, DATA_ARGS(data_text(line->texts[CODE]), data_text(parent)),
                       job->diag, &rows);
        if (!err && parent && data_rows_count(rows) == 0) {
            complain(job, line->number, "parent \"%.80s\": there is no such organisation, here or in the database",
                     parent);
        } else if (!err && data_rows_count(rows) && data_rows_bool(rows, 0, 1)) {
            complain(job, line->number, "parent \"%.80s\": is itself below \"%.80s\"", parent, line->texts[CODE]);
        }
    }
    return err;
}

static enum base_err organisation_estates(struct job *job, const struct line *line)
{
    static const char between[] = " ,;";
    enum base_err err = BASE_OK;
    char code[128];
    for (const char *at = line->texts[ESTATES] + strspn(line->texts[ESTATES], between); *at && !err;
         at += strspn(at, between)) {
        AUTO(data_rows) rows = NULL;
        size_t len = strcspn(at, between);
        snprintf(code, sizeof code, "%.*s", (int)(len < sizeof code ? len : sizeof code - 1), at);
        at += len;
        err = data_run(job->conn, DATA_ORGANISATION_ESTATE, DATA_ARGS(data_text(line->texts[CODE]), data_text(code)),
                       job->diag, &rows);
        if (!err && data_rows_count(rows) == 0) {
            complain(job, line->number, "estate \"%s\": there is none of that id or code, or several", code);
        }
    }
    return err;
}

static enum base_err organisations_once(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (*job->lines[i].texts[CODE] && strcmp(job->lines[i].texts[CODE], job->lines[k].texts[CODE]) == 0) {
                complain(job, job->lines[i].number, "code \"%.80s\" stands on line %d, too", job->lines[i].texts[CODE],
                         job->lines[k].number);
            }
        }
    }
    return BASE_OK;
}

static enum base_err organisations(struct job *job)
{
    enum base_err err = organisations_once(job);
    if (!err) {
        err = organisations_make(job);
    }
    if (!err) {
        err = organisations_place(job, true);
    }
    if (!err) {
        err = organisations_place(job, false);
    }
    for (size_t i = 0; i < job->count && !err; i++) {
        err = organisation_estates(job, &job->lines[i]);
    }
    return err;
}

/* --- roles --- */
enum { ACCOUNT, ROLE, ROLE_ESTATES, ORGANISATION, VALID_FROM, VALID_TO };

/* A time, or a day of the UTC calendar. */
static bool time_of(struct job *job, const struct line *line, int column, int64_t *ret_us)
{
    char day[40];
    const char *text = line->texts[column];
    snprintf(day, sizeof day, "%.10sT00:00:00Z", text);
    *ret_us = 0;
    if (*text && !base_time_in(base_str_of(strlen(text) == 10 ? day : text), ret_us)) {
        complain(job, line->number, "%s \"%.40s\": a time is written 2027-01-31 or 2027-01-31T18:00:00+08:00",
                 job->kind->columns[column], text);
        return false;
    }
    return true;
}

static enum base_err roles(struct job *job)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < job->count && !err; i++) {
        const struct line *line = &job->lines[i];
        struct base_diag why = {.text = ""};
        bool added = false;
        struct cli_account_grant grant = {.account = line->texts[ACCOUNT],
                                          .role = line->texts[ROLE],
                                          .estates = line->texts[ROLE_ESTATES],
                                          .organisation = line->texts[ORGANISATION]};
        if (!time_of(job, line, VALID_FROM, &grant.from_us) || !time_of(job, line, VALID_TO, &grant.to_us)) {
            continue;
        }
        err = cli_account_grant_put(job->conn, &grant, &why, &added);
        if (err == BASE_INVALID || err == BASE_NOT_FOUND) {
            complain(job, line->number, "%s", why.text);
            err = BASE_OK;
        } else if (err) {
            base_diag_set(job->diag, err, "%s", why.text);
        }
        job->added += added;
    }
    return err;
}

static const struct kind kinds[] = {
    {"organisations", {"code", "name", "kind", "parent", "name_en", "estates"}, 3, organisations},
    {"roles", {"account", "role", "estates", "organisation", "valid_from", "valid_to"}, 2, roles},
};

/* --- the file --- */
static enum base_err read_header(struct job *job, struct base_csv *csv, int ret_column_of[FIELDS_MAX],
                                 size_t *ret_fields)
{
    struct base_str fields[FIELDS_MAX];
    unsigned seen = 0;
    enum base_err err = base_csv_next(csv, &job->texts, fields, FIELDS_MAX, ret_fields, job->diag);
    for (size_t i = 0; !err && i < *ret_fields; i++) {
        int column = 0;
        while (column < COLUMNS_MAX && !base_str_is(fields[i], job->kind->columns[column])) {
            column++;
        }
        if (column == COLUMNS_MAX || seen & 1U << column) {
            return base_diag_set(job->diag, BASE_INVALID, "line %d: column \"%.*s\" is %s %s %s %s %s %s %s", csv->line,
                                 (int)(fields[i].len < 40 ? fields[i].len : 40), fields[i].at,
                                 column == COLUMNS_MAX ? "none of" : "there twice, of", job->kind->columns[0],
                                 job->kind->columns[1], job->kind->columns[2], job->kind->columns[3],
                                 job->kind->columns[4], job->kind->columns[5]);
        }
        seen |= 1U << column;
        ret_column_of[i] = column;
    }
    for (size_t i = 0; !err && i < job->kind->needed; i++) {
        if (!(seen & 1U << i)) {
            err = base_diag_set(job->diag, BASE_INVALID, "the first line names the columns, and %s is missing",
                                job->kind->columns[i]);
        }
    }
    return err;
}

static struct line *add_line(struct job *job, int number)
{
    if (job->count == job->cap) {
        size_t cap = job->cap ? job->cap * 2 : 64;
        struct line *grown = realloc(job->lines, cap * sizeof *grown);
        if (!grown) {
            return NULL;
        }
        job->lines = grown;
        job->cap = cap;
    }
    struct line *line = &job->lines[job->count++];
    line->number = number;
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        line->texts[i] = "";
    }
    return line;
}

static enum base_err read_line(struct job *job, const struct base_csv *csv, const struct base_str *fields, size_t count,
                               const int *column_of, size_t columns)
{
    struct line *line = add_line(job, csv->line);
    if (!line) {
        return base_diag_set(job->diag, BASE_NOMEM, "out of memory");
    }
    if (count > columns) {
        complain(job, csv->line, "%zu fields, but %zu columns in the first line", count, columns);
        return BASE_OK;
    }
    for (size_t i = 0; i < count; i++) {
        line->texts[column_of[i]] = base_arena_text(&job->texts, fields[i]);
        if (!line->texts[column_of[i]]) {
            return base_diag_set(job->diag, BASE_NOMEM, "out of memory");
        }
        if (!base_str_utf8(fields[i])) {
            complain(job, csv->line, "not UTF-8; save the file as \"CSV UTF-8\"");
            line->texts[column_of[i]] = "";
        }
    }
    return BASE_OK;
}

static enum base_err read_lines(struct job *job)
{
    struct base_csv csv = base_csv_of(base_buf_str(&job->file));
    struct base_str fields[FIELDS_MAX];
    int column_of[FIELDS_MAX] = {0};
    size_t columns = 0, count = 1;
    enum base_err err = read_header(job, &csv, column_of, &columns);
    while (!err && count) {
        err = base_csv_next(&csv, &job->texts, fields, FIELDS_MAX, &count, job->diag);
        if (!err && count && job->count == LINES_MAX) {
            err = base_diag_set(job->diag, BASE_LIMIT, "more than %d lines; import it in pieces", LINES_MAX);
        } else if (!err && count) {
            err = read_line(job, &csv, fields, count, column_of, columns);
        }
    }
    if (!err && job->count == 0) {
        err = base_diag_set(job->diag, BASE_INVALID, "there is no line in it");
    }
    return err;
}

static enum base_err run(struct job *job, bool dry_run)
{
    enum base_err err = base_file_read(job->path, FILE_MAX, job->diag, &job->file);
    if (err) {
        return err; /* names the file */
    }
    err = read_lines(job);
    if (err) {
        return base_diag_prefix(job->diag, err, "%s", job->path);
    }
    err = cli_account_begin("hutong import", job->diag, &job->conn);
    if (!err) {
        err = job->kind->run(job);
    }
    if (!err && job->wrong) {
        err = base_diag_set(job->diag, BASE_INVALID, "%s: %d faults in %zu lines; nothing was stored", job->path,
                            job->wrong, job->count);
    }
    return err || dry_run ? err
                          : cli_account_commit(job->conn, "import", job->diag, "%s: %zu lines, %zu new",
                                               job->kind->name, job->count, job->added);
}

bool cli_account_import_knows(const char *kind)
{
    return strcmp(kind, kinds[0].name) == 0 || strcmp(kind, kinds[1].name) == 0;
}

enum base_err cli_account_import(const char *kind, const char *path, bool dry_run, bool json, struct base_diag *diag)
{
    struct job job = {.kind = &kinds[strcmp(kind, kinds[1].name) == 0], .path = path, .diag = diag};
    base_arena_init(&job.texts, FILE_MAX * 2);
    base_buf_init(&job.file, FILE_MAX + (1 << 17));
    enum base_err err = run(&job, dry_run);
    if (!err && json) {
        printf("{\"lines\":%zu,\"added\":%zu,\"dry_run\":%s}\n", job.count, job.added, dry_run ? "true" : "false");
    } else if (!err) {
        printf("%zu %s, %zu of them new%s\n", job.count, kind, job.added,
               dry_run ? " (dry run: nothing was stored)" : "");
    }
    job_release(&job);
    return err;
}
