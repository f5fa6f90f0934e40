/* What the files of api/ share: a call from its first byte to its answer, routes, workers, counters. Private to api/.
 *
 *   MHD thread                          worker thread                     threads of the stream
 *   call.c: target, route, who ─queue─> worker.c: who (when not known),   api/stream.h: from the mirror's news
 *      suspended                           │      handle(call, worker)    to a queue per client ──> MHD thread
 *   answer <──────── resume ───────────────┘
 *
 * A call belongs to the MHD thread, but from queueing to resuming to the worker.
 */
#ifndef HUTONG_API_PRIVATE_H
#define HUTONG_API_PRIVATE_H

#include "api/api.h"
#include "data/data.h"
#include "tiles/tiles.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    API_BODY_MAX = 64 << 20,
    API_UPLOAD_MAX = 64 * 1024,
    API_UPLOAD_LARGE = 10 << 20,
    API_CAPTURES_MAX = 4,
    API_RETRY_AFTER_S = 2
};

struct api_call;
struct api_worker;
struct api_server;

/* --- answer (answer.c): what goes back --- */
struct api_answer {
    unsigned status;
    const char *type;  /* Content-Type; NULL without body */
    const char *cache; /* Cache-Control */
    const char *allow;
    const char *authenticate; /* WWW-Authenticate */
    const char *set_cookie;   /* in the call's arena */
    const char *location;     /* likewise */
    const char *disposition;  /* Content-Disposition, likewise */
    const char *crs;          /* Content-Crs, likewise */
    char etag[TILES_ETAG_TEXT];
    bool vary;    /* on Accept-Encoding */
    bool scoped;  /* and on who asks */
    bool gzip;    /* the body is compressed */
    bool compact; /* the body may be compressed on the way out */
    bool bare;    /* no browser makes a page of it */
    int retry_after_s;
    bool filed; /* the body is this file, which is ours to close until it is sent */
    int file;
    uint64_t file_size;
    struct base_buf body;
    struct base_str fixed;    /* body that outlives the server; used when body is empty */
    struct tiles_bytes *tile; /* body that is shared; goes before both */
};

/* Starts a body of JSON; answer 200. */
struct base_json_out api_answer_json(struct api_call *call);
/* Turns the answer into 304 when the client holds its entity tag (computed from the body when it has none). */
void api_answer_revalidate(struct api_call *call);
/* It depends on who asks: caches between must keep it to themselves. Not on the open server, where all are one. */
void api_answer_scoped(struct api_call *call);
/* Hands the answer to libmicrohttpd; its body goes along. */
enum MHD_Result api_answer_send(struct api_call *call);
enum MHD_Result api_answer_stream(struct api_call *call);

/* --- problem (problem.c): RFC 9457 --- */
/* Replaces the answer by a problem document of that HTTP status. detail may be NULL. */
void api_problem(struct api_call *call, unsigned status, const char *detail);
/* The same of a type of its own ("/problems/purpose"); members may be added before api_problem_end. */
struct base_json_out api_problem_begin(struct api_call *call, unsigned status, const char *type, const char *detail);
void api_problem_end(struct api_call *call, struct base_json_out *out);
/* 403: what was asked for needs a purpose, and none was said. */
void api_problem_purpose(struct api_call *call);
/* The same from an error; what the database said stays in the log, not in the answer. */
void api_problem_error(struct api_call *call, enum base_err err, const struct base_diag *diag);

/* --- route (route.c): one row a path --- */
enum api_lane {
    API_INLINE, /* answered at once in the MHD thread: must not wait for anything */
    API_QUICK,  /* by a worker, before tiles */
    API_HEAVY,  /* by a worker; one worker is always left for the quick */
    API_UPLOAD, /* likewise, few at once; its body may have API_UPLOAD_LARGE bytes */
    API_STREAM  /* asked for like a quick one; when its handler gives no answer it stays open */
};

enum api_method { API_GET = 1, API_POST = 2, API_PUT = 4, API_DELETE = 8 }; /* GET: HEAD too */

/* Who may: anybody, whoever says who they are, or (0 and up) whose scope has that look (enum data_look). Handlers of
 * a look find a connection in the caller's scope, but for OPERATE: that is of the owner's role, as for the public. */
enum { API_PUBLIC = -2, API_SIGNED = -1 };
#define API_ANY "*" /* in place of parameters: the handler says which it takes */

struct api_route {
    const char *pattern;    /* "/api/buildings/{id}/dossier"; {x} takes one part, {x}.json one that ends so */
    const char *params[12]; /* names that may follow '?'; any other is 400 */
    enum api_lane lane;
    unsigned methods; /* enum api_method */
    int access;       /* API_PUBLIC, API_SIGNED or a look */
    enum base_err (*handle)(struct api_call *call, struct api_worker *worker, struct base_diag *diag);
    /* Or NULL: answers without waiting for anything, once it is known who asks; false: a worker has to handle it. */
    bool (*at_once)(struct api_call *call);
    int writes; /* the look that anything but GET needs; 0 (PLACE, which lets nobody write): the one above */
};

enum { API_ROUTES = 74 }; /* rows, with the two that have no pattern to match */
extern const struct api_route api_routes[API_ROUTES];
/* The row for a path, with what its {} took; never NULL: static files and "nothing here" are rows too. */
const struct api_route *api_route_find(const struct api_target *target, struct base_str captured[API_CAPTURES_MAX]);
/* INVALID when a parameter is not in the row. */
enum base_err api_route_check(const struct api_route *route, const struct api_target *target,
                              struct base_diag *diag) BASE_MUST_CHECK;

/* --- identity (identity.c, identity_ask.c): who asks; fixed once made, counted by reference --- */
enum { API_CSRF_TEXT = 44, API_PURPOSE_MIN = 3, API_PURPOSE_MAX = 200 /* characters */, API_HASH_BYTES = 32 };

enum api_credential_kind { API_CREDENTIAL_NONE, API_CREDENTIAL_COOKIE, API_CREDENTIAL_TOKEN, API_CREDENTIAL_JWT };

/* What a request brings along to say who asks. */
struct api_credential {
    enum api_credential_kind kind;
    const char *text; /* the secret, in the call's arena */
    uint8_t hash[API_HASH_BYTES];
};

struct api_identity {
    atomic_size_t refs;
    struct data_scope *scope;
    bool open;                             /* no account exists: everyone on this machine is administrator */
    int64_t account_id;                    /* 0: open, or a field worker by shift code */
    char name[65];                         /* the account's; "open"; the shift's call sign */
    char label[129];                       /* for people; may be empty */
    char roles[128];                       /* "company planner" */
    struct base_id session;                /* what the audit calls this session, token or JWT (never the secret) */
    char purpose[API_PURPOSE_MAX * 4 + 1]; /* why personal data is looked at; "": not said */
    bool cookie;                           /* writes need the CSRF token */
    char csrf[API_CSRF_TEXT];
    int64_t expires_us;
    struct api_credential by;    /* without its text */
    int64_t estate_id, shift_id; /* a field worker's; else 0 */
};

struct api_identity *api_identity_ref(struct api_identity *identity);
void api_identity_unref(struct api_identity *identity);
/* Still good, and what is it now? For streams at each heartbeat. NOT_FOUND: ended. Uses conn as the owner's role and
 * leaves it so. A stream that is open keeps its session from being idle. */
enum base_err api_identity_again(struct api_server *server, struct data_conn *conn, const struct api_identity *identity,
                                 struct base_diag *diag, struct api_identity **ret_identity) BASE_MUST_CHECK;

/* What the server remembers of who asked. */
struct api_identities;
enum base_err api_identities_new(struct api_server *server, struct base_diag *diag,
                                 struct api_identities **ret_identities) BASE_MUST_CHECK;
void api_identities_free(struct api_identities *identities);
void api_identities_forget(struct api_identities *identities); /* something of accounts changed */
/* Is there no account, as far as is known? Never beyond loopback. */
bool api_identities_open(struct api_identities *identities);
bool api_identities_closed(struct api_identities *identities); /* it is known that there is one, or beyond loopback */
/* Counts forgettings: what was asked before one is kept as stale. */
uint64_t api_identities_generation(struct api_identities *identities);
/* identity NULL: nobody (any more). The reference stays yours. */
void api_identities_keep(struct api_identities *identities, const struct api_credential *credential,
                         struct api_identity *identity, uint64_t generation);
void api_identities_keep_open(struct api_identities *identities, struct api_identity *identity, uint64_t generation);
/* False: the database must be asked. *ret_identity is yours, NULL: nobody. */
bool api_identity_remembered(struct api_server *server, const struct api_credential *credential,
                             struct api_identity **ret_identity);
/* While the database is away: who it was when it was asked last, if that is not long ago; yours, or NULL. */
struct api_identity *api_identity_meanwhile(struct api_server *server, const struct api_credential *credential);
/* Asks the database (as the owner's role) and remembers. *ret_identity is yours; NULL: nobody. */
enum base_err api_identity_ask_open(struct api_server *server, struct data_conn *conn, struct base_diag *diag,
                                    struct api_identity **ret_identity) BASE_MUST_CHECK;
enum base_err api_identity_ask_credential(struct api_server *server, struct data_conn *conn,
                                          const struct api_credential *credential, struct base_diag *diag,
                                          struct api_identity **ret_identity) BASE_MUST_CHECK;
enum base_err api_identity_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag,
                               struct api_identity **ret_identity) BASE_MUST_CHECK;
/* The header X-Purpose gives this call an identity with that purpose; false: the answer says what is wrong with it. */
bool api_identity_purpose(struct api_call *call);
bool api_identity_purpose_good(struct base_str purpose); /* 3 to 200 characters of UTF-8, no control characters */

/* --- cookie (cookie.c) --- */
#define API_COOKIE_SESSION "hutong_session"
enum api_cookie { API_COOKIE_NONE, API_COOKIE_FOUND, API_COOKIE_TWICE /* with different values */ };
/* An empty value counts as none. */
enum api_cookie api_cookie_find(struct base_str header, const char *name, struct base_str *ret_value);
/* The answer sets it until the browser closes; value NULL: takes it away. */
void api_cookie_set(struct api_call *call, const char *name, const char *value);

/* --- body (body.c, multipart.c): what came along with a request --- */
/* One part of multipart/form-data (RFC 7578); at NULL: not given. */
struct api_part {
    struct base_str name, filename, type, content;
};
enum { API_PARTS_MAX = API_PARAMS_MAX, API_FORM_MAX = 16 * 1024 };

/* INVALID when it names none, or one that cannot be. */
enum base_err api_multipart_boundary(struct base_str content_type, struct base_diag *diag,
                                     struct base_str *ret_boundary) BASE_MUST_CHECK;
/* Parts borrow from body, but for names with escapes. INVALID: not as RFC 7578 has it; LIMIT: too many parts. */
enum base_err api_multipart_in(struct base_str body, struct base_str boundary, struct base_arena *arena,
                               struct base_diag *diag, struct api_part ret_parts[API_PARTS_MAX],
                               size_t *ret_count) BASE_MUST_CHECK;
/* The body's fields as texts: of a JSON object of texts, of a form by either encoding; terminated, in the call's
 * arena. False: the answer says what is wrong (413, 415, 400). Read a field by api_target_param. */
bool api_body_fields(struct api_call *call, struct api_target *ret_fields);

/* --- credential (credential.c) --- */
/* Reads Authorization and Cookie; false: the answer says what is wrong with them. */
bool api_credential_read(struct api_call *call);
bool api_credential_same(const char *given, const char *known); /* in constant time; NULL is nothing's same */

/* --- audit (audit.c) --- */
struct api_audit; /* what was written lately */
enum base_err api_audit_new(struct base_diag *diag, struct api_audit **ret_audit) BASE_MUST_CHECK;
void api_audit_free(struct api_audit *audit);
/* Is it all written already, as far as this server remembers? Then no connection is needed. */
bool api_audit_known(struct api_server *server, const struct api_identity *identity, const char *layer,
                     const int64_t *estates, size_t count);
/* Writes who looks at what before the answer goes out: one row per session, layer, estate and hour; remembers what it
 * wrote. conn may be in the identity's scope. Nothing is written for the open server. */
enum base_err api_audit_look(struct api_server *server, struct data_conn *conn, const struct api_identity *identity,
                             const char *layer, const int64_t *estates, size_t count,
                             struct base_diag *diag) BASE_MUST_CHECK;
/* The same for the estates in that column of rows. */
enum base_err api_audit_rows(struct api_call *call, struct data_conn *conn, const char *layer,
                             const struct data_rows *rows, int column, struct base_diag *diag) BASE_MUST_CHECK;
/* An act: sign-in, purpose ... identity may be NULL (nobody yet); then actor says who it claims to be. */
enum base_err api_audit_act(struct data_conn *conn, const struct api_identity *identity, const char *actor,
                            const char *action, const char *note, struct base_diag *diag) BASE_MUST_CHECK;

/* --- peer (peer.c): who is at the other end, also through a proxy of ours --- */
struct api_peer {
    char address[64]; /* IPv4 or IPv6 as text; "" when it cannot be known */
    bool secure;      /* the way to the browser is TLS: here, or at the proxy */
};

/* X-Forwarded-For and X-Forwarded-Proto count only when the connection comes from a proxy of the configuration. */
struct api_peer api_peer_of(const struct api_call *call);
/* The last address that a proxy of ours did not write itself; "" when the header has none. For tests and fuzzing. */
bool api_peer_forwarded(const char *header, const char *proxies, char address[64]);
bool api_peer_listed(const char *proxies, const char *address); /* "127.0.0.1,::1" */

/* --- upload (upload.c): bodies of more than API_UPLOAD_MAX, so few at once that memory holds them --- */
enum api_upload { API_UPLOAD_SMALL, API_UPLOAD_REFUSED, API_UPLOAD_CROWDED, API_UPLOAD_KNOWN, API_UPLOAD_STRANGER };
struct api_uploads {
    atomic_int known, strangers; /* that are coming in, of whom we know and of whom we have yet to ask */
};
/* The call's body outgrows API_UPLOAD_MAX, and its route is known: may it go on? call->upload says so, and its body
 * has room. */
void api_upload_begin(struct api_call *call);
void api_upload_end(struct api_call *call);

/* --- call (call.c) --- */
enum api_call_state { API_CALL_NEW, API_CALL_READ, API_CALL_QUEUED, API_CALL_ANSWERED, API_CALL_DONE };

struct api_wish {    /* what one client follows */
    unsigned topics; /* a bit each (api/stream.h) */
    bool cameras;    /* it was said why: devices that are cameras too */
};

struct api_call {
    struct api_server *server;
    struct MHD_Connection *connection;
    struct base_arena arena;
    struct base_str raw; /* the request target as it came */
    struct api_target target;
    const struct api_route *route;
    struct base_str captured[API_CAPTURES_MAX];
    const char *host;                                   /* from the header, else the server's own */
    bool forwarded;                                     /* a proxy says that it passed this on */
    const char *if_none_match, *if_match;               /* or NULL */
    const char *idempotency;                            /* Idempotency-Key, or NULL */
    const char *origin, *csrf, *purpose, *content_type; /* headers, or NULL */
    struct api_peer peer;
    enum api_method method;
    bool gzip, encoded; /* the client takes it; it said what it takes */
    bool head, options; /* GET without the body; which methods are there? */
    struct api_credential credential;
    struct api_identity *identity;     /* never NULL in a handler of a route that is not public */
    bool granted;                      /* identity and access have been looked at */
    struct base_buf body;              /* what came along, as much as its max */
    _Atomic enum api_call_state state; /* atomic: it hands the call from the worker back to the HTTP thread */
    size_t uploaded;
    enum api_upload upload;
    int64_t started_us;
    int64_t queued_us;    /* for a worker */
    struct api_wish wish; /* a stream's */
    uint64_t looked;      /* and as of when its look is written down (struct api_streams_source) */
    struct api_answer answer;
    struct api_call *next; /* in a worker's queue */
};

/* libmicrohttpd's callbacks. */
void *api_call_new(void *of, const char *target, struct MHD_Connection *connection);
void api_call_free(void *of, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code);
enum MHD_Result api_call_handle(void *of, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_size, void **context);

/* --- access (access.c): may this call reach its handler? --- */
enum api_access {
    API_ACCESS_GRANTED,
    API_ACCESS_REFUSED, /* the answer says why */
    API_ACCESS_UNKNOWN  /* who asks is not known from memory: the database must be asked */
};

bool api_access_host(struct api_call *call); /* false: the answer says that this machine alone may ask */
/* Does a request that changes something come from a page of ours: by its Origin, and by its token when its identity
 * came by cookie? False: the answer is 403. */
bool api_access_origin(struct api_call *call);
bool api_access_written(struct api_call *call);
void api_access_unknown(struct api_call *call); /* the answer is 401: nobody, or nobody any more */
enum api_access api_access_remembered(struct api_call *call);
/* In a worker. DATABASE_AWAY and the like: nobody knows. */
enum base_err api_access_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag,
                             enum api_access *ret_access) BASE_MUST_CHECK;

/* --- handlers --- */
enum base_err api_health_live(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_health_ready(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_metrics_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_tile_json(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_tile_get(struct api_call *, struct api_worker *, struct base_diag *);
bool api_tile_at_once(struct api_call *);
enum base_err api_style_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_estate_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_dossier_batch(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_indicator_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_dossier_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_session(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_session_purpose(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_audit_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_window_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_window_summary(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_verdict_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_duty_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_duty_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_duty_preview(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_duty_write_preview(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_responsible_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_waiver_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_waiver_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_outage_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_shift_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_shift_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_place_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_place_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_checkin(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_campaign_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_collection_landing(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_collection_conformance(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_collection_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_collection_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_queryables_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_items_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_items_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_step(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_sealed_contact(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_sealed_words(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_table_categories(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_incident_table_policies(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_joint_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_joint_write_act(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_joint_write_stand_down(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_joint_cap(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_agenda_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_agenda_meetings(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_agenda_write_resolution(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_resolution_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_resolution_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_photo_add(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_photo_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_suggestion_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_ledger_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_ledger_write_one(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_ledger_plan(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_notice_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_task_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_notice_ack(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_measure_list(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_measure_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_stream_ask(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_static_get(struct api_call *, struct api_worker *, struct base_diag *);
enum base_err api_static_none(struct api_call *, struct api_worker *, struct base_diag *);

/* --- static (static.c): the screens --- */
struct api_static;
enum base_err api_static_new(struct base_diag *diag, struct api_static **ret_files) BASE_MUST_CHECK;
void api_static_free(struct api_static *files);
bool api_static_has(const struct api_static *files, struct base_str path);
bool api_static_text(const struct api_static *files, struct base_str path, struct base_str *ret_text); /* as it lies */

/* --- throttle (throttle.c): how often an address and an account may try to sign in --- */
struct api_throttle;
struct api_throttle *api_throttle_new(void); /* NULL without memory */
void api_throttle_free(struct api_throttle *throttle);
/* Counts one try of that address; 0: go on, else how many seconds to wait. now_us is monotonic. */
int api_throttle_address(struct api_throttle *throttle, const char *address, int64_t now_us);
/* Names that are no account's are locked by the rules of account_failed.sql, so that nobody can tell them apart.
 * locked: seconds to wait, 0: not locked. failed: one more wrong try. */
int api_throttle_locked(struct api_throttle *throttle, const char *name, int64_t now_us);
void api_throttle_failed(struct api_throttle *throttle, const char *name, int64_t now_us);

/* --- sign_in (sign_in.c): names, passwords and shift codes --- */
/* A hash takes 64 MiB and a core for 50 ms: few at once, whoever asks. */
struct api_hashing {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int running;
    _Atomic uint64_t count; /* ever */
};
void api_hashing_init(struct api_hashing *hashing);
void api_hashing_release(struct api_hashing *hashing);
/* Opens a session for who the body's fields say: cookie and *ret_identity, which is yours; NULL: the answer says no. */
enum base_err api_sign_in(struct api_call *call, struct data_conn *conn, struct base_diag *diag,
                          struct api_identity **ret_identity) BASE_MUST_CHECK;

/* --- jwks and jwt (jwks.c, jwt.c): tokens of another issuer, by keys from a file --- */
struct api_jwks;
/* Reads the file (RFC 7517): RSA keys for RS256, P-256 keys for ES256; other kinds are passed over. INVALID when it is
 * none, or has no key that can be used. */
enum base_err api_jwks_in(struct base_str text, struct base_diag *diag, struct api_jwks **ret_keys) BASE_MUST_CHECK;
void api_jwks_free(struct api_jwks *keys);
BASE_AUTO_FREE(api_jwks)
/* The public key as PEM, or NULL: no such kid, or it is for another algorithm. */
const char *api_jwks_pem(const struct api_jwks *keys, struct base_str kid, struct base_str algorithm);

/* base64url without padding; false: it is none, or has more than max bytes. */
bool api_jwks_base64url(struct base_str text, uint8_t *to, size_t max, size_t *ret_len);

enum { API_JWT_MAX = 8192, API_JWT_LEEWAY_S = 60 };
struct api_jwt_head {
    struct base_str algorithm, kid;
};
struct api_jwt_claims {
    char issuer[256], subject[256];
    int64_t expires_us;
};
/* Takes a token apart, trusting nothing. */
enum base_err api_jwt_head_in(struct base_str token, struct base_arena *arena, struct base_diag *diag,
                              struct api_jwt_head *ret_head) BASE_MUST_CHECK;
/* Verifies signature, times, issuer and audience. INVALID says why; it is not for the client. */
enum base_err api_jwt_verify(const struct api_jwks *keys, const char *issuer, const char *audience, const char *token,
                             int64_t now_us, struct base_diag *diag, struct api_jwt_claims *ret_claims) BASE_MUST_CHECK;

/* The keys of a server: the file, read again when it has changed. */
struct api_jwt;
enum base_err api_jwt_new(const struct api_config *config, struct base_diag *diag,
                          struct api_jwt **ret_jwt) BASE_MUST_CHECK; /* *ret_jwt NULL: no file is named */
void api_jwt_free(struct api_jwt *jwt);
/* INVALID, and the log says why (once a second): not one of these keys', expired ... jwt may be NULL. */
enum base_err api_jwt_take(struct api_jwt *jwt, const char *token, int64_t now_us,
                           struct api_jwt_claims *ret_claims) BASE_MUST_CHECK;

/* --- database (database.c): opening connections, with a back-off that all threads share --- */
struct api_database {
    const char *conninfo;
    pthread_mutex_t lock;
    int64_t retry_at_us; /* monotonic; before it nobody tries */
    int64_t backoff_us;
    bool away; /* and the log says so */
};

void api_database_init(struct api_database *database, const char *conninfo);
/* DATABASE_AWAY at once while the back-off runs or another thread is trying. */
enum base_err api_database_open(struct api_database *database, const char *name, const char *timeout,
                                struct base_diag *diag, struct data_conn **ret_conn) BASE_MUST_CHECK;

/* --- worker (worker.c): the threads that wait for the database --- */
struct api_workers;
enum base_err api_workers_new(struct api_server *server, int count, struct base_diag *diag,
                              struct api_workers **ret_workers) BASE_MUST_CHECK;
void api_workers_stop(
    struct api_workers *workers); /* answers what waits, ends the threads; put() refuses from now on */
void api_workers_free(struct api_workers *workers);
/* Queues a call whose connection is suspended; false when the queue is full. */
bool api_workers_put(struct api_workers *workers, struct api_call *call);
/* This worker's connection, opened when it must be, in the scope of the call that it works at. */
enum base_err api_worker_conn(struct api_worker *worker, struct base_diag *diag,
                              struct data_conn **ret_conn) BASE_MUST_CHECK;
/* The same in the owner's role: to find out who asks, and to write. */
enum base_err api_worker_owner(struct api_worker *worker, struct base_diag *diag,
                               struct data_conn **ret_conn) BASE_MUST_CHECK;
struct tiles_database api_worker_tiles(struct api_worker *worker);
struct api_crs_kept *api_worker_crs(struct api_worker *worker); /* its transformations (api/crs.h) */

/* --- hub (hub.c): takes the mirror's news and tells the streams (api/stream.h) --- */
struct api_hub;
struct api_hub_health {
    bool live;         /* rights are followed, and there is something to show */
    int64_t read_us;   /* when news came last, 0: never */
    int64_t newest_us; /* t_event ever told of an asset that is no replay, 0: none */
    size_t assets, clients, audiences;
};

enum base_err api_hub_new(struct api_server *server, struct base_diag *diag, struct api_hub **ret_hub) BASE_MUST_CHECK;
void api_hub_stop(struct api_hub *hub); /* ends the streams and the threads; clients may still be let go afterwards */
void api_hub_free(struct api_hub *hub);
void api_hub_news(void *hub, const struct tiles_news *news); /* for tiles_mirror_config */
/* Whose news they are, of so many upstreams: nothing is told before. NULL: it is about to go. */
void api_hub_mirror(struct api_hub *hub, struct tiles_mirror *mirror, size_t upstreams);
struct api_hub_health api_hub_health(struct api_hub *hub);
/* Estates that a look of the scope at a topic is written down for (api_home_read), and the stamp that it is good for.
 */
enum base_err api_hub_homes(struct api_hub *hub, int topic, const struct data_scope *scope, struct base_diag *diag,
                            struct base_buf *ret_estates, uint64_t *ret_stamp) BASE_MUST_CHECK;
/* A stream's response, which never ends by itself; NULL when there are too many. */
struct MHD_Response *api_client_response(struct api_call *call);

/* --- feeds (feeds.c): the databases that the mirror follows, and the log of how they are --- */
struct api_feeds;
/* Starts the mirror (server->mirror); nothing needs to be there yet. */
enum base_err api_feeds_new(struct api_server *server, struct base_diag *diag,
                            struct api_feeds **ret_feeds) BASE_MUST_CHECK;
void api_feeds_free(struct api_feeds *feeds); /* ends it */

/* --- guard (guard.c): closes connections that take too long --- */
struct api_guard;
/* patience_us: for a whole request, also the wait for the next one; 0: 15 s. An answer may take four times as long.
 * When three quarters of the connections that there may be are open, those that ask nothing are given a second. */
enum base_err api_guard_new(int64_t patience_us, size_t connections, struct base_diag *diag,
                            struct api_guard **ret_guard) BASE_MUST_CHECK;
void api_guard_free(struct api_guard *guard);
size_t api_guard_ended(const struct api_guard *guard); /* connections, since the start */
enum api_guard_phase { API_GUARD_READING, API_GUARD_WORKING, API_GUARD_SENDING, API_GUARD_OPEN };
void api_guard_phase(struct MHD_Connection *connection, enum api_guard_phase phase);
void api_guard_notify(void *guard, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code);

/* --- metrics (metrics.c) --- */
struct api_metrics;
struct api_metrics *api_metrics_new(void);
void api_metrics_free(struct api_metrics *metrics);
/* For those that write families of their own. */
void api_metrics_family(struct base_buf *buf, const char *name, const char *type, const char *help);
void api_metrics_label(struct base_buf *buf, const char *text); /* escaped */
struct data_rows;
void api_metrics_source(struct base_buf *buf, const struct data_rows *rows); /* rows of source_list */
void api_metrics_broker(struct base_buf *buf, const struct data_rows *rows); /* rows of broker_list */
void api_metrics_request(struct api_metrics *metrics, const struct api_route *route, unsigned status, int64_t took_us);
void api_metrics_tile(struct api_metrics *metrics, bool gzip, size_t bytes);
void api_metrics_number(struct base_buf *buf, const char *name, const char *type, const char *help, double value);
void api_metrics_mirror(struct base_buf *buf, struct api_server *server); /* and of the cache of tiles */
void api_metrics_stream(struct api_metrics *metrics, size_t messages, size_t overflows);

/* --- tls (tls.c): certificate and key, read once --- */
struct api_tls {
    struct base_buf certificate, key; /* PEM, terminated */
};

/* NOT_FOUND, INVALID (not PEM, key readable by others): says which file and what to do. */
enum base_err api_tls_read(const char *certificate, const char *key, struct base_diag *diag,
                           struct api_tls *ret_tls) BASE_MUST_CHECK;
void api_tls_release(struct api_tls *tls); /* wipes the key */

/* --- host (host.c) --- */
/* Does a Host header ("127.0.0.1:8080", "[::1]", "localhost") name this machine? */
bool api_host_local(const char *header);
/* "https://map.example": what the client calls this server, a proxy before it included. Not fit for JSON as it is. */
enum { API_ORIGIN_MAX = 300 };
void api_host_origin(const struct api_call *call, char ret_origin[API_ORIGIN_MAX]);

/* Does nobody but this machine reach the server? Not so with a proxy in front. Only then can it be open. */
bool api_server_local(const struct api_server *server);

/* --- accept (accept.c): a thread of its own that hands new clients to the daemon, at most so many at a time --- */
struct api_acceptor;
enum base_err api_acceptor_new(struct api_server *server, size_t most, struct base_diag *diag,
                               struct api_acceptor **ret_acceptor) BASE_MUST_CHECK;
void api_acceptor_free(struct api_acceptor *acceptor); /* nobody new comes after it */

/* --- bind (bind.c) --- */
struct api_bound {
    int socket;
    bool loopback; /* only this machine reaches it */
    char url[64];
};

/* A listening socket. secure: the url begins with https. */
enum base_err api_bind(const char *address, int port, bool secure, struct base_diag *diag,
                       struct api_bound *ret_bound) BASE_MUST_CHECK;

struct api_server {
    struct api_config config;
    struct api_bound bound;
    struct api_tls tls;
    bool secure; /* we speak TLS */
    int64_t started_us;
    struct MHD_Daemon *daemon;
    struct api_database database;
    struct api_metrics *metrics;
    struct api_static *files;
    struct tiles_mirror *mirror;
    struct api_feeds *feeds;
    struct tiles_source *tiles;
    struct api_workers *workers;
    struct api_streams *streams;
    struct api_hub *hub;
    struct api_guard *guard;
    struct api_acceptor *acceptor;
    struct api_identities *identities;
    struct api_audit *audit;
    struct api_throttle *throttle;
    struct api_checkins *checkins; /* NULL: no broker is named */
    struct api_photos *photos;     /* NULL: no folder is named */
    struct api_uploads uploads;
    struct api_jwt *jwt;
    struct api_hashing hashing;
    _Atomic int sheets;        /* files that are just being made (sheet.c) */
    _Atomic int64_t audit_day; /* the audit's partitions were looked after on it: days since 1970 */
};

#endif
