/* GET /tiles/{layers}.json and /tiles/{layers}/{z}/{x}/{y}. */
#include "api/private.h"

enum base_err api_tile_json(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_set set;
    struct tiles_about about;
    struct tiles_database database = api_worker_tiles(worker);
    enum base_err err = tiles_set_in(call->captured[0], diag, &set);
    err = err ? err : tiles_source_about(call->server->tiles, &database, diag, &about);
    if (err) {
        return err;
    }
    char origin[300];
    snprintf(origin, sizeof origin, "http://%s", call->host);
    api_answer_json(call);
    tiles_tilejson(&set, &about, origin, &call->answer.body);
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

enum base_err api_tile_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct tiles_request request = {.held = NULL};
    struct tiles_tile tile;
    struct tiles_database database = api_worker_tiles(worker);
    AUTO_VALUE(tiles_filter) filter = {.filters = {NULL}};
    bool filtered = false;
    enum base_err err = request_of(call, diag, &request);
    err = err ? err : filter_of(call, &request.set, diag, &filter, &filtered);
    request.filter = filtered ? &filter : NULL;
    err = err ? err : tiles_source_tile(call->server->tiles, &database, &request, diag, &tile);
    if (err) {
        return err;
    }
    struct api_answer *answer = &call->answer;
    answer->cache = "no-cache"; /* keep it, but ask: what did not change costs a 304 */
    answer->vary = true;
    answer->status = tile.empty ? MHD_HTTP_NO_CONTENT : tile.unchanged ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK;
    snprintf(answer->etag, sizeof answer->etag, "%s", tile.etag);
    if (answer->status == MHD_HTTP_OK) {
        answer->type = "application/vnd.mapbox-vector-tile";
        answer->gzip = tile.gzip;
        answer->body = tile.body;
        base_buf_init(&tile.body, 0);
        api_metrics_tile(call->server->metrics, answer->gzip, answer->body.len);
    }
    tiles_tile_release(&tile);
    return BASE_OK;
}
