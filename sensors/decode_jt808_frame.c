/* Frames of JT/T 808 as a terminal sends them:
 *
 *   7e | id 2 | properties 2 | [version 1] | phone BCD 6 or 10 | serial 2 | [parts 2, part 2] | body | check | 7e
 *
 * with 7e written 7d 02 and 7d written 7d 01 between the flags, the check the exclusive or of all before it.
 * Properties: bits 0-9 the body's bytes, 10-12 encryption, 13 in parts, 14 the header of 2019 (version, 10 bytes of
 * phone). */
#include "sensors/decode_jt808.h"

#include <math.h>
#include <string.h>

enum {
    FLAG = 0x7e,
    ESCAPE = 0x7d,
    FRAME_MAX = 4096,
    PROPERTIES_BYTES = 0x03ff,
    PROPERTIES_ENCRYPTED = 0x1c00,
    PROPERTIES_PARTS = 0x2000,
    PROPERTIES_2019 = 0x4000,
    ID_REGISTER = 0x0100,
    ID_LOCATION = 0x0200,
    ID_LOCATION_ANSWER = 0x0201,
    ID_DRIVER = 0x0702,
    ID_BATCH = 0x0704,
    ID_PICTURE = 0x0801,
    ITEM_MILEAGE = 0x01,
    ITEM_AREA = 0x12,
};

static enum base_err broken(struct sensors_decoding *decoding, const char *what)
{
    return sensors_decode_fail(decoding, SENSORS_REASON_BINARY, "a frame %s", what);
}

/* What stands between two flags, without escapes. *ret_len 0: an escape that is none. */
static enum base_err unescape(struct sensors_decoding *decoding, struct base_str raw, uint8_t *bytes, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t byte = (uint8_t)raw.at[i];
        if (len == FRAME_MAX) {
            return broken(decoding, "is longer than any may be");
        }
        if (byte == ESCAPE) {
            uint8_t what = ++i < raw.len ? (uint8_t)raw.at[i] : 0;
            if (what != 1 && what != 2) {
                return broken(decoding, "has 7d before another byte than 01 or 02");
            }
            byte = what == 1 ? ESCAPE : FLAG;
        }
        bytes[len++] = byte;
    }
    *ret_len = len;
    return BASE_OK;
}

/* Digits of packed BCD; a terminal's id may be filled up with letters. */
static struct base_str bcd(struct base_str packed, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < packed.len; i++) {
        text[2 * i] = digits[(uint8_t)packed.at[i] >> 4];
        text[2 * i + 1] = digits[(uint8_t)packed.at[i] & 15];
    }
    return (struct base_str){text, packed.len * 2};
}

/* Items of id, length and value after the report; those of vendors are skipped. */
static void items(struct base_reader *body, struct sensors_jt808_report *report)
{
    while (base_reader_left(body) > 0 && !body->failed) {
        uint8_t id = base_reader_u8(body), len = base_reader_u8(body);
        struct base_str value = base_reader_bytes(body, len);
        struct base_reader item = base_reader_of(value.at, body->failed ? 0 : value.len);
        if (body->failed) {
            report->torn = true;
        } else if (id == ITEM_MILEAGE && len == 4) {
            report->mileage = base_reader_u32be(&item);
        } else if (id == ITEM_AREA && len == 6) {
            base_reader_u8(&item); /* circle, rectangle ... */
            report->area_id = base_reader_u32be(&item);
            report->area_left = base_reader_u8(&item);
        }
    }
}

static enum base_err location(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                              struct base_reader *body, uint32_t flags)
{
    struct sensors_jt808_report report = {.mileage = NAN, .area_id = NAN, .area_left = NAN, .time_us = SENSORS_NO_TIME};
    char time[12];
    report.alarm = base_reader_u32be(body);
    report.status = base_reader_u32be(body);
    report.lat = base_reader_u32be(body);
    report.lon = base_reader_u32be(body);
    report.altitude = base_reader_u16be(body);
    report.speed = base_reader_u16be(body);
    report.direction = base_reader_u16be(body);
    struct base_str packed = base_reader_bytes(body, sizeof time / 2);
    if (body->failed) {
        return broken(decoding, "of a location has less than 28 bytes");
    }
    report.time_us = sensors_jt808_time(bcd(packed, time));
    items(body, &report);
    return sensors_jt808_report(decoding, head, &report, flags);
}

static enum base_err batch(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                           struct base_reader *body)
{
    uint16_t count = base_reader_u16be(body);
    base_reader_u8(body); /* 0 sent together, 1 from where there was no network: late either way */
    enum base_err err = count && !body->failed ? BASE_OK : broken(decoding, "of a batch has no location");
    for (uint16_t i = 0; i < count && !err; i++) {
        struct base_str part = base_reader_bytes(body, base_reader_u16be(body));
        struct base_reader reader = base_reader_of(part.at, body->failed ? 0 : part.len);
        err = body->failed ? broken(decoding, "of a batch ends before its last location")
                           : location(decoding, head, &reader, SENSORS_FLAG_HISTORICAL);
    }
    return err;
}

static enum base_err message(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                             uint16_t properties, struct base_reader *body)
{
    bool report = head->id == ID_LOCATION || head->id == ID_LOCATION_ANSWER || head->id == ID_BATCH;
    if (!report) { /* plate, driver and pictures are in it, and stay there */
        return sensors_jt808_other(decoding, head,
                                   head->id == ID_REGISTER || head->id == ID_DRIVER || head->id == ID_PICTURE);
    }
    if (properties & PROPERTIES_ENCRYPTED) {
        return sensors_decode_fail(decoding, SENSORS_REASON_ENCRYPTED, "the terminal encrypts its messages");
    }
    if (properties & PROPERTIES_PARTS) {
        return broken(decoding, "is a part of a message; only the gateway that has all parts can join them");
    }
    if (head->id == ID_BATCH) {
        return batch(decoding, head, body);
    }
    if (head->id == ID_LOCATION_ANSWER) {
        base_reader_u16be(body); /* the serial of the question */
    }
    return location(decoding, head, body, 0);
}

static enum base_err frame(struct sensors_decoding *decoding, struct base_str raw, uint8_t *bytes)
{
    struct sensors_jt808_head head;
    char phone[20];
    uint8_t check = 0;
    size_t len = 0;
    enum base_err err = unescape(decoding, raw, bytes, &len);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < len; i++) {
        check ^= bytes[i];
    }
    if (len == 0 || check) {
        return broken(decoding, "does not have the check byte it says");
    }
    struct base_reader reader = base_reader_of(bytes, len - 1);
    head.id = base_reader_u16be(&reader);
    uint16_t properties = base_reader_u16be(&reader);
    bool new = properties &PROPERTIES_2019;
    if (new) {
        base_reader_u8(&reader); /* the version */
    }
    struct base_str packed = base_reader_bytes(&reader, new ? 10 : 6);
    head.serial = base_reader_u16be(&reader);
    if (properties & PROPERTIES_PARTS) {
        base_reader_u32be(&reader);
    }
    if (reader.failed || base_reader_left(&reader) != (properties & PROPERTIES_BYTES)) {
        return broken(decoding, "is not as long as it says");
    }
    head.phone = sensors_decode_keep(decoding, bcd(packed, phone));
    return message(decoding, &head, properties, &reader);
}

enum base_err sensors_jt808_frames(struct sensors_decoding *decoding)
{
    struct base_str rest = decoding->message->payload, part;
    uint8_t *bytes = base_arena_alloc(decoding->arena, FRAME_MAX);
    bool ended = rest.len > 1 && rest.at[rest.len - 1] == FLAG, any = false;
    if (!bytes || !ended) {
        return broken(decoding, "does not end with 7e");
    }
    enum base_err err = BASE_OK;
    while (!err && base_str_next(&rest, FLAG, &part)) {
        if (part.len) { /* two flags in a row end one and begin the next */
            err = frame(decoding, part, bytes);
            any = true;
        }
    }
    return err || any ? err : broken(decoding, "is empty");
}
