/* Guards in turn: fix k of all is due k / rate seconds after the start and belongs to guard k modulo their number.
 * Devices have a mind of their own: each says when it is due next. */
#include "sensors/simulate.h"

#include <math.h>
#include <stdlib.h>

struct sensors_simulate {
    struct simulate_path *paths;
    size_t path_count;
    struct simulate_walker *walkers;
    size_t guards;
    struct simulate_ways ways[SIMULATE_GROUNDS];
    struct simulate_device *devices;
    size_t device_count;
    size_t next_device; /* the one that is due first */
    double rate;
    int64_t start_us;
    uint64_t fixes;                  /* whose walker has gone on */
    struct simulate_walker *telling; /* has reports to send, then its fix; NULL: nobody */
    size_t telling_number;
    struct sensors_simulate_past past;
    bool is_past, held;
};

static int64_t due_of(const struct sensors_simulate *simulate, uint64_t fix)
{
    return simulate->start_us + (int64_t)((double)fix / simulate->rate * 1e6);
}

/* *ret_added false: it cannot be walked; others may do. */
static enum base_err add_path(struct simulate_path *paths, size_t *count, const struct sensors_simulate_route *route,
                              struct base_diag *diag, bool *ret_added)
{
    enum base_err err = sensors_simulate_path_init(&paths[*count], route, diag);
    *ret_added = !err;
    *count += !err;
    return err == BASE_INVALID ? BASE_OK : err;
}

static enum base_err add_paths(struct sensors_simulate *simulate, const struct sensors_simulate_plan *plan,
                               struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < plan->route_count && !err; i++) {
        bool added = false;
        struct simulate_path *path = &simulate->paths[simulate->path_count];
        err = add_path(simulate->paths, &simulate->path_count, &plan->routes[i], diag, &added);
        if (err || !added) {
            continue;
        }
        for (size_t k = 0; k < plan->stop_count && !err; k++) {
            if (plan->stops[k].estate_id == plan->routes[i].estate_id) {
                err = sensors_simulate_path_stop(path, &plan->stops[k], diag);
            }
        }
    }
    if (!err && simulate->path_count == 0) {
        return base_diag_set(diag, BASE_INVALID, "none of %zu routes can be walked", plan->route_count);
    }
    return err;
}

static double rate_of(double wished)
{
    return wished > 0 ? wished : SENSORS_SIMULATE_GUARDS / 2.0;
}

static enum base_err add_walkers(struct sensors_simulate *simulate, const struct sensors_simulate_plan *plan,
                                 struct base_diag *diag)
{
    simulate->rate = rate_of(plan->rate);
    simulate->guards = (size_t)fmax(ceil(simulate->rate), SENSORS_SIMULATE_GUARDS);
    simulate->rate = simulate->is_past ? (double)simulate->guards / SIMULATE_PAST_FIX_S : simulate->rate;
    simulate->walkers = calloc(simulate->guards, sizeof *simulate->walkers);
    if (!simulate->walkers) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < simulate->guards; i++) {
        struct sensors_seeded own = sensors_seeded_of(plan->seed, i);
        sensors_simulate_walk_begin(&simulate->walkers[i], &simulate->paths[i % simulate->path_count],
                                    sensors_seeded_next(&own), plan->start_us);
        if (simulate->is_past) {
            sensors_simulate_past_begin(&simulate->walkers[i], &simulate->past);
        }
    }
    return BASE_OK;
}

static void find_next_device(struct sensors_simulate *simulate)
{
    simulate->next_device = 0;
    for (size_t i = 1; i < simulate->device_count; i++) {
        if (simulate->devices[i].due_us < simulate->devices[simulate->next_device].due_us) {
            simulate->next_device = i;
        }
    }
}

static enum base_err add_ways(struct simulate_ways *ways, const struct sensors_simulate_route *list, size_t count,
                              struct base_diag *diag)
{
    enum base_err err = BASE_OK;
    bool added;
    ways->list = calloc(count + 1, sizeof *ways->list);
    if (!ways->list) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && !err; i++) {
        err = add_path(ways->list, &ways->count, &list[i], diag, &added);
    }
    return err;
}

static enum base_err add_devices(struct sensors_simulate *simulate, const struct sensors_simulate_plan *plan,
                                 struct base_diag *diag)
{
    const struct sensors_simulate_past *past = simulate->is_past ? &simulate->past : NULL;
    enum base_err err = add_ways(&simulate->ways[SIMULATE_ROADS], plan->roads, plan->road_count, diag);
    err = err ? err : add_ways(&simulate->ways[SIMULATE_HALTS], plan->halts, plan->halt_count, diag);
    err = err ? err : add_ways(&simulate->ways[SIMULATE_SWEEPS], plan->sweeps, plan->sweep_count, diag);
    simulate->devices = calloc(plan->device_count + 1, sizeof *simulate->devices);
    if (!err && !simulate->devices) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < plan->device_count && !err; i++) {
        simulate->device_count +=
            sensors_simulate_device_begin(&simulate->devices[simulate->device_count], &plan->devices[i], simulate->ways,
                                          simulate->device_count, plan->seed, plan->start_us);
    }
    err = err ? err
              : sensors_simulate_device_share(simulate->devices, simulate->device_count, past, plan->start_us, diag);
    for (size_t i = 0; i < simulate->device_count && past; i++) {
        sensors_simulate_device_past(&simulate->devices[i], past);
    }
    find_next_device(simulate);
    return err;
}

enum base_err sensors_simulate_new(const struct sensors_simulate_plan *plan, struct base_diag *diag,
                                   struct sensors_simulate **ret_simulate)
{
    if (!(plan->rate >= 0 && plan->rate <= SENSORS_SIMULATE_RATE_MAX)) {
        return base_diag_set(diag, BASE_INVALID, "rate: between 0 and %.0f fixes a second", SENSORS_SIMULATE_RATE_MAX);
    }
    AUTO(sensors_simulate) simulate = calloc(1, sizeof *simulate);
    if (!simulate) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    simulate->start_us = plan->start_us;
    simulate->is_past = plan->past != NULL;
    simulate->past = plan->past ? *plan->past : (struct sensors_simulate_past){0};
    simulate->paths = calloc(plan->route_count + 1, sizeof *simulate->paths);
    if (!simulate->paths) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = add_paths(simulate, plan, diag);
    if (!err) {
        err = add_walkers(simulate, plan, diag);
    }
    if (!err) {
        err = add_devices(simulate, plan, diag);
    }
    if (err) {
        return err;
    }
    *ret_simulate = simulate;
    simulate = NULL;
    return BASE_OK;
}

void sensors_simulate_free(struct sensors_simulate *simulate)
{
    if (!simulate) {
        return;
    }
    for (size_t i = 0; i < simulate->path_count; i++) {
        sensors_simulate_path_release(&simulate->paths[i]);
    }
    for (size_t i = 0; i < SIMULATE_GROUNDS; i++) {
        for (size_t k = 0; k < simulate->ways[i].count; k++) {
            sensors_simulate_path_release(&simulate->ways[i].list[k]);
        }
        free(simulate->ways[i].list);
    }
    for (size_t i = 0; i < simulate->device_count; i++) {
        sensors_simulate_device_release(&simulate->devices[i]);
    }
    free(simulate->paths);
    free(simulate->walkers);
    free(simulate->devices);
    free(simulate);
}

size_t sensors_simulate_guards(const struct sensors_simulate *simulate)
{
    return simulate->guards;
}

size_t sensors_simulate_devices(const struct sensors_simulate *simulate)
{
    return simulate->device_count;
}

static int64_t guards_due(const struct sensors_simulate *simulate)
{
    return simulate->telling ? simulate->telling->time_us : due_of(simulate, simulate->fixes);
}

static bool device_first(const struct sensors_simulate *simulate)
{
    return simulate->device_count && simulate->devices[simulate->next_device].due_us < guards_due(simulate);
}

int64_t sensors_simulate_due(const struct sensors_simulate *simulate)
{
    return device_first(simulate) ? simulate->devices[simulate->next_device].due_us : guards_due(simulate);
}

/* False: he says nothing, for he stands where he stood, or his phone is off. */
static bool tells(const struct sensors_simulate *simulate, const struct simulate_walker *walker)
{
    bool rests = walker->post_until_us && (simulate->fixes / simulate->guards) % SIMULATE_PAST_POST;
    return !simulate->is_past || (!rests && !sensors_simulate_past_silent(walker, walker->time_us));
}

/* False: that position is not sent. */
static bool tell_guard(struct sensors_simulate *simulate, int64_t due, struct base_buf *topic, struct base_buf *payload)
{
    if (!simulate->telling) {
        size_t guard = (size_t)(simulate->fixes++ % simulate->guards);
        struct simulate_walker *walker = &simulate->walkers[guard];
        sensors_simulate_walk_to(walker, due);
        if (!tells(simulate, walker)) {
            return false;
        }
        simulate->telling = walker;
        simulate->telling_number = guard + 1;
    }
    struct simulate_walker *walker = simulate->telling;
    simulate->held = sensors_simulate_past_held(walker, walker->time_us);
    if (walker->report_told < walker->report_count) {
        const struct simulate_report *report = &walker->reports[walker->report_told++];
        sensors_simulate_phone_transition(walker, report, simulate->telling_number, topic, payload);
    } else {
        sensors_simulate_phone_location(walker, simulate->telling_number, topic, payload);
        simulate->telling = NULL;
    }
    return true;
}

/* False: nobody said anything, though it was time. */
static bool tell(struct sensors_simulate *simulate, int64_t due, struct base_buf *topic, struct base_buf *payload)
{
    simulate->held = false;
    if (!device_first(simulate)) {
        return tell_guard(simulate, due, topic, payload);
    }
    sensors_simulate_device_tell(&simulate->devices[simulate->next_device], topic, payload);
    find_next_device(simulate);
    return true;
}

enum base_err sensors_simulate_next(struct sensors_simulate *simulate, int64_t until_us, struct base_buf *topic,
                                    struct base_buf *payload, bool *ret_any)
{
    bool told = false;
    for (int64_t due = 0; !told && (due = sensors_simulate_due(simulate)) <= until_us;) {
        told = tell(simulate, due, topic, payload);
    }
    enum base_err err = !told ? BASE_OK : topic->err ? topic->err : payload->err;
    if (!err) {
        *ret_any = told;
    }
    return err;
}

bool sensors_simulate_held(const struct sensors_simulate *simulate)
{
    return simulate->held;
}

void sensors_simulate_live(struct sensors_simulate *simulate, double rate, int64_t now_us)
{
    simulate->is_past = false;
    simulate->rate = rate_of(rate);
    simulate->start_us = now_us;
    simulate->fixes = 0;
    for (size_t i = 0; i < simulate->guards; i++) {
        simulate->walkers[i].past = NULL;
        simulate->walkers[i].post_until_us = 0;
    }
    for (size_t i = 0; i < simulate->device_count; i++) {
        sensors_simulate_device_live(&simulate->devices[i], now_us);
    }
    find_next_device(simulate);
}

void sensors_simulate_pause(struct sensors_simulate *simulate, int64_t span_us)
{
    simulate->start_us += span_us;
    for (size_t i = 0; i < simulate->guards; i++) {
        struct simulate_walker *walker = &simulate->walkers[i];
        walker->time_us += span_us;
        walker->stand_until_us += walker->stand_until_us ? span_us : 0;
    }
    for (size_t i = 0; i < simulate->device_count; i++) {
        simulate->devices[i].due_us += span_us; /* nobody pauses in a day that was */
        simulate->devices[i].walker.time_us += span_us;
        simulate->devices[i].tour.origin_us += span_us;
        simulate->devices[i].tour.from_us += span_us;
    }
}
