/* The screens, embedded in the program: compressed once at the start, named by what they hold. */
#include "api/private.h"
#include "api/web_files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { GZIP_LEVEL = 9 };

struct file {
    struct base_str path, plain, packed; /* packed is empty when it would not be smaller */
    const char *type;
    bool immutable;
    char etag[TILES_ETAG_TEXT], packed_etag[TILES_ETAG_TEXT];
};

struct api_static {
    size_t count;
    struct file files[];
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".pbf", "application/x-protobuf"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static bool ends_with(struct base_str text, const char *ending)
{
    size_t len = strlen(ending);
    return text.len > len && memcmp(text.at + text.len - len, ending, len) == 0;
}

static const char *type_of(struct base_str path)
{
    for (size_t i = 0; i < BASE_COUNT(types); i++) {
        if (ends_with(path, types[i].ending)) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* The bundler names hashed files name-HASH.ext with eight capitals and digits: a new content is a new name. */
static bool hashed(struct base_str path)
{
    for (size_t i = 0; i + 9 < path.len; i++) {
        size_t run = 0;
        while (path.at[i] == '-' && run < 8 &&
               (isupper((unsigned char)path.at[i + 1 + run]) || isdigit((unsigned char)path.at[i + 1 + run]))) {
            run++;
        }
        if (run == 8 && path.at[i + 9] == '.') {
            return true;
        }
    }
    return false;
}

static enum base_err load(const struct api_web_file *from, struct file *file)
{
    *file = (struct file){.path = base_str_of(from->path),
                          .plain = {(const char *)from->at, (size_t)(from->end - from->at)}};
    file->type = type_of(file->path);
    file->immutable = hashed(file->path);
    tiles_etag_of(file->plain, 'i', file->etag);
    tiles_etag_of(file->plain, 'g', file->packed_etag);
    struct base_buf packed;
    base_buf_init(&packed, file->plain.len + 4096);
    enum base_err err = base_gzip(file->plain.at, file->plain.len, GZIP_LEVEL, &packed);
    if (err == BASE_OK && packed.len + packed.len / 16 < file->plain.len) {
        file->packed = base_buf_str(&packed);
    } else {
        base_buf_release(&packed);
    }
    return err == BASE_NOMEM ? err : BASE_OK;
}

enum base_err api_static_new(struct base_diag *diag, struct api_static **ret_files)
{
    size_t count = 0;
    while (api_web_files[count].path) {
        count++;
    }
    struct api_static *files = calloc(1, sizeof *files + count * sizeof files->files[0]);
    enum base_err err = files ? BASE_OK : BASE_NOMEM;
    for (size_t i = 0; i < count && !err; i++) {
        err = load(&api_web_files[i], &files->files[i]);
        files->count = i + 1;
    }
    if (err) {
        api_static_free(files);
        return base_diag_set(diag, err, "out of memory");
    }
    *ret_files = files;
    return BASE_OK;
}

void api_static_free(struct api_static *files)
{
    for (size_t i = 0; files && i < files->count; i++) {
        free((void *)(uintptr_t)files->files[i].packed.at);
    }
    free(files);
}

/* A screen has its own address without an ending: /task is /task.html. */
static bool names(struct base_str path, struct base_str file)
{
    static const char html[] = ".html";
    size_t len = sizeof html - 1;
    return base_str_equal(path, file) || (file.len == path.len + len && memcmp(file.at, path.at, path.len) == 0 &&
                                          memcmp(file.at + path.len, html, len) == 0);
}

static const struct file *find(const struct api_static *files, struct base_str path)
{
    struct base_str wanted = base_str_is(path, "/") ? base_str_of("/index.html") : path;
    for (size_t i = 0; i < files->count; i++) {
        if (names(wanted, files->files[i].path)) {
            return &files->files[i];
        }
    }
    return NULL;
}

bool api_static_has(const struct api_static *files, struct base_str path)
{
    return base_str_is(path, "/") || find(files, path);
}

bool api_static_text(const struct api_static *files, struct base_str path, struct base_str *ret_text)
{
    const struct file *file = find(files, path);
    if (file) {
        *ret_text = file->plain;
    }
    return file != NULL;
}

static const char no_page[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Hutong</title><h1>Hutong is running</h1>"
    "<p>This program was built without its screens. Build them with Node 18 or newer: "
    "<code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>, then <code>make build</code> again."
    "<p>The services answer: <a href=\"/readyz\">/readyz</a>, <a href=\"/metrics\">/metrics</a>, "
    "<a href=\"/api/estates\">/api/estates</a>.</html>\n";

enum base_err api_static_get(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    (void)diag;
    struct api_answer *answer = &call->answer;
    const struct file *file = find(call->server->files, call->target.path);
    answer->status = MHD_HTTP_OK;
    answer->cache = file && file->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (!file) {
        answer->type = "text/html; charset=utf-8";
        answer->fixed = base_str_of(no_page);
        return BASE_OK;
    }
    answer->vary = file->packed.len != 0;
    answer->gzip = call->gzip && file->packed.len;
    answer->type = file->type;
    answer->fixed = answer->gzip ? file->packed : file->plain;
    memcpy(answer->etag, answer->gzip ? file->packed_etag : file->etag, sizeof answer->etag);
    api_answer_revalidate(call);
    return BASE_OK;
}

enum base_err api_static_none(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)worker;
    (void)diag;
    api_problem(call, MHD_HTTP_NOT_FOUND, "nothing is at this address");
    return BASE_OK;
}
