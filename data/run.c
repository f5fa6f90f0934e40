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

static void bind_word(struct bound *bound, size_t i, uint64_t word)
{
    bound->words[i] = htobe64(word);
    bound->values[i] = (const char *)&bound->words[i];
    bound->lengths[i] = sizeof bound->words[i];
}

static void bind(struct bound *bound, size_t i, const struct data_arg *arg)
{
    uint64_t bits;
    bound->formats[i] = arg->type != DATA_ARG_TEXT;
    switch (arg->type) {
    case DATA_ARG_NULL:
        bound->values[i] = NULL;
        break;
    case DATA_ARG_I64:
        bind_word(bound, i, (uint64_t)arg->i64);
        break;
    case DATA_ARG_TIME:
        bind_word(bound, i, (uint64_t)data_run_time_out(arg->i64));
        break;
    case DATA_ARG_F64:
        memcpy(&bits, &arg->f64, sizeof bits);
        bind_word(bound, i, bits);
        break;
    case DATA_ARG_TEXT:
        bound->values[i] = arg->str.at;
        break;
    case DATA_ARG_BYTES:
        bound->values[i] = arg->str.at ? arg->str.at : "";
        bound->lengths[i] = (int)arg->str.len;
        break;
    case DATA_ARG_ID:
        bound->values[i] = (const char *)arg->id.bytes;
        bound->lengths[i] = sizeof arg->id.bytes;
        break;
    }
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
        bind(&bound, i, &args[i]);
    }
    PGresult *result = PQexecPrepared(conn->pg, name, (int)count, bound.values, bound.lengths, bound.formats, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        err = data_conn_failed(conn, result, name, diag);
        PQclear(result);
        return err;
    }
    if (ret_rows) {
        *ret_rows = (struct data_rows *)result;
    } else {
        PQclear(result);
    }
    return BASE_OK;
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
