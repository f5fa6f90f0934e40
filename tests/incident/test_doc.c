/* docs/incidents.md shows the states and steps of each procedure as the table incident_move has them. HUTONG_DOCS=write
 * writes them anew.
 */
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PAGE_MAX = 1 << 20, SQL_MAX = 2000 };
static const char *const procedures[] = {"loop", "dispute"};

/* Steps that change the state are arrows; the table below the picture has all of them. */
static const char drawing[] =
    "select string_agg(line, e'\\n' order by state, next nulls last) from (select state, next, format('    %%s --> "
    "%%s: "
    "%%s', state,"
    " coalesce(next::text, 'before'), string_agg(step || case when note then ' (note)' else '' end, ', ' order by "
    "step)) as line"
    " from incident_move where procedure = '%s' and (next is not null or step in ('resume', 'split')) group by state, "
    "next) s";
static const char table[] =
    "select string_agg(format('| %%s | %%s | %%s | %%s | %%s |', step, states, next, note, by), e'\\n' order by first, "
    "step, next)"
    " from (select step, min(state) as first, string_agg(state::text, ', ' order by state) as states, case when next "
    "is not null"
    " then next::text when step in ('resume', 'split') then 'the state before' else 'the same' end as next,"
    " case when note then 'needed' else '' end as note, by from incident_move where procedure = '%s' group by step, "
    "incident_move.next, incident_move.note, by) s";

static const char *of(const char *format, const char *procedure)
{
    char sql[SQL_MAX];
    snprintf(sql, sizeof sql, format, procedure);
    return kit_value(kit_pg, sql);
}

static void made(struct base_buf *text, const char *procedure)
{
    base_buf_text(
        text, "```mermaid\nstateDiagram-v2\n    state \"the state before\" as before\n    [*] --> reported: report\n");
    base_buf_printf(text, "%s\n```\n\n", of(drawing, procedure));
    base_buf_text(text, "| step | in | then | note | by |\n|---|---|---|---|---|\n");
    base_buf_printf(text, "%s\n", of(table, procedure));
}

static void write_page(const char *path, const char *page, const char *begin, const char *end,
                       const struct base_buf *now)
{
    struct base_buf text;
    base_buf_init(&text, PAGE_MAX);
    base_buf_append(&text, page, (size_t)(begin - page));
    base_buf_append(&text, now->data, now->len);
    base_buf_text(&text, end);
    if (text.err || base_file_write(path, 0644, text.data, text.len, &kit_diag)) {
        kit_die(path, kit_diag.text);
    }
    base_buf_release(&text);
}

static void one_procedure(const char *path, const char *procedure)
{
    char from[64], to[64];
    AUTO_VALUE(base_buf) page;
    AUTO_VALUE(base_buf) now;
    base_buf_init(&page, PAGE_MAX);
    base_buf_init(&now, PAGE_MAX);
    made(&now, procedure);
    if (base_file_read(path, PAGE_MAX, &kit_diag, &page)) {
        kit_die(path, kit_diag.text);
    }
    snprintf(from, sizeof from, "<!-- states of a %s -->\n", procedure);
    snprintf(to, sizeof to, "<!-- /states of a %s -->\n", procedure);
    const char *begin = strstr(base_buf_cstr(&page), from), *end = begin ? strstr(begin, to) : NULL;
    assert_non_null(end);
    begin += strlen(from);
    const char *mode = getenv("HUTONG_DOCS");
    if (mode && strcmp(mode, "write") == 0) {
        write_page(path, base_buf_cstr(&page), begin, end, &now);
    } else if ((size_t)(end - begin) != now.len || memcmp(begin, now.data, now.len) != 0) {
        fail_msg("docs/incidents.md is out of date: run this test with HUTONG_DOCS=write");
    }
}

static void the_page_has_the_table_s_steps(void **state)
{
    (void)state;
    char path[600];
    kit_begin();
    snprintf(path, sizeof path, "%s/docs/incidents.md", fixture_source());
    for (size_t i = 0; i < BASE_COUNT(procedures); i++) {
        one_procedure(path, procedures[i]);
    }
    kit_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_has_the_table_s_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
