/* Bytes out of the database are checked like bytes from anywhere: somebody may have edited them, or written them with
 * another version of this program. */
#include "facts/track_bytes.h"

#include <math.h>
#include <string.h>

#define TIME_MAX INT64_C(300000000000000000) /* the year 11476: differences of such times do not overflow */

static float f32_in(struct base_reader *reader)
{
    float value;
    uint32_t bits = base_reader_u32be(reader);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int64_t time_in(struct base_reader *reader)
{
    int64_t time = (int64_t)base_reader_u64be(reader);
    reader->failed = reader->failed || time < -TIME_MAX || time > TIME_MAX;
    return time;
}

static struct facts_fix fix_in(struct base_reader *reader, int64_t shift_id)
{
    struct facts_fix fix = {.t_event = time_in(reader), .shift_id = shift_id};
    fix.at.lon = base_reader_f64be(reader);
    fix.at.lat = base_reader_f64be(reader);
    fix.acc_m = f32_in(reader);
    reader->failed = reader->failed || !(fabs(fix.at.lon) <= 180) || !(fabs(fix.at.lat) <= 90);
    return fix;
}

static struct facts_pass pass_in(struct base_reader *reader)
{
    unsigned kind = base_reader_u8(reader), method = base_reader_u8(reader);
    struct facts_pass pass = {.open = true};
    pass.place_id = (int64_t)base_reader_u64be(reader);
    pass.estate_id = (int64_t)base_reader_u64be(reader);
    pass.t_from = time_in(reader);
    pass.t_to = time_in(reader);
    pass.t_written = time_in(reader);
    pass.nearest_m = f32_in(reader);
    pass.acc_m = f32_in(reader);
    uint32_t fixes = base_reader_u32be(reader);
    pass.fixes = (int32_t)(fixes & INT32_MAX);
    if (kind >= FACTS_KIND_COUNT || method >= FACTS_METHOD_COUNT || fixes > INT32_MAX || pass.t_from > pass.t_to ||
        !(pass.nearest_m >= 0 && pass.nearest_m < 1e6F)) {
        reader->failed = true;
        return pass;
    }
    pass.kind = (enum facts_kind)kind;
    pass.method = (enum facts_method)method;
    return pass;
}

enum base_err facts_track_in(struct base_str bytes, struct base_diag *diag, struct facts_track *ret_track)
{
    struct base_reader reader = base_reader_of(bytes.at, bytes.len);
    struct facts_track track = {.begun = bytes.len > 0};
    if (bytes.len == 0) {
        facts_track_init(ret_track);
        return BASE_OK;
    }
    unsigned version = base_reader_u8(&reader), flags = base_reader_u8(&reader);
    int64_t shift_id = (int64_t)base_reader_u64be(&reader);
    track.doubted = flags == FACTS_TRACK_DOUBTED;
    track.last = fix_in(&reader, shift_id);
    if (track.doubted) {
        track.jump = fix_in(&reader, shift_id);
    }
    uint32_t count = base_reader_u8(&reader);
    if (version != FACTS_TRACK_VERSION || flags > FACTS_TRACK_DOUBTED || count > FACTS_OPEN_MAX) {
        reader.failed = true;
    }
    for (uint32_t i = 0; i < count && !reader.failed; i++) {
        track.open[track.open_count++] = pass_in(&reader);
    }
    if (reader.failed || base_reader_left(&reader)) {
        return base_diag_set(diag, BASE_INVALID, "a track of %zu bytes is none of this version", bytes.len);
    }
    *ret_track = track;
    return BASE_OK;
}
