/* The estates that a look at units, or at cameras, is written down for. */
#include "api/stream.h"

#include <string.h>

static const int64_t *estates_of(const struct base_buf *buf, size_t *ret_count)
{
    *ret_count = buf->len / sizeof(int64_t);
    return (const int64_t *)(const void *)buf->data;
}

/* Where it is, or would be put. */
static size_t place_of(const struct base_buf *buf, int64_t estate_id)
{
    size_t low = 0, high;
    const int64_t *estates = estates_of(buf, &high);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (estates[middle] < estate_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add(struct base_buf *buf, int64_t estate_id)
{
    size_t at = place_of(buf, estate_id), count;
    const int64_t *estates = estates_of(buf, &count);
    if (at < count && estates[at] == estate_id) {
        return;
    }
    base_buf_append(buf, &estate_id, sizeof estate_id);
    if (!buf->err) {
        char *place = buf->data + at * sizeof estate_id;
        memmove(place + sizeof estate_id, place, (count - at) * sizeof estate_id);
        memcpy(place, &estate_id, sizeof estate_id);
    }
}

enum base_err api_home_read(struct tiles_view *view, int topic, const struct data_scope *scope, struct base_diag *diag,
                            struct base_buf *ret_estates, size_t *ret_count)
{
    const struct api_topic *kind = &api_topics[topic];
    const struct tiles_page *page;
    uint32_t row;
    size_t count = 0;
    int64_t estate_id, id, last = INT64_MIN;
    AUTO(tiles_features) features = NULL;
    enum base_err err = tiles_features_new(view, kind->table, kind->live, scope, kind->look, diag, &features);
    for (; !err && tiles_features_next(features, &page, &row); count++) {
        tiles_feature_key(page, row, &estate_id, &id);
        if (estate_id != last && (topic != API_TOPIC_DEVICES || tiles_feature_camera(page, row))) {
            add(ret_estates, estate_id);
            last = estate_id;
        }
    }
    if (!err && ret_count) {
        *ret_count = count;
    }
    return err || !ret_estates->err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
}
