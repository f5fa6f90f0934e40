/* Topics of the stream, and GET /api/stream before it opens: what may be followed, and the look at it written down. */
#include "api/stream.h"

const struct api_topic api_topics[API_TOPICS] = {
    [API_TOPIC_ASSETS] = {"assets", TILES_TABLE_ASSET, DATA_LOOK_UNIT, false, "assets"},
    [API_TOPIC_BUILDINGS] = {"buildings", TILES_TABLE_BUILDING, DATA_LOOK_RECORD, true, NULL},
    [API_TOPIC_ZONES] = {"zones", TILES_TABLE_ZONE, DATA_LOOK_RECORD, true, NULL},
    [API_TOPIC_DEVICES] = {"devices", TILES_TABLE_DEVICE, DATA_LOOK_DEVICE, false, "cameras"},
};

static int topic_find(struct base_str name)
{
    int topic = 0;
    while (topic < API_TOPICS && !base_str_is(name, api_topics[topic].name)) {
        topic++;
    }
    return topic;
}

enum base_err api_topic_in(struct base_str names, struct base_diag *diag, unsigned *ret_topics)
{
    struct base_str name;
    unsigned topics = 0;
    while (base_str_next(&names, ',', &name)) {
        int topic = topic_find(name);
        if (topic == API_TOPICS || topics & 1U << topic) {
            return base_diag_set(diag, BASE_INVALID,
                                 "topics are assets, buildings, zones and devices, each once: topics=assets,buildings");
        }
        topics |= 1U << topic;
    }
    *ret_topics = topics;
    return BASE_OK;
}

int api_topic_missing(unsigned topics, const struct data_scope *scope)
{
    int topic = 0;
    while (topic < API_TOPICS && (!(topics & 1U << topic) || data_scope_any(scope, api_topics[topic].look))) {
        topic++;
    }
    return topic;
}

bool api_topic_looked(struct api_wish wish)
{
    return wish.topics & 1U << API_TOPIC_ASSETS || (wish.topics & 1U << API_TOPIC_DEVICES && wish.cameras);
}

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
