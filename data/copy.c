/* COPY BINARY: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
#include "data/conn_private.h"

#include <math.h>
#include <string.h>

enum { PIECE = 256 * 1024, GATHER_MAX = 64 * 1024 * 1024 };

static const char signature[11] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', '\0'};

enum base_err data_copy_begin(struct data_copy *copy, struct data_conn *conn, const char *table, const char *columns,
                              struct base_diag *diag)
{
    char sql[1024];
    int len = snprintf(sql, sizeof sql, "copy %s (%s) from stdin (format binary)", table, columns);
    if (len < 0 || (size_t)len >= sizeof sql) {
        return base_diag_set(diag, BASE_LIMIT, "database: copy %s: the column list is too long", table);
    }
    PGresult *result = PQexec(conn->pg, sql);
    enum base_err err = BASE_OK;
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        err = data_conn_failed(conn, result, sql, diag);
    }
    PQclear(result);
    if (err) {
        return err;
    }
    copy->conn = conn;
    base_buf_init(&copy->buf, GATHER_MAX);
    base_buf_append(&copy->buf, signature, sizeof signature);
    base_buf_u32be(&copy->buf, 0); /* flags */
    base_buf_u32be(&copy->buf, 0); /* header extension */
    return BASE_OK;
}

void data_copy_row(struct data_copy *copy, uint16_t fields)
{
    base_buf_u16be(&copy->buf, fields);
}

void data_copy_null(struct data_copy *copy)
{
    base_buf_u32be(&copy->buf, UINT32_MAX);
}

void data_copy_bool(struct data_copy *copy, bool value)
{
    base_buf_u32be(&copy->buf, 1);
    base_buf_u8(&copy->buf, value);
}

void data_copy_i16(struct data_copy *copy, int16_t value)
{
    base_buf_u32be(&copy->buf, sizeof value);
    base_buf_u16be(&copy->buf, (uint16_t)value);
}

void data_copy_i32(struct data_copy *copy, int32_t value)
{
    base_buf_u32be(&copy->buf, sizeof value);
    base_buf_u32be(&copy->buf, (uint32_t)value);
}

void data_copy_i64(struct data_copy *copy, int64_t value)
{
    base_buf_u32be(&copy->buf, sizeof value);
    base_buf_u64be(&copy->buf, (uint64_t)value);
}

void data_copy_ref(struct data_copy *copy, int64_t id)
{
    if (id) {
        data_copy_i64(copy, id);
    } else {
        data_copy_null(copy);
    }
}

void data_copy_f32(struct data_copy *copy, float value)
{
    if (isnan(value)) {
        data_copy_null(copy);
        return;
    }
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    data_copy_i32(copy, (int32_t)bits);
}

void data_copy_f64(struct data_copy *copy, double value)
{
    if (isnan(value)) {
        data_copy_null(copy);
        return;
    }
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    data_copy_i64(copy, bits);
}

void data_copy_text(struct data_copy *copy, const char *text)
{
    if (!text) {
        data_copy_null(copy);
        return;
    }
    data_copy_str(copy, base_str_of(text));
}

void data_copy_str(struct data_copy *copy, struct base_str text)
{
    base_buf_u32be(&copy->buf, (uint32_t)text.len);
    base_buf_append(&copy->buf, text.at, text.len);
}

void data_copy_jsonb(struct data_copy *copy, struct base_str json)
{
    if (json.len == 0) {
        data_copy_null(copy);
        return;
    }
    base_buf_u32be(&copy->buf, (uint32_t)json.len + 1);
    base_buf_u8(&copy->buf, 1); /* jsonb's version */
    base_buf_append(&copy->buf, json.at, json.len);
}

void data_copy_bytes(struct data_copy *copy, struct base_str bytes)
{
    data_copy_str(copy, bytes);
}

/* varbit_send and varbit_recv in src/backend/utils/adt/varbit.c: the number of bits, then the bytes. */
void data_copy_bits(struct data_copy *copy, const uint8_t *bits, uint32_t count)
{
    uint32_t bytes = (uint32_t)(((uint64_t)count + 7) / 8);
    base_buf_u32be(&copy->buf, (uint32_t)sizeof count + bytes);
    base_buf_u32be(&copy->buf, count);
    base_buf_append(&copy->buf, bits, bytes);
}

void data_copy_id(struct data_copy *copy, struct base_id id)
{
    base_buf_u32be(&copy->buf, sizeof id.bytes);
    base_buf_append(&copy->buf, id.bytes, sizeof id.bytes);
}

void data_copy_time(struct data_copy *copy, int64_t time_us)
{
    data_copy_i64(copy, data_run_time_out(time_us));
}

static enum base_err send(struct data_copy *copy, struct base_diag *diag)
{
    if (copy->buf.err) {
        return base_diag_set(diag, copy->buf.err, "database: copy: %s", base_error_text(copy->buf.err));
    }
    if (PQputCopyData(copy->conn->pg, copy->buf.data, (int)copy->buf.len) != 1) {
        return data_conn_failed(copy->conn, NULL, "copy", diag);
    }
    base_buf_reset(&copy->buf);
    return BASE_OK;
}

enum base_err data_copy_flush(struct data_copy *copy, struct base_diag *diag)
{
    return copy->buf.len >= PIECE || copy->buf.err ? send(copy, diag) : BASE_OK;
}

enum base_err data_copy_end(struct data_copy *copy, enum base_err failed, struct base_diag *diag)
{
    enum base_err err = failed;
    if (!err) {
        base_buf_u16be(&copy->buf, UINT16_MAX); /* trailer */
        err = send(copy, diag);
    }
    PQputCopyEnd(copy->conn->pg, err ? "the sender gave up" : NULL);
    PGresult *result;
    while ((result = PQgetResult(copy->conn->pg))) {
        if (!err && PQresultStatus(result) != PGRES_COMMAND_OK) {
            err = data_conn_failed(copy->conn, result, "copy", diag);
        }
        PQclear(result);
    }
    if (!err && PQstatus(copy->conn->pg) != CONNECTION_OK) {
        err = data_conn_failed(copy->conn, NULL, "copy", diag);
    }
    base_buf_release(&copy->buf);
    return err;
}
