/* data/feed*.c: values of every type come as they were written, commits in their order, and twenty thousand random
 * changes, replayed, give the table. */
#include "feed_test.h"

#include <math.h>
#include <pthread.h>

/* --- values --- */
static const char *const value_columns[] = {"id",  "i2",  "i4",  "i8",    "f4",    "f8",   "yes",    "at",
                                            "uid", "txt", "raw", "texts", "label", "geom", "numbers"};
static const struct data_feed_table value_table[] = {{"value", value_columns, BASE_COUNT(value_columns), 1, NULL}};
enum { ID, I2, I4, I8, F4, F8, YES, AT, UID, TXT, RAW, TEXTS, LABEL, GEOM, NUMBERS };

#define VALUE_TABLE                                                                                          \
    "create type colour as enum ('red', 'green'); create table value (id bigint primary key, i2 smallint, "  \
    "i4 integer, i8 bigint, f4 real, f8 double precision, yes boolean, at timestamptz, uid uuid, txt text, " \
    "raw bytea, texts text[], label colour, geom geometry, numbers integer[]); "                             \
    "alter publication hutong_feed add table value"
#define VALUES                                                                                                     \
    "insert into value values (%d, -2, -40000, 9007199254740993, 0.5, -1.25, true, '2026-01-02 03:04:05.678+00', " \
    "'00112233-4455-6677-8899-aabbccddeeff', '楼 \"x\"', '\\x00ff', '{a,null,\"b, c\",\"\"}', 'green', "          \
    "st_setsrid(st_point(116, 40), 4326), '{1}'); insert into value (id) values (%d + 1)"
#define EDGES                                                                                               \
    "insert into value (id, at, texts, f8, txt, yes) values (%d + 2, 'infinity', '{}', 'NaN', '', false), " \
    "(%d + 3, '-infinity', '{{a,b},{c,d}}', 'Infinity', null, null)"

static void check_values(const struct data_field *row)
{
    static const char uid[] = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
    struct base_str item;
    uint32_t at = 0;
    int64_t time_us;
    assert_true(base_time_in(base_str_of("2026-01-02T03:04:05.678Z"), &time_us));
    assert_true(data_field_i64(row[I2]) == -2 && data_field_i64(row[I4]) == -40000);
    assert_true(data_field_i64(row[I8]) == INT64_C(9007199254740993));
    assert_true(data_field_f64(row[F4]) == 0.5 && data_field_f64(row[F8]) == -1.25 && data_field_bool(row[YES]));
    assert_true(data_field_time(row[AT]) == time_us);
    assert_memory_equal(data_field_id(row[UID]).bytes, uid, 16);
    assert_true(base_str_is(data_field_str(row[TXT]), "楼 \"x\"") && base_str_is(data_field_str(row[LABEL]), "green"));
    assert_true(row[RAW].len == 2 && memcmp(row[RAW].at, "\x00\xff", 2) == 0);
    assert_true(row[GEOM].len == 25 && row[GEOM].at[0] == 1);
    assert_true(data_field_item(row[TEXTS], &at, &item) && base_str_is(item, "a")); /* the null is passed over */
    assert_true(data_field_item(row[TEXTS], &at, &item) && base_str_is(item, "b, c"));
    assert_true(data_field_item(row[TEXTS], &at, &item) && item.len == 0);
    assert_false(data_field_item(row[TEXTS], &at, &item));
    assert_false(data_field_item(row[NUMBERS], &(uint32_t){0}, &item));
}

static void check_nulls(const struct data_field *row)
{
    struct base_str item;
    for (int i = I2; i <= NUMBERS; i++) {
        assert_int_equal(row[i].len, DATA_FIELD_NULL);
    }
    assert_true(data_field_i64(row[I8]) == 0 && isnan(data_field_f64(row[F8])) && !data_field_bool(row[YES]));
    assert_true(data_field_time(row[AT]) == INT64_MIN && data_field_str(row[TXT]).len == 0);
    assert_true(base_id_equal(data_field_id(row[UID]), (struct base_id){{0}}));
    assert_false(data_field_item(row[TEXTS], &(uint32_t){0}, &item));
}

static void check_edges(const struct data_field *row, bool first)
{
    struct base_str item;
    assert_true(data_field_time(row[AT]) == (first ? INT64_MAX : INT64_MIN));
    assert_false(data_field_item(row[TEXTS], &(uint32_t){0}, &item)); /* empty; of two dimensions */
    assert_true(first ? isnan(data_field_f64(row[F8])) : isinf(data_field_f64(row[F8])));
    assert_true(first ? row[TXT].len == 0 : row[TXT].len == DATA_FIELD_NULL);
    assert_false(data_field_bool(row[YES]));
    assert_true(data_field_i64(row[TEXTS]) == 0 && isnan(data_field_f64(row[TXT]))); /* of other types */
}

static void check_row(const struct data_field *row)
{
    switch (data_field_i64(row[ID]) % 10) {
    case 1:
        check_values(row);
        break;
    case 2:
        check_nulls(row);
        break;
    default:
        check_edges(row, data_field_i64(row[ID]) % 10 == 3);
        break;
    }
}

static enum base_err check_loaded(void *of, const struct data_field *row)
{
    check_row(row);
    ++*(int *)of;
    return BASE_OK;
}

static void write_values(struct data_conn *conn, int id)
{
    char sql[1024];
    snprintf(sql, sizeof sql, VALUES "; " EDGES, id, id, id, id);
    test_sql(conn, sql);
}

static void values_of_every_type(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    test_sql(conn, VALUE_TABLE);
    write_values(conn, 1);
    AUTO(data_feed) feed = test_feed(database, value_table, 1);
    int rows = 0;
    test_ok(data_feed_load(feed, 0, check_loaded, &rows, &test_diag));
    test_ok(data_feed_loaded(feed, &test_diag));
    assert_int_equal(rows, 4);
    write_values(conn, 11);
    const struct data_feed_transaction *transaction = test_next(feed);
    assert_int_equal(transaction->count, 4);
    for (size_t i = 0; i < 4; i++) {
        check_row(transaction->changes[i].row);
    }
}

/* --- thing: what the rest is about --- */
static const char *const thing_columns[] = {"id", "value"};
static const struct data_feed_table thing_table[] = {{"thing", thing_columns, 2, 1, NULL}};
#define THING_TABLE                                              \
    "create table thing (id bigint primary key, value bigint); " \
    "alter publication hutong_feed add table thing (id, value)"

/* --- order --- */
enum { WRITERS = 4, COMMITS = 150 };
struct writer {
    const char *database;
    int number;
};

static void *write_on(void *of)
{
    const struct writer *writer = of;
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    char sql[256];
    enum base_err err = data_conn_open(writer->database, "writer", &diag, &conn);
    for (int i = 1; i <= COMMITS && !err; i++) {
        snprintf(sql, sizeof sql, "insert into thing values (%d, %d)", writer->number * 1000 + i, i);
        err = data_conn_command(conn, "writer", sql, &diag);
    }
    return NULL;
}

static void commits_in_their_order(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    test_sql(conn, THING_TABLE);
    AUTO(data_feed) feed = test_feed(database, thing_table, 1);
    test_ok(data_feed_loaded(feed, &test_diag));
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){database, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    int64_t last[WRITERS] = {0};
    uint64_t lsn = data_feed_snapshot_lsn(feed);
    for (int i = 0; i < WRITERS * COMMITS; i++) {
        const struct data_feed_transaction *transaction = test_next(feed);
        assert_true(transaction->lsn > lsn && transaction->count == 1);
        lsn = transaction->lsn;
        int64_t *of = &last[data_field_i64(transaction->changes[0].row[0]) / 1000];
        assert_true(data_field_i64(transaction->changes[0].row[1]) == ++*of);
        assert_true(data_feed_status(feed).lsn == lsn);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* --- random changes --- */
enum { THINGS = 400, LAST = THINGS - 1 /* written at the end only */, CHANGES = 20000, GROUP = 25 };
struct model {
    bool there[THINGS];
    int64_t value[THINGS];
    int changes;
};

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Statements that are right whatever is there; some change nothing. */
static void random_statement(struct base_buf *sql, uint64_t *seed)
{
    unsigned id = (unsigned)(random_next(seed) % LAST);
    unsigned other = (unsigned)(random_next(seed) % LAST);
    unsigned value = (unsigned)(random_next(seed) % 1000000);
    unsigned what = (unsigned)(random_next(seed) % 1000);
    if (what < 450) {
        base_buf_printf(sql, "insert into thing values (%u, %u) on conflict (id) do update set value = %u; ", id, value,
                        value);
    } else if (what < 700) {
        base_buf_printf(sql, "update thing set value = %u where id = %u; ", value, id);
    } else if (what < 850) {
        base_buf_printf(sql, "delete from thing where id = %u; ", id);
    } else if (what < 980) {
        base_buf_printf(sql,
                        "update thing set id = %u, value = null where id = %u and not exists (select from thing where "
                        "id = %u); ",
                        other, id, other);
    } else if (what < 998) {
        base_buf_printf(sql, "savepoint s; update thing set value = -1; delete from thing; rollback to s; ");
    } else {
        base_buf_text(sql, "truncate thing; ");
    }
}

static void write_randomly(struct data_conn *conn, uint64_t *seed, unsigned statements)
{
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 1 << 20);
    base_buf_text(&sql, "begin; ");
    for (unsigned i = 0; i < statements; i++) {
        random_statement(&sql, seed);
    }
    base_buf_text(&sql, random_next(seed) % 16 ? "commit" : "rollback");
    test_sql(conn, base_buf_cstr(&sql));
}

static void put(struct model *model, const struct data_field *row)
{
    int64_t id = data_field_i64(row[0]);
    assert_true(id >= 0 && id < THINGS && !model->there[id]);
    model->there[id] = true;
    model->value[id] = row[1].len < 0 ? INT64_MIN : data_field_i64(row[1]);
}

static void take(struct model *model, const struct data_field *row)
{
    int64_t id = data_field_i64(row[0]);
    assert_true(id >= 0 && id < THINGS && model->there[id]);
    model->there[id] = false;
}

static void replay(struct model *model, const struct data_feed_transaction *transaction)
{
    for (size_t i = 0; i < transaction->count; i++) {
        const struct data_feed_change *change = &transaction->changes[i];
        if (change->kind == DATA_FEED_TRUNCATE) {
            memset(model->there, 0, sizeof model->there);
        } else if (change->kind == DATA_FEED_DELETE) {
            take(model, change->row);
        } else {
            if (change->kind == DATA_FEED_UPDATE) {
                take(model, change->old ? change->old : change->row);
            }
            put(model, change->row);
        }
        model->changes++;
    }
}

static enum base_err put_loaded(void *of, const struct data_field *row)
{
    put(of, row);
    return BASE_OK;
}

static void compare(const struct model *model, struct data_conn *conn)
{
    PGresult *result = PQexec(conn->pg, "select id, value from thing order by id");
    int row = 0;
    for (int id = 0; id < THINGS; id++) {
        if (model->there[id]) {
            int64_t there = -1;
            int64_t value = INT64_MIN;
            assert_true(row < PQntuples(result) && base_str_i64(base_str_of(PQgetvalue(result, row, 0)), &there));
            assert_true(PQgetisnull(result, row, 1) || base_str_i64(base_str_of(PQgetvalue(result, row, 1)), &value));
            assert_true(there == id && value == model->value[id]);
            row++;
        }
    }
    assert_int_equal(row, PQntuples(result));
    PQclear(result);
}

static void random_changes_replayed(void **state)
{
    (void)state;
    const char *database = fixture_database();
    AUTO(data_conn) conn = test_conn_to(database);
    test_sql(conn, THING_TABLE);
    uint64_t seed = UINT64_C(88172645463325252);
    struct model model = {.changes = 0};
    write_randomly(conn, &seed, GROUP * 20);
    AUTO(data_feed) feed = test_feed(database, thing_table, 1);
    write_randomly(conn, &seed, GROUP);
    test_ok(data_feed_load(feed, 0, put_loaded, &model, &test_diag));
    test_ok(data_feed_loaded(feed, &test_diag));
    int rounds = 0;
    while (model.changes < CHANGES) {
        write_randomly(conn, &seed, 1 + (unsigned)(random_next(&seed) % (2 * GROUP)));
        const struct data_feed_transaction *transaction = NULL;
        test_ok(data_feed_next(feed, 0, &test_diag, &transaction));
        if (transaction) {
            replay(&model, transaction);
        }
        assert_true(++rounds < CHANGES);
    }
    test_sql(conn, "select pg_logical_emit_message(true, 'hutong', 'the end')"); /* not asked for, not heard */
    test_sql(conn, "insert into thing values (399, 399)");
    while (!model.there[LAST]) {
        replay(&model, test_next(feed));
    }
    compare(&model, conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_type),
        cmocka_unit_test(commits_in_their_order),
        cmocka_unit_test(random_changes_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
