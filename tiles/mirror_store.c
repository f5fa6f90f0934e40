/* The mirror's stores under its lock: what is put or removed is noted at the same time, so that nothing is shown that
 * nobody is told of. */
#include "tiles/mirror_private.h"

/* Others are where this is. */
static void moved(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id, int64_t id)
{
    if (table == TILES_TABLE_BUILDING) {
        tiles_device_building(upstream, estate_id, id);
    }
    tiles_incident_place(upstream, table, estate_id, id);
}

/* The same key from two upstreams - only the shared tables can have that - is the last writer's; what the other removes
 * is then not there for it. */
enum base_err tiles_mirror_put(struct tiles_upstream *upstream, enum tiles_table_id table, const struct tiles_row *row,
                               uint32_t columns, struct base_diag *diag, unsigned *ret_effect)
{
    struct tiles_mirror *mirror = upstream->mirror;
    unsigned effect = TILES_SAME;
    enum base_err err = tiles_notes_reserve(&upstream->notes, 1, diag);
    if (!err) {
        err = tiles_store_put(mirror->stores[table], row, columns, upstream->number, diag, &effect);
    }
    if (!err && effect) {
        tiles_notes_add(&upstream->notes, table, row->estate_id, row->id, effect);
        mirror->dirty[table] = true;
        mirror->live_dirty[table] = mirror->live_dirty[table] || (effect & TILES_LIVE) || (effect & TILES_NEW);
    }
    if (!err && effect & (TILES_STATIC | TILES_NEW)) {
        moved(upstream, table, row->estate_id, row->id);
    }
    if (!err) {
        *ret_effect = effect;
    }
    return err;
}

enum base_err tiles_mirror_remove(struct tiles_upstream *upstream, enum tiles_table_id table, int64_t estate_id,
                                  int64_t id, struct base_diag *diag)
{
    struct tiles_mirror *mirror = upstream->mirror;
    enum base_err err = tiles_notes_reserve(&upstream->notes, 1, diag);
    if (!err && tiles_store_remove(mirror->stores[table], estate_id, id, upstream->number)) {
        tiles_notes_add(&upstream->notes, table, estate_id, id, 0);
        mirror->dirty[table] = true;
        moved(upstream, table, estate_id, id);
    }
    return err;
}

struct sweep {
    struct tiles_upstream *upstream;
    enum tiles_table_id table;
    enum base_err err;
};

static void swept(void *of, int64_t estate_id, int64_t id)
{
    struct sweep *sweep = of;
    sweep->upstream->mirror->dirty[sweep->table] = true;
    if (!sweep->err) {
        sweep->err = tiles_notes_reserve(&sweep->upstream->notes, 1, NULL);
    }
    if (!sweep->err) {
        tiles_notes_add(&sweep->upstream->notes, sweep->table, estate_id, id, 0);
    }
    moved(sweep->upstream, sweep->table, estate_id, id);
}

enum base_err tiles_mirror_sweep(struct tiles_upstream *upstream, enum tiles_table_id table, struct base_diag *diag)
{
    struct sweep sweep = {upstream, table, BASE_OK};
    enum base_err err = tiles_store_sweep(upstream->mirror->stores[table], upstream->number, swept, &sweep, diag);
    return !err && sweep.err ? base_diag_set(diag, sweep.err, "out of memory") : err;
}

enum base_err tiles_mirror_settle(struct tiles_mirror *mirror, enum tiles_table_id table, struct base_diag *diag)
{
    struct tiles_directory *directory = NULL;
    if (!mirror->dirty[table] && mirror->directories[table]) {
        return BASE_OK;
    }
    enum base_err err = tiles_store_publish(mirror->stores[table], diag, &directory);
    if (!err) {
        tiles_directory_unref(mirror->directories[table]);
        mirror->directories[table] = directory;
        mirror->dirty[table] = false;
        mirror->live_dirty[table] = false;
    }
    return err;
}

size_t tiles_mirror_memory(const struct tiles_mirror *mirror)
{
    size_t bytes = 0;
    for (size_t table = 0; table < TILES_TABLES; table++) {
        bytes += tiles_store_memory(mirror->stores[table]);
    }
    for (size_t i = 0; i < mirror->config.count; i++) {
        const struct tiles_upstream *upstream = &mirror->upstreams[i];
        const struct tiles_join *join = &upstream->join;
        bytes += join->bytes + upstream->notes.cap * sizeof *upstream->notes.at;
        bytes += tiles_map_memory(&join->assets) + tiles_map_memory(&join->devices) + tiles_map_memory(&join->homes) +
                 tiles_map_memory(&join->incidents) + tiles_map_memory(&join->incident_homes) +
                 tiles_map_memory(&join->seen) + tiles_map_memory(&upstream->estates);
        for (size_t table = 0; table < TILES_TABLES; table++) {
            bytes += tiles_map_memory(&join->waiting[table]);
        }
        for (size_t feed = 0; feed < TILES_FEEDS; feed++) {
            bytes += tiles_map_memory(&join->left_out[feed]);
        }
    }
    return bytes;
}
