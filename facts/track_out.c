/* A track as bytes, beside the asset's state. A changed layout gets another version: see track_in.c.
 *
 *   version  flags  shift_id  last  [jump]  count  passes
 *   fix      t_event lon lat acc_m                                            big-endian, floats as IEEE 754
 *   pass     kind method place_id estate_id t_from t_to t_written nearest_m acc_m fixes
 */
#include "facts/track_bytes.h"

#include <string.h>

static void f64_out(struct base_buf *buf, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    base_buf_u64be(buf, bits);
}

static void f32_out(struct base_buf *buf, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    base_buf_u32be(buf, bits);
}

static void fix_out(struct base_buf *buf, const struct facts_fix *fix)
{
    base_buf_u64be(buf, (uint64_t)fix->t_event);
    f64_out(buf, fix->at.lon);
    f64_out(buf, fix->at.lat);
    f32_out(buf, fix->acc_m);
}

static void pass_out(struct base_buf *buf, const struct facts_pass *pass)
{
    base_buf_u8(buf, (uint8_t)pass->kind);
    base_buf_u8(buf, (uint8_t)pass->method);
    base_buf_u64be(buf, (uint64_t)pass->place_id);
    base_buf_u64be(buf, (uint64_t)pass->estate_id);
    base_buf_u64be(buf, (uint64_t)pass->t_from);
    base_buf_u64be(buf, (uint64_t)pass->t_to);
    base_buf_u64be(buf, (uint64_t)pass->t_written);
    f32_out(buf, pass->nearest_m);
    f32_out(buf, pass->acc_m);
    base_buf_u32be(buf, (uint32_t)pass->fixes);
}

void facts_track_out(const struct facts_track *track, struct base_buf *buf)
{
    if (!track->begun) {
        return;
    }
    base_buf_u8(buf, FACTS_TRACK_VERSION);
    base_buf_u8(buf, track->doubted ? FACTS_TRACK_DOUBTED : 0);
    base_buf_u64be(buf, (uint64_t)track->last.shift_id);
    fix_out(buf, &track->last);
    if (track->doubted) {
        fix_out(buf, &track->jump);
    }
    base_buf_u8(buf, (uint8_t)track->open_count);
    for (uint32_t i = 0; i < track->open_count; i++) {
        pass_out(buf, &track->open[i]);
    }
}
