/* Problem documents (RFC 9457): every failure answers in one shape that people and programs can read. */
#include "api/private.h"

static const char *title(unsigned status)
{
    const char *phrase = MHD_get_reason_phrase_for(status);
    return phrase ? phrase : "Error";
}

struct base_json_out api_problem_begin(struct api_call *call, unsigned status, const char *type, const char *detail)
{
    base_buf_release(&call->answer.body);
    tiles_bytes_unref(call->answer.tile);
    call->answer = (struct api_answer){.allow = call->answer.allow};
    struct base_json_out out = api_answer_json(call);
    call->answer.status = status;
    call->answer.type = "application/problem+json";
    call->answer.cache = "no-store";
    base_json_out_object(&out);
    base_json_out_key(&out, "type");
    base_json_out_text(&out, type);
    base_json_out_key(&out, "title");
    base_json_out_text(&out, title(status));
    base_json_out_key(&out, "status");
    base_json_out_i64(&out, status);
    if (detail && *detail) {
        base_json_out_key(&out, "detail");
        base_json_out_text(&out, detail);
    }
    if (call->target.path.len) {
        base_json_out_key(&out, "instance");
        base_json_out_str(&out, call->target.path);
    }
    return out;
}

void api_problem_end(struct api_call *call, struct base_json_out *out)
{
    base_json_out_object_end(out);
    base_buf_u8(&call->answer.body, '\n');
}

void api_problem(struct api_call *call, unsigned status, const char *detail)
{
    struct base_json_out out = api_problem_begin(call, status, "about:blank", detail);
    api_problem_end(call, &out);
}

void api_problem_purpose(struct api_call *call)
{
    struct base_json_out out =
        api_problem_begin(call, MHD_HTTP_FORBIDDEN, "/problems/purpose",
                          "personal and camera data are shown for a purpose only: PUT /api/session/purpose, or the "
                          "header X-Purpose");
    api_problem_end(call, &out);
}

void api_problem_error(struct api_call *call, enum base_err err, const struct base_diag *diag)
{
    unsigned status = (unsigned)base_error_http(err);
    if (err == BASE_DATABASE_AWAY) {
        api_problem(call, status, "the database is away; try again shortly");
    } else if (status >= 500) {
        base_log(BASE_LOG_ERROR, "request failed", base_log_text("route", call->route->pattern),
                 base_log_text("target", base_arena_text(&call->arena, call->raw)),
                 base_log_text("error", base_error_name(err)), base_log_text("reason", diag->text));
        api_problem(call, status, "the server could not do this; its log says why");
    } else {
        api_problem(call, status, diag->text);
    }
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        call->answer.retry_after_s = API_RETRY_AFTER_S;
    }
}
