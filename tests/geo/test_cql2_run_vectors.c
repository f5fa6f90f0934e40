/* geo/cql2_run.c: the expressions of ../shared/cql2, and how many features each must select. */
#include "cql2_kit.h"
#include "geo_test.h"

static size_t selected(const struct cql2_kit_layer *layer, const char *predicate)
{
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) run = NULL;
    size_t count = 0;
    test_diag.text[0] = '\0';
    test_ok(geo_cql2_text_in(base_str_of(predicate), &layer->schema, &test_diag, &filter));
    test_ok(geo_cql2_run_new(filter, &test_diag, &run));
    for (size_t i = 0; i < layer->count; i++) {
        struct geo_cql2_feature feature = cql2_kit_feature(layer, i);
        count += geo_cql2_run_feature(run, &feature, 0) == GEO_CQL2_TRUE;
    }
    return count;
}

/* Table 11 of the standard expects two places, but of the data set only Chișinău begins with "chis" (an open question
 * to the authors: opengeospatial/ogcapi-features, issue 1011). */
static const char mistaken[] = "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))";

static size_t expected(const struct cql2_kit_vector *vector)
{
    return strcmp(vector->predicate, mistaken) == 0 ? 1 : vector->expected;
}

static void selects_what_the_standard_says(void **state)
{
    (void)state;
    char path[4096];
    size_t count, wrong = 0;
    struct cql2_kit_layer *layer = NULL;
    const char *shared = fixture_shared();
    if (!shared) {
        skip();
    }
    snprintf(path, sizeof path, "%s/cql2/vectors.tsv", shared);
    struct cql2_kit_vector *vectors = cql2_kit_vectors(path, &count);
    snprintf(path, sizeof path, "%s/cql2/ne110m4cql2.gpkg", shared);
    for (size_t i = 0; i < count; i++) {
        if (!layer || strcmp(layer->name, vectors[i].layer) != 0) {
            cql2_kit_layer_free(layer);
            layer = cql2_kit_layer_new(path, vectors[i].layer);
        }
        size_t got = selected(layer, vectors[i].predicate);
        if (got != expected(&vectors[i])) {
            print_message("%zu instead of %zu: %s\n", got, expected(&vectors[i]), vectors[i].predicate);
            wrong++;
        }
    }
    cql2_kit_layer_free(layer);
    free(vectors);
    assert_int_equal(count, 176);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(selects_what_the_standard_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
