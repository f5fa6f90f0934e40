/* Fields of the feed: PostgreSQL's binary values, of which only the length is trusted - a column may have another type
 * since yesterday. */
#include "data/conn_private.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#define DAY_US 86400e6

enum { ARRAY_HEADER = 20, OID_TEXT = 25, OID_VARCHAR = 1043 };

static struct base_reader reader_of(struct data_field field)
{
    return base_reader_of(field.at, field.len > 0 ? (size_t)field.len : 0);
}

int64_t data_field_i64(struct data_field field)
{
    struct base_reader reader = reader_of(field);
    switch (field.len) {
    case 8:
        return (int64_t)base_reader_u64be(&reader);
    case 4:
        return (int32_t)base_reader_u32be(&reader);
    case 2:
        return (int16_t)base_reader_u16be(&reader);
    default:
        return 0;
    }
}

double data_field_f64(struct data_field field)
{
    struct base_reader reader = reader_of(field);
    if (field.len == 4) {
        uint32_t bits = base_reader_u32be(&reader);
        float single;
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    return field.len == 8 ? base_reader_f64be(&reader) : (double)NAN;
}

bool data_field_bool(struct data_field field)
{
    return field.len == 1 && *field.at != 0;
}

int64_t data_field_time(struct data_field field)
{
    int64_t postgres_us = field.len == 8 ? data_field_i64(field) : INT64_MIN;
    int64_t time_us;
    if (postgres_us == INT64_MIN || __builtin_add_overflow(postgres_us, DATA_EPOCH_US, &time_us)) {
        return postgres_us < 0 ? INT64_MIN : INT64_MAX;
    }
    return time_us;
}

int64_t data_field_interval(struct data_field field)
{
    struct base_reader reader = reader_of(field);
    int64_t us = (int64_t)base_reader_u64be(&reader);
    int32_t days = (int32_t)base_reader_u32be(&reader), months = (int32_t)base_reader_u32be(&reader);
    int32_t years = months / 12; /* of 365.25 days, as extract(epoch ...) has them */
    double whole = (double)us + DAY_US * (days + years * 365.25 + months % 12 * 30.0);
    return field.len == 16 && fabs(whole) < 9e18 ? (int64_t)whole : 0;
}

struct base_id data_field_id(struct data_field field)
{
    struct base_id id = {{0}};
    if (field.len == sizeof id.bytes) {
        memcpy(id.bytes, field.at, sizeof id.bytes);
    }
    return id;
}

struct base_str data_field_str(struct data_field field)
{
    return (struct base_str){field.len > 0 ? field.at : NULL, field.len > 0 ? (size_t)field.len : 0};
}

/* Dimensions, has nulls, the items' type, then length and lower bound of the one dimension. */
static bool is_texts(struct base_reader *reader)
{
    uint32_t dimensions = base_reader_u32be(reader);
    base_reader_u32be(reader);
    uint32_t type = base_reader_u32be(reader);
    base_reader_bytes(reader, 8);
    return !reader->failed && dimensions == 1 && (type == OID_TEXT || type == OID_VARCHAR);
}

bool data_field_item(struct data_field array, uint32_t *at, struct base_str *ret_item)
{
    struct base_reader reader = reader_of(array);
    if (!is_texts(&reader)) {
        return false;
    }
    base_reader_bytes(&reader, *at > ARRAY_HEADER ? *at - ARRAY_HEADER : 0);
    uint32_t len = UINT32_MAX; /* of a null, which is passed over */
    while (len == UINT32_MAX && !reader.failed) {
        len = base_reader_u32be(&reader);
    }
    struct base_str item = base_reader_bytes(&reader, len);
    if (reader.failed) {
        return false;
    }
    *at = (uint32_t)(array.len - (int32_t)base_reader_left(&reader));
    *ret_item = item;
    return true;
}
