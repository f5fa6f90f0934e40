/* Bodies of requests as named texts, whichever way they are written. */
#include "api/private.h"

#include <string.h>

static enum base_err put(struct api_target *fields, struct base_arena *arena, struct base_str name,
                         struct base_str value, struct base_diag *diag)
{
    struct api_param field = {{base_arena_text(arena, name), name.len}, {base_arena_text(arena, value), value.len}};
    if (!field.name.at || !field.value.at) {
        return base_diag_set(diag, BASE_LIMIT, "the form is too large");
    }
    if (fields->param_count == API_PARAMS_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "more than %d fields", API_PARAMS_MAX);
    }
    if (api_target_param(fields, field.name.at).at) {
        return base_diag_set(diag, BASE_INVALID, "field \"%.64s\" is given twice", field.name.at);
    }
    if (!base_str_utf8(field.value)) {
        return base_diag_set(diag, BASE_INVALID, "field \"%.64s\" is not UTF-8", field.name.at);
    }
    fields->params[fields->param_count++] = field;
    return BASE_OK;
}

static enum base_err json_in(struct api_call *call, struct api_target *fields, struct base_diag *diag)
{
    AUTO(base_json) json = NULL;
    enum base_err err = base_json_in_parse(call->body.data, call->body.len, diag, &json);
    if (!err && !base_json_in_is_object(json)) {
        err = base_diag_set(diag, BASE_INVALID, "the body must be a JSON object");
    }
    void *at = NULL;
    struct base_str key, value;
    const struct base_json *member;
    while (!err && base_json_in_next(json, &at, &key, &member)) {
        err = base_json_in_text(member, &value) ? put(fields, &call->arena, key, value, diag)
                                                : base_diag_set(diag, BASE_INVALID, "\"%.64s\" must be a text", key.at);
    }
    return err;
}

static enum base_err urlencoded_in(struct api_call *call, struct api_target *fields, struct base_diag *diag)
{
    return api_target_form(base_buf_str(&call->body), &call->arena, diag, fields);
}

static enum base_err multipart_in(struct api_call *call, struct api_target *fields, struct base_diag *diag)
{
    struct base_str boundary;
    struct api_part parts[API_PARTS_MAX];
    size_t count = 0;
    enum base_err err = api_multipart_boundary(base_str_of(call->content_type), diag, &boundary);
    err = err ? err : api_multipart_in(base_buf_str(&call->body), boundary, &call->arena, diag, parts, &count);
    for (size_t i = 0; i < count && !err; i++) {
        err = parts[i].filename.at ? base_diag_set(diag, BASE_INVALID, "no file is taken here")
                                   : put(fields, &call->arena, parts[i].name, parts[i].content, diag);
    }
    return err;
}

bool api_body_fields(struct api_call *call, struct api_target *ret_fields)
{
    static const struct {
        const char *type;
        enum base_err (*in)(struct api_call *, struct api_target *, struct base_diag *);
    } readers[] = {{"application/json", json_in},
                   {"application/x-www-form-urlencoded", urlencoded_in},
                   {"multipart/form-data", multipart_in}};
    const char *type = call->content_type ? call->content_type : "";
    size_t len = strcspn(type, "; \t");
    struct base_diag diag = {""};
    *ret_fields = (struct api_target){.segment_count = 0};
    if (call->body.len > API_FORM_MAX) {
        api_problem(call, MHD_HTTP_CONTENT_TOO_LARGE, "a form may have 16 KiB");
        return false;
    }
    for (size_t i = 0; i < BASE_COUNT(readers); i++) {
        if (len == strlen(readers[i].type) && strncasecmp(type, readers[i].type, len) == 0) {
            enum base_err err = readers[i].in(call, ret_fields, &diag);
            if (err) {
                api_problem(call, (unsigned)base_error_http(err), diag.text);
            }
            return !err;
        }
    }
    api_problem(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                "send application/json, application/x-www-form-urlencoded or multipart/form-data");
    return false;
}
