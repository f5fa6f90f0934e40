/* Every measure and proof of data/query says its name, version, definition, source, parameters, columns and privacy,
 * prints a numerator, a denominator and a unit beside its value, and has its row in docs/formulas.md. */
#include "fixture/fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 262144 };

static char *text_of(const char *path)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", fixture_source(), path);
    FILE *file = fopen(full, "rb");
    if (!file) {
        fail_msg("%s: cannot be opened", full);
    }
    char *text = calloc(1, TEXT_MAX);
    assert_non_null(text);
    size_t len = file ? fread(text, 1, TEXT_MAX - 1, file) : 0;
    assert_in_range(len, 1, TEXT_MAX - 2);
    if (file) {
        fclose(file);
    }
    return text;
}

/* The comment at the file's beginning. */
static char *header_of(const char *sql)
{
    const char *end = sql;
    while (end[0] == '-' && end[1] == '-') {
        end = strchr(end, '\n');
        assert_non_null(end);
        end++;
    }
    return strndup(sql, (size_t)(end - sql));
}

static void expect(const char *file, const char *header, const char *part)
{
    if (!strstr(header, part)) {
        fail_msg("data/query/%s: its header has no \"%s\"", file, part);
    }
}

/* -- Formula: NAME version N. */
static int version_of(const char *file, const char *header, const char *name)
{
    char first[128];
    int len = snprintf(first, sizeof first, "-- Formula: %s version ", name), version = 0;
    if (strncmp(header, first, (size_t)len) != 0) {
        fail_msg("data/query/%s: its header does not begin \"%sN.\"", file, first);
    }
    for (const char *at = header + len; *at >= '0' && *at <= '9'; at++) {
        version = version * 10 + (*at - '0');
    }
    if (version < 1 || !strchr(header, '.')) {
        fail_msg("data/query/%s: its version is no number from 1 on", file);
    }
    return version;
}

static void check(const char *file, const char *name, const char *docs, bool proof)
{
    static const char *const parts[] = {"Definition", "Source: ", "Parameters: ", "Columns: ", "Callers: "};
    static const char *const more[] = {"value", "numerator", "denominator", "unit", "Privacy: "};
    char path[512], row[256];
    snprintf(path, sizeof path, "data/query/%s", file);
    char *sql = text_of(path), *header = header_of(sql);
    int version = version_of(file, header, name);
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        expect(file, header, parts[i]);
    }
    for (size_t i = 0; !proof && i < BASE_COUNT(more); i++) {
        expect(file, header, more[i]);
    }
    if (!proof && !(strstr(sql, "as numerator") && strstr(sql, "as denominator") && strstr(sql, "as unit") &&
                    strstr(sql, "as value"))) {
        fail_msg("%s: value, numerator, denominator or unit is no column", path);
    }
    snprintf(row, sizeof row, "| `%s` | %d |", name, version);
    if (!strstr(docs, row)) {
        fail_msg("docs/formulas.md has no row \"%s\" under Measures", row);
    }
    free(header);
    free(sql);
}

static void every_measure_says_what_it_is(void **state)
{
    char folder[1024];
    int measures = 0, proofs = 0;
    (void)state;
    char *text = text_of("docs/formulas.md");
    const char *docs = strstr(text, "## Measures (data/query/formula_*.sql)");
    assert_non_null(docs);
    snprintf(folder, sizeof folder, "%s/data/query", fixture_source());
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        char name[256];
        const char *dot = strrchr(entry->d_name, '.');
        bool measure = strncmp(entry->d_name, "formula_", 8) == 0;
        bool proof = strcmp(entry->d_name, "judge_fill.sql") == 0 || strcmp(entry->d_name, "judge_online.sql") == 0;
        if (!dot || strcmp(dot, ".sql") != 0 || !(measure || proof)) {
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)(dot - entry->d_name) - (measure ? 8 : 6),
                 entry->d_name + (measure ? 8 : 6));
        check(entry->d_name, name, docs, proof);
        measures += measure;
        proofs += proof;
    }
    closedir(dir);
    assert_int_equal(measures, 19);
    assert_int_equal(proofs, 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_measure_says_what_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
