/* Filters over layers: the same text means something else in each, so that each layer reads it with its own queryables.
 */
#include "tiles/tiles.h"

bool tiles_filter_lang_in(struct base_str name, enum tiles_filter_lang *ret_lang)
{
    bool json = base_str_is(name, "cql2-json");
    if (!json && !base_str_is(name, "cql2-text")) {
        return false;
    }
    *ret_lang = json ? TILES_FILTER_JSON : TILES_FILTER_TEXT;
    return true;
}

enum base_err tiles_filter_in(struct base_str text, enum tiles_filter_lang lang, const struct tiles_set *set,
                              struct base_diag *diag, struct tiles_filter *ret_filter)
{
    struct tiles_filter made = {.filters = {NULL}};
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < set->count && !err; i++) {
        const struct geo_cql2_schema *schema = set->layers[i]->queryables;
        err = lang == TILES_FILTER_JSON ? geo_cql2_json_in(text, schema, diag, &made.filters[i])
                                        : geo_cql2_text_in(text, schema, diag, &made.filters[i]);
        if (err) {
            err = base_diag_prefix(diag, err, "filter of layer \"%s\"", set->layers[i]->name);
        }
    }
    if (err) {
        tiles_filter_release(&made);
        return err;
    }
    *ret_filter = made;
    return BASE_OK;
}

void tiles_filter_release(struct tiles_filter *filter)
{
    for (size_t i = 0; i < TILES_LAYER_MAX; i++) {
        geo_cql2_free(filter->filters[i]);
    }
    *filter = (struct tiles_filter){.filters = {NULL}};
}
