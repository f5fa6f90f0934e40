/* Bytes that the network passed on as they came: base64, and the layouts of models that are documented in public. What
 * comes out has the names of the maker's own codec, so that one mapping serves both. */
#include "sensors/lora.h"

#include <string.h>

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    if (at) {
        return (int)(at - digits);
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool sensors_lora_base64(struct base_str text, uint8_t *bytes, size_t size, size_t *ret_len)
{
    unsigned bits = 0, held = 0;
    size_t len = 0;
    for (int padding = 0; padding < 2 && text.len && text.at[text.len - 1] == '='; padding++) {
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = digit(text.at[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (len == size) {
                return false;
            }
            bytes[len++] = (uint8_t)(bits >> held);
        }
        bits &= 0xffff;
    }
    *ret_len = len;
    return text.len % 4 != 1;
}

static void number(struct base_json_out *out, const char *key, double value)
{
    base_json_out_key(out, key);
    base_json_out_f64(out, value, 3);
}

/* Dragino LDDS75: battery (mV, 14 bits), distance (mm, below 20: nothing was heard), more that is not read. */
static bool ldds75(struct base_reader *bytes, struct base_json_out *out)
{
    unsigned battery = base_reader_u16be(bytes) & 0x3fff, distance = base_reader_u16be(bytes);
    number(out, "Bat", battery / 1000.0);
    number(out, "distance", distance);
    return !bytes->failed;
}

/* Dragino LDS02 and LWL02: open and leak in the battery's upper bits, then the mode: 1 door, 2 water, 3 both. */
static bool lds02(struct base_reader *bytes, struct base_json_out *out)
{
    unsigned first = base_reader_u16be(bytes), mode = base_reader_u8(bytes);
    number(out, "BAT_V", (first & 0x3fff) / 1000.0);
    if (mode == 1 || mode == 3) {
        number(out, "DOOR_OPEN_STATUS", first >> 15);
    }
    if (mode == 2 || mode == 3) {
        number(out, "WATER_LEAK_STATUS", first >> 14 & 1);
    }
    return !bytes->failed;
}

/* Netvox RA02A (device type 10), a report (1): battery in 0.1 V with a bit for "low", smoke, heat, temperature. */
static bool ra02a(struct base_reader *bytes, struct base_json_out *out)
{
    unsigned version = base_reader_u8(bytes), device = base_reader_u8(bytes), report = base_reader_u8(bytes);
    unsigned battery = base_reader_u8(bytes), fire = base_reader_u8(bytes), heat = base_reader_u8(bytes);
    int16_t temperature = (int16_t)base_reader_u16be(bytes);
    char volts[32];
    if (bytes->failed || !version || device != 10 || report != 1) {
        return false;
    }
    int len = snprintf(volts, sizeof volts, "%.1f%s", (battery & 0x7f) / 10.0, battery >> 7 ? "(low battery)" : "");
    base_json_out_key(out, "Volt");
    base_json_out_str(out, (struct base_str){volts, (size_t)len});
    base_json_out_key(out, "FireAlarm");
    base_json_out_text(out, fire ? "Alarm" : "No Alarm");
    base_json_out_key(out, "HighTempAlarm");
    base_json_out_text(out, heat ? "Alarm" : "No Alarm");
    number(out, "Temp", temperature / 10.0);
    return true;
}

static const struct {
    const char *model;
    double f_port;
    bool (*read)(struct base_reader *bytes, struct base_json_out *out);
} layouts[] = {
    {"ldds75", 2, ldds75},
    {"lds02", 10, lds02},
    {"lwl02", 10, lds02},
    {"ra02a", 6, ra02a},
};

static bool layout(struct base_str model, double f_port, struct base_reader *bytes, struct base_json_out *out)
{
    for (size_t i = 0; i < BASE_COUNT(layouts); i++) {
        if (base_str_is(model, layouts[i].model)) {
            return f_port == layouts[i].f_port && layouts[i].read(bytes, out);
        }
    }
    return sensors_lora_milesight(model, bytes, out);
}

bool sensors_lora_bytes_object(struct base_str model, struct base_str data, double f_port,
                               struct base_json **ret_object)
{
    uint8_t bytes[SENSORS_LORA_BYTES_MAX];
    size_t len;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 16);
    if (!model.len || !sensors_lora_base64(data, bytes, sizeof bytes, &len)) {
        return false;
    }
    struct base_reader reader = base_reader_of(bytes, len);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    bool read = layout(model, f_port, &reader, &out);
    base_json_out_object_end(&out);
    /* A channel that comes twice is no object: nobody knows which of them holds. */
    return read && base_json_in_parse(text.data, text.len, NULL, ret_object) == BASE_OK;
}
