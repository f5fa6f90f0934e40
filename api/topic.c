/* Topics of the stream: a new one is a row here, and its table in the mirror. */
#include "api/stream.h"

const struct api_topic api_topics[API_TOPICS] = {
    [API_TOPIC_ASSETS] = {"assets", TILES_TABLE_ASSET, DATA_LOOK_UNIT, false, "assets"},
    [API_TOPIC_BUILDINGS] = {"buildings", TILES_TABLE_BUILDING, DATA_LOOK_RECORD, true, NULL},
    [API_TOPIC_ZONES] = {"zones", TILES_TABLE_ZONE, DATA_LOOK_RECORD, true, NULL},
    [API_TOPIC_DEVICES] = {"devices", TILES_TABLE_DEVICE, DATA_LOOK_DEVICE, false, "cameras"},
    [API_TOPIC_INCIDENTS] = {"incidents", TILES_TABLE_INCIDENT, DATA_LOOK_INCIDENT, false, NULL},
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
            return base_diag_set(
                diag, BASE_INVALID,
                "topics are assets, buildings, zones, devices and incidents, each once: topics=assets,buildings");
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
