/* What the tests of table imports share: hutong as a person runs it, a file, and what is in the database after. */
#ifndef HUTONG_TESTS_IMPORT_KIT_H
#define HUTONG_TESTS_IMPORT_KIT_H

#include "cli/cli.h"
#include "data/data.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

static struct base_diag diag;
static struct base_buf output; /* what the program printed, both streams */

/* The first column of the first row of the test's database; "" without one. */
static inline const char *value(const char *sql)
{
    static char text[1024];
    static PGconn *pg;
    static char database[600];
    if (!pg || strcmp(database, getenv("HUTONG_DATABASE")) != 0) {
        PQfinish(pg);
        snprintf(database, sizeof database, "%s", getenv("HUTONG_DATABASE"));
        pg = PQconnectdb(database);
        PQclear(PQexec(pg, "set search_path = hutong, public"));
    }
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(pg));
    }
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

static inline int kit_up(void **state)
{
    (void)state;
    base_buf_init(&output, 1 << 20);
    setenv("HUTONG_DATABASE", fixture_database(), 1);
    setenv("HUTONG_VAR", fixture_scratch(), 1);
    value(
        "insert into estate (id, dataset, key, code, name, geom) values (1, 't', '1', 'A1', '一号', "
        "st_multi(st_makeenvelope(120, 30, 120.01, 30.01, 4326))), (2, 't', '2', 'A2', '二号', null), (3, 't', '3', "
        "'A2', '重号', null);"
        "insert into building (estate_id, id, dataset, key, codes, levels, levels_source, height_m, height_source, "
        "area_m2, lon, lat, geom) select 1, id, 't', id::text, array[code], 6, 'given', 18, 'levels', 400, x, 30.005, "
        "st_multi(st_makeenvelope(x - 0.0001, 30.0049, x + 0.0001, 30.0051, 4326)) from (values (1, 'B1', 120.002), "
        "(2, "
        "'B2', 120.004), (3, 'B2', 120.006)) v (id, code, x);"
        "insert into zone (estate_id, id, dataset, key, kind, geom) values (1, 21, 't', 'z', 'sanitation', "
        "st_multi(st_makeenvelope(120.001, 30.001, 120.003, 30.003, 4326)));"
        "insert into organisation (code, name, kind) values ('co', '物业公司', 'company');"
        "insert into source (id, estate_id, name, topics, format, subject_type, purpose, tz) values (1, 1, 'patrol', "
        "'{o/#}', 'owntracks', 'guard', 'p', 'Asia/Shanghai'), (2, 1, 'any', '{a/#}', 'traccar', null, 'p', "
        "'Asia/Shanghai')");
    return 0;
}

static inline int kit_down(void **state)
{
    (void)state;
    base_buf_release(&output);
    return 0;
}

/* Imports a file of that name and content; what was printed is in output, and in diag when it failed. */
static inline enum base_err import_bytes(const char *kind, const char *name, const void *data, size_t len,
                                         const char *option)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", fixture_scratch(), name);
    if (base_file_write(path, 0600, data, len, &diag)) {
        fail_msg("%s", diag.text);
    }
    const char *const argv[] = {fixture_binary(), "import", kind, path, option, NULL};
    base_buf_reset(&output);
    return cli_process_run(&(struct cli_process){.argv = argv, .death_signal = SIGKILL}, &diag, &output);
}

static inline enum base_err import(const char *kind, const char *text, const char *option)
{
    return import_bytes(kind, "t.csv", text, strlen(text), option);
}

static inline void works(enum base_err err)
{
    if (err) {
        fail_msg("%s", diag.text);
    }
}

static inline void says(const char *what)
{
    if (!strstr(base_buf_cstr(&output), what)) {
        fail_msg("\"%s\" is not in: %s", what, base_buf_cstr(&output));
    }
}

static inline void refuses(enum base_err err, const char *because)
{
    assert_int_not_equal(err, BASE_OK);
    if (!strstr(base_buf_cstr(&output), because) && !strstr(diag.text, because)) {
        fail_msg("\"%s\" is not in: %s%s", because, base_buf_cstr(&output), diag.text);
    }
}

/* A file of which each line after the first is wrong in its own way, in that order. */
struct kit_wrong {
    const char *line, *because;
};
static inline void refuses_each(const char *kind, const char *header, const struct kit_wrong *wrong, size_t count)
{
    AUTO_VALUE(base_buf) text;
    char at[700];
    base_buf_init(&text, 1 << 16);
    base_buf_printf(&text, "%s\n", header);
    for (size_t i = 0; i < count; i++) {
        base_buf_printf(&text, "%s\n", wrong[i].line);
    }
    enum base_err err = import(kind, base_buf_cstr(&text), NULL);
    for (size_t i = 0; i < count; i++) {
        snprintf(at, sizeof at, "t.csv:%zu: %s", i + 2, wrong[i].because);
        refuses(err, at);
    }
    snprintf(at, sizeof at, "%zu faults in %zu lines; nothing was stored", count, count);
    refuses(err, at);
}

#endif
