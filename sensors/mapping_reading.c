/* What a mapping measures. Payloads say the numbers of one moment in many ways - a member each, an object each, a
 * context each - and people look at them together, so readings wait until device or time change. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

/* One value on its way to a reading. */
struct taking {
    struct mapping_run *run;
    struct base_str name; /* as sent or as the mapping says; lives as long as the event */
    const struct sensors_quantity *quantity;
    struct mapping_datum datum;
    struct base_str unit;
    bool said; /* the name is the mapping's own */
    bool text;
    enum mapping_strings strings;
    struct sensors_readings taken; /* one or none */
};

/* Members whose texts are somebody's, whatever they say. */
static bool private_name(struct base_str name)
{
    static const char *const words[] = {"name",  "phone",  "mobile",  "plate", "card",  "face",  "ssid",   "mail",
                                        "user",  "owner",  "person",  "photo", "pic",   "image", "url",    "desc",
                                        "token", "secret", "address", "passw", "licen", "bssid", "remark", "note"};
    char lower[MAPPING_NAME_MAX + 1];
    size_t len = name.len < MAPPING_NAME_MAX ? name.len : MAPPING_NAME_MAX;
    for (size_t i = 0; i < len; i++) {
        lower[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] | 0x20) : name.at[i];
    }
    lower[len] = '\0';
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        if (memmem(lower, len, words[i], strlen(words[i]))) {
            return true;
        }
    }
    return false;
}

const struct sensors_quantity *sensors_mapping_reading_quantity(struct base_str name, struct base_str *ret_number)
{
    const struct sensors_quantity *quantity = sensors_quantity_find(name);
    size_t len = name.len;
    *ret_number = (struct base_str){NULL, 0};
    while (!quantity && len && name.at[len - 1] >= '0' && name.at[len - 1] <= '9') {
        len--;
    }
    if (!quantity && len < name.len && len > 1 && name.at[len - 1] == '_') {
        quantity = sensors_quantity_find((struct base_str){name.at, len - 1});
        *ret_number = (struct base_str){name.at + len, name.len - len};
    }
    return quantity;
}

/* The quantity's own name, numbered as the sender's is; NULL: the quantity's own. */
static const char *name_of(struct taking *taking)
{
    char text[2 * MAPPING_NAME_MAX];
    struct base_str number;
    const struct sensors_quantity *quantity = sensors_mapping_reading_quantity(taking->name, &number);
    if (!number.len || quantity != taking->quantity) {
        return NULL;
    }
    int len = snprintf(text, sizeof text, "%s_%.*s", quantity->name, (int)number.len, number.at);
    return sensors_decode_keep(taking->run->decoding, (struct base_str){text, (size_t)len}).at;
}

static void take(struct taking *taking, const char *unit, double value, struct base_str text)
{
    if (text.len || isfinite(value)) {
        taking->taken.list[taking->taken.count++] = (struct sensors_reading){
            .name = taking->name.at, .unit = unit, .value = text.len ? NAN : value, .text = text};
    }
}

static void take_text(struct taking *taking)
{
    struct base_str text = sensors_mapping_read_text(taking->run->decoding, &taking->datum);
    bool secret = !taking->said && private_name(taking->name);
    if (text.len > SENSORS_TEXT_MAX || secret) {
        taking->run->redacted++;
        return;
    }
    take(taking, NULL, NAN, sensors_decode_keep(taking->run->decoding, text));
}

/* Nobody knows what it is, but it has a name. */
static void take_unknown(struct taking *taking)
{
    double number = sensors_mapping_read_number(&taking->datum);
    if (taking->datum.type == MAPPING_BOOLEAN) {
        number = taking->datum.number;
    } else if (taking->datum.type == MAPPING_TEXT && taking->strings == MAPPING_STRINGS_DROP) {
        number = NAN;
    }
    if (isfinite(number) && !taking->said && sensors_decode_personal(taking->name, number, taking->unit)) {
        taking->run->redacted++;
    } else if (isfinite(number)) {
        take(taking, taking->unit.len ? taking->unit.at : "1", number, (struct base_str){NULL, 0});
    } else if (taking->datum.type == MAPPING_TEXT && taking->strings == MAPPING_STRINGS_TEXT) {
        take_text(taking);
    } else if (taking->datum.type == MAPPING_TEXT) {
        taking->run->redacted++;
    }
}

/* "Power": "on" is a switch, not watts. */
static const struct sensors_quantity *switch_of(const struct taking *taking)
{
    char name[MAPPING_NAME_MAX + 4];
    bool word = taking->datum.type == MAPPING_BOOLEAN ||
                (taking->datum.type == MAPPING_TEXT && isnan(sensors_mapping_read_number(&taking->datum)));
    if (!word || isnan(sensors_mapping_read_yes_no(&taking->datum))) {
        return NULL;
    }
    int len = snprintf(name, sizeof name, "%.*son", (int)taking->name.len, taking->name.at);
    const struct sensors_quantity *quantity =
        len > 0 && (size_t)len < sizeof name ? sensors_quantity_find((struct base_str){name, (size_t)len}) : NULL;
    return quantity && quantity->kind != SENSORS_KIND_MEASUREMENT ? quantity : NULL;
}

static void take_known(struct taking *taking)
{
    const struct sensors_quantity *quantity = taking->quantity;
    bool yes_no = quantity->kind != SENSORS_KIND_MEASUREMENT;
    const struct sensors_quantity *other = yes_no ? NULL : switch_of(taking);
    const char *name = name_of(taking);
    if (other) {
        sensors_readings_add(&taking->taken, other, NULL, sensors_mapping_read_yes_no(&taking->datum),
                             (struct base_str){NULL, 0});
    } else if (yes_no) {
        sensors_readings_add(&taking->taken, quantity, name, sensors_mapping_read_yes_no(&taking->datum),
                             (struct base_str){NULL, 0});
    } else {
        sensors_readings_add(&taking->taken, quantity, name, sensors_mapping_read_number(&taking->datum), taking->unit);
    }
}

static void take_datum(struct taking *taking)
{
    if (taking->text) {
        take_text(taking);
    } else if (taking->quantity) {
        take_known(taking);
    } else {
        take_unknown(taking);
    }
}

static struct taking taking_of(struct mapping_run *run, const struct mapping_measure *measure, bool *dropped)
{
    struct taking taking = {.run = run, .quantity = measure->quantity, .text = measure->text, .said = true};
    bool nameless = false;
    struct base_str number;
    taking.strings = MAPPING_STRINGS_NUMERIC;
    taking.unit = measure->value.unit;
    taking.name = base_str_of(measure->name);
    if (!measure->name) {
        const struct mapping_datum name = sensors_mapping_read_value(run, &measure->named, &nameless);
        taking.name = sensors_decode_keep(run->decoding, sensors_mapping_read_text(run->decoding, &name));
        taking.quantity = sensors_mapping_reading_quantity(taking.name, &number);
        taking.said = false;
    }
    taking.datum = sensors_mapping_read_value(run, &measure->value, dropped);
    return taking;
}

/* --- as measures of one event --- */
static void measure(struct sensors_event *event, const struct taking *taking)
{
    for (size_t i = 0; i < taking->taken.count; i++) {
        const struct sensors_reading *reading = &taking->taken.list[i];
        if (reading->text.len) {
            sensors_event_measure_text(event, reading->name, reading->text);
        } else {
            sensors_event_measure(event, reading->name, reading->value, reading->unit);
        }
    }
    event->flags |= taking->taken.sentinel ? SENSORS_FLAG_SENTINEL : 0;
}

/* --- as readings of a moment --- */
static bool there(const struct sensors_readings *readings, size_t from, size_t to, const char *name)
{
    for (size_t i = from; i < to; i++) {
        if (strcmp(readings->list[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_err wait(struct taking *taking)
{
    struct mapping_pending *pending = &taking->run->pending;
    struct sensors_readings *waiting = &pending->readings;
    enum base_err err = BASE_OK;
    waiting->sentinel |= taking->taken.sentinel;
    if (taking->taken.count == 0) {
        return BASE_OK;
    }
    struct sensors_reading reading = taking->taken.list[0];
    if (there(waiting, pending->mark, waiting->count, reading.name)) { /* two of a kind: "temp" and "temperature" */
        reading.name = taking->name.at;
        if (there(waiting, pending->mark, waiting->count, reading.name)) {
            return BASE_OK;
        }
    }
    if (waiting->count == SENSORS_MEASURE_MAX || there(waiting, 0, pending->mark, reading.name)) {
        unsigned part = pending->part;
        err = sensors_mapping_reading_flush(taking->run);
        pending->part = part + 1;
        pending->any = true; /* it goes on */
    }
    waiting->list[waiting->count++] = reading;
    return err;
}

static enum base_err put(struct taking *taking, struct sensors_event *event)
{
    if (taking->datum.type != MAPPING_ABSENT && taking->name.len && taking->name.len <= MAPPING_NAME_MAX) {
        take_datum(taking);
    }
    if (event) {
        measure(event, taking);
        return BASE_OK;
    }
    return wait(taking);
}

static bool excepted(const struct mapping_all *all, struct base_str name)
{
    for (size_t i = 0; i < all->except_count; i++) {
        if (base_str_equal(all->except[i], name)) {
            return true;
        }
    }
    return false;
}

static enum base_err take_all(struct mapping_run *run, const struct mapping_all *all, struct sensors_event *event)
{
    const struct mapping_datum from = sensors_mapping_read_path(run, &all->path);
    const struct base_json *member;
    struct base_str name, number;
    void *next = NULL;
    enum base_err err = BASE_OK;
    if (from.type != MAPPING_OBJECT) {
        return sensors_decode_fail(run->decoding, SENSORS_REASON_FIELD, "measure_all: there is no object");
    }
    while (!err && base_json_in_next(from.node, &next, &name, &member)) {
        struct taking taking = {.run = run,
                                .name = name,
                                .quantity = sensors_mapping_reading_quantity(name, &number),
                                .datum = sensors_mapping_read_node(member),
                                .strings = all->strings};
        bool scalar = taking.datum.type >= MAPPING_BOOLEAN && taking.datum.type <= MAPPING_TEXT;
        if (!scalar || excepted(all, name) || (all->known && !taking.quantity)) {
            continue;
        }
        taking.name = name.len <= MAPPING_NAME_MAX ? sensors_decode_keep(run->decoding, name) : name;
        err = put(&taking, event);
    }
    return err;
}

static enum base_err take_emit(struct mapping_run *run, const struct mapping_emit *emit, struct sensors_event *event)
{
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < emit->measure_count && !err; i++) {
        bool dropped = false;
        struct taking taking = taking_of(run, &emit->measures[i], &dropped);
        taking.taken.sentinel |= dropped;
        err = put(&taking, event);
    }
    return err || !emit->all.given ? err : take_all(run, &emit->all, event);
}

void sensors_mapping_reading_measures(struct mapping_run *run, const struct mapping_emit *emit,
                                      struct sensors_event *event)
{
    if (take_emit(run, emit, event)) {
        run->decoding->decoded.reason = SENSORS_REASON_NONE; /* measures are extras of such an event */
    }
}

static bool same_coordinate(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_moment(const struct mapping_pending *pending, const struct sensors_event *like,
                        const struct sensors_identity *identity)
{
    const struct sensors_event *before = &pending->like;
    return base_str_equal(before->device, like->device) && base_str_equal(before->subject, like->subject) &&
           base_str_equal(before->channel, like->channel) && base_str_equal(before->native_id, like->native_id) &&
           base_str_equal(before->ns, like->ns) && before->phase == like->phase && before->t_event == like->t_event &&
           pending->identity.time_us == identity->time_us && base_str_equal(pending->identity.event, identity->event) &&
           same_coordinate(before->lon, like->lon) && same_coordinate(before->lat, like->lat);
}

enum base_err sensors_mapping_reading_add(struct mapping_run *run, const struct mapping_emit *emit,
                                          const struct sensors_event *like, const struct sensors_identity *identity,
                                          bool keyed)
{
    struct mapping_pending *pending = &run->pending;
    enum base_err err = BASE_OK;
    if (pending->any && (keyed != pending->keyed || !same_moment(pending, like, identity))) {
        err = sensors_mapping_reading_flush(run);
    }
    if (err) {
        return err;
    }
    uint32_t flags = pending->any ? pending->like.flags : 0;
    sensors_event_copy(&pending->like, like);
    pending->like.flags |= flags;
    pending->identity = *identity;
    pending->keyed = keyed;
    pending->any = true;
    pending->mark = pending->readings.count;
    return take_emit(run, emit, NULL);
}

/* What was read, and what it said when no time tells it from the next. */
static struct base_str said(struct mapping_run *run)
{
    const struct mapping_pending *pending = &run->pending;
    struct mapping_words words = {.len = 0};
    sensors_mapping_key_word(run, &words, pending->identity.event);
    for (size_t i = 0; i < pending->readings.count; i++) {
        const struct sensors_reading *reading = &pending->readings.list[i];
        sensors_mapping_key_word(run, &words, base_str_of(reading->name));
        if (pending->identity.time_us == SENSORS_NO_TIME) {
            sensors_mapping_key_word(run, &words, reading->text);
            sensors_mapping_key_number(run, &words, reading->value);
        }
    }
    return sensors_mapping_key_text(run, &words);
}

/* What goes on has a key of its own. */
static struct base_str numbered(struct mapping_run *run, struct base_str words_before, unsigned part)
{
    struct mapping_words words = {.len = 0};
    sensors_mapping_key_word(run, &words, words_before);
    sensors_mapping_key_number(run, &words, part);
    return sensors_mapping_key_text(run, &words);
}

enum base_err sensors_mapping_reading_flush(struct mapping_run *run)
{
    struct mapping_pending *pending = &run->pending;
    struct sensors_identity identity = pending->identity;
    if (!pending->any) {
        return BASE_OK;
    }
    if (run->like) {
        sensors_mapping_key_inside(run, &identity);
    } else if (!pending->keyed) {
        identity.event = said(run);
    }
    if (!run->like && pending->part) {
        identity.event = numbered(run, identity.event, pending->part);
    }
    enum base_err err = sensors_readings_events(run->decoding, &pending->readings, &pending->like, &identity);
    pending->any = false;
    pending->part = 0;
    pending->mark = 0;
    pending->readings.count = 0;
    pending->readings.sentinel = false;
    return err;
}
