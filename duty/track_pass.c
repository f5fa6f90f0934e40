/* Passes derived again: the same rules as ingest's, over all that is stored by now, compared with what stands. */
#include "duty/track_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUBJECT,
    T_EVENT,
    PLACE_KIND,
    PLACE_ID,
    ESTATE,
    VERSION,
    T_TO,
    TYPE,
    NEAREST,
    ACC,
    FIXES,
    METHOD,
    OPEN,
    VOID,
    KNOWN
};

/* --- what follows --- */
static void take(void *at, const struct facts_pass *pass)
{
    struct duty_passes *passes = at;
    if (!duty_track_room(&passes->given, &passes->given_cap, passes->given_count + 1, sizeof *passes->given)) {
        passes->err = BASE_NOMEM;
        return;
    }
    passes->given[passes->given_count] = *pass;
    passes->given[passes->given_count].t_written = (int64_t)passes->given_count; /* when it was given: see below */
    passes->given_count++;
}

static void run(struct duty_passes *passes, const struct duty_unit *unit, const struct duty_walker *walker,
                const struct facts_places *places, struct facts_track *track)
{
    const struct facts_rules *rules = facts_rules_of(walker->type);
    const struct facts_sink sink = {take, passes};
    passes->given_count = 0;
    facts_track_init(track);
    for (size_t i = unit->first; i < unit->end && rules; i++) {
        const struct duty_row *row = unit->list[i].row;
        if (row) {
            const struct facts_fix fix = {
                .t_event = row->t_event, .shift_id = row->shift_id, .at = {row->lon, row->lat}, .acc_m = row->acc_m};
            facts_track_fix(track, rules, &fix, places, &sink);
        } else {
            facts_track_checkin(track, rules, &unit->list[i].checkin->of, &sink);
        }
    }
}

static int key_order(const struct facts_pass *a, const struct facts_pass *b)
{
    if (a->t_from != b->t_from) {
        return a->t_from < b->t_from ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->place_id != b->place_id) {
        return a->place_id < b->place_id ? -1 : 1;
    }
    return (a->estate_id > b->estate_id) - (a->estate_id < b->estate_id);
}

static int by_key(const void *a, const void *b)
{
    const struct facts_pass *x = a, *y = b;
    int order = key_order(x, y);
    return order ? order : (x->t_written > y->t_written) - (x->t_written < y->t_written);
}

/* Of each key the one that was given last. */
static void keep_valid(struct duty_passes *passes)
{
    size_t kept = 0;
    if (passes->given_count) {
        qsort(passes->given, passes->given_count, sizeof *passes->given, by_key);
    }
    for (size_t i = 0; i < passes->given_count; i++) {
        if (i + 1 == passes->given_count || key_order(&passes->given[i], &passes->given[i + 1]) != 0) {
            passes->given[kept++] = passes->given[i];
        }
    }
    passes->given_count = kept;
}

/* --- the live track --- */
static bool same_float(float a, float b)
{
    return isnan(a) ? isnan(b) : a == b;
}

static bool same_fix(const struct facts_fix *a, const struct facts_fix *b)
{
    return a->t_event == b->t_event && a->at.lon == b->at.lon && a->at.lat == b->at.lat &&
           same_float(a->acc_m, b->acc_m);
}

static const struct facts_pass *open_of(const struct facts_track *track, const struct facts_pass *pass)
{
    for (uint32_t i = 0; i < track->open_count; i++) {
        if (key_order(&track->open[i], pass) == 0) {
            return &track->open[i];
        }
    }
    return NULL;
}

static bool same_pass(const struct facts_pass *a, const struct facts_pass *b)
{
    return a->t_to == b->t_to && a->method == b->method && a->fixes == b->fixes && a->nearest_m == b->nearest_m &&
           same_float(a->acc_m, b->acc_m);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == SENSORS_NO_TIME || b < a ? b : a;
}

/* Since when the live track is not what it would have become had everything come in order. */
static int64_t differ(const struct facts_track *live, const struct facts_track *derived)
{
    int64_t from_us = SENSORS_NO_TIME;
    for (uint32_t i = 0; i < derived->open_count; i++) {
        const struct facts_pass *other = open_of(live, &derived->open[i]);
        if (!other || !same_pass(other, &derived->open[i])) {
            from_us = earlier(from_us, derived->open[i].t_from);
        }
    }
    for (uint32_t i = 0; i < live->open_count; i++) {
        if (!open_of(derived, &live->open[i])) {
            from_us = earlier(from_us, live->open[i].t_from);
        }
    }
    if (!same_fix(&live->last, &derived->last) || live->doubted != derived->doubted ||
        (live->doubted && !same_fix(&live->jump, &derived->jump))) {
        from_us = earlier(from_us, derived->last.t_event);
        from_us = earlier(from_us, live->last.t_event);
    }
    return from_us;
}

/* --- comparing --- */
static enum facts_kind kind_of(struct base_str name)
{
    enum facts_kind kind = FACTS_KIND_BUILDING;
    while (kind + 1 < FACTS_KIND_COUNT && !base_str_is(name, facts_kind_name(kind))) {
        kind++;
    }
    return kind;
}

static struct facts_pass pass_of(const struct data_rows *rows, size_t row)
{
    bool checkin = base_str_is(data_rows_bytes(rows, row, METHOD), facts_method_name(FACTS_METHOD_CHECKIN));
    return (struct facts_pass){.kind = kind_of(data_rows_bytes(rows, row, PLACE_KIND)),
                               .method = checkin ? FACTS_METHOD_CHECKIN : FACTS_METHOD_TRACK,
                               .open = data_rows_bool(rows, row, OPEN),
                               .place_id = data_rows_i64(rows, row, PLACE_ID),
                               .estate_id = data_rows_i64(rows, row, ESTATE),
                               .t_from = data_rows_time(rows, row, T_EVENT),
                               .t_to = data_rows_time(rows, row, T_TO),
                               .nearest_m = (float)data_rows_f64(rows, row, NEAREST),
                               .acc_m = data_rows_null(rows, row, ACC) ? NAN : (float)data_rows_f64(rows, row, ACC),
                               .fixes = (int32_t)data_rows_i64(rows, row, FIXES)};
}

static void put(struct duty_passes *passes, const struct duty_walker *walker, const struct facts_pass *pass,
                int64_t version, int64_t stood_to_us, bool nothing)
{
    if (!duty_track_room(&passes->list, &passes->cap, passes->count + 1, sizeof *passes->list)) {
        passes->err = BASE_NOMEM;
        return;
    }
    struct duty_pass *to = &passes->list[passes->count++];
    *to = (struct duty_pass){.subject = walker->subject,
                             .type = walker->type,
                             .version = (int32_t)(version < 1 ? 2 : version + 1),
                             .nothing = nothing,
                             .until_us = stood_to_us > pass->t_to ? stood_to_us : pass->t_to,
                             .pass = *pass};
    to->pass.open = false;
}

struct compared {
    const struct duty_unit *unit;
    const struct facts_track *derived, *live; /* what is open in them is left alone; live NULL: there is none */
    int64_t from_us;
};

static bool is_open(const struct compared *compared, const struct facts_pass *pass)
{
    return open_of(compared->derived, pass) || (compared->live && open_of(compared->live, pass));
}

static bool is_of(const struct compared *compared, const struct facts_pass *pass)
{
    return pass->t_from >= compared->from_us && pass->t_from < compared->unit->to_us;
}

/* Rows of the subject: found by bisection, as they are in order of subjects. */
static size_t first_row(const struct data_rows *rows, struct base_id subject)
{
    size_t low = 0, high = data_rows_count(rows);
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct base_id other = data_rows_id(rows, middle, SUBJECT);
        if (memcmp(other.bytes, subject.bytes, sizeof subject.bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct facts_pass *given_of(struct duty_passes *passes, const struct facts_pass *pass)
{
    size_t low = 0, high = passes->given_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = key_order(&passes->given[middle], pass);
        if (order == 0) {
            return &passes->given[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

enum { UNSEEN = -1, SEEN = -2 }; /* in t_written of what was given, while it is compared */

static void compare_row(struct duty_passes *passes, const struct duty_walker *walker, const struct compared *compared,
                        const struct data_rows *rows, size_t row)
{
    struct facts_pass pass = pass_of(rows, row);
    bool nothing = data_rows_bool(rows, row, VOID);
    struct facts_pass *given = given_of(passes, &pass);
    if (given) {
        given->t_written = SEEN;
    }
    if (!is_of(compared, &pass) || is_open(compared, &pass)) {
        return;
    }
    int64_t version = data_rows_i64(rows, row, VERSION);
    if (!given && !nothing && data_rows_bool(rows, row, KNOWN)) {
        put(passes, walker, &pass, version, pass.t_to, true);
    } else if (given && (nothing || pass.open || !same_pass(&pass, given))) {
        put(passes, walker, given, version, pass.t_to, false);
    }
}

static void compare(struct duty_passes *passes, const struct duty_walker *walker, const struct compared *compared,
                    const struct data_rows *rows)
{
    for (size_t i = 0; i < passes->given_count; i++) {
        passes->given[i].t_written = UNSEEN;
    }
    for (size_t row = first_row(rows, walker->subject);
         row < data_rows_count(rows) && base_id_equal(data_rows_id(rows, row, SUBJECT), walker->subject); row++) {
        compare_row(passes, walker, compared, rows, row);
    }
    for (size_t i = 0; i < passes->given_count; i++) {
        const struct facts_pass *given = &passes->given[i];
        if (given->t_written == UNSEEN && is_of(compared, given) && !is_open(compared, given)) {
            put(passes, walker, given, 0, given->t_to, false);
        }
    }
}

enum base_err duty_track_pass_derive(struct duty_passes *passes, const struct duty_unit *unit,
                                     const struct duty_walker *walker, const struct facts_places *places,
                                     const struct data_rows *stored, struct base_str live, struct base_diag *diag,
                                     int64_t *ret_wait_us)
{
    const struct facts_rules *rules = facts_rules_of(walker->type);
    const struct facts_sink sink = {take, passes};
    struct facts_track derived, other;
    struct compared compared = {.unit = unit, .derived = &derived, .from_us = unit->from_us};
    *ret_wait_us = SENSORS_NO_TIME;
    if (!rules) {
        return BASE_OK;
    }
    run(passes, unit, walker, places, &derived);
    bool goes_on = live.at && facts_track_in(live, NULL, &other) == BASE_OK && other.begun && derived.begun &&
                   other.last.shift_id == derived.last.shift_id && other.last.t_event < unit->to_us;
    if (goes_on) {
        compared.live = &other;
        *ret_wait_us = differ(&other, &derived);
    } else if (!unit->cut_to) {
        facts_track_end(&derived, &sink);
    }
    if (unit->cut_from) {
        compared.from_us += rules->gap_us + 1; /* what was open then is not known */
    }
    keep_valid(passes);
    compare(passes, walker, &compared, stored);
    return passes->err ? base_diag_set(diag, passes->err, "judge: no memory for passes") : BASE_OK;
}

/* --- writing --- */
static void copy_pass(struct data_copy *copy, const struct duty_pass *pass)
{
    data_copy_row(copy, 14);
    data_copy_i64(copy, pass->pass.estate_id);
    data_copy_time(copy, pass->pass.t_from);
    data_copy_id(copy, pass->subject);
    data_copy_text(copy, facts_kind_name(pass->pass.kind));
    data_copy_i64(copy, pass->pass.place_id);
    data_copy_i32(copy, pass->version);
    data_copy_time(copy, pass->pass.t_to);
    data_copy_text(copy, sensors_subject_name(pass->type));
    data_copy_f32(copy, pass->pass.nearest_m);
    data_copy_f32(copy, pass->pass.acc_m);
    data_copy_i32(copy, pass->pass.fixes);
    data_copy_text(copy, facts_method_name(pass->pass.method));
    data_copy_bool(copy, pass->pass.open);
    data_copy_bool(copy, pass->nothing);
}

enum base_err duty_track_pass_store(struct duty_turn *turn, struct duty_passes *passes, struct duty_changes *changes,
                                    struct base_diag *diag)
{
    struct data_copy copy;
    if (passes->count == 0) {
        return BASE_OK;
    }
    enum base_err err = data_copy_begin(&copy, turn->conn, "pass",
                                        "estate_id, t_event, subject, place_kind, place_id, version, t_to, "
                                        "subject_type, nearest_m, acc_m, fixes, method, open, void",
                                        diag);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < passes->count && !err; i++) {
        const struct facts_pass *pass = &passes->list[i].pass;
        copy_pass(&copy, &passes->list[i]);
        err = data_copy_flush(&copy, diag);
        err = err ? err : duty_track_changed(changes, pass->estate_id, pass->t_from, passes->list[i].until_us, diag);
    }
    passes->count = 0;
    return data_copy_end(&copy, err, diag);
}
