/* POST /api/checkins: somebody on shift was at a checkpoint, says their phone. It becomes an event the way every
 * device's message does - through the broker and ingest - so it is answered once the broker has it.
 *
 *   phone ──POST──> looks, key, shift ──QoS 1──> broker ──> ingest: the shift's subject, the tag's checkpoint ──> event
 *                        │ 202 <── acknowledged ──┘
 *                        └ the answer is kept by the check-in's id; a repetition is answered from there */
#include "api/checkin.h"

#include <math.h>
#include <string.h>

enum { ID_MAX = 64, TAG_MAX = 128, WORD_MAX = 64, TOPIC_MAX = 64, KEY_MAX = 96, PAYLOAD_MAX = 4096, SOON_S = 5 };
static const int64_t ahead_us = 60000000; /* a phone's clock may be so much fast */

struct checkin {
    int64_t estate_id, shift_id, time_us;
    const char *id, *tag, *form, *note;
    struct data_arg checkpoint;
    double lon, lat, acc_m;
    char topic[TOPIC_MAX];
    char key[KEY_MAX];
    int64_t checkpoint_id; /* 0: none that is known */
};

/* --- what a body says --- */

static void who_in(struct api_input *input, struct checkin *checkin)
{
    const struct api_identity *identity = input->call->identity;
    bool worker = identity->shift_id != 0;
    enum api_need need = worker ? API_OPTIONAL : API_REQUIRED;
    checkin->estate_id = api_input_i64(input, "estate_id", need, 0, INT64_MAX);
    checkin->shift_id = api_input_i64(input, "shift_id", need, 1, INT64_MAX);
    if (!worker || input->bad) {
        return;
    }
    if ((api_input_has(input, "estate_id") && checkin->estate_id != identity->estate_id) ||
        (api_input_has(input, "shift_id") && checkin->shift_id != identity->shift_id)) {
        api_input_wrong(input, "shift_id", "is not the shift that you signed in for");
    }
    checkin->estate_id = identity->estate_id;
    checkin->shift_id = identity->shift_id;
}

static void where_in(struct api_input *input, struct checkin *checkin)
{
    checkin->tag = api_input_text(input, "tag", API_OPTIONAL, TAG_MAX);
    checkin->checkpoint = api_input_arg_i64(input, "checkpoint_id", 1, INT64_MAX);
    checkin->lon = api_input_f64(input, "lon", API_OPTIONAL, -180, 180);
    checkin->lat = api_input_f64(input, "lat", API_OPTIONAL, -90, 90);
    checkin->acc_m = api_input_f64(input, "acc_m", API_OPTIONAL, 0, 100000);
    if (!input->bad && (checkin->tag != NULL) == (checkin->checkpoint.type != DATA_ARG_NULL)) {
        api_input_wrong(input, "tag", "give either tag or checkpoint_id");
    }
    if (!input->bad && isnan(checkin->lon) != isnan(checkin->lat)) {
        api_input_wrong(input, isnan(checkin->lon) ? "lon" : "lat", "is missing: a position has both");
    }
}

static void checkin_in(struct api_input *input, struct checkin *checkin)
{
    who_in(input, checkin);
    checkin->id = api_input_text(input, "id", API_REQUIRED, ID_MAX);
    checkin->time_us = api_input_time(input, "time", API_REQUIRED);
    where_in(input, checkin);
    checkin->form = api_input_text(input, "form", API_OPTIONAL, WORD_MAX);
    checkin->note = api_input_text(input, "note", API_OPTIONAL, WORD_MAX);
    const char *const words[][2] = {{"form", checkin->form}, {"note", checkin->note}};
    for (size_t i = 0; i < BASE_COUNT(words); i++) { /* an event's texts are short (docs/mapping.md) */
        if (words[i][1] && strlen(words[i][1]) > WORD_MAX) {
            api_input_wrong(input, words[i][0], "has more than %d bytes", WORD_MAX);
        }
    }
    for (const char *at = checkin->id; !input->bad && *at; at++) {
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F) {
            api_input_wrong(input, "id", "has 1 to %d printable ASCII characters without blanks", ID_MAX);
        }
    }
    if (!input->bad) {
        snprintf(checkin->key, sizeof checkin->key, "checkin:%s", checkin->id);
    }
}

/* --- what it means --- */

/* Columns of checkin_find. */
enum { STARTS_AT, ENDS_AT, NOW, CHECKPOINT_ID, TAG, TOPIC, READING };

static void soon(struct api_call *call, const char *detail)
{
    api_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, detail);
    call->answer.retry_after_s = SOON_S;
}

static void judge(struct api_input *input, struct checkin *checkin, const struct data_rows *rows)
{
    int64_t starts_us = data_rows_time(rows, 0, STARTS_AT), ends_us = data_rows_time(rows, 0, ENDS_AT);
    bool named = checkin->checkpoint.type != DATA_ARG_NULL;
    if (checkin->time_us < starts_us || checkin->time_us >= ends_us) {
        api_input_wrong(input, "time", "is outside the shift");
    } else if (checkin->time_us > data_rows_time(rows, 0, NOW) + ahead_us) {
        api_input_wrong(input, "time", "is yet to come; look at the phone's clock");
    } else if (named && data_rows_null(rows, 0, CHECKPOINT_ID)) {
        api_input_wrong(input, "checkpoint_id", "the estate has no such checkpoint");
    } else if (data_rows_null(rows, 0, TAG)) {
        api_input_wrong(input, "checkpoint_id", "this checkpoint has no tag; give it one (PUT /api/checkpoints/...)");
    } else if (!data_rows_null(rows, 0, TOPIC) && data_rows_bool(rows, 0, READING)) {
        checkin->tag = base_arena_text(&input->call->arena, data_rows_bytes(rows, 0, TAG));
        checkin->checkpoint_id = data_rows_null(rows, 0, CHECKPOINT_ID) ? 0 : data_rows_i64(rows, 0, CHECKPOINT_ID);
        snprintf(checkin->topic, sizeof checkin->topic, "%s", data_rows_text(rows, 0, TOPIC));
    }
}

/* A source is made with an estate's first check-in; until ingest reads it, what is sent would be lost. */
static enum base_err open_source(struct api_worker *worker, int64_t estate_id, struct base_diag *diag)
{
    struct data_conn *conn;
    char name[48], topics[64];
    snprintf(name, sizeof name, "checkins-%lld", (long long)estate_id);
    snprintf(topics, sizeof topics, "{hutong/checkins/%lld}", (long long)estate_id);
    enum base_err err = api_worker_owner(worker, diag, &conn);
    err = err ? err : data_begin_write(conn, diag);
    err = err ? err
              : data_run(conn, DATA_SOURCE_UPSERT,
                         DATA_ARGS(data_text(name), data_text(topics), data_text("checkin"), data_text("guard"),
                                   data_text("UTC"), data_text("wgs84"), data_i64(estate_id),
                                   data_text("check-ins of the estate's shifts, as proof of its duties"),
                                   data_text("180 days")),
                         diag, NULL);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}

static enum base_err look(struct api_input *input, struct api_worker *worker, struct checkin *checkin,
                          struct base_diag *diag)
{
    struct api_write write;
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        api_write_begin(input->call, worker, DATA_LOOK_REPORT, checkin->estate_id, checkin->key, diag, &write);
    if (err || !write.conn) {
        input->bad = !err; /* refused, or answered before */
        return err;
    }
    const char *tag = checkin->tag;
    err = data_run(
        write.conn, DATA_CHECKIN_FIND,
        DATA_ARGS(data_i64(checkin->estate_id), data_i64(checkin->shift_id), checkin->checkpoint, data_text(tag)), diag,
        &rows);
    if (!err && data_rows_count(rows) == 0) {
        api_input_wrong(input, "shift_id", "the estate has no such shift");
    } else if (!err) {
        judge(input, checkin, rows);
    }
    err = api_write_end(&write, err, NULL, NULL, diag); /* nothing is written yet */
    if (!err && !input->bad && data_rows_null(rows, 0, TOPIC)) {
        err = open_source(worker, checkin->estate_id, diag);
    }
    if (!err && !input->bad && !*checkin->topic) {
        input->bad = true;
        soon(input->call, "nobody reads this estate's check-ins yet (hutong ingest does); send it again");
    }
    return err;
}

/* --- sending --- */

static void payload_out(const struct checkin *checkin, struct base_buf *buf)
{
    char shift[24];
    struct base_json_out out = base_json_out_of(buf);
    snprintf(shift, sizeof shift, "%lld", (long long)checkin->shift_id);
    base_json_out_object(&out);
    base_json_out_key(&out, "id");
    base_json_out_text(&out, checkin->id);
    base_json_out_key(&out, "shift");
    base_json_out_text(&out, shift);
    base_json_out_key(&out, "time");
    base_json_out_time(&out, checkin->time_us);
    base_json_out_key(&out, "tag");
    base_json_out_text(&out, checkin->tag);
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"lon", checkin->lon}, {"lat", checkin->lat}, {"acc_m", checkin->acc_m}};
    for (size_t i = 0; i < BASE_COUNT(numbers); i++) {
        if (!isnan(numbers[i].value)) {
            base_json_out_key(&out, numbers[i].key);
            base_json_out_f64(&out, numbers[i].value, 7);
        }
    }
    const char *const texts[][2] = {{"form", checkin->form}, {"note", checkin->note}};
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        if (texts[i][1]) {
            base_json_out_key(&out, texts[i][0]);
            base_json_out_text(&out, texts[i][1]);
        }
    }
    base_json_out_object_end(&out);
}

/* False: the broker has it not, or may not have it; the answer is 503, and the same check-in may come again. */
static bool sent(struct api_call *call, const struct checkin *checkin)
{
    struct base_diag diag = {""};
    AUTO_VALUE(base_buf) payload;
    base_buf_init(&payload, PAYLOAD_MAX);
    payload_out(checkin, &payload);
    enum base_err err = payload.err
                            ? payload.err
                            : api_checkin_send(call->server->checkins, checkin->topic, base_buf_str(&payload), &diag);
    if (err) {
        base_log(BASE_LOG_WARN, "check-in not sent", base_log_i64("estate", checkin->estate_id),
                 base_log_text("reason", diag.text));
        soon(call, "the broker does not take it now; send it again");
    }
    return !err;
}

static void accepted(struct api_call *call, const struct checkin *checkin)
{
    struct base_json_out out = api_answer_json(call);
    call->answer.status = MHD_HTTP_ACCEPTED;
    call->answer.cache = "no-store";
    base_json_out_object(&out);
    base_json_out_key(&out, "id");
    base_json_out_text(&out, checkin->id);
    base_json_out_key(&out, "estate_id");
    base_json_out_i64(&out, checkin->estate_id);
    base_json_out_key(&out, "shift_id");
    base_json_out_i64(&out, checkin->shift_id);
    base_json_out_key(&out, "time");
    base_json_out_time(&out, checkin->time_us);
    if (checkin->checkpoint_id) {
        base_json_out_key(&out, "checkpoint_id");
        base_json_out_i64(&out, checkin->checkpoint_id);
    }
    base_json_out_object_end(&out);
}

/* Kept by its id. Should that fail, it is sent again, and ingest knows it by its id. */
static enum base_err keep(struct api_call *call, struct api_worker *worker, const struct checkin *checkin,
                          struct base_diag *diag)
{
    struct api_write write;
    char note[64];
    enum base_err err = api_write_begin(call, worker, DATA_LOOK_REPORT, checkin->estate_id, checkin->key, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    snprintf(note, sizeof note, "shift %lld", (long long)checkin->shift_id);
    accepted(call, checkin);
    /* Who is on the shift is the event's subject; who says so for another stands in the audit. */
    return api_write_end(&write, err, call->identity->shift_id ? NULL : "check in", note, diag);
}

/* As often as one may try to sign in, for each shift. */
static bool too_often(struct api_call *call, const struct checkin *checkin)
{
    char key[64];
    snprintf(key, sizeof key, "shift %lld %lld", (long long)checkin->estate_id, (long long)checkin->shift_id);
    int wait_s = api_throttle_address(call->server->throttle, key, base_clock_mono_us());
    if (wait_s) {
        api_problem(call, MHD_HTTP_TOO_MANY_REQUESTS, "too many check-ins of this shift within a minute");
        call->answer.retry_after_s = wait_s;
    }
    return wait_s != 0;
}

enum base_err api_checkin(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    static const char *const members[] = {"id",  "estate_id", "shift_id", "time", "tag",  "checkpoint_id",
                                          "lon", "lat",       "acc_m",    "form", "note", NULL};
    struct api_input input;
    struct checkin checkin = {.estate_id = 0};
    enum base_err err = BASE_OK;
    if (!call->server->checkins) {
        soon(call, "this server takes no check-ins: it was started without a broker (HUTONG_BROKER)");
        return BASE_OK;
    }
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    checkin_in(&input, &checkin);
    if (!input.bad && api_write_may(call, DATA_LOOK_REPORT, checkin.estate_id) && !too_often(call, &checkin)) {
        err = look(&input, worker, &checkin, diag);
        if (!err && !input.bad && sent(call, &checkin)) {
            err = keep(call, worker, &checkin, diag);
        }
    }
    api_input_release(&input);
    return err;
}
