/* GET /tiles/{layers}.json and /tiles/{layers}/{z}/{x}/{y}. */
#include "api/private.h"

/* The layers' looks, which the caller must have. False: the answer says what is missing. */
static bool may_look(struct api_call *call, const struct tiles_set *set, bool *ret_units)
{
    *ret_units = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct tiles_layer *layer = set->layers[i];
        if (!data_scope_any(call->identity->scope, layer->look)) {
            char detail[160];
            snprintf(detail, sizeof detail, "layer %s: your roles do not include the look \"%s\"", layer->name,
                     data_look_name(layer->look));
            api_problem(call, MHD_HTTP_FORBIDDEN, detail);
            return false;
        }
        *ret_units = *ret_units || layer->look == DATA_LOOK_UNIT;
    }
    return true;
}

enum base_err api_tile_json(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_set set;
    struct tiles_about about;
    bool units;
    struct tiles_database database = api_worker_tiles(worker);
    enum base_err err = tiles_set_in(call->captured[0], diag, &set);
    if (!err && !may_look(call, &set, &units)) {
        return BASE_OK;
    }
    err = err ? err : tiles_source_about(call->server->tiles, &database, diag, &about);
    if (err) {
        return err;
    }
    char origin[300];
    snprintf(origin, sizeof origin, "%s://%s", call->peer.secure ? "https" : "http", call->host);
    api_answer_json(call);
    tiles_tilejson(&set, &about, origin, &call->answer.body);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}

static enum base_err request_of(const struct api_call *call, struct base_diag *diag, struct tiles_request *ret_request)
{
    struct tiles_request request = {.held = call->if_none_match, .gzip = call->gzip};
    enum base_err err = tiles_set_in(call->captured[0], diag, &request.set);
    err = err ? err : tiles_address_in(call->captured[1], call->captured[2], call->captured[3], diag, &request.address);
    if (!err) {
        *ret_request = request;
    }
    return err;
}

/* Read for every layer that is named, also those that show nothing at this zoom: a wrong filter is wrong everywhere. */
static enum base_err filter_of(const struct api_call *call, const struct tiles_set *set, struct base_diag *diag,
                               struct tiles_filter *ret_filter, bool *ret_given)
{
    struct base_str text = api_target_param(&call->target, "filter");
    struct base_str name = api_target_param(&call->target, "filter-lang");
    enum tiles_filter_lang lang = TILES_FILTER_TEXT;
    if (name.at && !tiles_filter_lang_in(name, &lang)) {
        return base_diag_set(diag, BASE_INVALID, "filter-lang is cql2-text or cql2-json");
    }
    *ret_given = text.at != NULL;
    return text.at ? tiles_filter_in(text, lang, set, diag, ret_filter) : BASE_OK;
}

static void write_tile(struct api_call *call, struct tiles_tile *tile)
{
    struct api_answer *answer = &call->answer;
    answer->cache = "no-cache"; /* keep it, but ask: what did not change costs a 304 */
    answer->vary = true;
    answer->status = tile->empty ? MHD_HTTP_NO_CONTENT : tile->unchanged ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK;
    api_answer_scoped(call);
    snprintf(answer->etag, sizeof answer->etag, "%s", tile->etag);
    if (answer->status == MHD_HTTP_OK) {
        answer->type = "application/vnd.mapbox-vector-tile";
        answer->gzip = tile->gzip;
        base_buf_append(&answer->body, tile->body->at, tile->body->len);
        api_metrics_tile(call->server->metrics, answer->gzip, answer->body.len);
    }
}

/* Before the answer, and also when the client holds the tile already: it looks at it now. */
static enum base_err write_look(struct api_call *call, struct api_worker *worker, const struct tiles_tile *tile,
                                struct base_diag *diag)
{
    struct data_conn *conn;
    enum base_err err = api_worker_conn(worker, diag, &conn);
    return err ? err
               : api_audit_look(call->server, conn, call->identity, "assets",
                                (const int64_t *)(const void *)tile->homes.data, tile->homes.len / sizeof(int64_t),
                                diag);
}

enum base_err api_tile_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_request request = {.held = NULL};
    struct tiles_tile tile;
    bool units = false;
    struct tiles_database database = api_worker_tiles(worker);
    AUTO_VALUE(tiles_filter) filter = {.filters = {NULL}};
    bool filtered = false;
    enum base_err err = request_of(call, diag, &request);
    err = err ? err : filter_of(call, &request.set, diag, &filter, &filtered);
    request.filter = filtered ? &filter : NULL;
    if (!err && !may_look(call, &request.set, &units)) {
        return BASE_OK;
    }
    if (!err && units && !call->identity->purpose[0]) {
        api_problem_purpose(call);
        return BASE_OK;
    }
    err = err ? err : tiles_source_tile(call->server->tiles, &database, &request, diag, &tile);
    if (err) {
        return err;
    }
    err = units ? write_look(call, worker, &tile, diag) : BASE_OK;
    if (!err) {
        write_tile(call, &tile);
    }
    tiles_tile_release(&tile);
    return err;
}
