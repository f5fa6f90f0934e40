/* What pgoutput says, read strictly: a message that is not exactly as the protocol has it ends the feed, since what it
 * meant to change would be missing for good. Rows of a transaction gather until its Commit. */
#include "data/feed_private.h"

#include <stdlib.h>
#include <string.h>

enum { FLAG_KEY = 1, TRUNCATE_FLAGS = 3 };

static enum base_err wrong(struct base_diag *diag, const char *what)
{
    return base_diag_set(diag, BASE_DATABASE, "feed: the server's stream is not as it should be: %s", what);
}

enum base_err data_feed_decoder_init(struct data_feed_decoder *decoder, const struct data_feed_table *tables,
                                     size_t count, size_t transaction_max, struct base_diag *diag)
{
    *decoder = (struct data_feed_decoder){.tables = tables, .count = count, .transaction_max = transaction_max};
    base_arena_init(&decoder->arena, transaction_max);
    base_buf_init(&decoder->changes, transaction_max);
    base_buf_init(&decoder->others, DATA_FEED_PUBLISHED_MAX * sizeof(uint32_t));
    decoder->relations = calloc(count ? count : 1, sizeof *decoder->relations);
    return decoder->relations ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "feed: out of memory");
}

void data_feed_decoder_release(struct data_feed_decoder *decoder)
{
    base_arena_release(&decoder->arena);
    base_buf_release(&decoder->changes);
    base_buf_release(&decoder->others);
    free(decoder->relations);
    decoder->relations = NULL;
}

static enum base_err too_large(const struct data_feed_decoder *decoder, enum base_err err, struct base_diag *diag)
{
    if (err != BASE_LIMIT) {
        return base_diag_set(diag, err, "feed: out of memory");
    }
    return base_diag_set(
        diag, BASE_LIMIT,
        "feed: a transaction changed more than %zu MiB of rows at once; write in smaller transactions, "
        "or raise the limit",
        decoder->transaction_max >> 20);
}

/* --- transactions --- */
static void forget(struct data_feed_decoder *decoder)
{
    enum { KEPT = 1 << 20 }; /* one large transaction does not hold its memory for good */
    base_arena_reset(&decoder->arena);
    if (decoder->changes.cap > KEPT) {
        base_buf_release(&decoder->changes);
    }
    base_buf_reset(&decoder->changes);
    decoder->transaction = (struct data_feed_transaction){.lsn = decoder->transaction.lsn};
}

static enum base_err on_begin(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag)
{
    uint64_t final_lsn = base_reader_u64be(reader);
    base_reader_u64be(reader); /* when it committed: Commit says so again */
    base_reader_u32be(reader); /* its xid */
    if (decoder->open) {
        return wrong(diag, "a transaction begins within another");
    }
    forget(decoder);
    decoder->open = true;
    decoder->final_lsn = final_lsn;
    return BASE_OK;
}

static enum base_err on_commit(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag)
{
    uint8_t flags = base_reader_u8(reader);
    uint64_t final_lsn = base_reader_u64be(reader);
    uint64_t end_lsn = base_reader_u64be(reader);
    uint64_t committed = base_reader_u64be(reader);
    if (reader->failed || !decoder->open || flags != 0 || final_lsn != decoder->final_lsn) {
        return wrong(diag, "an end without its beginning");
    }
    if (end_lsn <= decoder->transaction.lsn) {
        return wrong(diag, "transactions out of order");
    }
    decoder->open = false;
    decoder->ended = true;
    decoder->transaction = (struct data_feed_transaction){
        .lsn = end_lsn,
        .committed_us = (int64_t)(committed + (uint64_t)DATA_EPOCH_US),
        .changes = (const struct data_feed_change *)decoder->changes.data,
        .count = decoder->changes.len / sizeof(struct data_feed_change),
    };
    return BASE_OK;
}

/* --- relations --- */
static struct base_str text_of(struct base_reader *reader)
{
    const uint8_t *end = reader->failed ? NULL : memchr(reader->at, 0, base_reader_left(reader));
    if (!end) {
        reader->failed = true;
        return (struct base_str){NULL, 0};
    }
    struct base_str text = base_reader_bytes(reader, (size_t)(end - reader->at));
    base_reader_u8(reader);
    return text;
}

static bool is_other(const struct data_feed_decoder *decoder, uint32_t oid)
{
    const char *at = decoder->others.data;
    for (size_t i = 0; i < decoder->others.len; i += sizeof oid) {
        if (memcmp(at + i, &oid, sizeof oid) == 0) {
            return true;
        }
    }
    return false;
}

/* The wanted table of that name, or NULL. Another one under the name, or the table under another name, is not what was
 * loaded: it has to be loaded anew. */
static enum base_err relation_named(struct data_feed_decoder *decoder, struct base_str schema, struct base_str name,
                                    uint32_t oid, struct base_diag *diag, struct data_feed_relation **ret_relation)
{
    struct data_feed_relation *found = NULL;
    for (size_t i = 0; i < decoder->count; i++) {
        struct data_feed_relation *relation = &decoder->relations[i];
        bool named = base_str_is(schema, DATA_FEED_SCHEMA) && base_str_is(name, decoder->tables[i].name);
        if (relation->oid && named != (relation->oid == oid)) {
            return base_diag_set(diag, BASE_DATABASE_AWAY, "feed: table %s was renamed or replaced: load it anew",
                                 decoder->tables[i].name);
        }
        found = named ? relation : found;
    }
    *ret_relation = found;
    return BASE_OK;
}

static int16_t column_named(const struct data_feed_table *table, struct base_str name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (base_str_is(name, table->columns[i])) {
            return (int16_t)i;
        }
    }
    return -1;
}

/* Every column that is wanted must be among those sent, and the key's must be what rows are known by. */
static enum base_err columns_in(struct data_feed_relation *relation, const struct data_feed_table *table,
                                struct base_reader *reader, struct base_diag *diag)
{
    uint8_t seen[DATA_FEED_COLUMN_MAX] = {0}; /* by the wanted columns */
    for (uint16_t i = 0; i < relation->count; i++) {
        uint8_t flags = base_reader_u8(reader);
        int16_t at = column_named(table, text_of(reader));
        base_reader_u64be(reader); /* type and its modifier */
        relation->at[i] = at;
        if (at >= 0) {
            seen[at] = flags & FLAG_KEY ? 2 : 1;
        }
    }
    for (size_t i = 0; i < table->count && !reader->failed; i++) {
        if (!seen[i]) {
            return base_diag_set(diag, BASE_DATABASE,
                                 "feed: table %s: column %s is not published any more: was it dropped or renamed? "
                                 "Run `hutong migrate`, and a hutong that fits the database",
                                 table->name, table->columns[i]);
        }
        if (i < table->keys && seen[i] != 2) {
            return base_diag_set(diag, BASE_DATABASE,
                                 "feed: table %s: column %s is not of the replica identity; set it back: alter table "
                                 "%s replica identity default",
                                 table->name, table->columns[i], table->name);
        }
    }
    return BASE_OK;
}

static enum base_err on_relation(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag)
{
    uint32_t oid = base_reader_u32be(reader);
    struct base_str schema = text_of(reader);
    struct base_str name = text_of(reader);
    base_reader_u8(reader); /* replica identity: the columns' flags say the same */
    uint16_t count = base_reader_u16be(reader);
    if (reader->failed || oid == 0 || count > DATA_FEED_COLUMN_MAX) {
        return wrong(diag, "a table's description");
    }
    struct data_feed_relation *relation = NULL;
    enum base_err err = relation_named(decoder, schema, name, oid, diag, &relation);
    if (err) {
        return err;
    }
    if (relation) {
        relation->oid = oid;
        relation->count = count;
        return columns_in(relation, &decoder->tables[relation - decoder->relations], reader, diag);
    }
    if (!is_other(decoder, oid)) {
        base_buf_append(&decoder->others, &oid, sizeof oid);
    }
    for (uint16_t i = 0; i < count; i++) {
        base_reader_u8(reader);
        text_of(reader);
        base_reader_u64be(reader);
    }
    return decoder->others.err ? wrong(diag, "too many tables") : BASE_OK;
}

/* --- rows --- */
/* *ret_relation NULL: a table that nobody asked for. */
static enum base_err relation_in(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag,
                                 struct data_feed_relation **ret_relation)
{
    uint32_t oid = base_reader_u32be(reader);
    if (reader->failed || !decoder->open) {
        return wrong(diag, "a change outside of any transaction");
    }
    for (size_t i = 0; i < decoder->count && oid; i++) {
        if (decoder->relations[i].oid == oid) {
            *ret_relation = &decoder->relations[i];
            return BASE_OK;
        }
    }
    *ret_relation = NULL;
    return is_other(decoder, oid) ? BASE_OK : wrong(diag, "a change of a table that it has not described");
}

static struct data_field field_in(struct base_reader *reader, uint8_t kind)
{
    if (kind == 'n' || kind == 'u') {
        return (struct data_field){NULL, kind == 'n' ? DATA_FIELD_NULL : DATA_FIELD_UNCHANGED};
    }
    uint32_t len = kind == 'b' || kind == 't' ? base_reader_u32be(reader) : UINT32_MAX;
    if (len > INT32_MAX) {
        reader->failed = true;
    }
    struct base_str bytes = base_reader_bytes(reader, len);
    return (struct data_field){bytes.at, reader->failed ? DATA_FIELD_NULL : (int32_t)len};
}

/* Fields of the wanted columns. Text form is for types without a binary one, and none of ours is. */
static enum base_err row_in(const struct data_feed_relation *relation, struct base_reader *reader,
                            const struct data_feed_table *table, struct data_field *into, struct base_diag *diag)
{
    uint16_t count = base_reader_u16be(reader);
    if (reader->failed || count != relation->count) {
        return wrong(diag, "a row that is not as its table was described");
    }
    for (uint16_t i = 0; i < count; i++) {
        uint8_t kind = base_reader_u8(reader);
        struct data_field field = field_in(reader, kind);
        int16_t at = relation->at[i];
        if (reader->failed) {
            return wrong(diag, "a row that is cut off");
        }
        if (at >= 0 && kind == 't') {
            return base_diag_set(diag, BASE_DATABASE, "feed: table %s: column %s has a type without a binary form",
                                 table->name, table->columns[at]);
        }
        if (at >= 0) {
            into[at] = field;
        }
    }
    return BASE_OK;
}

/* The message stays only as long as the call, so that its fields have to point into a copy. */
static enum base_err copy_in(struct data_feed_decoder *decoder, struct base_reader *reader, size_t fields,
                             struct base_diag *diag, struct data_field **ret_fields)
{
    size_t len = base_reader_left(reader);
    struct data_field *room = base_arena_room(&decoder->arena, fields * sizeof *room + len);
    if (!room) {
        bool over = decoder->transaction_max - decoder->arena.used < fields * sizeof *room + len;
        return too_large(decoder, over ? BASE_LIMIT : BASE_NOMEM, diag);
    }
    memcpy(room + fields, reader->at, len);
    *reader = base_reader_of(room + fields, len);
    *ret_fields = room;
    return BASE_OK;
}

static enum base_err note(struct data_feed_decoder *decoder, struct data_feed_change change, struct base_diag *diag)
{
    if (decoder->changes.len + decoder->arena.used > decoder->transaction_max) {
        return too_large(decoder, BASE_LIMIT, diag);
    }
    base_buf_append(&decoder->changes, &change, sizeof change);
    return decoder->changes.err ? too_large(decoder, decoder->changes.err, diag) : BASE_OK;
}

static bool same(struct data_field a, struct data_field b)
{
    return a.len == b.len && (a.len <= 0 || memcmp(a.at, b.at, (size_t)a.len) == 0);
}

/* Where the whole old row is sent (replica identity full) the key has mostly not changed. */
static bool key_changed(const struct data_feed_table *table, const struct data_field *row, const struct data_field *old)
{
    for (size_t i = 0; i < table->keys; i++) {
        if (!same(row[i], old[i])) {
            return true;
        }
    }
    return false;
}

/* Values that the new row leaves out as unchanged, where the old one has them: it has the key's, or all. */
static void fill_in(const struct data_feed_table *table, struct data_field *row, const struct data_field *old,
                    bool whole)
{
    for (size_t i = 0; i < (whole ? table->count : table->keys); i++) {
        row[i] = row[i].len == DATA_FIELD_UNCHANGED ? old[i] : row[i];
    }
}

static bool key_whole(const struct data_feed_table *table, const struct data_field *row)
{
    for (size_t i = 0; i < table->keys; i++) {
        if (row[i].len < 0) {
            return false;
        }
    }
    return true;
}

/* Of a deletion: the row's key (K), or all of it (O). */
static enum base_err deleted_in(struct data_feed_decoder *decoder, struct base_reader *reader,
                                const struct data_feed_relation *relation, struct data_feed_change *change,
                                struct base_diag *diag)
{
    const struct data_feed_table *table = &decoder->tables[change->table];
    struct data_field *row = NULL;
    uint8_t part = base_reader_u8(reader);
    enum base_err err = part == 'K' || part == 'O' ? BASE_OK : wrong(diag, "a deletion without a row");
    err = err ? err : copy_in(decoder, reader, table->count, diag, &row);
    err = err ? err : row_in(relation, reader, table, row, diag);
    if (!err && !key_whole(table, row)) {
        err = wrong(diag, "a row without its key");
    }
    change->row = row;
    return err;
}

/* Of an insertion or an update: the new row (N), before it the old one where the key has changed or all is sent. */
static enum base_err written_in(struct data_feed_decoder *decoder, struct base_reader *reader,
                                const struct data_feed_relation *relation, struct data_feed_change *change,
                                struct base_diag *diag)
{
    const struct data_feed_table *table = &decoder->tables[change->table];
    struct data_field *row = NULL, *old = NULL;
    uint8_t part = base_reader_u8(reader);
    bool whole = part == 'O';
    bool has_old = change->kind == DATA_FEED_UPDATE && (part == 'K' || whole);
    enum base_err err = copy_in(decoder, reader, has_old ? 2 * table->count : table->count, diag, &row);
    if (!err && has_old) {
        old = row + table->count;
        err = row_in(relation, reader, table, old, diag);
        part = base_reader_u8(reader);
    }
    if (!err && part != 'N') {
        err = wrong(diag, "a change without a row");
    }
    err = err ? err : row_in(relation, reader, table, row, diag);
    if (!err && old) {
        fill_in(table, row, old, whole);
    }
    if (!err && (!key_whole(table, row) || (old && !key_whole(table, old)))) {
        err = wrong(diag, "a row without its key");
    }
    change->row = row;
    change->old = !err && old && key_changed(table, row, old) ? old : NULL;
    return err;
}

static enum base_err on_change(struct data_feed_decoder *decoder, struct base_reader *reader, enum data_feed_kind kind,
                               struct base_diag *diag)
{
    struct data_feed_relation *relation = NULL;
    enum base_err err = relation_in(decoder, reader, diag, &relation);
    if (!err && !relation) {
        reader->at = reader->end;
    } else if (!err) {
        struct data_feed_change change = {.kind = kind, .table = (uint32_t)(relation - decoder->relations)};
        err = kind == DATA_FEED_DELETE ? deleted_in(decoder, reader, relation, &change, diag)
                                       : written_in(decoder, reader, relation, &change, diag);
        err = err ? err : note(decoder, change, diag);
    }
    return err;
}

static enum base_err on_truncate(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag)
{
    uint32_t count = base_reader_u32be(reader);
    uint8_t flags = base_reader_u8(reader);
    enum base_err err = reader->failed || flags > TRUNCATE_FLAGS ? wrong(diag, "a truncation") : BASE_OK;
    for (uint32_t i = 0; i < count && !err; i++) {
        struct data_feed_relation *relation = NULL;
        err = relation_in(decoder, reader, diag, &relation);
        if (!err && relation) {
            err = note(decoder,
                       (struct data_feed_change){.kind = DATA_FEED_TRUNCATE,
                                                 .table = (uint32_t)(relation - decoder->relations)},
                       diag);
        }
    }
    return err;
}

/* --- messages --- */
static enum base_err on_message(struct data_feed_decoder *decoder, struct base_reader *reader, struct base_diag *diag)
{
    uint8_t kind = base_reader_u8(reader);
    switch (kind) {
    case 'B':
        return on_begin(decoder, reader, diag);
    case 'C':
        return on_commit(decoder, reader, diag);
    case 'R':
        return on_relation(decoder, reader, diag);
    case 'I':
        return on_change(decoder, reader, DATA_FEED_INSERT, diag);
    case 'U':
        return on_change(decoder, reader, DATA_FEED_UPDATE, diag);
    case 'D':
        return on_change(decoder, reader, DATA_FEED_DELETE, diag);
    case 'T':
        return on_truncate(decoder, reader, diag);
    case 'Y': /* a type: its oid, schema and name */
        base_reader_u32be(reader);
        text_of(reader);
        text_of(reader);
        return BASE_OK;
    case 'O': /* where it was committed first: an LSN and a name */
        base_reader_u64be(reader);
        text_of(reader);
        return BASE_OK;
    case 'M': /* somebody's note: flags, LSN, prefix, content */
        base_reader_u8(reader);
        base_reader_u64be(reader);
        text_of(reader);
        base_reader_bytes(reader, base_reader_u32be(reader));
        return BASE_OK;
    default:
        return wrong(diag, "a message of an unknown kind");
    }
}

static void heard(struct data_feed_decoder *decoder, uint64_t lsn)
{
    decoder->server_lsn = lsn > decoder->server_lsn ? lsn : decoder->server_lsn;
}

enum base_err data_feed_decode(struct data_feed_decoder *decoder, struct base_str message, struct base_diag *diag)
{
    struct base_reader reader = base_reader_of(message.at, message.len);
    decoder->ended = decoder->idle = decoder->wants_reply = false;
    uint8_t kind = base_reader_u8(&reader);
    enum base_err err = BASE_OK;
    if (kind == 'w') { /* where the message stands, the server's end, its clock */
        base_reader_u64be(&reader);
        heard(decoder, base_reader_u64be(&reader));
        base_reader_u64be(&reader);
        err = on_message(decoder, &reader, diag);
    } else if (kind == 'k') { /* the server's end, its clock, does it want an answer? */
        decoder->idle_lsn = base_reader_u64be(&reader);
        base_reader_u64be(&reader);
        decoder->wants_reply = base_reader_u8(&reader) != 0;
        decoder->idle = !decoder->open;
        if (decoder->idle) {
            forget(decoder);
        }
        heard(decoder, decoder->idle_lsn);
    } else {
        err = wrong(diag, "neither data nor a sign of life");
    }
    if (!err && (reader.failed || base_reader_left(&reader) > 0)) {
        err = wrong(diag, reader.failed ? "a message is cut off" : "a message is too long");
    }
    return err;
}
