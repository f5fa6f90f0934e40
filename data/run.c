/* Runs the embedded queries: prepared at first use, parameters and results in PostgreSQL's binary form. */
#include "data/conn_private.h"
#include "data/embedded.h"

#include <endian.h>
#include <string.h>

enum { ARGS_MAX = 40 };

/* A PGresult by another name, so that no other folder sees libpq. */
static const PGresult *of(const struct data_rows *rows)
{
    return (const PGresult *)rows;
}

int64_t data_run_time_out(int64_t time_us)
{
    int64_t postgres_us;
    if (time_us == INT64_MAX || __builtin_sub_overflow(time_us, DATA_EPOCH_US, &postgres_us)) {
        return time_us < 0 ? INT64_MIN : INT64_MAX;
    }
    return postgres_us;
}

struct bound {
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX];
    int formats[ARGS_MAX];
    uint64_t words[ARGS_MAX]; /* numbers in network order live here while the call runs */
};

static void bind_word(uint64_t word, uint64_t *room, const char **value, int *length)
{
    *room = htobe64(word);
    *value = (const char *)room;
    *length = sizeof *room;
}

void data_run_bind(const struct data_arg *arg, uint64_t *room, const char **value, int *length, int *format)
{
    uint64_t bits;
    *format = arg->type != DATA_ARG_TEXT;
    switch (arg->type) {
    case DATA_ARG_NULL:
        *value = NULL;
        break;
    case DATA_ARG_I64:
        bind_word((uint64_t)arg->i64, room, value, length);
        break;
    case DATA_ARG_TIME:
        bind_word((uint64_t)data_run_time_out(arg->i64), room, value, length);
        break;
    case DATA_ARG_F64:
        memcpy(&bits, &arg->f64, sizeof bits);
        bind_word(bits, room, value, length);
        break;
    case DATA_ARG_TEXT:
        *value = arg->str.at;
        break;
    case DATA_ARG_BYTES:
        *value = arg->str.at ? arg->str.at : "";
        *length = (int)arg->str.len;
        break;
    case DATA_ARG_ID:
        *value = (const char *)arg->id.bytes;
        *length = sizeof arg->id.bytes;
        break;
    }
}

enum base_err data_run_result(struct data_conn *conn, PGresult *result, const char *name, struct base_diag *diag,
                              struct data_rows **ret_rows)
{
    ExecStatusType status = PQresultStatus(result);
    enum base_err err = BASE_OK;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        err = data_conn_failed(conn, result, name, diag);
    } else if (ret_rows) {
        *ret_rows = (struct data_rows *)result;
        return BASE_OK;
    }
    PQclear(result);
    return err;
}

static enum base_err prepare(struct data_conn *conn, enum data_query query, struct base_diag *diag)
{
    if (conn->prepared[query]) {
        return BASE_OK;
    }
    const struct data_embedded *text = &data_embedded_queries[query];
    PGresult *result = PQprepare(conn->pg, text->name, text->sql, 0, NULL);
    enum base_err err = BASE_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        err = data_conn_failed(conn, result, text->name, diag);
    }
    conn->prepared[query] = !err;
    PQclear(result);
    return err;
}

enum base_err data_run(struct data_conn *conn, enum data_query query, const struct data_arg *args, size_t count,
                       struct base_diag *diag, struct data_rows **ret_rows)
{
    const char *name = data_embedded_queries[query].name;
    if (count > ARGS_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "database: %s: more than %d parameters", name, ARGS_MAX);
    }
    enum base_err err = prepare(conn, query, diag);
    if (err) {
        return err;
    }
    struct bound bound = {.formats = {0}};
    for (size_t i = 0; i < count; i++) {
        data_run_bind(&args[i], &bound.words[i], &bound.values[i], &bound.lengths[i], &bound.formats[i]);
    }
    PGresult *result = PQexecPrepared(conn->pg, name, (int)count, bound.values, bound.lengths, bound.formats, 1);
    return data_run_result(conn, result, name, diag, ret_rows);
}

void data_rows_free(struct data_rows *rows)
{
    PQclear((PGresult *)rows);
}

size_t data_rows_count(const struct data_rows *rows)
{
    return (size_t)PQntuples(of(rows));
}

bool data_rows_null(const struct data_rows *rows, size_t row, int column)
{
    return PQgetisnull(of(rows), (int)row, column);
}

struct base_str data_rows_bytes(const struct data_rows *rows, size_t row, int column)
{
    if (data_rows_null(rows, row, column)) {
        return (struct base_str){NULL, 0};
    }
    return (struct base_str){PQgetvalue(of(rows), (int)row, column), (size_t)PQgetlength(of(rows), (int)row, column)};
}

struct base_str data_rows_bits(const struct data_rows *rows, size_t row, int column, uint32_t *ret_count)
{
    struct base_str bits = data_rows_bytes(rows, row, column);
    struct base_reader reader = base_reader_of(bits.at, bits.len);
    uint32_t count = base_reader_u32be(&reader);
    if (bits.len < sizeof count || bits.len - sizeof count != ((uint64_t)count + 7) / 8) {
        *ret_count = 0;
        return (struct base_str){NULL, 0};
    }
    *ret_count = count;
    return (struct base_str){bits.at + sizeof count, bits.len - sizeof count};
}

static struct base_reader value(const struct data_rows *rows, size_t row, int column)
{
    struct base_str bytes = data_rows_bytes(rows, row, column);
    return base_reader_of(bytes.at, bytes.len);
}

int64_t data_rows_i64(const struct data_rows *rows, size_t row, int column)
{
    struct base_reader reader = value(rows, row, column);
    switch (base_reader_left(&reader)) {
    case 8:
        return (int64_t)base_reader_u64be(&reader);
    case 4:
        return (int32_t)base_reader_u32be(&reader);
    case 2:
        return (int16_t)base_reader_u16be(&reader);
    default:
        return 0;
    }
}

double data_rows_f64(const struct data_rows *rows, size_t row, int column)
{
    struct base_reader reader = value(rows, row, column);
    if (base_reader_left(&reader) == 4) {
        uint32_t bits = base_reader_u32be(&reader);
        float single;
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    return base_reader_f64be(&reader);
}

bool data_rows_bool(const struct data_rows *rows, size_t row, int column)
{
    struct base_reader reader = value(rows, row, column);
    return base_reader_u8(&reader) != 0;
}

int64_t data_rows_time(const struct data_rows *rows, size_t row, int column)
{
    int64_t time_us;
    int64_t postgres_us = data_rows_i64(rows, row, column);
    if (postgres_us == INT64_MIN || __builtin_add_overflow(postgres_us, DATA_EPOCH_US, &time_us)) {
        return postgres_us < 0 ? INT64_MIN : INT64_MAX;
    }
    return time_us;
}

const char *data_rows_text(const struct data_rows *rows, size_t row, int column)
{
    return data_rows_null(rows, row, column) ? NULL : PQgetvalue(of(rows), (int)row, column);
}

struct base_id data_rows_id(const struct data_rows *rows, size_t row, int column)
{
    struct base_id id = {{0}};
    struct base_str bytes = data_rows_bytes(rows, row, column);
    if (bytes.len == sizeof id.bytes) {
        memcpy(id.bytes, bytes.at, sizeof id.bytes);
    }
    return id;
}

bool data_rows_item(const struct data_rows *rows, size_t row, int column, size_t index, int64_t *ret_value)
{
    enum { HEADER = 20, LENGTH = 4, EACH = LENGTH + 8 };
    struct base_str array = data_rows_bytes(rows, row, column);
    if (array.len < HEADER || index >= (array.len - HEADER) / EACH) {
        return false;
    }
    struct base_reader reader = base_reader_of(array.at + HEADER + index * EACH + LENGTH, EACH - LENGTH);
    *ret_value = (int64_t)base_reader_u64be(&reader);
    return true;
}
