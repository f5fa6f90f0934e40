/* Any bytes as the server's replication stream or as COPY BINARY: what is given out keeps the feed's promises. The
 * first byte tells which; then messages, each with its length in two bytes before it. Seeds are of a real server. */
#include "data/feed_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const zone_columns[] = {"estate_id", "id", "kind", "name", "geom", "valid_to"};
static const char *const building_columns[] = {"estate_id", "id", "codes", "name", "height_m", "lon", "valid_to"};
static const struct data_feed_table tables[] = {
    {"zone", zone_columns, BASE_COUNT(zone_columns), 2, NULL},
    {"building", building_columns, BASE_COUNT(building_columns), 2, NULL},
};
enum { TRANSACTION_MAX = 1 << 20 };

static volatile uint64_t sink;

/* Reads the field as everything, every byte of it. */
static void look(struct data_field field)
{
    if (field.len < DATA_FIELD_UNCHANGED || (field.len < 0) != (field.at == NULL)) {
        abort();
    }
    struct base_str text = data_field_str(field);
    for (size_t i = 0; i < text.len; i++) {
        sink += (uint8_t)text.at[i];
    }
    sink += (uint64_t)data_field_i64(field) + (uint64_t)data_field_time(field) + data_field_bool(field) +
            data_field_id(field).bytes[0] + (data_field_f64(field) > 0);
    uint32_t at = 0;
    struct base_str item;
    while (data_field_item(field, &at, &item)) {
        for (size_t i = 0; i < item.len; i++) {
            sink += (uint8_t)item.at[i];
        }
    }
}

static void look_all(const struct data_field *fields, size_t count, size_t keys)
{
    for (size_t i = 0; i < count; i++) {
        look(fields[i]);
        if (i < keys && fields[i].len < 0) {
            abort();
        }
    }
}

static void look_at(const struct data_feed_change *change)
{
    if (change->table >= BASE_COUNT(tables) || (change->kind == DATA_FEED_TRUNCATE) != (change->row == NULL) ||
        (change->old && change->kind != DATA_FEED_UPDATE)) {
        abort();
    }
    const struct data_feed_table *table = &tables[change->table];
    if (change->row) {
        look_all(change->row, change->kind == DATA_FEED_DELETE ? table->keys : table->count, table->keys);
    }
    if (change->old) {
        look_all(change->old, table->keys, table->keys);
    }
}

static enum base_err look_row(void *of, const struct data_field *row)
{
    (void)of;
    for (size_t i = 0; i < BASE_COUNT(building_columns); i++) {
        look(row[i]);
    }
    return BASE_OK;
}

static enum base_err stream_in(struct data_feed_decoder *decoder, struct base_str message)
{
    struct base_diag diag;
    uint64_t lsn = decoder->transaction.lsn;
    enum base_err err = data_feed_decode(decoder, message, &diag);
    if (!err && decoder->ended) {
        if (decoder->open || decoder->transaction.lsn <= lsn) {
            abort();
        }
        for (size_t i = 0; i < decoder->transaction.count; i++) {
            look_at(&decoder->transaction.changes[i]);
        }
    }
    return err;
}

static void messages_in(struct base_reader *reader, struct data_feed_decoder *decoder, struct data_feed_copy *copy)
{
    enum base_err err = BASE_OK;
    while (!err && base_reader_left(reader) > 2) {
        size_t len = base_reader_u16be(reader);
        len = len < base_reader_left(reader) ? len : base_reader_left(reader);
        /* A copy that goes at once, as libpq's does: what is given out must not point into it. */
        struct base_str bytes = base_reader_bytes(reader, len);
        char *message = malloc(len ? len : 1);
        if (!message) {
            return;
        }
        memcpy(message, bytes.at, len);
        struct base_diag diag;
        struct base_str given = {message, len};
        err = copy ? data_feed_copy_in(copy, given, &diag) : stream_in(decoder, given);
        free(message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_reader reader = base_reader_of(data, size);
    struct data_field fields[BASE_COUNT(building_columns)];
    struct data_feed_copy copy = {.count = BASE_COUNT(building_columns), .fields = fields, .visit = look_row};
    struct data_feed_decoder decoder;
    bool rows = base_reader_u8(&reader) == 'c';
    if (!data_feed_decoder_init(&decoder, tables, BASE_COUNT(tables), TRANSACTION_MAX, NULL)) {
        messages_in(&reader, &decoder, rows ? &copy : NULL);
    }
    data_feed_decoder_release(&decoder);
    return 0;
}
