/* The last known places, kept as the JSON that goes out: a snapshot is a concatenation, a change is a comparison. */
#include "api/json.h"
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { CAP_FIRST = 64, JSON_MAX = 8192 };

/* Columns of asset_list. */
enum {
    ID,
    LABEL,
    LABEL_EN,
    SUBJECT_TYPE,
    LON,
    LAT,
    T_EVENT,
    ACC_M,
    SPEED_MPS,
    COURSE_DEG,
    BATTERY,
    ESTATE_ID,
    AT_ESTATE_ID,
    BUILDING_ID,
    REPLAY,
    STORED_AT
};

void api_assets_release(struct api_assets *assets)
{
    for (size_t i = 0; i < assets->cap; i++) {
        free(assets->slots[i].json);
    }
    free(assets->slots);
    *assets = (struct api_assets){.slots = NULL};
}

/* Fibonacci hashing; cap is a power of two and never full, so that a search ends. */
static struct api_asset *slot_of(struct api_asset *slots, size_t cap, int64_t id)
{
    size_t at = (size_t)(((uint64_t)id * UINT64_C(11400714819323198485)) >> 20) & (cap - 1);
    while (slots[at].json && slots[at].id != id) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

struct api_asset *api_assets_find(const struct api_assets *assets, int64_t id)
{
    struct api_asset *slot = assets->cap ? slot_of(assets->slots, assets->cap, id) : NULL;
    return slot && slot->json ? slot : NULL;
}

/* Moves what is kept into a new table: all, or what was seen. */
static enum base_err rebuild(struct api_assets *assets, size_t cap, bool keep_unseen)
{
    struct api_asset *slots = calloc(cap, sizeof *slots);
    if (!slots) {
        return BASE_NOMEM;
    }
    size_t count = 0;
    for (size_t i = 0; i < assets->cap; i++) {
        struct api_asset *from = &assets->slots[i];
        if (from->json && (keep_unseen || from->seen)) {
            *slot_of(slots, cap, from->id) = *from;
            count++;
        } else {
            free(from->json);
        }
    }
    free(assets->slots);
    assets->slots = slots;
    assets->cap = cap;
    assets->count = count;
    return BASE_OK;
}

static void write_asset(const struct data_rows *rows, size_t row, struct base_buf *buf)
{
    struct base_json_out out = base_json_out_of(buf);
    struct api_json_row at = {&out, rows, row};
    base_json_out_object(&out);
    api_json_i64(&at, "id", ID);
    api_json_text(&at, "label", LABEL);
    api_json_text(&at, "label_en", LABEL_EN);
    api_json_text(&at, "subject_type", SUBJECT_TYPE);
    api_json_f64(&at, "lon", LON, 7);
    api_json_f64(&at, "lat", LAT, 7);
    api_json_time(&at, "t_event", T_EVENT);
    api_json_f64(&at, "acc_m", ACC_M, 1);
    api_json_f64(&at, "speed_mps", SPEED_MPS, 2);
    api_json_f64(&at, "course_deg", COURSE_DEG, 1);
    api_json_f64(&at, "battery", BATTERY, 3);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_i64(&at, "at_estate_id", AT_ESTATE_ID);
    api_json_i64(&at, "building_id", BUILDING_ID);
    api_json_bool(&at, "replay", REPLAY);
    base_json_out_object_end(&out);
}

static enum base_err replace(struct api_assets *assets, const struct api_asset *asset)
{
    if (assets->count * 2 >= assets->cap) {
        enum base_err err = rebuild(assets, assets->cap ? assets->cap * 2 : CAP_FIRST, true);
        if (err) {
            return err;
        }
    }
    struct api_asset *slot = slot_of(assets->slots, assets->cap, asset->id);
    assets->count += slot->json == NULL;
    free(slot->json);
    *slot = *asset;
    return BASE_OK;
}

enum base_err api_assets_take(struct api_assets *assets, const struct data_rows *rows, size_t row,
                              struct base_json_out *diff, bool *ret_changed)
{
    struct api_asset asset = {.id = data_rows_i64(rows, row, ID), .seen = true};
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, JSON_MAX);
    write_asset(rows, row, &text);
    if (text.err) {
        return text.err;
    }
    int64_t t_event = data_rows_time(rows, row, T_EVENT);
    if (!data_rows_bool(rows, row, REPLAY) && t_event > assets->newest_us) {
        assets->newest_us = t_event;
    }
    struct api_asset *known = api_assets_find(assets, asset.id);
    bool changed = !known || known->len != text.len || memcmp(known->json, text.data, text.len) != 0;
    if (!changed) {
        known->seen = true;
        *ret_changed = false;
        return BASE_OK;
    }
    asset.len = text.len;
    asset.json = malloc(text.len);
    if (!asset.json) {
        return BASE_NOMEM;
    }
    memcpy(asset.json, text.data, text.len);
    enum base_err err = replace(assets, &asset);
    if (err) {
        free(asset.json);
        return err;
    }
    base_json_out_raw(diff, base_buf_str(&text));
    *ret_changed = true;
    return BASE_OK;
}

void api_assets_unsee(struct api_assets *assets)
{
    for (size_t i = 0; i < assets->cap; i++) {
        assets->slots[i].seen = false;
    }
}

bool api_assets_sweep(struct api_assets *assets)
{
    size_t gone = 0;
    for (size_t i = 0; i < assets->cap; i++) {
        gone += assets->slots[i].json && !assets->slots[i].seen;
    }
    return gone && rebuild(assets, assets->cap, false) == BASE_OK;
}

void api_assets_all(const struct api_assets *assets, struct base_json_out *out)
{
    for (size_t i = 0; i < assets->cap; i++) {
        if (assets->slots[i].json) {
            base_json_out_raw(out, (struct base_str){assets->slots[i].json, assets->slots[i].len});
        }
    }
}
