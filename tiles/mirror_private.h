/* What the files of the mirror (mirror*.c) share. Private to them.
 *
 * All of it is changed under one lock, mirror.write, whichever upstream's thread is at it: applying a row and making
 * pages are short. An upstream has a join of its own: ids are unique within one database only. Joins that need a
 * building's position are settled at publish, when the buildings' pages are already new.
 */
#ifndef HUTONG_TILES_MIRROR_PRIVATE_H
#define HUTONG_TILES_MIRROR_PRIVATE_H

#include "tiles/private.h"

#include <pthread.h>

/* --- map (mirror_map.c): three integers to a number or a pointer --- */
struct tiles_map_key {
    int64_t a, b, c;
};
struct tiles_map_slot {
    struct tiles_map_key key;
    union {
        int64_t i64;
        void *at;
    };
};
struct tiles_map { /* all zero: empty */
    struct tiles_map_slot *slots;
    bool *used;
    size_t count, cap;
};
/* NULL when there is none. What is returned moves with the next add or remove. */
struct tiles_map_slot *tiles_map_find(const struct tiles_map *map, struct tiles_map_key key);
/* The key's slot, zeroed when it is new; NULL: no memory. */
struct tiles_map_slot *tiles_map_add(struct tiles_map *map, struct tiles_map_key key);
void tiles_map_remove(struct tiles_map *map, struct tiles_map_key key);
/* Slot after slot: *at begins as 0; NULL at the end. Nothing may be added or removed meanwhile. */
struct tiles_map_slot *tiles_map_next(const struct tiles_map *map, size_t *at);
void tiles_map_release(struct tiles_map *map); /* empty again; what values point to is the caller's */
size_t tiles_map_memory(const struct tiles_map *map);

/* --- notes (mirror_news.c): what changed since the last publish, as it came --- */
struct tiles_note {
    int64_t estate_id, id;
    uint32_t order;
    uint8_t table;
    uint8_t effect; /* 0: it went */
};
struct tiles_notes {
    struct tiles_note *at;
    size_t count, cap;
    bool off; /* nobody is told: the first view of all */
};
/* Room for more, so that what has been done can also be told. */
enum base_err tiles_notes_reserve(struct tiles_notes *notes, size_t more, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_notes_reset(struct tiles_notes *notes);
void tiles_notes_add(struct tiles_notes *notes, enum tiles_table_id table, int64_t estate_id, int64_t id,
                     unsigned effect);

/* --- what the mirror reads (mirror_row.c) --- */
enum tiles_feed_id { /* index in tiles_feeds; what others are joined to comes before them */
                     TILES_FEED_ESTATE,
                     TILES_FEED_GRID,
                     TILES_FEED_LANDUSE,
                     TILES_FEED_WATER,
                     TILES_FEED_ROAD,
                     TILES_FEED_PLACE,
                     TILES_FEED_ZONE,
                     TILES_FEED_ZONE_STATE,
                     TILES_FEED_BUILDING,
                     TILES_FEED_BUILDING_STATE,
                     TILES_FEED_ROUTE,
                     TILES_FEED_CHECKPOINT,
                     TILES_FEED_FACILITY,
                     TILES_FEED_DEVICE,
                     TILES_FEED_DEVICE_STATE,
                     TILES_FEED_DEVICE_DUTY,
                     TILES_FEED_ASSET_STATE,
                     TILES_FEED_INCIDENT,
                     TILES_FEEDS
};

enum tiles_role { /* what a row of a table is for the mirror */
                  TILES_ROLE_PLACE,
                  TILES_ROLE_STATE, /* live columns of a place */
                  TILES_ROLE_DEVICE,
                  TILES_ROLE_DEVICE_STATE,
                  TILES_ROLE_DEVICE_DUTY,
                  TILES_ROLE_ASSET,
                  TILES_ROLE_INCIDENT
};
struct tiles_source_table {
    enum tiles_role role;
    enum tiles_table_id table; /* where it shows */
};
extern const struct tiles_source_table tiles_sources[TILES_FEEDS];
extern const struct data_feed_table tiles_feeds[TILES_FEEDS];
int tiles_feed_column(enum tiles_feed_id feed, const char *name); /* -1: none of that name */

enum tiles_how { /* a cell is made of a field */
                 TILES_HOW_NONE,
                 TILES_HOW_INT,
                 TILES_HOW_TIME,
                 TILES_HOW_BOOL,
                 TILES_HOW_SECONDS, /* of an interval */
                 TILES_HOW_TRUE,    /* null when it is false */
                 TILES_HOW_REPLAY,  /* flags */
                 TILES_HOW_NUMBER,
                 TILES_HOW_TEXT,
                 TILES_HOW_FIRST, /* of an array */
                 TILES_HOW_TEXTS
};
struct tiles_origin { /* of a column of the mirror */
    enum tiles_how how;
    int8_t from; /* column of the feed */
};

struct tiles_scratch { /* a row on its way in; its memory is used again */
    struct geo_shape wkb;
    struct tiles_point *points;
    uint32_t *ends; /* of rings, then of parts */
    uint32_t point_cap, end_cap;
    struct base_buf texts;
    struct tiles_cell cells[TILES_COLUMN_MAX];
    struct tiles_row row;
    uint32_t columns; /* that are given */
    struct tiles_origin origins[TILES_FEEDS][TILES_COLUMN_MAX];
};
void tiles_scratch_init(struct tiles_scratch *scratch);
void tiles_scratch_release(struct tiles_scratch *scratch);
/* Cells of the mirror's columns that the feed's row tells of; those that it left unchanged are not in .columns. */
enum base_err tiles_scratch_cells(struct tiles_scratch *scratch, enum tiles_feed_id feed, const struct data_field *row,
                                  struct base_diag *diag) BASE_MUST_CHECK;
/* .row.shape of a geometry or a position, which scratch.wkb holds in degrees then. INVALID says why it cannot be drawn.
 */
enum base_err tiles_scratch_wkb(struct tiles_scratch *scratch, struct base_str wkb, enum geo_shape_type type,
                                struct base_diag *diag) BASE_MUST_CHECK;
enum base_err tiles_scratch_point(struct tiles_scratch *scratch, double lon, double lat,
                                  struct base_diag *diag) BASE_MUST_CHECK;
/* What the row does not tell, from the one that it replaces: the shape when it has none, cells that are not given. */
void tiles_scratch_fill(struct tiles_scratch *scratch, const struct tiles_page *page, uint32_t row);
uint32_t tiles_live_columns(const struct tiles_table *table); /* a bit each */
struct tiles_cell tiles_cell_of(const struct tiles_page *page, uint32_t row, int column);

/* --- joins (mirror_join.c, mirror_device.c, mirror_incident.c) --- */
enum { TILES_STATE_MAX = 14 };
struct tiles_state {                          /* cells that wait for their row, or that it is made of */
    struct tiles_cell cells[TILES_STATE_MAX]; /* from the table's first live column on; of incidents all */
    size_t text_len;
    char text[]; /* of those that are texts, end to end */
};
struct tiles_device_state {
    struct tiles_device_state *next;
    int64_t t_event;
    int64_t severity; /* -1: none */
    bool on;          /* an alarm that lasts */
    char key[];       /* kind and channel, each terminated */
};
struct tiles_device {
    int64_t estate_id, id;
    int64_t building_estate_id, building_id;
    double lon, lat; /* of its own, when it is placed */
    int64_t storey;
    bool there; /* in the registry; else only its state is */
    bool placed, bound, has_storey, dirty;
    char *kind, *name;        /* name may be NULL */
    struct tiles_state *duty; /* NULL: none is told of it */
    struct tiles_device_state *states;
    struct tiles_device *next_home, *next_dirty;
};

struct tiles_incident {
    int64_t estate_id, id;
    struct tiles_state *cells; /* NULL: it is over */
    int64_t building_id;
    double lon, lat;
    bool placed, bound, dirty;
    struct tiles_incident *next_home, *next_dirty;
};

struct tiles_join {                         /* what an upstream's rows must know of each other */
    struct tiles_map waiting[TILES_TABLES]; /* (0, estate, id): struct tiles_state of its own */
    struct tiles_map left_out[TILES_FEEDS]; /* (0, estate, id): what is there, but cannot be drawn */
    struct tiles_map assets;                /* (estate, subject): id */
    struct tiles_map devices;               /* (0, estate, id): struct tiles_device */
    struct tiles_map homes;                 /* (0, estate, id) of buildings: the first of the devices there */
    struct tiles_map seen; /* (0, estate, id): state that the snapshot under way has told, if it is not the first */
    struct tiles_device *dirty;
    struct tiles_map incidents;      /* (0, estate, id): struct tiles_incident */
    struct tiles_map incident_homes; /* (0, 0, estate): the first of the incidents there */
    struct tiles_incident *dirty_incidents;
    size_t bytes; /* of devices, incidents and states */
};

struct tiles_mirror;
struct tiles_upstream {
    struct tiles_mirror *mirror;
    uint8_t number;
    bool started;
    pthread_t thread;
    struct data_feed *feed; /* set and cleared under mirror.control: others interrupt it */

    struct tiles_scratch scratch;
    struct geo_repair *repair;
    struct tiles_join join;
    struct tiles_map estates; /* (0, 0, estate) */
    int64_t last_estate;      /* that was added: rows come estate by estate */
    struct tiles_notes notes;
    bool loading;
    bool again;    /* the snapshot under way is not the first: what it does not tell is to go */
    bool snapshot; /* what is gathered has a snapshot in it */
    bool gathered; /* something waits for a publish */
    size_t memory_max;
    unsigned rows;   /* since memory was looked at */
    unsigned warned; /* bit f: it was said that rows of feed f are left out */
    uint64_t lsn;
    int64_t committed_us, gathered_us, published_us;
    bool failed;                         /* and it was said */
    struct tiles_upstream_health health; /* under mirror.control */
};

struct tiles_mirror {
    struct tiles_mirror_config config; /* upstreams: copies of ours */
    size_t memory_max;
    pthread_mutex_t news;    /* one publish and its news at a time; taken before .write */
    pthread_mutex_t write;   /* stores, joins, directories, estates */
    pthread_mutex_t control; /* health, feeds, stop; held for a few instructions */
    pthread_mutex_t look;    /* .view; likewise */
    pthread_cond_t stopping;
    atomic_bool stop;
    struct tiles_store *stores[TILES_TABLES];
    struct tiles_directory *directories[TILES_TABLES]; /* published last */
    bool dirty[TILES_TABLES];                          /* store differs from directory */
    bool live_dirty[TILES_TABLES];                     /* in live cells */
    struct tiles_view *view;
    uint64_t shown_rows, shown_bytes, shown_left_out; /* under .control */
    struct tiles_upstream upstreams[TILES_UPSTREAM_MAX];
    char *conninfos[TILES_UPSTREAM_MAX];
};

/* --- stores under the lock (mirror_store.c) --- */
/* Puts the scratch's row, notes what it did. */
enum base_err tiles_mirror_put(struct tiles_upstream *upstream, enum tiles_table_id table, const struct tiles_row *row,
                               uint32_t columns, struct base_diag *diag, unsigned *ret_effect) BASE_MUST_CHECK;
enum base_err tiles_mirror_remove(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id,
                                  int64_t id, struct base_diag *diag) BASE_MUST_CHECK;
/* Removes what was not put since tiles_store_mark. */
enum base_err tiles_mirror_sweep(struct tiles_upstream *upstream, enum tiles_table_id table,
                                 struct base_diag *diag) BASE_MUST_CHECK;
/* Pages of the table as it is now: no view shows them yet. */
enum base_err tiles_mirror_settle(struct tiles_mirror *mirror, enum tiles_table_id table,
                                  struct base_diag *diag) BASE_MUST_CHECK;
size_t tiles_mirror_memory(const struct tiles_mirror *mirror);

/* --- rows and changes of a feed (mirror_apply.c) --- */
enum base_err tiles_apply_row(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct data_field *row,
                              const struct data_field *old, struct base_diag *diag) BASE_MUST_CHECK;
/* The upstream has this estate. */
enum base_err tiles_apply_estate(struct tiles_upstream *upstream, int64_t estate_id,
                                 struct base_diag *diag) BASE_MUST_CHECK;
/* The row is there but cannot be drawn; it can, or is gone. */
enum base_err tiles_apply_leave_out(struct tiles_upstream *upstream, enum tiles_feed_id feed, int64_t estate_id,
                                    int64_t id, const struct base_diag *why, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_apply_drawn(struct tiles_upstream *upstream, enum tiles_feed_id feed, int64_t estate_id, int64_t id);
enum base_err tiles_apply_change(struct tiles_upstream *upstream, const struct data_feed_change *change,
                                 struct base_diag *diag) BASE_MUST_CHECK;
/* Around a snapshot: before the first table, after each. */
void tiles_apply_begin(struct tiles_upstream *upstream);
enum base_err tiles_apply_loaded(struct tiles_upstream *upstream, enum tiles_feed_id feed,
                                 struct base_diag *diag) BASE_MUST_CHECK;

/* A copy of the table's cells from that column on; NULL: no memory. */
struct tiles_state *tiles_state_new(const struct tiles_table *table, int first, const struct tiles_cell *cells);
int tiles_live_first(const struct tiles_table *table); /* its first live column */
size_t tiles_state_bytes(const struct tiles_state *state);

/* State of places. */
enum base_err tiles_join_state(struct tiles_upstream *upstream, enum tiles_feed_id feed, const struct data_field *row,
                               struct base_diag *diag) BASE_MUST_CHECK;
enum base_err tiles_join_state_gone(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id,
                                    int64_t id, struct base_diag *diag) BASE_MUST_CHECK;
/* All state of a table's places goes, or what the snapshot under way did not tell. */
enum base_err tiles_join_state_clear(struct tiles_upstream *upstream, enum tiles_table_id table, bool unseen,
                                     struct base_diag *diag) BASE_MUST_CHECK;
/* A place comes: state that waits for it is added to the scratch's row. _came: it is there now. */
void tiles_join_meet(struct tiles_upstream *upstream, enum tiles_table_id table);
void tiles_join_met(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id);
/* A place goes: its state waits from now on. id of all of them: every row of the upstream. */
enum base_err tiles_join_part(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id,
                              struct base_diag *diag) BASE_MUST_CHECK;
enum base_err tiles_join_part_all(struct tiles_upstream *upstream, enum tiles_table_id table,
                                  struct base_diag *diag) BASE_MUST_CHECK;
void tiles_join_waiting_clear(struct tiles_upstream *upstream, enum tiles_table_id table);
void tiles_join_release(struct tiles_upstream *upstream);

/* Devices and their states. */
enum base_err tiles_device_row(struct tiles_upstream *upstream, const struct data_field *row,
                               const struct data_field *old, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_device_gone(struct tiles_upstream *upstream, int64_t estate_id, int64_t id);
void tiles_device_all_gone(struct tiles_upstream *upstream);
enum base_err tiles_device_state_row(struct tiles_upstream *upstream, const struct data_field *row,
                                     struct base_diag *diag) BASE_MUST_CHECK;
void tiles_device_state_gone(struct tiles_upstream *upstream, const struct data_field *key);
void tiles_device_states_all_gone(struct tiles_upstream *upstream);
enum base_err tiles_device_duty_row(struct tiles_upstream *upstream, const struct data_field *row,
                                    struct base_diag *diag) BASE_MUST_CHECK;
void tiles_device_duty_gone(struct tiles_upstream *upstream, const struct data_field *key);
void tiles_device_duties_all_gone(struct tiles_upstream *upstream);
void tiles_device_building(struct tiles_upstream *upstream, int64_t estate_id, int64_t id); /* it came, moved, went */
/* Puts and removes what has changed; the buildings' pages are new. */
enum base_err tiles_device_settle(struct tiles_upstream *upstream, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_device_release(struct tiles_upstream *upstream);

/* Incidents. */
enum base_err tiles_incident_row(struct tiles_upstream *upstream, const struct data_field *row,
                                 const struct data_field *old, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_incident_gone(struct tiles_upstream *upstream, int64_t estate_id, int64_t id);
void tiles_incident_all_gone(struct tiles_upstream *upstream);
/* A row of that table came, moved or went. */
void tiles_incident_place(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id);
/* Puts and removes what has changed; the pages of buildings and of estates' names are new. */
enum base_err tiles_incident_settle(struct tiles_upstream *upstream, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_incident_release(struct tiles_upstream *upstream);

/* --- publish (mirror_news.c) --- */
enum base_err tiles_mirror_publish(struct tiles_upstream *upstream, struct base_diag *diag) BASE_MUST_CHECK;

#endif
