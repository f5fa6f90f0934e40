/* GET /api/collections/{c}/queryables: what filters and equal parameters may ask of items, as JSON Schema (OGC
 * 19-079r2, 6.2; roles and units as in 23-058r1). */
#include "api/collection.h"

#include <ctype.h>
#include <string.h>

static void member(struct base_json_out *out, const char *key, const char *text)
{
    base_json_out_key(out, key);
    base_json_out_text(out, text);
}

static void begin(struct base_json_out *out, const char *name)
{
    base_json_out_key(out, name);
    base_json_out_object(out);
}

static void id_out(const struct api_collection *collection, struct base_json_out *out)
{
    char format[48] = "geometry-";
    begin(out, "id");
    member(out, "title", "Id");
    member(out, "type", collection->keyed ? "string" : "integer");
    member(out, "x-ogc-role", "id");
    base_json_out_object_end(out);
    if (!collection->geometry) {
        return;
    }
    size_t len = strlen(format);
    for (const char *c = collection->geometry; *c && len + 1 < sizeof format; c++) {
        format[len++] = (char)tolower((unsigned char)*c);
    }
    format[len] = '\0';
    begin(out, "geom");
    member(out, "title", "Geometry");
    member(out, "format", format);
    member(out, "x-ogc-role", "primary-geometry");
    base_json_out_object_end(out);
}

static void property_out(const struct api_property *property, struct base_json_out *out)
{
    static const char *const types[] = {
        [API_KIND_TEXT] = "string",   [API_KIND_TEXTS] = "array",     [API_KIND_INTEGER] = "integer",
        [API_KIND_NUMBER] = "number", [API_KIND_BOOLEAN] = "boolean", [API_KIND_TIME] = "string"};
    begin(out, property->name);
    member(out, "title", property->en);
    member(out, "title_zh", property->zh);
    member(out, "type", types[property->kind]);
    if (property->kind == API_KIND_TIME) {
        member(out, "format", "date-time");
    }
    if (property->kind == API_KIND_TEXTS) {
        begin(out, "items");
        member(out, "type", "string");
        base_json_out_object_end(out);
    }
    if (property->unit) {
        member(out, "x-ogc-unit", property->unit);
        member(out, "x-ogc-unitLang", "UCUM");
    }
    base_json_out_object_end(out);
}

enum base_err api_queryables_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    const struct api_collection *collection;
    char origin[API_ORIGIN_MAX], path[API_LINK_PATH], id[API_ORIGIN_MAX + API_LINK_PATH];
    enum base_err err = api_collection_of(call, diag, &collection);
    if (err) {
        return err;
    }
    api_host_origin(call, origin);
    snprintf(id, sizeof id, "%s%s", origin, api_link_path(collection, "/queryables", path));
    struct base_json_out out = api_answer_json(call);
    call->answer.type = API_QUERYABLES_TYPE;
    base_json_out_object(&out);
    member(&out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(&out, "$id", id);
    member(&out, "type", "object");
    member(&out, "title", collection->en);
    member(&out, "title_zh", collection->zh);
    begin(&out, "properties");
    id_out(collection, &out);
    for (size_t i = 0; i < collection->count; i++) {
        if (collection->properties[i].kind != API_KIND_OBJECT) {
            property_out(&collection->properties[i], &out);
        }
    }
    base_json_out_object_end(&out);
    base_json_out_key(&out, "additionalProperties");
    base_json_out_bool(&out, false);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
    return BASE_OK;
}
