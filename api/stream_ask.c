/* GET /api/stream, before it opens: what may be followed, and the look at it written down. */
#include "api/stream.h"

/* False: the answer says what is missing. */
static bool may_follow(struct api_call *call)
{
    int missing = api_topic_missing(call->wish.topics, call->identity->scope);
    if (missing < API_TOPICS) {
        char detail[128];
        snprintf(detail, sizeof detail, "topic %s: your roles do not include the look \"%s\"", api_topics[missing].name,
                 data_look_name(api_topics[missing].look));
        api_problem(call, MHD_HTTP_FORBIDDEN, detail);
        return false;
    }
    if (call->wish.topics & 1U << API_TOPIC_ASSETS && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return false;
    }
    return true;
}

static enum base_err conn_of(void *of, struct base_diag *diag, struct data_conn **ret_conn)
{
    return api_worker_conn(of, diag, ret_conn);
}

enum base_err api_stream_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct base_str names = api_target_param(&call->target, "topics");
    call->wish.cameras = call->identity->purpose[0] != '\0';
    enum base_err err = api_topic_in(names.at ? names : base_str_of("assets"), diag, &call->wish.topics);
    if (err || !may_follow(call)) {
        return err;
    }
    return api_watch_write(call->server, call->identity, call->wish, (struct api_watch_conn){worker, conn_of}, diag,
                           &call->looked);
}
