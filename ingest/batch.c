/* From a message to rows: decoded at once, because libmosquitto takes the payload back when the callback returns. */
#include "ingest/source.h"

#include <math.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROWS = 256,
    TEXTS_MAX = 64 * 1024 * 1024,
    MEASURES_MAX = 4096,
    SEALED_MAX = 1024 * 1024,
    ROWS_FULL = 40000
};

void ingest_batch_init(struct ingest_batch *batch)
{
    *batch = (struct ingest_batch){.rows = NULL};
    base_arena_init(&batch->texts, TEXTS_MAX);
    base_buf_init(&batch->scratch, SEALED_MAX + 4096);
}

void ingest_batch_release(struct ingest_batch *batch)
{
    free(batch->rows);
    free(batch->dead);
    base_arena_release(&batch->texts);
    base_buf_release(&batch->scratch);
    ingest_batch_init(batch);
}

void ingest_batch_reset(struct ingest_batch *batch)
{
    batch->row_count = batch->dead_count = batch->closes = batch->reply_count = 0;
    batch->received = batch->redacted = batch->ignored = batch->absorbed = 0;
    batch->bytes = 0;
    batch->opened_us = batch->last_us = batch->held_us = 0;
    batch->err = BASE_OK;
    base_arena_reset(&batch->texts);
    if (batch->scratch.cap > SEALED_MAX / 8) {
        base_buf_release(&batch->scratch);
    }
}

void ingest_batch_drop(struct ingest_source *source)
{
    sensors_memory_rollback(source->memory);
    ingest_batch_reset(&source->batch);
}

/* Room for one more; false (and the batch failed) when memory is short. */
static bool room(struct ingest_batch *batch, void **array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return true;
    }
    size_t grown = *cap ? *cap * 2 : FIRST_ROWS;
    void *memory = realloc(*array, grown * size);
    if (!memory) {
        batch->err = BASE_NOMEM;
        return false;
    }
    *array = memory;
    *cap = grown;
    return true;
}

static struct base_str keep(struct ingest_batch *batch, struct base_str text)
{
    if (text.len == 0) {
        return (struct base_str){NULL, 0};
    }
    char *copy = base_arena_text(&batch->texts, text);
    batch->err = copy ? batch->err : BASE_NOMEM;
    return (struct base_str){copy, copy ? text.len : 0};
}

static struct base_str measures_text(struct ingest_batch *batch, const struct sensors_event *event)
{
    base_buf_reset(&batch->scratch);
    struct base_json_out out = base_json_out_of(&batch->scratch);
    sensors_event_measures_out(event, &out);
    return keep(batch, base_buf_str(&batch->scratch));
}

bool ingest_batch_is_fix(const struct ingest_row *row)
{
    return row->kind == SENSORS_KIND_POSITION && !isnan(row->lon);
}

/* dead: of row.dead */
static void add_row(struct ingest_source *source, const struct sensors_event *event, size_t dead)
{
    struct ingest_batch *batch = &source->batch;
    bool about_another = event->subject.len > 0; /* then who sends is where it happened */
    struct ingest_device *device =
        ingest_devices_find(&source->devices, about_another ? event->subject : event->device);
    struct ingest_device *station = about_another ? ingest_devices_find(&source->devices, event->device) : NULL;
    if (!device || (about_another && !station) ||
        !room(batch, (void **)&batch->rows, batch->row_count, &batch->row_cap, sizeof *batch->rows)) {
        batch->err = BASE_NOMEM;
        return;
    }
    struct geo_point point = {event->lon, event->lat};
    if (!isnan(event->lon)) {
        point = geo_datum_to_wgs84(source->datum, point);
    }
    struct ingest_row *row = &batch->rows[batch->row_count++];
    *row = (struct ingest_row){.device = device,
                               .station = station,
                               .dead = dead,
                               .t_event = event->t_event,
                               .t_recv = event->t_recv,
                               .t_gateway = event->t_gateway,
                               .dedup = event->dedup,
                               .lon = point.lon,
                               .lat = point.lat,
                               .alt_m = (float)event->alt_m,
                               .acc_m = (float)event->acc_m,
                               .speed_mps = (float)event->speed_mps,
                               .course_deg = (float)event->course_deg,
                               .battery = (float)sensors_event_value(event, "battery"),
                               .confidence = (float)event->confidence,
                               .kind = event->kind,
                               .phase = event->phase,
                               .t_source = event->t_source,
                               .pos_source = event->pos_source,
                               .subject_type = event->subject_type,
                               .severity = event->severity,
                               .lasts_us = event->lasts_us,
                               .flags = event->flags};
    row->tracks = sensors_event_tracks(event);
    if (!ingest_batch_is_fix(row)) {
        row->channel = keep(batch, event->channel);
        row->native_id = keep(batch, event->native_id);
        row->measures = measures_text(batch, event);
    }
}

void ingest_batch_event(struct ingest_source *source, const struct sensors_event *event, int64_t lifecycle_id)
{
    struct ingest_batch *batch = &source->batch;
    size_t count = batch->row_count;
    add_row(source, event, 0);
    if (batch->row_count > count) {
        batch->rows[count].closes = lifecycle_id;
        batch->closes += lifecycle_id != 0;
    }
}

static struct base_str seal(struct ingest_source *source, const void *data, size_t len)
{
    struct ingest_batch *batch = &source->batch;
    base_buf_reset(&batch->scratch);
    enum base_err err = base_key_seal(&source->keys->dead, data, len < SEALED_MAX ? len : SEALED_MAX, &batch->scratch);
    batch->err = err ? err : batch->err;
    return keep(batch, base_buf_str(&batch->scratch));
}

static void add_dead(struct ingest_source *source, const struct sensors_message *message, enum sensors_reason reason,
                     bool withheld)
{
    struct ingest_batch *batch = &source->batch;
    if (!room(batch, (void **)&batch->dead, batch->dead_count, &batch->dead_cap, sizeof *batch->dead)) {
        return;
    }
    char received[24]; /* two letters of the same words are two letters */
    snprintf(received, sizeof received, "%lld", (long long)message->t_recv);
    const struct base_str parts[] = {base_str_of("dead"), base_str_of(source->name), message->topic, message->payload,
                                     base_str_of(received)};
    batch->dead[batch->dead_count++] =
        (struct ingest_dead){.dedup = base_key_id(&source->keys->dedup, parts, BASE_COUNT(parts)),
                             .reason = reason,
                             .withheld = withheld,
                             .size = message->payload.len,
                             .recorded_us = message->t_recv,
                             .topic = seal(source, message->topic.at, message->topic.len),
                             .payload = seal(source, message->payload.at, message->payload.len)};
}

/* Why each event becomes no row; NULL when memory is short. */
static enum sensors_reason *judge(struct ingest_source *source, const struct sensors_decoded *decoded)
{
    enum sensors_reason *reasons = base_arena_alloc(source->decoding, (decoded->count + 1) * sizeof *reasons);
    int64_t now = base_clock_now_us();
    for (size_t i = 0; reasons && i < decoded->count; i++) {
        const struct sensors_event *event = &decoded->events[i];
        bool old = ingest_retention_too_old(source, event, now);
        reasons[i] = old ? SENSORS_REASON_TOO_OLD : ingest_registry_admit(source, event);
    }
    return reasons;
}

/* No key would tell its redelivery from a genuine repeat - nor that what became of it was nothing, because it repeated
 * what the device has taken back since. */
static bool keyless(enum base_err err, const struct sensors_decoded *decoded, const enum sensors_reason *reasons)
{
    bool found = err != BASE_OK || decoded->repeated > 0;
    for (size_t i = 0; i < decoded->count && !found; i++) {
        found = decoded->events[i].t_source == SENSORS_TIME_RECEIVED || reasons[i] != SENSORS_REASON_NONE;
    }
    return found;
}

/* Rows for the events; and when one may not be a fact, the message as a dead letter, which keeps all of it. Rows of
 * those that could be read go along, so that settling finds out whether their persons were on shift. */
static void add_events(struct ingest_source *source, const struct sensors_message *message,
                       const struct sensors_decoded *decoded, const enum sensors_reason *reasons)
{
    enum sensors_reason why = SENSORS_REASON_NONE;
    bool old = false;
    for (size_t i = 0; i < decoded->count; i++) {
        if (reasons[i] == SENSORS_REASON_TOO_OLD) {
            old = true;
            continue;
        }
        add_row(source, &decoded->events[i], reasons[i] ? source->batch.dead_count + 1 : 0);
        why = why ? why : reasons[i];
    }
    if (why || old) {
        add_dead(source, message, why ? why : SENSORS_REASON_TOO_OLD, !old);
    }
}

/* MQTT 3.1.1 keeps packet identifiers over a reconnection, too, but NATS, which speaks nothing newer, does not. */
static struct base_id redelivery_id(const struct ingest_source *source, const struct sensors_message *message, int mid)
{
    char number[16];
    snprintf(number, sizeof number, "%d", source->session.protocol == MQTT_PROTOCOL_V5 ? mid : 0);
    const struct base_str parts[] = {base_str_of("redelivery"), message->topic, message->payload, base_str_of(number)};
    return base_key_id(&source->keys->dedup, parts, BASE_COUNT(parts));
}

/* True: the message is stored already, by a batch whose acknowledgements were lost. */
static bool absorb(struct ingest_source *source, const struct sensors_message *message, int mid, bool has_key)
{
    struct ingest_redelivery *list = &source->redelivery;
    bool again = false;
    if (mid == INGEST_NO_MID || (has_key && list->owed == 0)) {
        return false;
    }
    struct base_id id = redelivery_id(source, message, mid);
    if (!has_key || ingest_redelivery_owes(list, id)) {
        enum base_err err = ingest_redelivery_take(list, id, &again);
        source->batch.err = err ? err : source->batch.err;
    }
    return again;
}

/* What does not fit is asked when the device speaks again. */
static void add_reply(struct ingest_batch *batch, const struct sensors_decoded *decoded)
{
    size_t i = 0;
    while (i < batch->reply_count && !base_str_equal(batch->replies[i].topic, decoded->reply_topic)) {
        i++;
    }
    if (i == batch->reply_count && i < INGEST_REPLIES_MAX) {
        batch->replies[batch->reply_count++] =
            (struct ingest_reply){keep(batch, decoded->reply_topic), keep(batch, decoded->reply)};
    }
}

static void add_message(struct ingest_source *source, const struct sensors_message *message, int mid)
{
    struct sensors_decoded decoded = {.count = 0};
    base_arena_reset(source->decoding);
    enum base_err err = sensors_decode(source->format, message, source->decoding, NULL, &decoded);
    const enum sensors_reason *reasons = err ? NULL : judge(source, &decoded);
    if (!err && !reasons) { /* decoding took all the room; dropped, it would come again and again */
        decoded = (struct sensors_decoded){.reason = SENSORS_REASON_TOO_MANY};
        err = BASE_LIMIT;
    }
    if (absorb(source, message, mid, !keyless(err, &decoded, reasons))) {
        source->batch.absorbed++;
        return;
    }
    source->batch.redacted += decoded.redacted;
    source->batch.absorbed += decoded.repeated;
    if (decoded.reply_topic.len) {
        add_reply(&source->batch, &decoded);
    }
    if (err) {
        add_dead(source, message, decoded.reason, false);
        return;
    }
    source->batch.ignored += decoded.ignored;
    add_events(source, message, &decoded, reasons);
}

void ingest_batch_take(struct ingest_source *source, struct base_str topic, struct base_str payload, int64_t t_recv,
                       bool retained, int mid)
{
    const struct sensors_message message = {.topic = topic,
                                            .payload = payload,
                                            .t_recv = t_recv,
                                            .retained = retained,
                                            .source = base_str_of(source->name),
                                            .key = &source->keys->dedup,
                                            .zone = source->zone,
                                            .subject = source->subject,
                                            .gb18030 = source->gb18030,
                                            .secret = source->secret,
                                            .memory = source->memory,
                                            .mappings = source->mappings};
    add_message(source, &message, mid);
}

/* One message becomes 256 rows at most, and each has texts: what they take is counted, not only what was received. */
bool ingest_batch_full(const struct ingest_source *source)
{
    const struct ingest_batch *batch = &source->batch;
    return batch->received >= source->batch_max || batch->bytes >= INGEST_BATCH_BYTES_MAX ||
           batch->row_count >= ROWS_FULL || batch->texts.used >= TEXTS_MAX / 2;
}

bool ingest_batch_add(struct ingest_source *source, const struct mosquitto_message *message)
{
    struct ingest_batch *batch = &source->batch;
    struct base_str payload = {message->payload, (size_t)message->payloadlen};
    int64_t now = base_clock_now_us();
    source->last_recv_us = now > source->last_recv_us ? now : source->last_recv_us + 1;
    if (batch->received++ == 0) {
        batch->opened_us = base_clock_mono_us();
    }
    batch->bytes += payload.len + strlen(message->topic);
    ingest_batch_take(source, base_str_of(message->topic), payload, source->last_recv_us, message->retain,
                      message->mid);
    return !batch->err && !ingest_batch_full(source);
}

/* A person's pseudonym follows from what a shift names the device by, so that a check-in, which knows its shift alone,
 * is about the same subject as the positions of the shift's phone. Things keep one pseudonym for life. */
static enum base_err pseudonym(struct ingest_source *source, struct ingest_device *device,
                               const struct ingest_shift *shift, int month, struct base_diag *diag)
{
    const struct base_key *key = NULL;
    struct base_id hash;
    bool given = shift && !shift->any && ingest_shifts_named(source);
    enum base_err err = ingest_keys_subject(source->keys, month, diag, &key);
    if (!err && given) {
        hash = shift->device;
    } else if (!err) {
        err = ingest_devices_in_month(device, source->keys, base_str_of(source->name), month, diag, &hash);
    }
    if (!err) {
        const struct base_str parts[] = {base_str_of("subject"), {(const char *)hash.bytes, sizeof hash.bytes}};
        device->subject = base_key_id(key, parts, BASE_COUNT(parts));
    }
    return err;
}

/* By the key of the shift's month, or the event's; 0: a thing. */
static enum base_err subject_of(struct ingest_source *source, struct ingest_device *device,
                                const struct ingest_shift *shift, int month, struct base_diag *diag,
                                struct base_id *ret_subject)
{
    if (device->subject_month != month) {
        enum base_err err = month ? pseudonym(source, device, shift, month, diag) : BASE_OK;
        if (err) {
            return err;
        }
        if (!month) {
            const struct base_str parts[] = {base_str_of("subject"), base_str_of(source->name), device->native};
            device->subject = base_key_id(&source->keys->dedup, parts, BASE_COUNT(parts));
        }
        device->subject_month = month;
    }
    *ret_subject = device->subject;
    return BASE_OK;
}

static bool names(struct base_str text, struct base_str whom)
{
    return whom.len && text.len >= whom.len && memmem(text.at, text.len, whom.at, whom.len);
}

/* An id that a person's phone sends - a region drawn on it, a beacon near it - knows the person, too: under the key of
 * the month it says that two events are about the same, and no more. Things' ids stay. */
static enum base_err hide_native(struct ingest_source *source, struct ingest_row *row, int month,
                                 struct base_diag *diag)
{
    const struct base_key *key = NULL;
    /* A station's id is the place's, and so is the tag that a check-in read - unless it repeats who was there. */
    bool place = row->station || row->kind == SENSORS_KIND_CHECKPOINT;
    row->native_hidden = month != 0 && (!place || names(row->native_id, row->device->native));
    if (!row->native_hidden || row->native_id.len == 0) {
        return BASE_OK;
    }
    const struct base_str parts[] = {base_str_of("native"), base_str_of(source->name), row->native_id};
    enum base_err err = ingest_keys_subject(source->keys, month, diag, &key);
    if (!err) {
        row->native_hash = base_key_id(key, parts, BASE_COUNT(parts));
    }
    return err;
}

static enum base_err settle(struct ingest_source *source, struct ingest_row *row, struct base_diag *diag)
{
    const struct ingest_shift *shift = NULL;
    enum base_err err = BASE_OK;
    bool personal = sensors_subject_personal(row->subject_type) || ingest_shifts_named(source);
    /* A plate or card that is shown at a place is the place's record: whoever is on shift has nothing to do with it. */
    bool shown = row->station && !row->tracks &&
                 (row->subject_type == SENSORS_SUBJECT_PLATE || row->subject_type == SENSORS_SUBJECT_CARD);
    row->off_shift = false;
    if (personal && !shown) {
        err = ingest_shifts_find(source, row->device, row->t_event, diag, &shift);
        row->off_shift = row->tracks && !shift;
    }
    if (shift && ingest_shifts_named(source)) {
        row->subject_type = shift->subject_type;
    }
    row->dropped = row->off_shift || row->dead;
    row->shift_id = shift ? shift->id : 0;
    if (err || row->dropped) {
        return err;
    }
    int month = shift ? shift->month : personal ? ingest_keys_month(row->t_event) : 0;
    err = subject_of(source, row->device, shift, month, diag, &row->subject);
    return err ? err : hide_native(source, row, month, diag);
}

enum base_err ingest_batch_settle(struct ingest_source *source, struct base_diag *diag)
{
    struct ingest_batch *batch = &source->batch;
    enum base_err err = BASE_OK;
    for (size_t i = 0; i < batch->dead_count; i++) {
        batch->dead[i].kept = !batch->dead[i].withheld;
    }
    for (size_t i = 0; i < batch->row_count && !err; i++) {
        struct ingest_row *row = &batch->rows[i];
        err = settle(source, row, diag);
        if (row->dead && !row->off_shift) {
            batch->dead[row->dead - 1].kept = true;
        }
    }
    return err;
}

size_t ingest_batch_off_shift(const struct ingest_source *source)
{
    size_t count = 0;
    for (size_t i = 0; i < source->batch.row_count; i++) {
        count += source->batch.rows[i].off_shift;
    }
    return count;
}
