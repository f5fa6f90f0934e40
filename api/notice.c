/* POST /api/notices/{key}/ack: whoever was sent a notice answers it. The key came with it and nobody else is told it,
 * so it is all that is asked for. */
#include "api/json.h"
#include "api/private.h"
#include "incident/incident.h"

enum base_err api_notice_ack(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    const char *key = base_arena_text(&call->arena, call->captured[0]);
    if (!key) {
        return base_diag_set(diag, BASE_LIMIT, "the address is too long");
    }
    enum base_err err = api_worker_owner(worker, diag, &conn);
    err = err ? err : incident_notice_ack(conn, key, diag);
    if (!err) {
        struct base_json_out out = api_answer_json(call);
        call->answer.cache = "no-store";
        base_json_out_object(&out);
        base_json_out_key(&out, "state");
        base_json_out_text(&out, "acknowledged");
        base_json_out_object_end(&out);
    }
    return err;
}
