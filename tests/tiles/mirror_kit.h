/* What the tests of the mirror share: a mirror of databases, what SQL says must be in it, and a listener that keeps a
 * picture of its own by the news alone. */
#ifndef HUTONG_TESTS_MIRROR_KIT_H
#define HUTONG_TESTS_MIRROR_KIT_H

#include "fixture/fixture.h"
#include "tiles/mirror_private.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { KIT_PATIENCE_US = 30000000 };

struct kit_counts { /* of changes that were told */
    size_t came, changed, went, snapshots;
};
struct kit {
    struct tiles_mirror *mirror;
    const char *conninfos[TILES_UPSTREAM_MAX];
    PGconn *pg[TILES_UPSTREAM_MAX];
    size_t count;
    /* The listener's, in a feed's thread until the mirror is quiet. */
    pthread_mutex_t lock;
    struct tiles_map shown[TILES_TABLES]; /* (0, estate, id): the row as text */
    bool begun;
    atomic_bool
        amid; /* feeds are cut amid changes: a row may have gone and come back between two views, and is told of */
    struct kit_counts counts;
    char wrong[512]; /* the first thing that was told wrongly */
};

/* Fills *kit and starts the mirror; the databases are there. memory_max 0: the standard. */
void kit_start(struct kit *kit, const char *const *conninfos, size_t count, size_t memory_max);
void kit_start_one(struct kit *kit); /* a fresh database */
void kit_stop(struct kit *kit);
void kit_mirror_again(struct kit *kit); /* another mirror of the same databases */
void kit_sql(struct kit *kit, size_t upstream, const char *sql);
const char *kit_value(struct kit *kit, size_t upstream, const char *sql); /* until the next call */
/* Returns when the mirror shows all that was committed. */
void kit_wait(struct kit *kit, size_t upstream);
void kit_wait_live(struct kit *kit, int64_t resyncs); /* all upstreams, loaded so many times again */
/* Every row of every table is as SQL says, none is missing, none is too many; and the listener knows the same. */
void kit_check(struct kit *kit);
struct kit_counts kit_counts_take(struct kit *kit);
/* The row as JSON, "" when it is not there. Until the next call. */
const char *kit_row(struct kit *kit, enum tiles_table_id table, int64_t estate_id, int64_t id, bool live);
/* Two of everything, in estates first and first + 1. */
void kit_fill(struct kit *kit, size_t upstream, int first);
/* The sums of every table, static and live, over all the world. */
void kit_sums(struct kit *kit, struct tiles_sum sums[2 * TILES_TABLES]);

#endif
