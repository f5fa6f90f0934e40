/* GET /styles/{style}.json: the page's map as a MapLibre style for other programs. The bundle holds it (web/src/map/
 * served.ts); addresses in it must be whole, and only a request says what this server is called. */
#include "api/private.h"

#include <string.h>

#define PLACEHOLDER "{origin}"
enum { PATH_MAX_BYTES = 64, MARK = sizeof PLACEHOLDER - 1 };

/* The origin as it may stand inside a text of JSON: the Host header is whatever the client wrote. */
static void origin_of(const struct api_call *call, struct base_buf *ret_text)
{
    char origin[API_ORIGIN_MAX];
    api_host_origin(call, origin);
    struct base_json_out out = base_json_out_of(ret_text);
    base_json_out_text(&out, origin);
}

static void substitute(struct base_str style, struct base_str origin, struct base_buf *body)
{
    const char *mark;
    while ((mark = memmem(style.at, style.len, PLACEHOLDER, MARK)) != NULL) {
        size_t before = (size_t)(mark - style.at);
        base_buf_append(body, style.at, before);
        base_buf_append(body, origin.at, origin.len);
        style = (struct base_str){mark + MARK, style.len - before - MARK};
    }
    base_buf_append(body, style.at, style.len);
}

enum base_err api_style_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    char path[PATH_MAX_BYTES];
    struct base_str name = call->captured[0], style;
    int len = snprintf(path, sizeof path, "/styles/%.*s.json", (int)(name.len < sizeof path ? name.len : sizeof path),
                       name.at);
    if ((size_t)len >= sizeof path || !api_static_text(call->server->files, base_str_of(path), &style)) {
        return base_diag_set(diag, BASE_NOT_FOUND, "there is no style of this name; dark and light are there");
    }
    AUTO_VALUE(base_buf) quoted;
    base_buf_init(&quoted, API_BODY_MAX);
    origin_of(call, &quoted);
    if (quoted.err) {
        return base_diag_set(diag, quoted.err, "out of memory");
    }
    api_answer_json(call);
    substitute(style, (struct base_str){quoted.data + 1, quoted.len - 2}, &call->answer.body);
    api_answer_revalidate(call);
    return BASE_OK;
}
