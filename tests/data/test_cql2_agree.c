/* Both back ends say the same of generated filters (cql2_generate.h), of each row of cql2_things.sql: true,
 * false or unknown. And each filter survives text -> tree -> JSON -> tree -> text.
 *
 * How SQL is asked: a condition that selects rows may say false for unknown, since neither selects; so each filter is
 * asked twice, as itself (which rows are selected) and under NOT (where the three differ). BATCH filters go in one
 * statement, each a column, and LANES statements are on their way at once, so that no processor waits.
 *
 * How many: HUTONG_CQL2_FILTERS, 100000 without it (tests/CMakeLists.txt sets less for builds with sanitizers);
 * HUTONG_CQL2_SEED begins elsewhere. A difference is printed with the filter, its SQL, the row and both truths, and
 * with the least of its conditions that differs by itself. */
#include "cql2_table.h"

#include "cql2_generate.h"

#include <inttypes.h>

enum { BATCH = 100, LANES = 3, ROWS = 64, SHOWN_MAX = 12, FILTERS = 100000 };

struct pair { /* a filter and its opposite */
    struct geo_cql2 *filter, *opposite;
};

struct batch {
    struct data_conn *conn;
    enum base_err err; /* of sending it */
    size_t count;      /* 0: none on its way */
    struct pair pairs[BATCH];
    struct base_buf texts[BATCH];
    struct cql2_generate made[BATCH]; /* as it was after the filter: its leaves */
    cql2_truth sql[2 * BATCH][ROWS];
};

struct world {
    struct data_conn *conn;
    struct cql2_table table;
    struct cql2_generate generate;
    struct batch lanes[LANES];
    size_t differ, shown;
    size_t truths[3]; /* how often each was said: a generator of filters that are all false proves little */
};

static int64_t setting(const char *name, int64_t otherwise)
{
    int64_t value = otherwise;
    const char *text = getenv(name);
    if (text && *text) {
        assert_true(base_str_i64(base_str_of(text), &value));
    }
    return value;
}

static int setup(void **state)
{
    static struct world world;
    const char *database = fixture_database();
    test_ok(data_conn_open(database, "test", &test_diag, &world.conn));
    test_sql(world.conn,
             "set session characteristics as transaction read write; set timezone to 'UTC'; set jit to off");
    cql2_table_script(world.conn->pg, "cql2_things.sql");
    cql2_table_read(&world.table, world.conn->pg, "cql2_things");
    assert_int_equal(world.table.rows, ROWS);
    for (size_t lane = 0; lane < LANES; lane++) {
        struct batch *batch = &world.lanes[lane];
        test_ok(data_conn_open(database, "test", &test_diag, &batch->conn));
        test_sql(batch->conn, "set timezone to 'UTC'; set jit to off");
        for (size_t i = 0; i < BATCH; i++) {
            base_buf_init(&batch->texts[i], GEO_CQL2_TEXT_MAX);
        }
    }
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    for (size_t lane = 0; lane < LANES; lane++) {
        for (size_t i = 0; i < BATCH; i++) {
            base_buf_release(&world->lanes[lane].texts[i]);
        }
        data_conn_free(world->lanes[lane].conn);
    }
    cql2_table_release(&world->table);
    data_conn_free(world->conn);
    return 0;
}

static char truth_letter(cql2_truth truth)
{
    return truth == GEO_CQL2_TRUE ? 'T' : truth == GEO_CQL2_FALSE ? 'F' : 'U';
}

static cql2_truth opposite(cql2_truth truth)
{
    return truth == GEO_CQL2_TRUE ? GEO_CQL2_FALSE : truth == GEO_CQL2_FALSE ? GEO_CQL2_TRUE : GEO_CQL2_UNKNOWN;
}

/* --- one filter --- */
static bool say(struct world *world, struct base_str text, const char *what)
{
    world->differ++;
    if (world->shown++ < SHOWN_MAX) {
        print_message("%.*s\n    %s\n", (int)text.len, text.at, what);
    }
    return false;
}

static struct geo_cql2 *read_text(const struct world *world, struct base_str text)
{
    struct geo_cql2 *filter = NULL;
    return geo_cql2_text_in(text, &world->table.schema, &test_diag, &filter) ? NULL : filter;
}

/* The filter read from its own JSON and from its own text is written as the filter itself. */
static bool survives(struct world *world, struct base_str text, const struct geo_cql2 *filter)
{
    AUTO_VALUE(base_buf) first, json, second;
    AUTO(geo_cql2) by_json = NULL;
    base_buf_init(&first, GEO_CQL2_TEXT_MAX);
    base_buf_init(&json, 4 * GEO_CQL2_TEXT_MAX);
    base_buf_init(&second, GEO_CQL2_TEXT_MAX);
    geo_cql2_text_out(filter, &first);
    geo_cql2_json_out(filter, &json);
    if (geo_cql2_json_in(base_buf_str(&json), &world->table.schema, &test_diag, &by_json)) {
        print_message("%s\n", base_buf_cstr(&json));
        return say(world, text, test_diag.text);
    }
    geo_cql2_text_out(by_json, &second);
    AUTO(geo_cql2) by_text = read_text(world, base_buf_str(&first));
    if (!by_text) {
        print_message("%s\n", base_buf_cstr(&first));
        return say(world, text, test_diag.text);
    }
    bool same = base_str_equal(base_buf_str(&first), base_buf_str(&second));
    base_buf_reset(&second);
    geo_cql2_text_out(by_text, &second);
    if (!same || !base_str_equal(base_buf_str(&first), base_buf_str(&second))) {
        print_message("%s\n%s\n", base_buf_cstr(&first), base_buf_cstr(&second));
        return say(world, text, same ? "its text is written otherwise" : "its JSON is written otherwise");
    }
    return true;
}

static bool pair_read(struct world *world, struct base_str text, struct pair *pair)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 2 * GEO_CQL2_TEXT_MAX);
    base_buf_printf(&buf, "NOT (%.*s)", (int)text.len, text.at);
    pair->filter = read_text(world, text);
    pair->opposite = pair->filter ? read_text(world, base_buf_str(&buf)) : NULL;
    return pair->opposite || say(world, text, test_diag.text);
}

static void pair_free(struct pair *pair)
{
    geo_cql2_free(pair->filter);
    geo_cql2_free(pair->opposite);
}

static const char *sql_of(const struct geo_cql2 *filter, struct base_buf *buf)
{
    struct geo_cql2_sql sql;
    if (geo_cql2_sql(filter, 1, &test_diag, &sql)) {
        return test_diag.text;
    }
    base_buf_append(buf, sql.text.data, sql.text.len);
    geo_cql2_sql_release(&sql);
    return base_buf_cstr(buf);
}

/* Compares what SQL said of the filter and of its opposite with memory; the first row that differs is in what. */
static bool pair_same(struct world *world, const struct pair *pair, cql2_truth (*sql)[ROWS], char *what, size_t size)
{
    cql2_truth memory[ROWS], not_memory[ROWS];
    enum base_err err = cql2_table_memory(&world->table, pair->filter, &test_diag, memory);
    err = err ? err : cql2_table_memory(&world->table, pair->opposite, &test_diag, not_memory);
    if (err) {
        snprintf(what, size, "memory: %s", test_diag.text);
        return false;
    }
    for (size_t row = 0; row < ROWS; row++) {
        world->truths[memory[row]]++;
        bool selects = (sql[0][row] == GEO_CQL2_TRUE) == (memory[row] == GEO_CQL2_TRUE);
        if (!selects || sql[1][row] != opposite(memory[row]) || not_memory[row] != opposite(memory[row])) {
            snprintf(what, size, "fid %" PRId64 ": SQL %c, under NOT %c; memory %c, under NOT %c",
                     cql2_table_fid(&world->table, row), truth_letter(sql[0][row]), truth_letter(sql[1][row]),
                     truth_letter(memory[row]), truth_letter(not_memory[row]));
            return false;
        }
    }
    return true;
}

/* The same of one filter by itself; also finds out what the server refused. */
static bool alone_same(struct world *world, struct base_str text, char *what, size_t size)
{
    struct pair pair = {NULL, NULL};
    cql2_truth sql[2][ROWS];
    bool same = true;
    if (!pair_read(world, text, &pair)) {
        snprintf(what, size, "%s", test_diag.text);
        same = false;
    } else if (cql2_table_sql(&world->table, &pair.filter, 1, &test_diag, sql[0]) ||
               cql2_table_sql(&world->table, &pair.opposite, 1, &test_diag, sql[1])) {
        snprintf(what, size, "%s", test_diag.text);
        same = false;
    } else {
        same = pair_same(world, &pair, sql, what, size);
    }
    pair_free(&pair);
    return same;
}

/* Says what is wrong with the filter, and which of its conditions is wrong by itself. */
static void explain(struct world *world, struct batch *batch, size_t i, const char *what)
{
    struct base_str text = base_buf_str(&batch->texts[i]);
    const struct cql2_generate *made = &batch->made[i];
    char less[1200];
    say(world, text, what);
    if (world->shown > SHOWN_MAX) {
        return;
    }
    for (size_t leaf = 0; leaf < made->leaf_count; leaf++) {
        struct base_str part = {text.at + made->leaves[leaf].from, made->leaves[leaf].to - made->leaves[leaf].from};
        if (!alone_same(world, part, less, sizeof less)) {
            AUTO_VALUE(base_buf) buf;
            base_buf_init(&buf, 64 << 20);
            AUTO(geo_cql2) filter = read_text(world, part);
            print_message("    of it: %.*s\n    %s\n    %s\n", (int)part.len, part.at, less,
                          filter ? sql_of(filter, &buf) : "");
            return;
        }
    }
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 64 << 20);
    print_message("    none of its conditions by itself: %s\n", sql_of(batch->pairs[i].filter, &buf));
}

/* --- a statement's worth of them --- */
static void batch_make(struct world *world, struct batch *batch, size_t count)
{
    batch->count = count;
    for (size_t i = 0; i < count; i++) {
        base_buf_reset(&batch->texts[i]);
        cql2_generate(&world->generate, &batch->texts[i]);
        test_ok(batch->texts[i].err);
        batch->made[i] = world->generate;
        batch->pairs[i] = (struct pair){NULL, NULL};
        struct base_str text = base_buf_str(&batch->texts[i]);
        if (!pair_read(world, text, &batch->pairs[i]) || !survives(world, text, batch->pairs[i].filter)) {
            pair_free(&batch->pairs[i]); /* the test has failed; the others of the batch are asked all the same */
            assert_true(pair_read(world, base_str_of("TRUE"), &batch->pairs[i]));
        }
    }
}

static void batch_send(struct world *world, struct batch *batch)
{
    struct geo_cql2 *filters[2 * BATCH];
    for (size_t i = 0; i < batch->count; i++) {
        filters[2 * i] = batch->pairs[i].filter;
        filters[2 * i + 1] = batch->pairs[i].opposite;
    }
    batch->err = cql2_table_send(&world->table, batch->conn->pg, filters, 2 * batch->count, &test_diag);
}

static void batch_judge(struct world *world, struct batch *batch)
{
    char what[1200] = "";
    enum base_err err = batch->err;
    if (!err && batch->count) {
        err = cql2_table_receive(&world->table, batch->conn->pg, 2 * batch->count, &test_diag, batch->sql[0]);
    }
    for (size_t i = 0; i < batch->count; i++) {
        bool same = err ? alone_same(world, base_buf_str(&batch->texts[i]), what, sizeof what)
                        : pair_same(world, &batch->pairs[i], &batch->sql[2 * i], what, sizeof what);
        if (!same) {
            explain(world, batch, i, what);
        }
        pair_free(&batch->pairs[i]);
    }
    batch->count = 0;
}

static void agree(void **state)
{
    struct world *world = *state;
    size_t count = (size_t)setting("HUTONG_CQL2_FILTERS", FILTERS);
    uint64_t seed = (uint64_t)setting("HUTONG_CQL2_SEED", 5);
    cql2_generate_init(&world->generate, seed, &world->table.schema);
    for (size_t done = 0, lane = 0; done < count; lane = (lane + 1) % LANES) {
        size_t now = count - done < BATCH ? count - done : BATCH;
        batch_judge(world, &world->lanes[lane]);
        batch_make(world, &world->lanes[lane], now);
        batch_send(world, &world->lanes[lane]);
        done += now;
    }
    for (size_t lane = 0; lane < LANES; lane++) {
        batch_judge(world, &world->lanes[lane]);
    }
    size_t all = world->truths[0] + world->truths[1] + world->truths[2];
    print_message("%zu filters, %zu differ; of %zu truths %zu were true, %zu false, %zu unknown\n", count,
                  world->differ, all, world->truths[GEO_CQL2_TRUE], world->truths[GEO_CQL2_FALSE],
                  world->truths[GEO_CQL2_UNKNOWN]);
    assert_int_equal(world->differ, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_true(world->truths[i] > all / 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agree)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
