/* The journal: what changed in the window of the last minutes, each row once with its newest content or the mark that
 * it went, in the order of the last change; and which layers of which estates changed in what tiles show.
 *
 *   oldest <-> ... <-> newest      entries by their last change; a change moves an entry to the end
 *     │ floor: all numbers after it are held, of those before something is forgotten
 *   marks: (number, LSN of each upstream), so that an id finds the number that it stands for
 *
 * Rows are given out to a viewer alone, whose scope and wish say what it may see. */
#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 50000, BUCKETS = 1 << 16, MARKS_MAX = 1 << 14, JSON_MAX = 64 * 1024, STATICS_MAX = 64 << 20 };
#define WINDOW_US INT64_C(120000000)
#define MARK_EVERY_US INT64_C(10000)

struct entry {
    struct entry *newer, *older, *chain;
    uint64_t number;
    int64_t changed_us;
    int64_t estate_id, id;
    uint8_t topic;
    bool camera;       /* a device that is one */
    bool camera_since; /* and was perhaps none before: others must let go of it */
    size_t len;
    char *json; /* NULL: it went, or has no state any more */
};

struct mark {
    uint64_t number;
    int64_t when_us;
    uint64_t lsns[TILES_UPSTREAM_MAX];
};

struct changed { /* the static content of a table in an estate */
    int64_t estate_id;
    uint64_t number;
    int64_t when_us;
    uint32_t table;
};

struct api_journal {
    uint64_t number, floor, tiles_number;
    uint64_t lsns[TILES_UPSTREAM_MAX];
    uint64_t past[TILES_UPSTREAM_MAX]; /* up to here an LSN may be of a history that is no more */
    size_t count;
    struct entry *oldest, *newest;
    struct entry **buckets;
    struct mark *marks; /* a ring */
    size_t first_mark, mark_count;
    struct base_buf statics; /* struct changed, by table and estate */
    size_t last_static;
    struct base_buf text;
};

enum base_err api_journal_new(struct base_diag *diag, struct api_journal **ret_journal)
{
    struct api_journal *journal = calloc(1, sizeof *journal);
    if (!journal) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    base_buf_init(&journal->statics, STATICS_MAX);
    base_buf_init(&journal->text, JSON_MAX);
    journal->buckets = calloc(BUCKETS, sizeof(struct entry *));
    journal->marks = calloc(MARKS_MAX, sizeof *journal->marks);
    if (!journal->buckets || !journal->marks) {
        api_journal_free(journal);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *ret_journal = journal;
    return BASE_OK;
}

/* --- entries --- */

/* Equal ids of different estates share a bucket: what moved finds itself there. */
static size_t bucket_of(uint8_t topic, int64_t id)
{
    uint64_t mixed = ((uint64_t)id * API_TOPICS + topic) * UINT64_C(11400714819323198485);
    return (size_t)(mixed >> 48) & (BUCKETS - 1);
}

static struct entry *find(const struct api_journal *journal, uint8_t topic, int64_t estate_id, int64_t id)
{
    struct entry *entry = journal->buckets[bucket_of(topic, id)];
    while (entry && (entry->id != id || entry->topic != topic || entry->estate_id != estate_id)) {
        entry = entry->chain;
    }
    return entry;
}

static void unlink_entry(struct api_journal *journal, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &journal->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &journal->oldest) = entry->newer;
}

static void link_newest(struct api_journal *journal, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = journal->newest;
    *(journal->newest ? &journal->newest->newer : &journal->oldest) = entry;
    journal->newest = entry;
}

static void forget_oldest(struct api_journal *journal)
{
    struct entry *entry = journal->oldest, **at = &journal->buckets[bucket_of(entry->topic, entry->id)];
    while (*at != entry) {
        at = &(*at)->chain;
    }
    *at = entry->chain;
    unlink_entry(journal, entry);
    journal->floor = entry->number > journal->floor ? entry->number : journal->floor;
    journal->count--;
    free(entry->json);
    free(entry);
}

static void forget_all(struct api_journal *journal)
{
    while (journal->oldest) {
        forget_oldest(journal);
    }
    journal->floor = journal->number;
}

void api_journal_free(struct api_journal *journal)
{
    if (journal) {
        while (journal->oldest) {
            forget_oldest(journal);
        }
        free(journal->buckets);
        free(journal->marks);
        base_buf_release(&journal->statics);
        base_buf_release(&journal->text);
        free(journal);
    }
}

/* That of the row, made when there is none, moved to the newest end. */
static struct entry *touch(struct api_journal *journal, uint8_t topic, const struct tiles_change *change)
{
    struct entry *entry = find(journal, topic, change->estate_id, change->id);
    if (entry) {
        unlink_entry(journal, entry);
    } else {
        entry = calloc(1, sizeof *entry);
        if (!entry) {
            return NULL;
        }
        size_t bucket = bucket_of(topic, change->id);
        *entry = (struct entry){
            .topic = topic, .estate_id = change->estate_id, .id = change->id, .chain = journal->buckets[bucket]};
        journal->buckets[bucket] = entry;
        journal->count++;
    }
    link_newest(journal, entry);
    return entry;
}

/* --- taking news in --- */

static int topic_of(enum tiles_table_id table)
{
    int topic = 0;
    while (topic < API_TOPICS && api_topics[topic].table != table) {
        topic++;
    }
    return topic;
}

/* The row as it goes out, or NULL by *ret_json when nothing of it is shown. */
static bool render(struct api_journal *journal, const struct api_topic *topic, const struct tiles_change *change,
                   char **ret_json, size_t *ret_len)
{
    *ret_json = NULL;
    *ret_len = 0;
    if (!change->page || (topic->live && !tiles_feature_state(change->page, change->row))) {
        return true;
    }
    base_buf_reset(&journal->text);
    struct base_json_out out = base_json_out_of(&journal->text);
    tiles_feature_json(change->page, change->row, topic->live, &out);
    if (journal->text.err || !(*ret_json = malloc(journal->text.len))) {
        return false;
    }
    memcpy(*ret_json, journal->text.data, journal->text.len);
    *ret_len = journal->text.len;
    return true;
}

static bool take_row(struct api_journal *journal, uint8_t topic, const struct tiles_change *change, int64_t now_us)
{
    const struct api_topic *kind = &api_topics[topic];
    bool went = !change->page;
    if (kind->live && !went && !(change->effect & (TILES_LIVE | TILES_NEW))) {
        return true; /* tiles tell it */
    }
    if (kind->live && change->effect & TILES_NEW && !tiles_feature_state(change->page, change->row)) {
        return true; /* nobody was told of it before */
    }
    struct entry *entry = touch(journal, topic, change);
    char *json;
    size_t len;
    if (!entry || !render(journal, kind, change, &json, &len)) {
        return false;
    }
    free(entry->json);
    entry->json = json;
    entry->len = len;
    entry->number = journal->number;
    entry->changed_us = now_us;
    if (kind->table == TILES_TABLE_DEVICE && !went) {
        bool fresh = change->effect & TILES_NEW, static_too = change->effect & TILES_STATIC;
        entry->camera = tiles_feature_camera(change->page, change->row);
        entry->camera_since = entry->camera && !fresh && (static_too || entry->camera_since);
    }
    return true;
}

static struct changed *statics_of(const struct api_journal *journal, size_t *ret_count)
{
    *ret_count = journal->statics.len / sizeof(struct changed);
    return (struct changed *)(void *)journal->statics.data;
}

/* Where it is, or would be put. */
static size_t static_at(const struct api_journal *journal, uint32_t table, int64_t estate_id)
{
    size_t low = 0, high;
    const struct changed *all = statics_of(journal, &high);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all[middle].table < table || (all[middle].table == table && all[middle].estate_id < estate_id)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool take_static(struct api_journal *journal, const struct tiles_change *change, int64_t now_us)
{
    struct changed fact = {change->estate_id, journal->number, now_us, change->table};
    size_t count, at = journal->last_static;
    struct changed *all = statics_of(journal, &count);
    journal->tiles_number = journal->number;
    if (at >= count || all[at].table != fact.table || all[at].estate_id != fact.estate_id) {
        at = static_at(journal, fact.table, fact.estate_id);
    }
    if (at >= count || all[at].table != fact.table || all[at].estate_id != fact.estate_id) {
        base_buf_append(&journal->statics, &fact, sizeof fact);
        if (journal->statics.err) {
            journal->statics.err = BASE_OK; /* the next one may find memory */
            return false;
        }
        all = statics_of(journal, &count);
        memmove(&all[at + 1], &all[at], (count - 1 - at) * sizeof *all);
    }
    all[at] = fact;
    journal->last_static = at;
    return true;
}

/* Assets, devices and incidents are topics as a whole; of the others what tiles show without state counts here. */
static bool is_static(const struct tiles_change *change)
{
    bool told = change->table == TILES_TABLE_ASSET || change->table == TILES_TABLE_DEVICE ||
                change->table == TILES_TABLE_INCIDENT;
    return !told && (!change->page || change->effect & (TILES_STATIC | TILES_NEW));
}

static bool take_changes(struct api_journal *journal, const struct tiles_news *news, int64_t now_us)
{
    bool whole = news->count <= ENTRIES_MAX && journal->number > 1; /* nobody is before the first */
    bool good = whole;
    for (size_t i = 0; i < news->count; i++) {
        const struct tiles_change *change = &news->changes[i];
        int topic = topic_of(change->table);
        good = good && (topic == API_TOPICS || take_row(journal, (uint8_t)topic, change, now_us));
        if (is_static(change) && !take_static(journal, change, now_us)) {
            good = false;
        }
    }
    return good;
}

/* How it was before the news that come now. */
static void mark(struct api_journal *journal, int64_t now_us)
{
    const struct mark *last =
        journal->mark_count ? &journal->marks[(journal->first_mark + journal->mark_count - 1) % MARKS_MAX] : NULL;
    if (last && now_us - last->when_us < MARK_EVERY_US) {
        return;
    }
    if (journal->mark_count == MARKS_MAX) {
        journal->first_mark = (journal->first_mark + 1) % MARKS_MAX;
        journal->mark_count--;
    }
    struct mark *at = &journal->marks[(journal->first_mark + journal->mark_count++) % MARKS_MAX];
    at->number = journal->number;
    at->when_us = now_us;
    memcpy(at->lsns, journal->lsns, sizeof at->lsns);
}

void api_journal_take(struct api_journal *journal, const struct tiles_news *news, int64_t now_us)
{
    uint64_t *lsn = &journal->lsns[news->upstream];
    bool back = news->lsn < *lsn; /* another history: a database that was put back, or gave way to its stand-by */
    mark(journal, now_us);
    if (back) {
        journal->past[news->upstream] = *lsn;
    }
    journal->number++;
    *lsn = news->lsn;
    if (!take_changes(journal, news, now_us) || back) {
        forget_all(journal);
    }
    while (journal->oldest && (journal->count > ENTRIES_MAX || now_us - journal->oldest->changed_us > WINDOW_US)) {
        forget_oldest(journal);
    }
    journal->mark_count = back ? 0 : journal->mark_count;
}

/* --- numbers --- */

uint64_t api_journal_number(const struct api_journal *journal)
{
    return journal->number;
}

uint64_t api_journal_tiles_number(const struct api_journal *journal)
{
    return journal->tiles_number;
}

const uint64_t *api_journal_lsns(const struct api_journal *journal)
{
    return journal->lsns;
}

bool api_journal_reaches(const struct api_journal *journal, uint64_t since)
{
    return since && since >= journal->floor;
}

static bool all_reached(const uint64_t *lsns, const uint64_t *known, size_t count)
{
    size_t i = 0;
    while (i < count && lsns[i] <= known[i]) {
        i++;
    }
    return i == count;
}

/* The last mark that the test holds for, or NULL; it holds for none after one that it does not hold for. */
static const struct mark *last_mark(const struct api_journal *journal, bool (*holds)(const struct mark *, const void *),
                                    const void *of)
{
    size_t low = 0, high = journal->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holds(&journal->marks[(journal->first_mark + middle) % MARKS_MAX], of)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? &journal->marks[(journal->first_mark + low - 1) % MARKS_MAX] : NULL;
}

struct told {
    const uint64_t *lsns;
    size_t count;
};

static bool mark_told(const struct mark *mark, const void *of)
{
    const struct told *told = of;
    return all_reached(mark->lsns, told->lsns, told->count);
}

static bool mark_numbered(const struct mark *mark, const void *of)
{
    return mark->number <= *(const uint64_t *)of;
}

/* An id that is ahead of us may be of another history, too. */
static bool of_this_history(const struct api_journal *journal, const uint64_t *lsns, size_t count)
{
    size_t i = 0;
    while (i < count && lsns[i] <= journal->lsns[i] && (lsns[i] > journal->past[i] || !journal->past[i])) {
        i++;
    }
    return i == count;
}

uint64_t api_journal_find(const struct api_journal *journal, const uint64_t *lsns, size_t count)
{
    if (!of_this_history(journal, lsns, count)) {
        return 0;
    }
    if (all_reached(journal->lsns, lsns, count)) {
        return journal->number;
    }
    const struct mark *mark = last_mark(journal, mark_told, &(struct told){lsns, count});
    return mark && api_journal_reaches(journal, mark->number) ? mark->number : 0;
}

int64_t api_journal_when(const struct api_journal *journal, uint64_t number)
{
    const struct mark *mark = last_mark(journal, mark_numbered, &number);
    return mark ? mark->when_us : 0;
}

/* --- giving out --- */

static bool may_see(const struct entry *entry, struct api_viewer viewer)
{
    return data_scope_holds(viewer.scope, api_topics[entry->topic].look, entry->estate_id);
}

static bool shown(const struct entry *entry, struct api_viewer viewer)
{
    return entry->json && may_see(entry, viewer) && (viewer.wish.cameras || !entry->camera);
}

/* Out of the viewer's sight, and not under another estate in it. */
static bool lost(const struct api_journal *journal, const struct entry *entry, struct api_viewer viewer)
{
    bool hidden = entry->json && !viewer.wish.cameras && entry->camera && entry->camera_since;
    if (!may_see(entry, viewer) || (entry->json && !hidden)) {
        return false;
    }
    const struct entry *other = journal->buckets[bucket_of(entry->topic, entry->id)];
    while (other && !(other->id == entry->id && other->topic == entry->topic && shown(other, viewer))) {
        other = other->chain;
    }
    return !other;
}

static bool write_shown(const struct api_journal *journal, uint64_t since, int topic, struct api_viewer viewer,
                        struct base_json_out *out)
{
    bool some = false;
    for (const struct entry *entry = journal->newest; entry && entry->number > since; entry = entry->older) {
        if (entry->topic != topic || !shown(entry, viewer)) {
            continue;
        }
        if (!some) {
            base_json_out_key(out, api_topics[topic].name);
            base_json_out_array(out);
            some = true;
        }
        base_json_out_raw(out, (struct base_str){entry->json, entry->len});
    }
    if (some) {
        base_json_out_array_end(out);
    }
    return some;
}

static bool write_lost(const struct api_journal *journal, uint64_t since, int topic, bool first,
                       struct api_viewer viewer, struct base_json_out *out)
{
    bool some = false;
    for (const struct entry *entry = journal->newest; entry && entry->number > since; entry = entry->older) {
        if (entry->topic != topic || !lost(journal, entry, viewer)) {
            continue;
        }
        if (!some) {
            if (first) {
                base_json_out_key(out, "gone");
                base_json_out_object(out);
            }
            base_json_out_key(out, api_topics[topic].name);
            base_json_out_array(out);
            some = true;
        }
        base_json_out_i64(out, entry->id);
    }
    if (some) {
        base_json_out_array_end(out);
    }
    return some;
}

bool api_journal_rows(const struct api_journal *journal, uint64_t since, struct api_viewer viewer,
                      struct base_json_out *out)
{
    bool some = false, gone = false;
    for (int topic = 0; topic < API_TOPICS; topic++) {
        some |= viewer.wish.topics & 1U << topic && write_shown(journal, since, topic, viewer, out);
    }
    for (int topic = 0; topic < API_TOPICS; topic++) {
        gone |= viewer.wish.topics & 1U << topic && write_lost(journal, since, topic, !gone, viewer, out);
    }
    if (gone) {
        base_json_out_object_end(out);
    }
    return some || gone;
}

/* The ground, which is nobody's: the same for everybody who sees any place. */
static bool is_common(enum tiles_table_id table)
{
    return table == TILES_TABLE_LANDUSE || table == TILES_TABLE_WATER || table == TILES_TABLE_ROAD ||
           table == TILES_TABLE_PLACE;
}

static bool layer_changed(const struct api_journal *journal, const struct tiles_layer *layer, uint64_t since,
                          int64_t since_us, const struct data_scope *scope)
{
    size_t count, at = static_at(journal, layer->table, INT64_MIN);
    const struct changed *all = statics_of(journal, &count);
    bool common = is_common(layer->table) && data_scope_any(scope, layer->look);
    for (; at < count && all[at].table == layer->table; at++) {
        bool new = all[at].number > since || all[at].when_us >= since_us;
        if (new && (common || data_scope_holds(scope, layer->look, all[at].estate_id))) {
            return true;
        }
    }
    return false;
}

bool api_journal_tiles(const struct api_journal *journal, uint64_t since, int64_t since_us, struct api_viewer viewer,
                       struct base_json_out *out)
{
    bool some = false;
    for (const struct tiles_layer *layer = tiles_layers; layer->name; layer++) {
        if (layer->live || !layer_changed(journal, layer, since, since_us, viewer.scope)) {
            continue;
        }
        if (!some) {
            base_json_out_key(out, "tiles");
            base_json_out_array(out);
            some = true;
        }
        base_json_out_text(out, layer->name);
    }
    if (some) {
        base_json_out_array_end(out);
    }
    return some;
}
