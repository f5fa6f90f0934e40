/* The table of paths. A new address is a row here and a handler in the file that its name says. */
#include "api/private.h"

#include <string.h>

const struct api_route api_routes[API_ROUTES] = {
    {"/healthz", {NULL}, API_INLINE, API_GET, API_PUBLIC, api_health_live, NULL, 0},
    {"/readyz", {NULL}, API_QUICK, API_GET, API_PUBLIC, api_health_ready, NULL, 0},
    {"/metrics", {NULL}, API_QUICK, API_GET, DATA_LOOK_OPERATE, api_metrics_get, NULL, 0},
    {"/tiles/{layers}.json", {"versioned", NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_tile_json, NULL, 0},
    {"/tiles/{layers}/{z}/{x}/{y}",
     {"filter", "filter-lang", "at", "v", NULL},
     API_HEAVY,
     API_GET,
     DATA_LOOK_PLACE,
     api_tile_get,
     api_tile_at_once,
     0},
    {"/styles/{style}.json", {NULL}, API_INLINE, API_GET, API_PUBLIC, api_style_get, NULL, 0},
    {"/api/estates", {NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_estate_list, NULL, 0},
    {"/api/buildings/{id}/dossier", {NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_dossier_get, NULL, 0},
    {"/api/windows",
     {"estate", "duty", "place_kind", "place", "from", "to", "verdict", "organisation", "limit", "after", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_RECORD,
     api_window_list,
     NULL,
     0},
    {"/api/windows/summary",
     {"estate", "from", "to", "by", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_RECORD,
     api_window_summary,
     NULL,
     0},
    {"/api/verdicts/{estate}/{duty}/{place}/{t_from}",
     {NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_RECORD,
     api_verdict_get,
     NULL,
     0},
    {"/api/duties",
     {"estate", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_PLACE,
     api_duty_list,
     NULL,
     DATA_LOOK_JUDGE},
    {"/api/duties/{estate}/{duty}",
     {NULL},
     API_QUICK,
     API_GET | API_PUT | API_DELETE,
     DATA_LOOK_PLACE,
     api_duty_one,
     NULL,
     DATA_LOOK_JUDGE},
    {"/api/waivers",
     {"estate", "duty", "from", "to", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_RECORD,
     api_waiver_list,
     NULL,
     DATA_LOOK_JUDGE},
    {"/api/waivers/{estate}/{waiver}",
     {NULL},
     API_QUICK,
     API_GET | API_DELETE,
     DATA_LOOK_RECORD,
     api_waiver_one,
     NULL,
     DATA_LOOK_JUDGE},
    {"/api/outages",
     {"estate", "from", "to", "limit", "after", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_RECORD,
     api_outage_list,
     NULL,
     0},
    {"/api/shifts",
     {"estate", "from", "to", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_UNIT,
     api_shift_list,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/shifts/{estate}/{shift}",
     {NULL},
     API_QUICK,
     API_GET | API_PUT | API_DELETE,
     DATA_LOOK_UNIT,
     api_shift_one,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/zones",
     {"estate", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_PLACE,
     api_place_list,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/zones/{estate}/{zone}",
     {NULL},
     API_QUICK,
     API_GET | API_PUT | API_DELETE,
     DATA_LOOK_PLACE,
     api_place_one,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/routes",
     {"estate", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_PLACE,
     api_place_list,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/routes/{estate}/{route}",
     {NULL},
     API_QUICK,
     API_GET | API_PUT | API_DELETE,
     DATA_LOOK_PLACE,
     api_place_one,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/checkpoints",
     {"estate", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_PLACE,
     api_place_list,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/checkpoints/{estate}/{checkpoint}",
     {NULL},
     API_QUICK,
     API_GET | API_PUT | API_DELETE,
     DATA_LOOK_PLACE,
     api_place_one,
     NULL,
     DATA_LOOK_MANAGE},
    {"/api/checkins", {NULL}, API_HEAVY, API_POST, DATA_LOOK_REPORT, api_checkin, NULL, DATA_LOOK_REPORT},
    {"/api/duties/{estate}/{duty}/preview",
     {"days", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_PLACE,
     api_duty_preview,
     NULL,
     0},
    {"/api/duties/preview",
     {"days", NULL},
     API_QUICK,
     API_POST,
     DATA_LOOK_PLACE,
     api_duty_write_preview,
     NULL,
     DATA_LOOK_JUDGE},
    {"/api/buildings/{id}/responsible",
     {"at", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_PLACE,
     api_responsible_list,
     NULL,
     0},
    {"/api/incidents",
     {"estate", "state", "severity", "category", "level", "building", "organisation", "drill", "limit", "after", NULL},
     API_QUICK,
     API_GET | API_POST,
     DATA_LOOK_INCIDENT,
     api_incident_list,
     NULL,
     DATA_LOOK_HANDLE},
    {"/api/incidents/categories",
     {NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_INCIDENT,
     api_incident_table_categories,
     NULL,
     0},
    {"/api/incidents/{estate}/{incident}", {NULL}, API_QUICK, API_GET, DATA_LOOK_INCIDENT, api_incident_one, NULL, 0},
    {"/api/incidents/{estate}/{incident}/steps",
     {NULL},
     API_QUICK,
     API_POST,
     DATA_LOOK_HANDLE,
     api_incident_step,
     NULL,
     DATA_LOOK_HANDLE},
    {"/api/policies",
     {"estate", "limit", "after", NULL},
     API_QUICK,
     API_GET,
     DATA_LOOK_INCIDENT,
     api_incident_table_policies,
     NULL,
     0},
    {"/api/campaigns", {"limit", "after", NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_campaign_list, NULL, 0},
    {"/api/measures", {NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_measure_list, NULL, 0},
    {"/api/measures/{measure}", {API_ANY}, API_HEAVY, API_GET, DATA_LOOK_PLACE, api_measure_get, NULL, 0},
    {"/api/notices/{key}/ack", {NULL}, API_QUICK, API_POST, API_PUBLIC, api_notice_ack, NULL, 0},
    {"/api/stream", {"topics", NULL}, API_STREAM, API_GET, API_SIGNED, api_stream_ask, NULL, 0},
    {"/api/session", {NULL}, API_QUICK, API_GET | API_POST | API_DELETE, API_PUBLIC, api_session, NULL, 0},
    {"/api/session/purpose", {NULL}, API_QUICK, API_PUT, API_SIGNED, api_session_purpose, NULL, 0},
    {"/api/audit", {"from", "to", "after"}, API_QUICK, API_GET, DATA_LOOK_AUDIT, api_audit_list, NULL, 0},
    {NULL, {NULL}, API_INLINE, API_GET, API_PUBLIC, api_static_get, NULL, 0}, /* files ignore their parameters */
    {NULL, {NULL}, API_INLINE, API_GET, API_PUBLIC, api_static_none, NULL, 0},
};

enum { STATIC_ROW = API_ROUTES - 2 };

/* One part of a pattern against one part of the path. */
static bool part_matches(struct base_str pattern, struct base_str part, struct base_str *captured, size_t *count)
{
    if (pattern.len == 0 || pattern.at[0] != '{') {
        return base_str_equal(pattern, part);
    }
    struct base_str suffix = pattern, name;
    base_str_next(&suffix, '}', &name);
    if (part.len <= suffix.len || memcmp(part.at + part.len - suffix.len, suffix.at, suffix.len) != 0) {
        return false;
    }
    captured[(*count)++] = (struct base_str){part.at, part.len - suffix.len};
    return true;
}

static bool matches(const char *pattern, const struct api_target *target, struct base_str captured[API_CAPTURES_MAX])
{
    struct base_str rest = base_str_of(pattern + 1), part;
    size_t at = 0, count = 0;
    while (base_str_next(&rest, '/', &part)) {
        if (at == target->segment_count || !part_matches(part, target->segments[at], captured, &count)) {
            return false;
        }
        at++;
    }
    return at == target->segment_count;
}

const struct api_route *api_route_find(const struct api_target *target, struct base_str captured[API_CAPTURES_MAX])
{
    for (size_t i = 0; api_routes[i].pattern; i++) {
        if (matches(api_routes[i].pattern, target, captured)) {
            return &api_routes[i];
        }
    }
    return &api_routes[STATIC_ROW];
}

static bool allowed(const struct api_route *route, struct base_str name)
{
    for (size_t i = 0; i < BASE_COUNT(route->params) && route->params[i]; i++) {
        if (base_str_is(name, route->params[i])) {
            return true;
        }
    }
    return false;
}

/* "only filter, filter-lang", "none" */
static const char *takes(const struct api_route *route, char text[128])
{
    size_t len = (size_t)snprintf(text, 128, "%s", route->params[0] ? "only" : "none");
    for (size_t i = 0; i < BASE_COUNT(route->params) && route->params[i] && len < 128; i++) {
        len += (size_t)snprintf(text + len, 128 - len, "%s %s", i ? "," : "", route->params[i]);
    }
    return text;
}

enum base_err api_route_check(const struct api_route *route, const struct api_target *target, struct base_diag *diag)
{
    bool any = route->params[0] && strcmp(route->params[0], API_ANY) == 0;
    for (size_t i = 0; i < target->param_count && route->pattern && !any; i++) {
        struct base_str name = target->params[i].name;
        if (!allowed(route, name)) {
            char text[128];
            return base_diag_set(diag, BASE_INVALID, "unknown parameter \"%.*s\"; %s takes %s",
                                 (int)(name.len < 64 ? name.len : 64), name.at, route->pattern, takes(route, text));
        }
    }
    return BASE_OK;
}
