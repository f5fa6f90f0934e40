/* Events as they go out. */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 1024 };

struct api_message *api_message_new(struct base_str text)
{
    struct api_message *message = malloc(sizeof *message + text.len);
    if (message) {
        atomic_init(&message->refs, 1);
        message->since = message->number = 0;
        message->len = text.len;
        memcpy(message->text, text.at, text.len);
    }
    return message;
}

struct api_message *api_message_ref(struct api_message *message)
{
    if (message) {
        atomic_fetch_add(&message->refs, 1);
    }
    return message;
}

void api_message_unref(struct api_message *message)
{
    if (message && atomic_fetch_sub(&message->refs, 1) == 1) {
        free(message);
    }
}

/* moment NULL: without an id, so that the client keeps the one that it has. */
static struct base_json_out begin(const char *event, const struct api_moment *moment, struct base_buf *text)
{
    base_buf_printf(text, "event: %s\n", event);
    if (moment) {
        base_buf_text(text, "id: ");
        api_event_id_out(moment->lsns, moment->upstreams, text);
        base_buf_text(text, "\n");
    }
    base_buf_text(text, "data: ");
    struct base_json_out out = base_json_out_of(text);
    base_json_out_object(&out);
    base_json_out_key(&out, "now");
    base_json_out_time(&out, base_clock_now_us() / 1000 * 1000);
    return out;
}

static struct api_message *end(struct base_json_out *out)
{
    base_json_out_object_end(out);
    base_buf_text(out->buf, "\n\n");
    if (out->buf->err) {
        base_log(BASE_LOG_ERROR, "an event of the stream cannot be made",
                 base_log_text("reason", base_error_text(out->buf->err)));
        return NULL;
    }
    return api_message_new(base_buf_str(out->buf));
}

/* --- how the feed is --- */

/* An estate that the viewer knows of, by whatever is followed. */
static bool sees_estate(struct api_viewer viewer, int64_t estate_id)
{
    bool sees = data_scope_holds(viewer.scope, DATA_LOOK_PLACE, estate_id);
    for (int topic = 0; topic < API_TOPICS && !sees; topic++) {
        sees = viewer.wish.topics & 1U << topic && data_scope_holds(viewer.scope, api_topics[topic].look, estate_id);
    }
    return sees;
}

static void write_feed(const struct api_feed *feed, struct api_viewer viewer, struct base_json_out *out)
{
    base_json_out_key(out, "live");
    base_json_out_bool(out, feed->live);
    base_json_out_key(out, "feed_age_s");
    if (feed->age_us < 0) {
        base_json_out_null(out);
    } else {
        base_json_out_f64(out, (double)feed->age_us / 1e6, 3);
    }
    const int64_t *estates = (const int64_t *)(const void *)feed->stale.data;
    base_json_out_key(out, "stale");
    base_json_out_array(out);
    for (size_t i = 0; i < feed->stale.len / sizeof *estates; i++) {
        if (sees_estate(viewer, estates[i])) {
            base_json_out_i64(out, estates[i]);
        }
    }
    base_json_out_array_end(out);
}

struct api_message *api_message_feed(const char *event, const struct api_feed *feed, struct api_viewer viewer,
                                     const struct api_moment *moment)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, HEAD_MAX + feed->stale.len * 4);
    struct base_json_out out = begin(event, moment, &text);
    write_feed(feed, viewer, &out);
    return end(&out);
}

/* --- snapshot --- */

static enum base_err write_topic(const struct api_moment *moment, int topic, struct api_viewer viewer,
                                 struct base_json_out *out, struct base_diag *diag)
{
    const struct api_topic *kind = &api_topics[topic];
    const struct tiles_page *page;
    uint32_t row;
    AUTO(tiles_features) features = NULL;
    enum base_err err =
        tiles_features_new(moment->view, kind->table, kind->live, viewer.scope, kind->look, diag, &features);
    if (err) {
        return err;
    }
    base_json_out_key(out, kind->name);
    base_json_out_array(out);
    while (tiles_features_next(features, &page, &row) && !out->buf->err) {
        if (topic != API_TOPIC_DEVICES || viewer.wish.cameras || !tiles_feature_camera(page, row)) {
            tiles_feature_json(page, row, kind->live, out);
        }
    }
    base_json_out_array_end(out);
    return BASE_OK;
}

struct api_message *api_message_snapshot(const struct api_moment *moment, struct api_viewer viewer)
{
    struct base_diag diag = {""};
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, API_MESSAGE_MAX);
    struct base_json_out out = begin("snapshot", moment, &text);
    base_json_out_key(&out, "snapshot");
    base_json_out_bool(&out, true);
    write_feed(moment->feed, viewer, &out);
    for (int topic = 0; topic < API_TOPICS; topic++) {
        if (viewer.wish.topics & 1U << topic && write_topic(moment, topic, viewer, &out, &diag)) {
            base_log(BASE_LOG_ERROR, "no snapshot for the stream", base_log_text("reason", diag.text));
            return NULL;
        }
    }
    struct api_message *message = end(&out);
    if (message) {
        message->number = moment->number;
    }
    return message;
}

/* --- diff --- */

struct api_message *api_message_diff(const struct api_moment *moment, struct api_viewer viewer,
                                     const struct api_diff *diff, bool *ret_nothing)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, API_MESSAGE_MAX);
    struct base_json_out out = begin("diff", moment, &text);
    if (diff->always) {
        write_feed(moment->feed, viewer, &out);
    }
    bool rows = api_journal_rows(moment->journal, diff->since, viewer, &out);
    bool tiles =
        diff->tiles && api_journal_tiles(moment->journal, diff->tiles_since, diff->tiles_since_us, viewer, &out);
    *ret_nothing = !rows && !tiles && !diff->always;
    struct api_message *message = *ret_nothing ? NULL : end(&out);
    if (message) {
        message->since = diff->since;
        message->number = moment->number;
    }
    return message;
}
