/* api: the HTTP server - tiles, estates, dossiers, the stream of assets, health, metrics, and the screens themselves.
 *
 * Job        one struct api_server is one listening port with its threads: an epoll pool that never waits for the
 *            database, workers with a connection each that do, a hub that follows the assets, a guard against slow
 *            clients.
 * Ownership  ret_server is yours; api_server_free stops everything and ends open streams.
 * Threads    new and free by one thread; everything else is inside.
 * Errors     USAGE when the address may not be served, CONFLICT when the port is taken, IO. A database that is away
 *            is no error here: requests get 503 until it is back.
 * Users      while the database has no account, only loopback may be served, and everyone there is administrator.
 */
#ifndef HUTONG_API_H
#define HUTONG_API_H

#include "base/base.h"

struct api_config {
    const char *bind;     /* an address of this machine or "localhost"; NULL: 127.0.0.1 */
    int port;             /* 0: any free one */
    const char *database; /* conninfo; NULL: HUTONG_DATABASE */
    const char *broker;   /* where check-ins go: mqtt://...; NULL: none are taken */
    const char *var;      /* keys lie in var/keys; NULL: shifts are made without a device's name */
    const char *feeds;    /* more databases whose estates are shown: conninfos, a line each; NULL: none */
    size_t mirror_memory; /* bytes of rows held in memory; 0: 4 GiB */
    size_t cache_memory;  /* bytes of tiles kept; 0: 256 MiB */
    const char *version;  /* shown by /metrics */
    int workers;          /* database connections; 0: 4 */
    size_t file_rows;     /* most rows of a file that is downloaded; 0: 100,000 */
    int connections;      /* most clients at once; 0: 16384, or what descriptors allow */
    int64_t heartbeat_us; /* between heartbeats of a stream; 0: 15 s */
    int64_t patience_us;  /* for a whole request, and for the next one; 0: 15 s */
    const char *jwt_keys; /* a file of JWKS (RFC 7517); NULL: no JWT is taken */
    const char *jwt_issuer, *jwt_audience; /* what iss and aud must be */
    int64_t session_idle_us;               /* a session nobody uses ends; 0: 30 min */
    int64_t session_life_us;               /* and any ends at last; 0: 7 d */
    const char *photos;                    /* folder of photos; NULL: var/photos, without var none are taken */
    int64_t keep_photo_us;                 /* how long they are kept after their incident closed; 0: 90 d */
    int64_t photo_sweep_us;                /* between looks for what is to go; 0: 10 min */
    const char *tls_cert, *tls_key;        /* PEM files; NULL: plain HTTP */
    const char *proxies;                   /* addresses whose X-Forwarded-* is believed: "127.0.0.1,::1"; NULL: none */
};

struct api_server;

enum base_err api_server_new(const struct api_config *config, struct base_diag *diag,
                             struct api_server **ret_server) BASE_MUST_CHECK;
void api_server_free(struct api_server *server);
BASE_AUTO_FREE(api_server)
/* Up to which place of its log the server shows its own database (LSN); 0: nothing yet. */
uint64_t api_server_seen(struct api_server *server);
const char *api_server_url(const struct api_server *server); /* "http://127.0.0.1:8080" */

/* --- target (target.c): the request target (RFC 9112, 3.2), taken apart strictly --- */
enum { API_TARGET_MAX = 8192, API_SEGMENTS_MAX = 12, API_PARAMS_MAX = 16 };

struct api_param {
    struct base_str name, value;
};

struct api_target {
    struct base_str path; /* decoded, begins with '/' */
    struct base_str segments[API_SEGMENTS_MAX];
    size_t segment_count; /* "/" has one, empty */
    struct api_param params[API_PARAMS_MAX];
    size_t param_count;
};

/* Percent-decodes into the arena. INVALID: not a path, a broken escape, not UTF-8, a NUL or an encoded slash, a
 * parameter given twice; LIMIT: too long, too many segments or parameters. */
enum base_err api_target_in(struct base_str raw, struct base_arena *arena, struct base_diag *diag,
                            struct api_target *ret_target) BASE_MUST_CHECK;
/* The same for application/x-www-form-urlencoded: parameters alone. */
enum base_err api_target_form(struct base_str form, struct base_arena *arena, struct base_diag *diag,
                              struct api_target *ret_fields) BASE_MUST_CHECK;
/* NULL .at when it is not given. */
struct base_str api_target_param(const struct api_target *target, const char *name);

#endif
