/* Which rows a layer of a tile shows, and which of too many. */
#include "tiles/render_private.h"

#include <string.h>

enum base_err render_pick(struct rendering *rendering, const struct tiles_extent *extent, struct base_diag *diag)
{
    const struct tiles_layer *layer = rendering->layer;
    struct base_buf *picks = &rendering->mvt->picks;
    const struct tiles_rule *rule = &rendering->rule;
    struct tiles_walk walk = tiles_view_walk(rendering->view, layer->table, extent, rendering->scope, layer->look);
    const struct tiles_page *page;
    uint32_t rows[TILES_PAGE_ROWS * 2], count;
    base_buf_reset(picks);
    while ((count = tiles_walk_next(&walk, &page, rows))) {
        struct render_pick *next = (struct render_pick *)(void *)base_buf_reserve(picks, count * sizeof *next);
        if (!next) {
            return base_diag_set(diag, picks->err, "too many rows for layer \"%s\" of a tile", layer->name);
        }
        for (uint32_t i = 0; i < count; i++) {
            uint32_t row = rows[i];
            if ((!layer->live || tiles_page_has_live(page, row)) && (!rule->shows || rule->shows(rule, page, row)) &&
                render_filter_passes(&rendering->filter, page, row)) {
                *next++ = (struct render_pick){page, row};
                picks->len += sizeof *next;
            }
        }
    }
    return BASE_OK;
}

/* --- the largest --- */
/* Large houses before small ones; of others, what is wide or high. */
static float weight(int area, const struct tiles_page *page, uint32_t row)
{
    double area_m2;
    if (area >= 0) {
        return tiles_page_f64(page, row, area, &area_m2) ? (float)area_m2 : 0;
    }
    const struct tiles_extent *extent = &page->shapes->extents[row];
    return (float)(extent->max_x - extent->min_x) + (float)(extent->max_y - extent->min_y);
}

struct heavy {
    float weight;
    uint32_t index;
    int64_t id, estate_id;
};

/* Equally large ones by their ids, so that every server keeps the same. */
static bool before(const struct heavy *a, const struct heavy *b)
{
    return a->weight != b->weight ? a->weight > b->weight
           : a->id != b->id       ? a->id < b->id
                                  : a->estate_id < b->estate_id;
}

static void swap(struct heavy *a, struct heavy *b)
{
    struct heavy held = *a;
    *a = *b;
    *b = held;
}

/* The first `most` of the order to the front, in no order (quickselect; Hoare 1961). */
static void select_first(struct heavy *all, uint32_t count, uint32_t most)
{
    uint32_t from = 0, to = count;
    while (to - from > 1) {
        swap(&all[from + (to - from) / 2], &all[to - 1]);
        uint32_t split = from;
        for (uint32_t i = from; i + 1 < to; i++) {
            if (before(&all[i], &all[to - 1])) {
                swap(&all[i], &all[split++]);
            }
        }
        swap(&all[split], &all[to - 1]);
        if (split == most) {
            return;
        }
        if (split > most) {
            to = split;
        } else {
            from = split + 1;
        }
    }
}

void render_pick_largest(struct rendering *rendering)
{
    struct base_buf *picks = &rendering->mvt->picks;
    const uint32_t most = rendering->rule.most;
    const int area = tiles_table_column(&tiles_tables[rendering->layer->table], "area_m2");
    struct render_pick *each = (struct render_pick *)(void *)picks->data;
    uint32_t count = (uint32_t)(picks->len / sizeof *each);
    if (count <= most) {
        return;
    }
    size_t kept_len = picks->len;
    struct heavy *all = (struct heavy *)(void *)base_buf_reserve(picks, count * sizeof *all + (size_t)count);
    if (!all) {
        return; /* sticks in picks->err */
    }
    each = (struct render_pick *)(void *)picks->data;
    uint8_t *keep = (uint8_t *)(all + count);
    for (uint32_t i = 0; i < count; i++) {
        const struct tiles_page *page = each[i].page;
        all[i] = (struct heavy){weight(area, page, each[i].row), i, page->ids[each[i].row], page->estates[each[i].row]};
    }
    memset(keep, 0, count);
    select_first(all, count, most);
    for (uint32_t i = 0; i < most; i++) {
        keep[all[i].index] = 1;
    }
    picks->len = 0;
    for (uint32_t i = 0; i < count && picks->len < kept_len; i++) {
        if (keep[i]) {
            each[picks->len / sizeof *each] = each[i];
            picks->len += sizeof *each;
        }
    }
}
