/* The last known places, kept as the JSON that goes out: a snapshot is a concatenation, a change is a comparison.
 *
 * The table is opaque and gives its rows out through api_assets_next alone, whose walk was made with a scope: a row of
 * an estate that the scope does not hold cannot get into an answer by accident. */
#include "api/json.h"
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

enum { CAP_FIRST = 64, JSON_MAX = 8192, IDS_MAX = 64 << 20 };

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

struct asset {
    int64_t id, estate_id;
    bool seen; /* by the reading of all rows that goes on */
    size_t len;
    char *json; /* one object; NULL: the slot is free */
};

/* An estate that assets of the table are at home in. */
struct home {
    int64_t estate_id;
    size_t assets;
};

struct api_assets {
    struct asset *slots; /* open addressing by id */
    size_t cap, count;
    int64_t newest_us;
    struct base_buf changed; /* int64_t: ids that the reading changed */
    struct base_buf left;    /* int64_t: estates that lost an asset in the reading */
    struct base_buf homes;   /* struct home, ascending */
    uint32_t homes_version;
};

enum base_err api_assets_new(struct base_diag *diag, struct api_assets **ret_assets)
{
    struct api_assets *assets = calloc(1, sizeof *assets);
    if (!assets) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_buf_init(&assets->changed, IDS_MAX);
    base_buf_init(&assets->left, IDS_MAX);
    base_buf_init(&assets->homes, IDS_MAX);
    *ret_assets = assets;
    return BASE_OK;
}

void api_assets_free(struct api_assets *assets)
{
    if (!assets) {
        return;
    }
    for (size_t i = 0; i < assets->cap; i++) {
        free(assets->slots[i].json);
    }
    free(assets->slots);
    base_buf_release(&assets->changed);
    base_buf_release(&assets->left);
    base_buf_release(&assets->homes);
    free(assets);
}

size_t api_assets_count(const struct api_assets *assets)
{
    return assets->count;
}

int64_t api_assets_newest_us(const struct api_assets *assets)
{
    return assets->newest_us;
}

/* --- the estates that assets are at home in --- */

static struct home *homes_of(const struct api_assets *assets, size_t *ret_count)
{
    *ret_count = assets->homes.len / sizeof(struct home);
    return (struct home *)(void *)assets->homes.data;
}

static const int64_t *ids_of(const struct base_buf *buf, size_t *ret_count)
{
    *ret_count = buf->len / sizeof(int64_t);
    return (const int64_t *)(const void *)buf->data;
}

/* Where the estate is, or would be put. */
static size_t home_at(const struct api_assets *assets, int64_t estate_id)
{
    size_t low = 0, high;
    const struct home *homes = homes_of(assets, &high);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (homes[middle].estate_id < estate_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static enum base_err home_enter(struct api_assets *assets, int64_t estate_id)
{
    size_t at = home_at(assets, estate_id), count;
    struct home *homes = homes_of(assets, &count), home = {estate_id, 1};
    if (at < count && homes[at].estate_id == estate_id) {
        homes[at].assets++;
        return BASE_OK;
    }
    base_buf_append(&assets->homes, &home, sizeof home);
    enum base_err err = assets->homes.err;
    if (err) {
        assets->homes.err = BASE_OK; /* the next one may find memory */
        return err;
    }
    homes = homes_of(assets, &count);
    memmove(&homes[at + 1], &homes[at], (count - 1 - at) * sizeof *homes);
    homes[at] = home;
    assets->homes_version++;
    return BASE_OK;
}

static void home_leave(struct api_assets *assets, int64_t estate_id)
{
    size_t at = home_at(assets, estate_id), count;
    struct home *homes = homes_of(assets, &count);
    base_buf_append(&assets->left, &estate_id, sizeof estate_id);
    if (--homes[at].assets == 0) {
        memmove(&homes[at], &homes[at + 1], (count - at - 1) * sizeof *homes);
        assets->homes.len -= sizeof *homes;
    }
}

uint32_t api_assets_homes_version(const struct api_assets *assets)
{
    return assets->homes_version;
}

enum base_err api_assets_homes(const struct api_assets *assets, const struct data_scope *scope,
                               struct base_buf *ret_estates)
{
    size_t count;
    const struct home *homes = homes_of(assets, &count);
    for (size_t i = 0; i < count; i++) {
        if (data_scope_holds(scope, DATA_LOOK_UNIT, homes[i].estate_id)) {
            base_buf_append(ret_estates, &homes[i].estate_id, sizeof homes[i].estate_id);
        }
    }
    return ret_estates->err;
}

bool api_assets_left(const struct api_assets *assets, const struct data_scope *scope)
{
    size_t count;
    const int64_t *estates = ids_of(&assets->left, &count);
    bool left = assets->left.err != BASE_OK; /* no memory to know better */
    for (size_t i = 0; i < count && !left; i++) {
        left = data_scope_holds(scope, DATA_LOOK_UNIT, estates[i]);
    }
    return left;
}

/* --- the table --- */

/* Fibonacci hashing; cap is a power of two and never full, so that a search ends. */
static struct asset *slot_of(struct asset *slots, size_t cap, int64_t id)
{
    size_t at = (size_t)(((uint64_t)id * UINT64_C(11400714819323198485)) >> 20) & (cap - 1);
    while (slots[at].json && slots[at].id != id) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

static struct asset *find(const struct api_assets *assets, int64_t id)
{
    struct asset *slot = assets->cap ? slot_of(assets->slots, assets->cap, id) : NULL;
    return slot && slot->json ? slot : NULL;
}

/* Moves what is kept into a new table: all, or what was seen. */
static enum base_err rebuild(struct api_assets *assets, size_t cap, bool keep_unseen)
{
    struct asset *slots = calloc(cap, sizeof *slots);
    if (!slots) {
        return BASE_NOMEM;
    }
    size_t count = 0;
    for (size_t i = 0; i < assets->cap; i++) {
        struct asset *from = &assets->slots[i];
        if (from->json && (keep_unseen || from->seen)) {
            *slot_of(slots, cap, from->id) = *from;
            count++;
        } else if (from->json) {
            home_leave(assets, from->estate_id);
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

/* Puts it in the place of what was known of that asset. */
static enum base_err replace(struct api_assets *assets, const struct asset *asset)
{
    enum base_err err = BASE_OK;
    if (assets->count * 2 >= assets->cap) {
        err = rebuild(assets, assets->cap ? assets->cap * 2 : CAP_FIRST, true);
    }
    const struct asset *known = find(assets, asset->id);
    bool stays = known && known->estate_id == asset->estate_id;
    if (!err && !stays) {
        err = home_enter(assets, asset->estate_id);
    }
    if (err) {
        return err;
    }
    if (known && !stays) {
        home_leave(assets, known->estate_id);
    }
    struct asset *slot = slot_of(assets->slots, assets->cap, asset->id);
    assets->count += slot->json == NULL;
    free(slot->json);
    *slot = *asset;
    return BASE_OK;
}

static bool same(const struct asset *known, int64_t estate_id, const struct base_buf *text)
{
    return known && known->estate_id == estate_id && known->len == text->len &&
           memcmp(known->json, text->data, text->len) == 0;
}

void api_assets_begin(struct api_assets *assets, bool whole)
{
    base_buf_reset(&assets->changed);
    base_buf_reset(&assets->left);
    for (size_t i = 0; i < assets->cap && whole; i++) {
        assets->slots[i].seen = false;
    }
}

enum base_err api_assets_take(struct api_assets *assets, const struct data_rows *rows, size_t row)
{
    struct asset asset = {
        .id = data_rows_i64(rows, row, ID), .estate_id = data_rows_i64(rows, row, ESTATE_ID), .seen = true};
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
    struct asset *known = find(assets, asset.id);
    if (same(known, asset.estate_id, &text)) {
        known->seen = true;
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
    base_buf_append(&assets->changed, &asset.id, sizeof asset.id);
    return assets->changed.err;
}

enum base_err api_assets_sweep(struct api_assets *assets)
{
    for (size_t i = 0; i < assets->cap; i++) {
        if (assets->slots[i].json && !assets->slots[i].seen) {
            return rebuild(assets, assets->cap, false);
        }
    }
    return BASE_OK;
}

/* --- giving out --- */

struct api_assets_walk api_assets_walk(const struct api_assets *assets, const struct data_scope *scope, bool changed)
{
    return (struct api_assets_walk){.assets = assets, .scope = scope, .changed = changed};
}

bool api_assets_next(struct api_assets_walk *walk, struct base_str *ret_json)
{
    const struct api_assets *assets = walk->assets;
    size_t changes;
    const int64_t *ids = ids_of(&assets->changed, &changes);
    size_t count = walk->changed ? changes : assets->cap;
    while (walk->at < count) {
        size_t at = walk->at++;
        const struct asset *asset = walk->changed ? find(assets, ids[at]) : &assets->slots[at];
        if (asset && asset->json && data_scope_holds(walk->scope, DATA_LOOK_UNIT, asset->estate_id)) {
            *ret_json = (struct base_str){asset->json, asset->len};
            return true;
        }
    }
    return false;
}
