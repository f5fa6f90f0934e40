/* /metrics of the mirror, of its feeds, and of the cache of tiles. */
#include "api/private.h"

#include <math.h>

/* --- feeds: upstream="0" is the server's own database, the others in the order of --feed --- */

static double is_live(const struct tiles_upstream_health *upstream)
{
    return upstream->live;
}

static double is_loaded(const struct tiles_upstream_health *upstream)
{
    return upstream->loaded;
}

static double lag(const struct tiles_upstream_health *upstream)
{
    return (double)upstream->lag;
}

static double age(const struct tiles_upstream_health *upstream)
{
    return upstream->heard_us ? (double)(base_clock_mono_us() - upstream->heard_us) / 1e6 : (double)NAN;
}

static double resyncs(const struct tiles_upstream_health *upstream)
{
    return (double)upstream->resyncs;
}

static void feeds(struct base_buf *buf, const struct tiles_mirror_health *health)
{
    static const struct {
        const char *name, *type, *help;
        double (*of)(const struct tiles_upstream_health *);
    } families[] = {
        {"hutong_feed_live", "gauge", "1 while the change feed of the database is connected and its rows are loaded.",
         is_live},
        {"hutong_feed_loaded", "gauge", "1 once its rows were loaded.", is_loaded},
        {"hutong_feed_lag_bytes", "gauge", "Of its log, by which what is shown is behind.", lag},
        {"hutong_feed_age_seconds", "gauge", "Since it was last heard of; NaN: never.", age},
        {"hutong_feed_resyncs_total", "counter", "Snapshots after the first: each time all rows were read again.",
         resyncs},
    };
    for (size_t i = 0; i < BASE_COUNT(families); i++) {
        api_metrics_family(buf, families[i].name, families[i].type, families[i].help);
        for (size_t k = 0; k < health->count; k++) {
            base_buf_printf(buf, "%s{upstream=\"%zu\"} %.15g\n", families[i].name, k,
                            families[i].of(&health->upstreams[k]));
        }
    }
}

static void requests(struct base_buf *buf, const struct tiles_source_health *health)
{
    const struct {
        const char *result;
        uint64_t count;
    } results[] = {{"hit", health->hits},
                   {"miss", health->misses},
                   {"unchanged", health->unchanged},
                   {"empty", health->empty},
                   {"wait", health->waits}};
    api_metrics_family(buf, "hutong_tile_results_total", "counter",
                       "Tiles: found in the cache, encoded, answered 304, with nothing in them, and those that waited "
                       "while another request had the same encoded. A hit may also be unchanged.");
    for (size_t i = 0; i < BASE_COUNT(results); i++) {
        base_buf_printf(buf, "hutong_tile_results_total{result=\"%s\"} %llu\n", results[i].result,
                        (unsigned long long)results[i].count);
    }
}

void api_metrics_mirror(struct base_buf *buf, struct api_server *server)
{
    struct tiles_mirror_health mirror = tiles_mirror_health(server->mirror);
    struct tiles_source_health source = tiles_source_health(server->tiles);
    api_metrics_number(buf, "hutong_mirror_live", "gauge", "1 while all feeds are live.", mirror.live);
    api_metrics_number(buf, "hutong_mirror_rows", "gauge", "Rows in memory.", (double)mirror.rows);
    api_metrics_number(buf, "hutong_mirror_bytes", "gauge", "Memory that they take.", (double)mirror.bytes);
    api_metrics_number(buf, "hutong_mirror_rows_left_out", "gauge", "Rows that cannot be drawn.",
                       (double)mirror.left_out);
    feeds(buf, &mirror);
    requests(buf, &source);
    api_metrics_number(buf, "hutong_tile_cache_tiles", "gauge", "Tiles in the cache.", (double)source.cached);
    api_metrics_number(buf, "hutong_tile_cache_bytes", "gauge", "Memory that they take.", (double)source.cached_bytes);
}
