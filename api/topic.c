/* GET /api/stream, before it opens: what may be followed, and the look at it written down. */
#include "api/private.h"

/* What the audit remembers needs no database: a stream can be opened again while it is away. */
static enum base_err write_look(struct api_call *call, struct api_worker *worker, const int64_t *estates, size_t count,
                                struct base_diag *diag)
{
    struct data_conn *conn;
    if (api_audit_known(call->server, call->identity, "assets", estates, count)) {
        return BASE_OK;
    }
    enum base_err err = api_worker_conn(worker, diag, &conn);
    return err ? err : api_audit_look(call->server, conn, call->identity, "assets", estates, count, diag);
}

enum base_err api_stream_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct base_str topics = api_target_param(&call->target, "topics");
    if (topics.at && !base_str_is(topics, "assets")) {
        return base_diag_set(diag, BASE_INVALID, "this server streams one topic: topics=assets");
    }
    if (!call->identity->purpose[0]) {
        api_problem_purpose(call);
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) homes;
    base_buf_init(&homes, API_BODY_MAX);
    enum base_err err = api_hub_homes(call->server->hub, call->identity->scope, &homes, &call->looked);
    return err ? err
               : write_look(call, worker, (const int64_t *)(const void *)homes.data, homes.len / sizeof(int64_t), diag);
}
