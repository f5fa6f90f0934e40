/* What the files of the store share: rows on their way into pages, the key index, runs of pages. One thread's.
 *
 *   put ──> store_row.c ──packed──> pending ──┐ publish, or when much has gathered
 *             ^ what the row was              v
 *   index: key -> hilbert, or pending row   store_fold.c ──page_make.c──> groups of pages ──directory.c──> directory
 */
#ifndef HUTONG_TILES_STORE_PRIVATE_H
#define HUTONG_TILES_STORE_PRIVATE_H

#include "tiles/private.h"

/* --- blocks of a page (page.c) --- */
enum {
    TILES_WORDS_HEAD = 3,      /* parts, rings, vertices */
    TILES_WORDS_MAX = 1 << 23, /* of a row: 512 of them can be told apart in 32 bits */
    TILES_TEXT_MAX = 1 << 22,  /* bytes of a row, likewise */
    TILES_GROUP_PAGES = 64,    /* pages of a group, when it is made from many; up to twice that */
    TILES_PAGE_LEAST = 64,     /* rows; fewer join their neighbours */
    TILES_GROUP_LEAST = 16     /* pages; likewise */
};
#define TILES_NULLS_ALL UINT32_MAX

struct tiles_shape tiles_words_shape(enum geo_shape_type type, const uint32_t *words);
static inline struct base_str tiles_cell_text(uint64_t cell, const char *text)
{
    return (struct base_str){text + (cell >> 32), (uint32_t)cell};
}
struct tiles_page *tiles_page_ref(struct tiles_page *page);
void tiles_page_unref(struct tiles_page *page);
void tiles_shapes_unref(struct tiles_shapes *shapes);
void tiles_cells_unref(struct tiles_cells *cells);

/* --- rows before they are in pages (store_row.c) --- */
struct tiles_key {
    int64_t estate_id, id;
    uint32_t hilbert;
};
static inline int tiles_key_order(const struct tiles_key *a, const struct tiles_key *b)
{
    if (a->hilbert != b->hilbert) {
        return a->hilbert < b->hilbert ? -1 : 1;
    }
    if (a->estate_id != b->estate_id) {
        return a->estate_id < b->estate_id ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}
struct tiles_key tiles_page_key(const struct tiles_page *page, uint32_t row);

struct tiles_packed { /* the static or the live cells of one row */
    struct tiles_sum sum;
    const char *text;
    uint32_t nulls;
    uint32_t first;    /* column of the block */
    uint64_t values[]; /* by column, from that */
};

/* A row that differs from the pages. A block that is NULL is as the pages have it; a row that is not in the pages, or
 * at another place of theirs, has all three. They lie in the store's arena. */
struct tiles_pending {
    struct tiles_key key;
    uint32_t stored_hilbert;
    bool stored;           /* the pages have a row of this key, at stored_hilbert */
    bool removed;          /* and shall not any more */
    const uint32_t *words; /* as struct tiles_shapes has them */
    const struct tiles_packed *fixed, *live;
};

/* A row wherever it is: of a page, with what is pending laid over it. One of the two may be missing. */
struct tiles_source {
    const struct tiles_page *page;
    const struct tiles_pending *pending;
    uint32_t row;
};
struct tiles_cells_row { /* one block of it */
    struct tiles_sum sum;
    uint32_t nulls;
    const char *text;
    const struct tiles_packed *packed; /* or of the cells */
    const struct tiles_cells *cells;
    uint32_t row;
};
struct tiles_key tiles_source_key(const struct tiles_source *source);
const uint32_t *tiles_source_words(const struct tiles_source *source);
struct tiles_cells_row tiles_source_cells(const struct tiles_source *source, bool live);
static inline uint64_t tiles_cells_row_value(const struct tiles_cells_row *cells, uint32_t column)
{
    return cells->packed ? cells->packed->values[column - cells->packed->first]
                         : cells->cells->columns[column][cells->row];
}
size_t tiles_words_count(const uint32_t *words);
struct tiles_extent tiles_words_extent(const uint32_t *words);
uint32_t tiles_words_hilbert(const uint32_t *words);
size_t tiles_table_fixed(const struct tiles_table *table); /* how many columns are static: the first ones */

/* --- its hash (store_sum.c) --- */
/* Of the row's key, and of the static cells and the words, or (words NULL) of the live cells. bytes: scratch. */
enum base_err tiles_store_sum(struct base_buf *bytes, const struct tiles_table *table, const struct tiles_row *row,
                              const struct tiles_cell *cells, const uint32_t *words, struct base_diag *diag,
                              struct tiles_sum *ret_sum) BASE_MUST_CHECK;

/* --- a new page (page_make.c) --- */
/* Of rows in order of their keys. Blocks in which no row differs from the one page they all come from are shared.
 * NULL: out of memory. */
struct tiles_page *tiles_page_make(const struct tiles_table *table, const struct tiles_source *rows, uint32_t count);

/* --- key index (store_index.c): open addressing --- */
enum tiles_slot_state {
    TILES_SLOT_FREE,
    TILES_SLOT_STORED,  /* in the pages, at hilbert `where` */
    TILES_SLOT_REMOVED, /* the same, but it shall go, and there was no memory to note that elsewhere */
    TILES_SLOT_PENDING  /* number `where` of the pending */
};
struct tiles_slot {
    int64_t estate_id, id;
    uint32_t where;
    uint8_t upstream, state;
    bool fresh; /* put since its upstream's mark */
};
struct tiles_index {
    struct tiles_slot *slots;
    size_t size, count;
};
struct tiles_slot *tiles_index_find(const struct tiles_index *index, int64_t estate_id, int64_t id); /* or NULL */
void tiles_index_prefetch(const struct tiles_index *index, int64_t estate_id,
                          int64_t id); /* of one that is not empty */
/* Room for one more; moves the slots. */
bool tiles_index_reserve(struct tiles_index *index);
/* Of a key that is not there, after a reserve; the caller fills in state and where. */
struct tiles_slot *tiles_index_add(struct tiles_index *index, int64_t estate_id, int64_t id);
void tiles_index_remove(struct tiles_index *index, struct tiles_slot *slot); /* moves others */

/* --- runs of pages (directory.c) --- */
struct tiles_group { /* fixed once made */
    atomic_size_t refs;
    uint32_t count;
    uint64_t rows;
    size_t bytes;             /* of the pages */
    struct tiles_key *firsts; /* of each page */
    struct tiles_extent *extents;
    struct tiles_page **pages;
};
/* With references of its own; NULL: out of memory. */
struct tiles_group *tiles_group_make(struct tiles_page *const *pages, uint32_t count);
void tiles_group_unref(struct tiles_group *group);
struct tiles_directory *tiles_directory_make(struct tiles_group *const *groups, uint32_t count); /* likewise */

/* --- the store --- */
struct tiles_store {
    const struct tiles_table *table;
    uint32_t columns, fixed; /* of the table: all, and those that come first and are static */
    struct tiles_index index;
    struct tiles_pending **pending;
    uint32_t pending_count, pending_cap;
    struct base_arena arena; /* of the pending */
    size_t fold_at;          /* bytes of it that are made into pages early */
    bool unlisted;           /* there are REMOVED slots */
    struct tiles_group **groups;
    uint32_t group_count, group_cap;
    size_t group_bytes;
    bool changed;                 /* the groups, since */
    struct tiles_directory *last; /* what was published, or NULL */
    struct base_buf words, sum;   /* scratch */
};
uint32_t tiles_store_group(const struct tiles_store *store, const struct tiles_key *key); /* where it belongs */
bool tiles_store_holds(const struct tiles_store *store, const struct tiles_slot *slot);   /* it is not removed */
/* Where a key is among the groups. */
bool tiles_store_locate(const struct tiles_store *store, const struct tiles_key *key,
                        const struct tiles_page **ret_page, uint32_t *ret_row);
bool tiles_store_stored(const struct tiles_store *store, const struct tiles_slot *slot,
                        const struct tiles_page **ret_page, uint32_t *ret_row);
/* The slot's row among the pending; it becomes one when it is not. NULL: out of memory. */
struct tiles_pending *tiles_store_pend(struct tiles_store *store, struct tiles_slot *slot);
struct tiles_pending *tiles_store_pending_add(struct tiles_store *store); /* zeros, the last one */
/* (store_fold.c) All that is pending into the groups. On failure what is done is done, the rest stays pending. */
enum base_err tiles_store_fold(struct tiles_store *store, struct base_diag *diag) BASE_MUST_CHECK;
void tiles_store_fold_later(struct tiles_store *store); /* as much may gather again */

#endif
