/* Dead letters, decoded again and stored as any batch is. They hold no lease: instead each transaction holds the row of
 * their source's lease, so that the source's worker and other replays wait for it, and takes the letters it stores.
 *
 *   fetch ──> open, decode ──> BEGIN, hold the source, take the letters, store their events, COMMIT ──┐
 *     ^───────────────────────────────────────────────────────────────────────────────────────────────┘
 */
#include "ingest/source.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
enum {
    LETTERS_MOST = 300,
    BYTES_MOST = 8 * 1024 * 1024,
    OPENED_MOST = 4 * 1024 * 1024,
    TEXT_MOST = 128 * LETTERS_MOST + 65536,
    RETRY_MS = 200,
};
#define PATIENCE_US (40 * SECOND) /* with a worker that holds its source */
#define ALARM_US (3600 * SECOND)  /* older than this, it is a replay: no rule is to raise an alarm over it */

struct letter {
    int64_t recorded_us;
    struct base_id id;
    const char *reason; /* it stays; NULL: it goes */
};

struct replay {
    const struct ingest_replay_options *options;
    struct ingest_keys keys;
    struct base_key secret;
    struct data_conn *conn;
    struct ingest_store store;
    struct ingest_sources sources;
    struct base_arena decoding;
    struct base_buf topic, payload; /* opened */
    struct base_buf text;
    struct letter letters[LETTERS_MOST]; /* that were opened, in order */
    size_t letter_count;
    int64_t unopened; /* of those that were fetched together */
    int64_t to_us, total;
    struct ingest_replay_summary summary;
};

/* --- opening --- */
static enum base_err open_keys(struct replay *replay, struct base_diag *diag)
{
    const char *var = replay->options->var && *replay->options->var ? replay->options->var : "./var";
    char path[1100];
    snprintf(path, sizeof path, "%s/keys/dedup.key", var);
    if (access(path, R_OK) != 0) { /* a new one would store everything that is there a second time */
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "%s cannot be read: replaying takes the keys of the workers; set HUTONG_VAR to where "
                             "they lie",
                             path);
    }
    snprintf(path, sizeof path, "%s/keys/dead.key", var);
    const char *key = replay->options->key ? replay->options->key : path;
    enum base_err err = base_key_read(key, diag, &replay->secret);
    if (err == BASE_NOT_FOUND) {
        return base_diag_set(diag, err, "%s: no such file; --key FILE says where the private key of the letters is",
                             key);
    }
    return err ? err : ingest_keys_open(var, diag, &replay->keys);
}

static bool unseal(const struct replay *replay, struct base_str sealed, struct base_buf *opened)
{
    base_buf_reset(opened);
    return base_key_unseal(&replay->secret, sealed.at, sealed.len, opened) == BASE_OK;
}

static void count_reason(struct ingest_replay_summary *summary, const char *reason)
{
    size_t i = 0;
    while (i < INGEST_REPLAY_REASONS - 1 && summary->reasons[i].text && strcmp(summary->reasons[i].text, reason) != 0) {
        i++;
    }
    summary->reasons[i].text = reason;
    summary->reasons[i].count++;
}

/* Decodes it into the source's batch. A letter that fails again makes no new letter: the old one stays. */
static void take(struct replay *replay, struct ingest_source *source, const struct data_rows *rows, size_t row)
{
    if (!unseal(replay, data_rows_bytes(rows, row, 2), &replay->topic) ||
        !unseal(replay, data_rows_bytes(rows, row, 3), &replay->payload)) {
        replay->unopened++;
        return;
    }
    struct ingest_batch *batch = &source->batch;
    struct letter *letter = &replay->letters[replay->letter_count++];
    *letter = (struct letter){.recorded_us = data_rows_time(rows, row, 0), .id = data_rows_id(rows, row, 1)};
    base_buf_cstr(&replay->topic);
    ingest_batch_take(source, base_buf_str(&replay->topic), base_buf_str(&replay->payload), letter->recorded_us, false,
                      INGEST_NO_MID);
    if (batch->dead_count) {
        letter->reason = sensors_reason_text(batch->dead[0].reason);
        batch->dead_count = 0;
    }
}

static void mark_late(struct ingest_batch *batch)
{
    int64_t now = base_clock_now_us();
    for (size_t i = 0; i < batch->row_count; i++) {
        int64_t age = now - batch->rows[i].t_event;
        batch->rows[i].flags |= age > SENSORS_TIME_LATE_US ? SENSORS_FLAG_LATE : 0;
        batch->rows[i].flags |= age > ALARM_US ? SENSORS_FLAG_REPLAY : 0;
    }
}

/* --- storing --- */
static enum base_err letters_text(struct replay *replay, struct base_diag *diag)
{
    char hex[BASE_ID_TEXT];
    base_buf_reset(&replay->text);
    struct base_json_out out = base_json_out_of(&replay->text);
    base_json_out_array(&out);
    for (size_t i = 0; i < replay->letter_count; i++) {
        const struct letter *letter = &replay->letters[i];
        base_json_out_object(&out);
        base_json_out_key(&out, "at");
        base_json_out_time(&out, letter->recorded_us);
        base_json_out_key(&out, "id");
        base_json_out_text(&out, base_id_hex(letter->id, hex));
        base_json_out_key(&out, "reason");
        base_json_out_text(&out, letter->reason);
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    return replay->text.err ? base_diag_set(diag, replay->text.err, "out of memory") : BASE_OK;
}

/* In place of the lease's fence, first in the transaction. FENCED: some of the letters were somebody else's. */
static enum base_err claim(void *at, const struct ingest_source *source, struct base_diag *diag,
                           struct ingest_versions *ret_versions)
{
    struct replay *replay = at;
    AUTO(data_rows) hold = NULL;
    AUTO(data_rows) held = NULL;
    enum base_err err = data_run(replay->conn, DATA_DEAD_HOLD,
                                 DATA_ARGS(data_i64(source->estate_id), data_i64(source->id)), diag, &hold);
    if (!err && data_rows_count(hold) == 0) {
        err = base_diag_set(diag, BASE_CONFLICT, "source %s has no row in the table lease; hutong source add it again",
                            source->name);
    }
    if (!err) {
        *ret_versions = (struct ingest_versions){.places = data_rows_i64(hold, 0, 0),
                                                 .registry = data_rows_i64(hold, 0, 1),
                                                 .now_us = data_rows_time(hold, 0, 2),
                                                 .rules = data_rows_i64(hold, 0, 3)};
        err = data_run(replay->conn, DATA_DEAD_SETTLE,
                       DATA_ARGS(data_i64(source->estate_id), data_i64(source->id),
                                 data_text(base_buf_cstr(&replay->text)), data_time(replay->letters[0].recorded_us),
                                 data_time(replay->letters[replay->letter_count - 1].recorded_us)),
                       diag, &held);
    }
    if (!err && data_rows_i64(held, 0, 0) != (int64_t)replay->letter_count) {
        err = base_diag_set(diag, BASE_FENCED, "source %s: another replay has its letters", source->name);
    }
    return err;
}

/* The worker may hold the source for a moment; one that hangs is ended by the server within half a minute. */
static enum base_err store(struct replay *replay, struct ingest_source *source, struct base_diag *diag)
{
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    enum base_err err = letters_text(replay, diag);
    if (err) {
        return err;
    }
    while ((err = ingest_store_batch(&replay->store, source, diag)) == BASE_DATABASE && base_clock_mono_us() < until) {
        poll(NULL, 0, RETRY_MS);
    }
    return err;
}

static void tally(struct replay *replay, const struct ingest_batch *batch)
{
    struct ingest_replay_summary *summary = &replay->summary;
    for (size_t i = 0; i < replay->letter_count; i++) {
        const char *reason = replay->letters[i].reason;
        summary->decoded += !reason;
        summary->stay += reason != NULL;
        if (reason) {
            count_reason(summary, reason);
        }
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct ingest_row *row = &batch->rows[i];
        bool stored = replay->options->dry_run ? !row->dropped : row->stored;
        summary->off_shift += row->off_shift;
        summary->stored += stored;
        summary->duplicate += !row->dropped && !stored;
    }
    summary->ignored += batch->ignored;
    summary->unopened += replay->unopened;
    summary->letters += (int64_t)replay->letter_count + replay->unopened;
    if (replay->options->progress) {
        replay->options->progress(replay->options->progress_at, summary->letters, replay->total);
    }
}

/* What was fetched together is stored together. */
static enum base_err replay_rows(struct replay *replay, struct ingest_source *source, const struct data_rows *rows,
                                 struct base_diag *diag)
{
    struct ingest_batch *batch = &source->batch;
    ingest_batch_drop(source);
    ingest_devices_trim(&source->devices);
    replay->letter_count = 0;
    replay->unopened = 0;
    enum base_err err = ingest_registry_keep(source, replay->conn, diag); /* who was accepted may speak */
    if (!err) {
        err = ingest_shifts_load(&source->shifts, replay->conn, source->estate_id,
                                 ingest_shifts_named(source) ? 0 : source->id, diag);
    }
    for (size_t row = 0; row < data_rows_count(rows) && !err; row++) {
        take(replay, source, rows, row);
        err = batch->err ? base_diag_set(diag, batch->err, "%s", base_error_text(batch->err)) : BASE_OK;
    }
    mark_late(batch);
    if (!err) {
        err = ingest_batch_settle(source, diag);
    }
    if (!err && !replay->options->dry_run && replay->letter_count) {
        err = store(replay, source, diag);
    }
    if (!err) {
        sensors_memory_commit(source->memory); /* of a dry run: letters that follow lean on these */
        tally(replay, batch);
    }
    return err;
}

static enum base_err fetch(struct replay *replay, const struct ingest_source *source, const struct letter *last,
                           struct base_diag *diag, struct data_rows **ret_rows)
{
    return data_run(replay->conn, DATA_DEAD_FETCH,
                    DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_time(last->recorded_us),
                              data_id(last->id), data_time(replay->to_us), data_text(replay->options->reason),
                              data_i64(LETTERS_MOST), data_i64(BYTES_MOST)),
                    diag, ret_rows);
}

/* FENCED is no failure at first: what another replay took, or what has expired, is gone the next time we look. */
static enum base_err replay_source(struct replay *replay, struct ingest_source *source, struct base_diag *diag)
{
    struct letter last = {.recorded_us = replay->options->from_us};
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    enum base_err err = ingest_memory_load(source, replay->conn, diag);
    while (!err) {
        AUTO(data_rows) rows = NULL;
        err = fetch(replay, source, &last, diag, &rows);
        size_t count = err ? 0 : data_rows_count(rows);
        if (count == 0) {
            return err;
        }
        err = replay_rows(replay, source, rows, diag);
        if (err == BASE_FENCED && base_clock_mono_us() < until) {
            poll(NULL, 0, RETRY_MS);
            err = BASE_OK;
        } else if (!err) {
            last.recorded_us = data_rows_time(rows, count - 1, 0);
            last.id = data_rows_id(rows, count - 1, 1);
            until = base_clock_mono_us() + PATIENCE_US;
        }
    }
    return err;
}

/* --- all of it --- */
static enum base_err count_letters(struct replay *replay, struct base_diag *diag)
{
    const struct ingest_replay_options *options = replay->options;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(replay->conn, DATA_DEAD_LIST,
                                 DATA_ARGS(data_text(options->source), data_text(options->reason),
                                           data_time(options->from_us), data_time(replay->to_us)),
                                 diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        *(data_rows_bool(rows, row, 6) ? &replay->summary.removed : &replay->total) += data_rows_i64(rows, row, 2);
    }
    return err;
}

static enum base_err replay_sources(struct replay *replay, struct base_diag *diag)
{
    const char *wanted = replay->options->source;
    bool found = false;
    enum base_err err = ingest_sources_map(&replay->sources, replay->options->mappings, diag);
    if (!err) {
        err = ingest_sources_load(&replay->sources, replay->conn, &replay->keys, &replay->decoding, diag);
    }
    for (size_t i = 0; i < replay->sources.count && !err; i++) {
        struct ingest_source *source = replay->sources.list[i];
        if (!source->listed || (wanted && strcmp(source->name, wanted) != 0)) {
            continue;
        }
        found = true;
        ingest_retention_set(source, &replay->options->keeps);
        err = replay_source(replay, source, diag);
    }
    if (!err && wanted && !found) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "there is no source \"%s\" in use; hutong source list shows them",
                            wanted);
    }
    return err;
}

static enum base_err run(struct replay *replay, struct base_diag *diag)
{
    enum base_err err = open_keys(replay, diag);
    if (!err) {
        err = data_conn_open(replay->options->database, "hutong replay", diag, &replay->conn);
    }
    if (!err) {
        err = ingest_store_connect(&replay->store, replay->conn, diag);
    }
    if (!err) {
        err = count_letters(replay, diag);
    }
    if (!err) {
        err = replay_sources(replay, diag);
    }
    if (!err && replay->summary.letters && replay->summary.letters == replay->summary.unopened) {
        err = base_diag_set(diag, BASE_INVALID,
                            "the private key opens none of the letters: they were sealed to another one (--key FILE); "
                            "nothing was touched");
    }
    return err;
}

enum base_err ingest_replay_run(const struct ingest_replay_options *options, struct base_diag *diag,
                                struct ingest_replay_summary *ret_summary)
{
    int64_t now = base_clock_now_us();
    struct replay replay = {.options = options, .to_us = options->to_us < now ? options->to_us : now};
    ingest_store_init(&replay.store, "");
    replay.store.claim = claim;
    replay.store.claim_at = &replay;
    base_arena_init(&replay.decoding, SENSORS_ARENA_MAX);
    base_buf_init(&replay.topic, OPENED_MOST);
    base_buf_init(&replay.payload, OPENED_MOST);
    base_buf_init(&replay.text, TEXT_MOST);
    enum base_err err = run(&replay, diag);
    explicit_bzero(&replay.secret, sizeof replay.secret);
    ingest_sources_release(&replay.sources);
    ingest_store_release(&replay.store);
    base_arena_release(&replay.decoding);
    base_buf_release(&replay.topic);
    base_buf_release(&replay.payload);
    base_buf_release(&replay.text);
    data_conn_free(replay.conn);
    *ret_summary = replay.summary;
    return err;
}
