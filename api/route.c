/* The table of paths. A new address is a row here and a handler in the file that its name says. */
#include "api/private.h"

#include <string.h>

const struct api_route api_routes[API_ROUTES] = {
    {"/healthz", {NULL}, API_INLINE, API_GET, API_PUBLIC, api_health_live, NULL},
    {"/readyz", {NULL}, API_QUICK, API_GET, API_PUBLIC, api_health_ready, NULL},
    {"/metrics", {NULL}, API_QUICK, API_GET, DATA_LOOK_OPERATE, api_metrics_get, NULL},
    {"/tiles/{layers}.json", {"versioned", NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_tile_json, NULL},
    {"/tiles/{layers}/{z}/{x}/{y}",
     {"filter", "filter-lang", "at", "v", NULL},
     API_HEAVY,
     API_GET,
     DATA_LOOK_PLACE,
     api_tile_get,
     api_tile_at_once},
    {"/styles/{style}.json", {NULL}, API_INLINE, API_GET, API_PUBLIC, api_style_get, NULL},
    {"/api/estates", {NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_estate_list, NULL},
    {"/api/buildings/{id}/dossier", {NULL}, API_QUICK, API_GET, DATA_LOOK_PLACE, api_dossier_get, NULL},
    {"/api/stream", {"topics", NULL}, API_STREAM, API_GET, API_SIGNED, api_stream_ask, NULL},
    {"/api/session", {NULL}, API_QUICK, API_GET | API_POST | API_DELETE, API_PUBLIC, api_session, NULL},
    {"/api/session/purpose", {NULL}, API_QUICK, API_PUT, API_SIGNED, api_session_purpose, NULL},
    {"/api/audit", {"from", "to", "after"}, API_QUICK, API_GET, DATA_LOOK_AUDIT, api_audit_list, NULL},
    {NULL, {NULL}, API_INLINE, API_GET, API_PUBLIC, api_static_get, NULL}, /* files ignore their parameters */
    {NULL, {NULL}, API_INLINE, API_GET, API_PUBLIC, api_static_none, NULL},
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
    for (size_t i = 0; i < target->param_count && route->pattern; i++) {
        struct base_str name = target->params[i].name;
        if (!allowed(route, name)) {
            char text[128];
            return base_diag_set(diag, BASE_INVALID, "unknown parameter \"%.*s\"; %s takes %s",
                                 (int)(name.len < 64 ? name.len : 64), name.at, route->pattern, takes(route, text));
        }
    }
    return BASE_OK;
}
