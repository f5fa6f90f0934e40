/* The audit: who looks at whose personal or camera data, and why, written before the answer goes out; and acts. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 14, ESTATES_MAX = 64 << 20 }; /* slots: a power of two */
#define HOUR_US INT64_C(3600000000)

/* A row that is known to be there. */
struct row {
    struct base_id session;
    int64_t estate_id, hour;
    const char *layer; /* one of the few of this program; NULL: free */
};

/* What was written lately; a row that another pushed out is written again, which the database knows how to take. */
struct api_audit {
    pthread_mutex_t lock;
    struct row rows[SLOTS];
};

enum base_err api_audit_new(struct base_diag *diag, struct api_audit **ret_audit)
{
    struct api_audit *audit = calloc(1, sizeof *audit);
    if (!audit) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    pthread_mutex_init(&audit->lock, NULL);
    *ret_audit = audit;
    return BASE_OK;
}

void api_audit_free(struct api_audit *audit)
{
    if (audit) {
        pthread_mutex_destroy(&audit->lock);
        free(audit);
    }
}

static struct row *slot_of(struct api_audit *audit, const struct row *row)
{
    uint64_t mix;
    memcpy(&mix, &row->session, sizeof mix);
    mix = (mix ^ (uint64_t)row->estate_id) * UINT64_C(11400714819323198485);
    mix = (mix ^ (uint8_t)row->layer[0]) * UINT64_C(11400714819323198485);
    return &audit->rows[mix >> 40 & (SLOTS - 1)];
}

static bool known(struct api_audit *audit, const struct row *row)
{
    const struct row *slot = slot_of(audit, row);
    return slot->layer && slot->hour == row->hour && slot->estate_id == row->estate_id &&
           base_id_equal(slot->session, row->session) && strcmp(slot->layer, row->layer) == 0;
}

static struct row row_of(const struct api_identity *identity, const char *layer, int64_t estate_id, int64_t now_us)
{
    return (struct row){identity->session, estate_id, now_us / HOUR_US, layer};
}

bool api_audit_known(struct api_server *server, const struct api_identity *identity, const char *layer,
                     const int64_t *estates, size_t count)
{
    int64_t now_us = base_clock_now_us();
    bool all = true;
    pthread_mutex_lock(&server->audit->lock);
    for (size_t i = 0; i < count && all && !identity->open; i++) {
        struct row row = row_of(identity, layer, estates[i], now_us);
        all = known(server->audit, &row);
    }
    pthread_mutex_unlock(&server->audit->lock);
    return all;
}

static void remember(struct api_audit *audit, const struct api_identity *identity, const char *layer,
                     const int64_t *estates, size_t count, int64_t now_us)
{
    pthread_mutex_lock(&audit->lock);
    for (size_t i = 0; i < count; i++) {
        struct row row = row_of(identity, layer, estates[i], now_us);
        *slot_of(audit, &row) = row;
    }
    pthread_mutex_unlock(&audit->lock);
}

/* A transaction of its own: connections that serve are read-only but for this. */
static enum base_err write_rows(struct data_conn *conn, enum data_query query, const struct data_arg *args,
                                size_t count, struct base_diag *diag)
{
    enum base_err err = data_begin_write(conn, diag);
    err = err ? err : data_run(conn, query, args, count, diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}

static struct data_arg purpose_of(const struct api_identity *identity)
{
    return data_text(identity && identity->purpose[0] ? identity->purpose : NULL);
}

enum base_err api_audit_look(struct api_server *server, struct data_conn *conn, const struct api_identity *identity,
                             const char *layer, const int64_t *estates, size_t count, struct base_diag *diag)
{
    int64_t now_us = base_clock_now_us();
    if (api_audit_known(server, identity, layer, estates, count)) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, ESTATES_MAX);
    data_array_begin(&ids, DATA_ARRAY_I64, count);
    for (size_t i = 0; i < count; i++) {
        data_array_i64(&ids, estates[i]);
    }
    if (ids.err) {
        return base_diag_set(diag, ids.err, "audit: %zu estates in one look", count);
    }
    enum base_err err =
        write_rows(conn, DATA_AUDIT_LOOK,
                   DATA_ARGS(data_id(identity->session), data_text(identity->name), purpose_of(identity),
                             data_text(layer), data_bytes(base_buf_str(&ids)), data_time(now_us)),
                   diag);
    if (!err) {
        remember(server->audit, identity, layer, estates, count, now_us);
    }
    return err;
}

enum base_err api_audit_rows(struct api_call *call, struct data_conn *conn, const char *layer,
                             const struct data_rows *rows, int column, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, ESTATES_MAX);
    int64_t last = -1;
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        if (data_rows_i64(rows, row, column) != last) {
            last = data_rows_i64(rows, row, column);
            base_buf_append(&estates, &last, sizeof last);
        }
    }
    return estates.err ? base_diag_set(diag, estates.err, "too many estates")
                       : api_audit_look(call->server, conn, call->identity, layer,
                                        (const int64_t *)(const void *)estates.data, estates.len / sizeof last, diag);
}

enum base_err api_audit_act(struct data_conn *conn, const struct api_identity *identity, const char *actor,
                            const char *action, const char *note, struct base_diag *diag)
{
    bool someone = identity && !identity->open;
    return write_rows(conn, DATA_AUDIT_ACT,
                      DATA_ARGS(someone ? data_id(identity->session) : data_null(),
                                data_text(identity ? identity->name : actor), data_text(action), purpose_of(identity),
                                data_text(note)),
                      diag);
}
