/* The stream: from the mirror's news to each client's socket. Private to api/.
 *
 *   mirror's thread          teller's thread                         MHD threads
 *   api_hub_news ──> journal ──diff──> audience 1  [m3][m4][m5]  client A follows, at its own pace
 *                     │      │                     [  ][  ][m5]  client B waits, suspended; a message resumes it
 *                     │      └───────> audience 2  behind since 3   client C: queue emptied, gets one diff when it
 * reads view ──snapshot──>             fresh            client D: gets a snapshot when it reads (of its own thread)
 *   watch.c's thread: whose rights ended, whose looks are to be written down first
 *
 * Everything that is told is "what changed since n", n counting the mirror's news; so being slow, having been away and
 * waiting for the audit are one thing: a diff from an earlier n.
 *
 * Locks: the streams' first, then the hub's (which guards the journal and the view). */
#ifndef HUTONG_API_STREAM_H
#define HUTONG_API_STREAM_H

#include "api/private.h"

/* --- topic (topic.c): what a stream can be asked for; one row a topic --- */
enum { API_TOPIC_ASSETS, API_TOPIC_BUILDINGS, API_TOPIC_ZONES, API_TOPIC_DEVICES, API_TOPIC_INCIDENTS, API_TOPICS };

struct api_topic {
    const char *name; /* in ?topics= and of its members in messages */
    enum tiles_table_id table;
    enum data_look look;
    bool live;          /* rows with state alone, and of them the state */
    const char *looked; /* what the audit calls it: of devices those that are cameras; NULL: not written down */
};

extern const struct api_topic api_topics[API_TOPICS];
/* "assets,zones": each known, none twice; a bit each. */
enum base_err api_topic_in(struct base_str names, struct base_diag *diag, unsigned *ret_topics) BASE_MUST_CHECK;
/* The first topic that the scope has no look for; API_TOPICS: it has all. */
int api_topic_missing(unsigned topics, const struct data_scope *scope);
bool api_topic_looked(struct api_wish wish); /* is anything of it written down? */

/* --- journal (journal.c): what changed lately, each row once, with its newest content --- */
struct api_viewer { /* for whom */
    const struct data_scope *scope;
    struct api_wish wish;
};

struct api_journal;
enum base_err api_journal_new(struct base_diag *diag, struct api_journal **ret_journal) BASE_MUST_CHECK;
void api_journal_free(struct api_journal *journal);
/* Takes news in; without memory, or when there is more than the window holds, the window begins anew behind it. */
void api_journal_take(struct api_journal *journal, const struct tiles_news *news, int64_t now_us);
uint64_t api_journal_number(const struct api_journal *journal);              /* of the newest news; 0: none yet */
bool api_journal_reaches(const struct api_journal *journal, uint64_t since); /* is all after it still known? */
/* As of which number does the reader know everything, who was told this id last? 0: not to be said. */
uint64_t api_journal_find(const struct api_journal *journal, const uint64_t *lsns, size_t count);
const uint64_t *api_journal_lsns(const struct api_journal *journal); /* TILES_UPSTREAM_MAX, as of the newest news */
/* Writes the members "assets" ... and "gone" with what changed after since; false: nothing that the viewer may see. */
bool api_journal_rows(const struct api_journal *journal, uint64_t since, struct api_viewer viewer,
                      struct base_json_out *out);
/* Static layers: changed after since, or since that monotonic time; writes "tiles". */
bool api_journal_tiles(const struct api_journal *journal, uint64_t since, int64_t since_us, struct api_viewer viewer,
                       struct base_json_out *out);
uint64_t api_journal_tiles_number(const struct api_journal *journal); /* of the last news that changed any */
/* When what came after that number began to come, monotonic. */
int64_t api_journal_when(const struct api_journal *journal, uint64_t number);

/* --- event id (event_id.c): "16B3748.2A0", an LSN for each upstream --- */
void api_event_id_out(const uint64_t *lsns, size_t count, struct base_buf *buf);
/* False: it is none of so many upstreams. */
bool api_event_id_in(struct base_str text, size_t count, uint64_t *ret_lsns);

/* --- message (message.c): an event as it goes out; counted by reference --- */
struct api_message {
    atomic_size_t refs;
    uint64_t since, number; /* what it tells: changes after since up to number; 0: nothing of the kind */
    size_t len;
    char text[];
};

struct api_message *api_message_new(struct base_str text); /* NULL without memory */
struct api_message *api_message_ref(struct api_message *message);
void api_message_unref(struct api_message *message);

struct api_feed { /* how true the picture is */
    bool live;
    int64_t age_us;        /* since the quietest upstream was heard; -1: never */
    struct base_buf stale; /* int64_t after int64_t: estates whose upstream is away */
};

/* What a message is made of, as of one moment. */
struct api_moment {
    const struct api_journal *journal;
    struct tiles_view *view;
    const struct api_feed *feed;
    uint64_t number;
    uint64_t lsns[TILES_UPSTREAM_MAX];
    size_t upstreams;
};

enum { API_MESSAGE_MAX = 512 << 20 };
/* NULL without memory, and a diff when there is nothing to tell and it need not be sent. The first reads the view and
 * no journal. */
struct api_message *api_message_snapshot(const struct api_moment *moment, struct api_viewer viewer);
struct api_diff {
    uint64_t since, tiles_since;
    int64_t tiles_since_us;
    bool tiles;  /* static layers too */
    bool always; /* also when nothing changed; it says how the feed is, too */
};
struct api_message *api_message_diff(const struct api_moment *moment, struct api_viewer viewer,
                                     const struct api_diff *diff, bool *ret_nothing);
/* event "heartbeat" or "feed"; moment NULL: for those who are not told up to it. */
struct api_message *api_message_feed(const char *event, const struct api_feed *feed, struct api_viewer viewer,
                                     const struct api_moment *moment);

/* --- client (client.c): one stream, its queue, and libmicrohttpd's side of it --- */
enum { API_QUEUE_MAX = 64 };
enum api_client_state {
    API_CLIENT_FRESH,  /* needs a snapshot */
    API_CLIENT_BEHIND, /* needs one diff of what changed after .through */
    API_CLIENT_FOLLOWS /* is sent what its audience is */
};

struct api_client {
    struct api_streams *streams;
    struct api_audience *audience;
    struct MHD_Connection *connection;
    struct api_identity *identity;
    struct api_wish wish;
    int64_t asked_us; /* monotonic: when the identity was last asked for */
    uint64_t looked;  /* the stamp as of which this client's look is written down */
    struct api_client *next, **at;
    enum api_client_state state;
    uint64_t through;                         /* while it is behind */
    bool resumes;                             /* came with an id: is told even when nothing changed */
    bool asks;                                /* has read everything, and needs more than waiting */
    bool ending;                              /* may see no more */
    bool suspended;                           /* waits for a message */
    struct api_message *queue[API_QUEUE_MAX]; /* a ring */
    size_t first, count;
    struct api_message *now; /* being written; offset bytes are */
    size_t offset;
};

void api_client_wake(struct api_client *client);
void api_client_clear(struct api_client *client);                            /* its queue */
bool api_client_put(struct api_client *client, struct api_message *message); /* false: the queue is full */
void api_client_end(struct api_client *client);
void api_client_restart(struct api_client *client); /* it gets a snapshot next */

/* --- streams (stream.c): all clients, by audience --- */
/* Clients of equal scope and wish: what goes to them is rendered once. */
struct api_audience {
    struct data_scope *scope;
    struct base_id key;
    struct api_wish wish;
    uint64_t told, tiles_told;    /* the numbers that those who follow were told up to */
    int64_t tiles_us;             /* monotonic, when they were told of tiles last */
    struct api_message *snapshot; /* lately rendered, or NULL */
    int64_t snapshot_us;          /* monotonic */
    struct api_client *clients;
    size_t count;
    struct api_audience *next, **at;
};

/* What the streams ask of the hub, with the lock held. */
struct api_streams_source {
    void *of;
    uint64_t (*stamp)(void *of); /* what a look must be written down as of, to be shown anything */
    void (*wanted)(void *of);    /* a client asks */
    uint64_t (*find)(void *of, const char *last_event_id);
};

struct api_streams {
    pthread_mutex_t lock;
    struct api_streams_source source;
    struct api_audience *audiences;
    size_t count;
    bool closing;
};

enum base_err api_streams_new(const struct api_streams_source *source, struct base_diag *diag,
                              struct api_streams **ret_streams) BASE_MUST_CHECK;
void api_streams_free(struct api_streams *streams);
void api_streams_close(struct api_streams *streams); /* every client comes to its end */
void api_streams_lock(struct api_streams *streams);
void api_streams_unlock(struct api_streams *streams);
/* From here on with the lock held. False: the client finds no place. */
bool api_streams_join(struct api_streams *streams, struct api_client *client);
void api_streams_leave(struct api_streams *streams, struct api_client *client);
uint64_t api_streams_stamp(const struct api_streams *streams);
bool api_streams_recorded(const struct api_client *client, uint64_t stamp); /* is its look on record as of then? */

/* Who is behind the clients: each identity once, yours are references (api_streams_due_release). */
struct api_streams_due {
    size_t count;
    struct {
        struct api_identity *identity;
        struct api_wish wish; /* all of its streams' */
    } each[32];               /* the rest comes with the next call */
};

/* Those last asked for before that monotonic time; 0: those whose look is not written down as of now. */
void api_streams_due(struct api_streams *streams, int64_t asked_before_us, struct api_streams_due *ret_due);
void api_streams_due_release(struct api_streams_due *due);
/* The clients of an identity have another one now, asked for at that monotonic time; NULL: their streams end. */
void api_streams_renew(struct api_streams *streams, const struct api_identity *known, struct api_identity *renewed,
                       int64_t asked_us);
/* The identity's look is written down as of that stamp. */
void api_streams_record(struct api_streams *streams, const struct api_identity *identity, struct api_wish wish,
                        uint64_t stamp);
/* Ends those whose identity is past its time, or was last asked for before that; the open server's go on. */
void api_streams_expire(struct api_streams *streams, int64_t now_us, int64_t asked_before_us);

/* --- teller (teller.c): gives out, from the journal and from the view; with the streams' lock held --- */
/* Everything that is due at this moment. Returns when to come again: monotonic, INT64_MAX: when something happens. */
int64_t api_teller_round(struct api_streams *streams, const struct api_moment *moment, int64_t now_us,
                         struct api_metrics *metrics);
void api_teller_feed(struct api_streams *streams, const char *event, const struct api_feed *feed,
                     const struct api_moment *moment, struct api_metrics *metrics);
/* An audience of which a client waits for a snapshot and may have it; yours are references to its scope. */
bool api_teller_fresh(struct api_streams *streams, struct api_audience *ret_copy);
/* Gives it to all who wait for it. stamp: as of when the moment's looks are. */
void api_teller_snapshot(struct api_streams *streams, const struct api_audience *copy, struct api_message *snapshot,
                         uint64_t stamp);

/* --- home (home.c): the estates that a look at units or cameras is written down for --- */
/* Estates of the topic's rows that the scope may look at: ascending, int64_t after int64_t. count may be NULL. */
enum base_err api_home_read(struct tiles_view *view, int topic, const struct data_scope *scope, struct base_diag *diag,
                            struct base_buf *ret_estates, size_t *ret_count) BASE_MUST_CHECK;

/* --- watch (watch.c): a thread with a connection; who has a stream open is asked for again, and looks are written ---
 */
struct api_watch;
enum base_err api_watch_new(struct api_server *server, struct base_diag *diag,
                            struct api_watch **ret_watch) BASE_MUST_CHECK;
void api_watch_stop(struct api_watch *watch);
void api_watch_free(struct api_watch *watch);
bool api_watch_live(const struct api_watch *watch); /* connected and listening */
/* Writes down that the identity looks at what the wish audits, as of *ret_stamp. conn is asked for when it is needed:
 * what the audit remembers needs none. */
struct api_watch_conn {
    void *of;
    enum base_err (*take)(void *of, struct base_diag *diag, struct data_conn **ret_conn);
};
enum base_err api_watch_write(struct api_server *server, const struct api_identity *identity, struct api_wish wish,
                              struct api_watch_conn conn, struct base_diag *diag, uint64_t *ret_stamp) BASE_MUST_CHECK;

#endif
