/* geo/cql2_run.c: one filter, a run of it in each of several threads. */
#include "geo_test.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20000 };

static const struct geo_cql2_property properties[] = {
    {.name = "name", .type = GEO_CQL2_TEXT},
    {.name = "number", .type = GEO_CQL2_INTEGER},
    {.name = "geom", .type = GEO_CQL2_GEOMETRY},
};
static const struct geo_cql2_schema schema = {.properties = properties, .count = BASE_COUNT(properties)};
static const char text[] = "number < 9000 AND ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('TÖWER%')) AND "
                           "S_INTERSECTS(geom, POLYGON((0 0, 10 0, 0 10, 0 0)))";

struct row {
    int64_t number;
    struct geo_shape shape;
};

static void value_of(const void *of, uint32_t property, struct geo_cql2_value *ret_value)
{
    const struct row *row = of;
    *ret_value = (struct geo_cql2_value){.type = properties[property].type};
    if (property == 0) {
        ret_value->text = base_str_of(row->number % 2 ? "Töwer" : "Höuse");
    } else if (property == 1) {
        ret_value->integer = row->number;
    } else {
        ret_value->geometry = (struct geo_cql2_geometry){&row->shape, 1};
    }
}

struct job {
    const struct geo_cql2 *filter;
    size_t selected;
    enum base_err err;
};

static void *work(void *at)
{
    struct job *job = at;
    struct geo_cql2_run *run;
    struct row row;
    job->err = geo_cql2_run_new(job->filter, NULL, &run);
    if (job->err) {
        return NULL;
    }
    geo_shape_init(&row.shape);
    geo_shape_reset(&row.shape, GEO_SHAPE_LINE);
    geo_shape_vertex(&row.shape, 4, 4);
    geo_shape_vertex(&row.shape, 20, 20);
    geo_shape_ring_end(&row.shape);
    geo_shape_part_end(&row.shape);
    for (row.number = 0; row.number < ROUNDS; row.number++) {
        struct geo_cql2_feature feature = {&row, value_of};
        job->selected += geo_cql2_run_feature(run, &feature, 0) == GEO_CQL2_TRUE;
    }
    geo_shape_release(&row.shape);
    geo_cql2_run_free(run);
    return NULL;
}

static void one_filter_many_runs(void **state)
{
    (void)state;
    AUTO(geo_cql2) filter = NULL;
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    test_ok(geo_cql2_text_in(base_str_of(text), &schema, &test_diag, &filter));
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.filter = filter};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].err, BASE_OK);
        assert_int_equal(jobs[i].selected, 4500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_filter_many_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
