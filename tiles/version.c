/* Which rows a tile is made of, as numbers: two that tell quickly that nothing has changed, and the sum of hashes that
 * says the same on every server. */
#include "tiles/private.h"

#include <string.h>

/* What a layer is made of at the request's zoom. */
struct part {
    enum tiles_table_id table;
    enum data_look look;
    bool live;
    struct tiles_extent extent;
};
enum { PARTS = 2 };

static const struct tiles_extent world = {0, 0, UINT32_MAX, UINT32_MAX};

static bool is_live(const struct tiles_table *table, const char *name)
{
    int column = tiles_table_column(table, name);
    return column >= 0 && table->columns[column].live;
}

/* Does anything that it shows, or that a filter may ask, change on its own? */
static bool shows_state(const struct tiles_layer *layer)
{
    const struct tiles_table *table = &tiles_tables[layer->table];
    bool live = layer->live;
    for (const struct tiles_field *field = layer->fields; field->name && !live; field++) {
        live = is_live(table, field->name);
    }
    for (size_t i = 0; i < layer->queryables->count && !live; i++) {
        live = is_live(table, layer->queryables->properties[i].name);
    }
    return live;
}

static bool melts(const struct tiles_layer *layer, uint32_t zoom)
{
    return layer->table == TILES_TABLE_BUILDING && zoom < layer->whole_zoom;
}

/* Buildings that melt are counted over the whole of the estates that meet the tile; and whether a building has an
 * estate to melt into is a matter of all of them. */
static size_t parts_of(const struct tiles_view *view, const struct tiles_request *request, size_t index,
                       struct part parts[PARTS])
{
    const struct tiles_layer *layer = request->set.layers[index];
    if (request->address.z < layer->min_zoom) {
        return 0;
    }
    parts[0] = (struct part){layer->table, layer->look, shows_state(layer),
                             tiles_render_extent(view, request->scope, layer, request->address)};
    parts[1] = (struct part){TILES_TABLE_ESTATE, layer->look, false, world};
    return melts(layer, request->address.z) ? 2 : 1;
}

static uint64_t mixed(uint64_t sum, uint64_t more)
{
    sum = (sum ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32;
}

static uint64_t serial_of(const struct tiles_view *view, enum tiles_table_id table)
{
    const struct tiles_directory *directory = view->tables[table];
    return directory ? directory->serial : 0;
}

uint64_t tiles_version_moment(const struct tiles_view *view, const struct tiles_request *request)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < request->set.count; i++) {
        const struct tiles_layer *layer = request->set.layers[i];
        if (request->address.z >= layer->min_zoom) {
            sum = mixed(sum, serial_of(view, layer->table));
            sum = melts(layer, request->address.z) ? mixed(sum, serial_of(view, TILES_TABLE_ESTATE)) : sum;
        }
    }
    return sum;
}

uint64_t tiles_version_stamp(const struct tiles_view *view, const struct tiles_request *request)
{
    uint64_t sum = 1;
    struct part parts[PARTS];
    for (size_t i = 0; i < request->set.count; i++) {
        size_t count = parts_of(view, request, i, parts);
        for (size_t k = 0; k < count; k++) {
            const struct part *part = &parts[k];
            sum = mixed(sum, tiles_view_stamp(view, part->table, &part->extent, false));
            sum = part->live ? mixed(sum, tiles_view_stamp(view, part->table, &part->extent, true)) : sum;
        }
    }
    return sum;
}

static size_t pages_of(const struct tiles_directory *directory, const struct tiles_extent *extent)
{
    size_t pages = 0;
    for (uint32_t i = 0; directory && i < directory->count; i++) {
        pages += tiles_extent_meets(&directory->extents[i], extent);
    }
    return pages;
}

size_t tiles_version_pages(const struct tiles_view *view, const struct tiles_request *request)
{
    size_t pages = 0;
    struct part parts[PARTS];
    for (size_t i = 0; i < request->set.count; i++) {
        size_t count = parts_of(view, request, i, parts);
        for (size_t k = 0; k < count; k++) {
            pages += pages_of(view->tables[parts[k].table], &parts[k].extent);
        }
    }
    return pages;
}

/* --- tags --- */

static void put_u64(struct base_buf *content, uint64_t value)
{
    base_buf_u64be(content, value); /* the same bytes on every machine */
}

static bool put_sum(struct base_buf *content, struct tiles_sum sum)
{
    put_u64(content, sum.high);
    put_u64(content, sum.low);
    return sum.high || sum.low;
}

/* True: there are rows. A layer of state without any state shows nothing. */
static bool put_layer(const struct tiles_view *view, const struct tiles_request *request, size_t index,
                      struct base_buf *content)
{
    struct part parts[PARTS];
    const struct tiles_layer *layer = request->set.layers[index];
    size_t count = parts_of(view, request, index, parts);
    bool some = false;
    for (size_t k = 0; k < count; k++) {
        struct tiles_walk walk = tiles_view_walk(view, parts[k].table, &parts[k].extent, request->scope, parts[k].look);
        bool rows = put_sum(content, tiles_view_sum(walk, false));
        bool state = parts[k].live && put_sum(content, tiles_view_sum(walk, true));
        some = some || (k == 0 && rows && (state || !layer->live));
    }
    base_buf_text(content, layer->name);
    base_buf_u8(content, '\0');
    if (request->filter && request->filter->filters[index]) {
        geo_cql2_text_out(request->filter->filters[index], content);
        base_buf_u8(content, '\0');
    }
    return some;
}

enum base_err tiles_version_etags(const struct tiles_view *view, const struct tiles_request *request,
                                  struct base_diag *diag, char ret_etags[2][TILES_ETAG_TEXT], bool *ret_some)
{
    AUTO_VALUE(base_buf) content;
    base_buf_init(&content, GEO_CQL2_TEXT_MAX * (TILES_LAYER_MAX + 1));
    bool some = false;
    put_u64(&content, TILES_ENCODER_VERSION);
    put_u64(&content, request->address.z);
    put_u64(&content, request->address.x);
    put_u64(&content, request->address.y);
    put_u64(&content, request->cameras);
    for (size_t i = 0; i < request->set.count; i++) {
        some = put_layer(view, request, i, &content) || some;
    }
    if (content.err) {
        return base_diag_set(diag, content.err, "the filter is too long");
    }
    tiles_etag_of(base_buf_str(&content), 'i', ret_etags[0]);
    memcpy(ret_etags[1], ret_etags[0], TILES_ETAG_TEXT);
    ret_etags[1][strlen(ret_etags[1]) - 2] = 'g'; /* before the closing quote */
    *ret_some = some;
    return BASE_OK;
}

bool tiles_version_static(const struct tiles_set *set)
{
    bool fixed = true;
    for (size_t i = 0; i < set->count && fixed; i++) {
        fixed = !shows_state(set->layers[i]) && set->layers[i]->look != DATA_LOOK_UNIT; /* units move */
    }
    return fixed;
}

/* Of static layers; buildings with the estates that they melt into. */
uint64_t tiles_version_whole_stamp(const struct tiles_view *view, const struct tiles_set *set)
{
    uint64_t stamp = 1;
    for (size_t i = 0; i < set->count; i++) {
        const struct tiles_layer *layer = set->layers[i];
        stamp = mixed(stamp, tiles_view_stamp(view, layer->table, &world, false));
        stamp = melts(layer, 0) ? mixed(stamp, tiles_view_stamp(view, TILES_TABLE_ESTATE, &world, false)) : stamp;
    }
    return stamp;
}

static struct tiles_sum whole_sum(const struct tiles_view *view, enum tiles_table_id table,
                                  const struct data_scope *scope, enum data_look look)
{
    return tiles_view_sum(tiles_view_walk(view, table, &world, scope, look), false);
}

struct tiles_sum tiles_version_whole(const struct tiles_view *view, const struct tiles_set *set,
                                     const struct data_scope *scope)
{
    struct tiles_sum sum = {.low = TILES_ENCODER_VERSION};
    for (size_t i = 0; i < set->count; i++) {
        const struct tiles_layer *layer = set->layers[i];
        tiles_sum_add(&sum, whole_sum(view, layer->table, scope, layer->look));
        if (melts(layer, 0)) {
            tiles_sum_add(&sum, whole_sum(view, TILES_TABLE_ESTATE, scope, layer->look));
        }
    }
    return sum;
}

/* --- whose cameras --- */

static bool holds(const struct base_buf *estates, int64_t estate_id)
{
    const int64_t *each = (const int64_t *)(const void *)estates->data;
    for (size_t i = 0; i < estates->len / sizeof *each; i++) {
        if (each[i] == estate_id) {
            return true;
        }
    }
    return false;
}

static void cameras_of(const struct tiles_view *view, const struct tiles_request *request,
                       const struct tiles_layer *layer, struct base_buf *cameras)
{
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    struct tiles_extent extent = tiles_world_extent(request->address);
    struct tiles_walk walk = tiles_view_walk(view, layer->table, &extent, request->scope, layer->look);
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        for (uint32_t i = 0; i < count; i++) {
            if (!holds(cameras, page->estates[rows[i]]) && tiles_feature_camera(page, rows[i])) {
                base_buf_append(cameras, &page->estates[rows[i]], sizeof(int64_t));
            }
        }
    }
}

enum base_err tiles_version_cameras(const struct tiles_view *view, const struct tiles_request *request,
                                    struct base_buf *cameras)
{
    for (size_t i = 0; i < request->set.count; i++) {
        const struct tiles_layer *layer = request->set.layers[i];
        if (request->cameras && layer->table == TILES_TABLE_DEVICE && request->address.z >= layer->min_zoom) {
            cameras_of(view, request, layer, cameras);
        }
    }
    return cameras->err;
}
