/* Milesight's payloads: a run of channel, type and value (little endian), the same two bytes meaning another thing in
 * another model. Facts: the maker's user guides and public decoders. What comes out has the names its TTN codecs use.
 */
#include "sensors/lora.h"

#include <math.h>
#include <string.h>

enum how { U8, U16, S16, WORD, SKIP };

struct channel {
    uint8_t id, type;
    enum how how;
    uint8_t more;     /* bytes after the value that are not read */
    const char *name; /* of WORD: the name; the words are in zero and one */
    double divisor;
    const char *zero, *one;
};

/* Every model: battery, and what it says of itself after a reset. */
static const struct channel common[] = {
    {0x01, 0x75, U8, 0, "battery", 1, NULL, NULL}, {0xff, 0x01, SKIP, 1, NULL, 1, NULL, NULL},
    {0xff, 0x08, SKIP, 6, NULL, 1, NULL, NULL},    {0xff, 0x09, SKIP, 2, NULL, 1, NULL, NULL},
    {0xff, 0x0a, SKIP, 2, NULL, 1, NULL, NULL},    {0xff, 0x0b, SKIP, 1, NULL, 1, NULL, NULL},
    {0xff, 0x0f, SKIP, 1, NULL, 1, NULL, NULL},    {0xff, 0x16, SKIP, 8, NULL, 1, NULL, NULL},
    {0xff, 0xfe, SKIP, 1, NULL, 1, NULL, NULL},    {0xff, 0xff, SKIP, 2, NULL, 1, NULL, NULL},
};
static const struct channel bin[] = {
    {0x03, 0x67, S16, 0, "temperature", 10, NULL, NULL},    {0x83, 0x67, S16, 1, "temperature", 10, NULL, NULL},
    {0x04, 0x82, U16, 0, "distance", 1, NULL, NULL},        {0x84, 0x82, U16, 1, "distance", 1, NULL, NULL},
    {0x05, 0x00, WORD, 0, "position", 1, "normal", "tilt"},
};
static const struct channel distance[] = {{0x03, 0x82, U16, 0, "distance", 1, NULL, NULL}};
static const struct channel water[] = {{0x03, 0x77, U16, 0, "level", 1, NULL, NULL}};
static const struct channel leak[] = {
    {0x03, 0x67, S16, 0, "temperature", 10, NULL, NULL},
    {0x04, 0x68, U8, 0, "humidity", 2, NULL, NULL},
    {0x05, 0x00, WORD, 0, "water_leak", 1, "normal", "leak"},
};
static const struct channel magnet[] = {
    {0x03, 0x67, S16, 0, "temperature", 10, NULL, NULL},
    {0x04, 0x68, U8, 0, "humidity", 2, NULL, NULL},
    {0x06, 0x00, WORD, 0, "door", 1, "close", "open"},
};
static const struct channel air300[] = {
    {0x03, 0x67, S16, 0, "temperature", 10, NULL, NULL}, {0x04, 0x68, U8, 0, "humidity", 2, NULL, NULL},
    {0x05, 0x00, WORD, 0, "pir", 1, "idle", "trigger"},  {0x06, 0xcb, U8, 0, "light_level", 1, NULL, NULL},
    {0x07, 0x7d, U16, 0, "co2", 1, NULL, NULL},          {0x08, 0x7d, U16, 0, "tvoc", 1, NULL, NULL},
    {0x08, 0xe6, U16, 0, "tvoc_ugm3", 1, NULL, NULL},    {0x09, 0x73, U16, 0, "pressure", 10, NULL, NULL},
    {0x0a, 0x7d, U16, 0, "hcho", 100, NULL, NULL},       {0x0b, 0x7d, U16, 0, "pm2_5", 1, NULL, NULL},
    {0x0c, 0x7d, U16, 0, "pm10", 1, NULL, NULL},         {0x0d, 0x7d, U16, 0, "o3", 100, NULL, NULL},
    {0x0e, 0x01, SKIP, 1, NULL, 1, NULL, NULL},
};
static const struct channel air100[] = {
    {0x03, 0x67, S16, 0, "temperature", 10, NULL, NULL}, {0x04, 0x68, U8, 0, "humidity", 2, NULL, NULL},
    {0x05, 0x6a, U16, 0, "activity", 1, NULL, NULL},     {0x06, 0x65, U16, 4, "illumination", 1, NULL, NULL},
    {0x07, 0x7d, U16, 0, "co2", 1, NULL, NULL},          {0x08, 0x7d, U16, 0, "tvoc", 1, NULL, NULL},
    {0x09, 0x73, U16, 0, "pressure", 10, NULL, NULL},
};
static const struct channel door[] = {
    {0x03, 0x00, WORD, 0, "door", 1, "close", "open"},
    {0x04, 0x00, WORD, 0, "install", 1, "yes", "no"},
};
static const struct channel motion[] = {
    {0x03, 0x00, WORD, 0, "pir", 1, "normal", "trigger"},
    {0x04, 0x00, WORD, 0, "light", 1, "dark", "light"},
};
static const struct channel toilet[] = {
    {0x02, 0x67, S16, 0, "temperature", 10, NULL, NULL}, {0x03, 0x68, U8, 0, "humidity", 2, NULL, NULL},
    {0x04, 0x7d, U16, 0, "nh3", 100, NULL, NULL},        {0x05, 0x7d, U16, 0, "h2s", 100, NULL, NULL},
    {0x06, 0x7d, U16, 0, "h2s", 1000, NULL, NULL},
};
static const struct channel gas[] = {
    {0x05, 0x8e, WORD, 0, "gas_status", 1, "normal", "alarm"},
    {0x06, 0x01, SKIP, 1, NULL, 1, NULL, NULL},
    {0x07, 0x01, SKIP, 1, NULL, 1, NULL, NULL},
    {0x08, 0x90, SKIP, 4, NULL, 1, NULL, NULL},
    {0xff, 0x3f, SKIP, 1, NULL, 1, NULL, NULL},
};

static const struct {
    const char *model;
    const struct channel *channels;
    size_t count;
} models[] = {
    {"em400-tld", bin, BASE_COUNT(bin)},
    {"em400-mud", bin, BASE_COUNT(bin)},
    {"em400-udl", bin, BASE_COUNT(bin)},
    {"em500-udl", distance, BASE_COUNT(distance)},
    {"em500-swl", water, BASE_COUNT(water)},
    {"em300-sld", leak, BASE_COUNT(leak)},
    {"em300-zld", leak, BASE_COUNT(leak)},
    {"em300-mcs", magnet, BASE_COUNT(magnet)},
    {"em300-th", leak, 2},
    {"am307", air300, BASE_COUNT(air300)},
    {"am308", air300, BASE_COUNT(air300)},
    {"am319", air300, BASE_COUNT(air300)},
    {"am307l", air300, BASE_COUNT(air300)},
    {"am308l", air300, BASE_COUNT(air300)},
    {"am319l", air300, BASE_COUNT(air300)},
    {"am103", air100, BASE_COUNT(air100)},
    {"am104", air100, BASE_COUNT(air100)},
    {"am107", air100, BASE_COUNT(air100)},
    {"ws301", door, BASE_COUNT(door)},
    {"ws202", motion, BASE_COUNT(motion)},
    {"gs301", toilet, BASE_COUNT(toilet)},
    {"gs101", gas, BASE_COUNT(gas)},
};

static const struct channel *find(const struct channel *channels, size_t count, uint8_t id, uint8_t type)
{
    for (size_t i = 0; i < count; i++) {
        if (channels[i].id == id && channels[i].type == type) {
            return &channels[i];
        }
    }
    return NULL;
}

static uint16_t u16le(struct base_reader *bytes)
{
    unsigned low = base_reader_u8(bytes);
    return (uint16_t)(low | (unsigned)base_reader_u8(bytes) << 8);
}

/* 0xfffd to 0xffff: the probe polarizes, fails, or is out of its range. */
static void number(struct base_json_out *out, const struct channel *channel, double raw)
{
    if (channel->how == U16 && raw >= 0xfffd) {
        return;
    }
    base_json_out_key(out, channel->name);
    base_json_out_f64(out, raw / channel->divisor, 3);
}

static void value(struct base_reader *bytes, const struct channel *channel, struct base_json_out *out)
{
    switch (channel->how) {
    case U8:
        number(out, channel, base_reader_u8(bytes));
        break;
    case U16:
        number(out, channel, u16le(bytes));
        break;
    case S16:
        number(out, channel, (int16_t)u16le(bytes));
        break;
    case WORD:
        base_json_out_key(out, channel->name);
        base_json_out_text(out, base_reader_u8(bytes) ? channel->one : channel->zero);
        break;
    case SKIP:
        break;
    }
    base_reader_bytes(bytes, channel->more);
}

/* Its own layout: version, kind and message, battery, smoke in percent, temperature, and a byte that makes the sum 0.
 */
static bool smoke(struct base_reader *bytes, struct base_json_out *out)
{
    static const char *const events[16] = {[1] = "alarm",
                                           [2] = "silent",
                                           [4] = "low battery",
                                           [5] = "failover",
                                           [7] = "normal",
                                           [10] = "removed",
                                           [11] = "installed",
                                           [14] = "testing alarm with normal battery",
                                           [15] = "testing alarm with low battery"};
    unsigned sum = 0;
    bool whole = base_reader_left(bytes) == 6;
    for (size_t i = 0; whole && i < 6; i++) {
        sum += bytes->at[i];
    }
    if (!whole || sum % 256 || bytes->at[1] >> 4 != 1) {
        return false;
    }
    base_json_out_key(out, "event");
    base_json_out_text(out, events[bytes->at[1] & 15]);
    base_json_out_key(out, "battery");
    base_json_out_i64(out, bytes->at[2]);
    base_json_out_key(out, "concentration");
    base_json_out_i64(out, bytes->at[3]);
    base_json_out_key(out, "temperature");
    base_json_out_i64(out, (int8_t)bytes->at[4]);
    return true;
}

bool sensors_lora_milesight(struct base_str model, struct base_reader *bytes, struct base_json_out *out)
{
    size_t row = 0, read = 0;
    if (base_str_is(model, "gs524n")) {
        return smoke(bytes, out);
    }
    while (row < BASE_COUNT(models) && !base_str_is(model, models[row].model)) {
        row++;
    }
    while (row < BASE_COUNT(models) && base_reader_left(bytes) >= 2) {
        uint8_t id = base_reader_u8(bytes), type = base_reader_u8(bytes);
        const struct channel *channel = find(models[row].channels, models[row].count, id, type);
        channel = channel ? channel : find(common, BASE_COUNT(common), id, type);
        if (!channel) {
            break; /* history and answers to commands: what was read so far holds */
        }
        value(bytes, channel, out);
        read++;
    }
    return read > 0 && !bytes->failed;
}
