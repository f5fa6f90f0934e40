/* GET /tiles/{layers}.json and /tiles/{layers}/{z}/{x}/{y}. What needs neither the encoder nor the database - a tile
 * that is cached, that the client holds, that is empty - is answered in the HTTP thread. */
#include "api/private.h"

#include <string.h>

/* What is asked for; filter is released by its owner. */
struct asked {
    struct tiles_request request;
    struct tiles_filter filter;
    bool units;           /* is somebody's place shown? */
    struct base_str held; /* ?v= */
};

static void asked_release(struct asked *asked)
{
    tiles_filter_release(&asked->filter);
}

/* The layers' looks, which the caller must have. False: the answer says what is missing. */
static bool may_look(struct api_call *call, const struct tiles_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct tiles_layer *layer = set->layers[i];
        if (!data_scope_any(call->identity->scope, layer->look)) {
            char detail[160];
            snprintf(detail, sizeof detail, "layer %s: your roles do not include the look \"%s\"", layer->name,
                     data_look_name(layer->look));
            api_problem(call, MHD_HTTP_FORBIDDEN, detail);
            return false;
        }
    }
    return true;
}

static bool has_look(const struct tiles_set *set, enum data_look look)
{
    bool has = false;
    for (size_t i = 0; i < set->count && !has; i++) {
        has = set->layers[i]->look == look;
    }
    return has;
}

/* --- TileJSON --- */

static enum base_err versioned_in(const struct api_call *call, struct base_diag *diag, bool *ret_versioned)
{
    struct base_str text = api_target_param(&call->target, "versioned");
    if (text.at && !base_str_is(text, "true") && !base_str_is(text, "false")) {
        return base_diag_set(diag, BASE_INVALID, "versioned is true or false");
    }
    *ret_versioned = base_str_is(text, "true");
    return BASE_OK;
}

enum base_err api_tile_json(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_set set;
    struct tiles_about about;
    bool versioned = false;
    char origin[API_ORIGIN_MAX], version[BASE_ID_TEXT] = "";
    struct tiles_database database = api_worker_tiles(worker);
    enum base_err err = tiles_set_in(call->captured[0], diag, &set);
    err = err ? err : versioned_in(call, diag, &versioned);
    if (!err && !may_look(call, &set)) {
        return BASE_OK;
    }
    err = err ? err : tiles_source_about(call->server->tiles, &database, diag, &about);
    if (err) {
        return err;
    }
    if (versioned && !tiles_source_version(call->server->tiles, &set, call->identity->scope, false, version)) {
        version[0] = '\0'; /* state has none: its tiles are asked for each time */
    }
    api_host_origin(call, origin);
    api_answer_json(call);
    tiles_tilejson(&set, &about, origin, version, &call->answer.body);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}

/* --- what is asked for --- */

/* Read for every layer that is named, also those that show nothing at this zoom: a wrong filter is wrong everywhere. */
static enum base_err filter_in(const struct api_call *call, struct base_diag *diag, struct asked *asked)
{
    struct base_str text = api_target_param(&call->target, "filter");
    struct base_str name = api_target_param(&call->target, "filter-lang");
    enum tiles_filter_lang lang = TILES_FILTER_TEXT;
    if (name.at && !tiles_filter_lang_in(name, &lang)) {
        return base_diag_set(diag, BASE_INVALID, "filter-lang is cql2-text or cql2-json");
    }
    if (!text.at) {
        return BASE_OK;
    }
    asked->request.filter = &asked->filter;
    return tiles_filter_in(text, lang, &asked->request.set, diag, &asked->filter);
}

/* What is to come is like now. */
static enum base_err at_in(const struct api_call *call, struct base_diag *diag, int64_t *ret_at_us)
{
    struct base_str text = api_target_param(&call->target, "at");
    int64_t at_us = 0;
    if (text.at && !base_time_in(text, &at_us)) {
        return base_diag_set(diag, BASE_INVALID, "at is a time of RFC 3339: 2026-03-01T08:00:00Z");
    }
    *ret_at_us = text.at && at_us < base_clock_now_us() ? (at_us ? at_us : 1) : 0;
    return BASE_OK;
}

/* "6696.mvt": GDAL, and with it QGIS, cannot ask for the files of a tile set without an extension. */
static struct base_str without_extension(struct base_str y)
{
    static const char extension[] = ".mvt";
    size_t len = sizeof extension - 1;
    bool has = y.len > len && memcmp(y.at + y.len - len, extension, len) == 0;
    return (struct base_str){y.at, has ? y.len - len : y.len};
}

static enum base_err asked_in(const struct api_call *call, struct base_diag *diag, struct asked *asked)
{
    struct tiles_request *request = &asked->request;
    struct base_str y = without_extension(call->captured[3]);
    *asked = (struct asked){.held = api_target_param(&call->target, "v")};
    request->held = call->if_none_match;
    request->gzip = call->gzip;
    request->scope = call->identity->scope;
    enum base_err err = tiles_set_in(call->captured[0], diag, &request->set);
    err = err ? err : tiles_address_in(call->captured[1], call->captured[2], y, diag, &request->address);
    err = err ? err : at_in(call, diag, &request->at_us);
    err = err ? err : filter_in(call, diag, asked);
    if (!err) {
        asked->units = has_look(&request->set, DATA_LOOK_UNIT);
        request->cameras = call->identity->purpose[0] && has_look(&request->set, DATA_LOOK_DEVICE);
    }
    return err;
}

/* False: the answer is there. */
static bool granted(struct api_call *call, const struct asked *asked)
{
    if (!may_look(call, &asked->request.set)) {
        return false;
    }
    if (asked->units && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return false;
    }
    return true;
}

/* False: the answer says that there is nothing to show yet. */
static bool loaded(struct api_call *call, const struct asked *asked)
{
    if (asked->request.at_us || tiles_source_loaded(call->server->tiles)) {
        return true;
    }
    api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "the map is being loaded from the database; try again shortly");
    call->answer.retry_after_s = API_RETRY_AFTER_S;
    return false;
}

/* --- the answer --- */

/* A version in the URL that is the tables' own says that the tile is what it will be as long as anybody asks for it by
 * this URL. Any other costs nothing but asking again. */
static bool stays(const struct api_call *call, const struct asked *asked)
{
    char version[BASE_ID_TEXT];
    return asked->held.at && !asked->request.at_us &&
           tiles_source_version(call->server->tiles, &asked->request.set, call->identity->scope, true, version) &&
           base_str_is(asked->held, version);
}

static void write_tile(struct api_call *call, const struct asked *asked, struct tiles_tile *tile)
{
    struct api_answer *answer = &call->answer;
    bool open = call->identity->open && !asked->request.at_us;
    answer->vary = true;
    answer->status = tile->empty ? MHD_HTTP_NO_CONTENT : tile->unchanged ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK;
    api_answer_scoped(call);
    if (stays(call, asked)) {
        answer->cache = open ? "public, max-age=31536000, immutable" : "private, max-age=31536000, immutable";
    } else { /* keep it, but ask: what did not change costs a 304 */
        answer->cache = open ? "no-cache" : "private, no-cache";
    }
    memcpy(answer->etag, tile->etag, sizeof answer->etag);
    answer->tile = tiles_bytes_ref(tile->body);
    if (answer->status == MHD_HTTP_OK) {
        answer->type = "application/vnd.mapbox-vector-tile";
        answer->bare = true;
        answer->gzip = tile->gzip;
        api_metrics_tile(call->server->metrics, answer->gzip, tile->body->len);
    }
}

struct look {
    const char *layer; /* as the audit has it */
    const struct base_buf *estates;
};
enum { LOOKS = 2 };

static void looks_of(const struct tiles_tile *tile, struct look looks[LOOKS])
{
    looks[0] = (struct look){"assets", &tile->homes};
    looks[1] = (struct look){"cameras", &tile->cameras};
}

static const int64_t *estates_of(const struct look *look)
{
    return (const int64_t *)(const void *)look->estates->data;
}

/* Is it all written down already who looks at this? */
static bool written(const struct api_call *call, const struct tiles_tile *tile)
{
    struct look looks[LOOKS];
    bool all = true;
    looks_of(tile, looks);
    for (size_t i = 0; i < LOOKS && all; i++) {
        size_t count = looks[i].estates->len / sizeof(int64_t);
        all = !count || api_audit_known(call->server, call->identity, looks[i].layer, estates_of(&looks[i]), count);
    }
    return all;
}

/* Before the answer, and also when the client holds the tile already: it looks at it now. */
static enum base_err write_looks(struct api_call *call, struct api_worker *worker, const struct tiles_tile *tile,
                                 struct base_diag *diag)
{
    struct data_conn *conn;
    struct look looks[LOOKS];
    enum base_err err = written(call, tile) ? BASE_OK : api_worker_conn(worker, diag, &conn);
    looks_of(tile, looks);
    for (size_t i = 0; i < LOOKS && !err; i++) {
        size_t count = looks[i].estates->len / sizeof(int64_t);
        if (count && !api_audit_known(call->server, call->identity, looks[i].layer, estates_of(&looks[i]), count)) {
            err =
                api_audit_look(call->server, conn, call->identity, looks[i].layer, estates_of(&looks[i]), count, diag);
        }
    }
    return err;
}

bool api_tile_at_once(struct api_call *call)
{
    struct base_diag diag = {""};
    struct tiles_tile tile;
    AUTO_VALUE(asked) asked;
    enum base_err err = asked_in(call, &diag, &asked);
    if (err) {
        api_problem_error(call, err, &diag);
        return true;
    }
    if (!granted(call, &asked)) {
        return true;
    }
    if (!tiles_source_peek(call->server->tiles, &asked.request, &tile)) {
        return !loaded(call, &asked);
    }
    bool whole = written(call, &tile);
    if (whole) {
        write_tile(call, &asked, &tile);
    }
    tiles_tile_release(&tile);
    return whole;
}

enum base_err api_tile_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_tile tile;
    struct tiles_database database = api_worker_tiles(worker);
    AUTO_VALUE(asked) asked;
    enum base_err err = asked_in(call, diag, &asked);
    if (err || !granted(call, &asked) || !loaded(call, &asked)) {
        return err;
    }
    err = tiles_source_tile(call->server->tiles, &database, &asked.request, diag, &tile);
    if (err) {
        return err;
    }
    err = write_looks(call, worker, &tile, diag);
    if (!err) {
        write_tile(call, &asked, &tile);
    }
    tiles_tile_release(&tile);
    return err;
}
