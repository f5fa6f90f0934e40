/* Fields of device messages, read tolerantly: numbers in strings, times in any form, bytes that are not UTF-8 after
 * all, values no working device can mean. */
#include "sensors/decode_private.h"

#include <iconv.h>
#include <math.h>
#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static struct base_str without_mark(struct base_str text)
{
    if (text.len >= 3 && memcmp(text.at, byte_order_mark, 3) == 0) {
        return (struct base_str){text.at + 3, text.len - 3};
    }
    return text;
}

struct base_str sensors_decode_word(const struct sensors_decoding *decoding)
{
    return base_str_trim(without_mark(decoding->message->payload));
}

/* Into the arena; an empty run when it is not GB18030 either. Two bytes become at most three. */
static struct base_str from_gb18030(struct sensors_decoding *decoding, struct base_str text)
{
    size_t room = text.len * 2, left = room, rest = text.len;
    char *utf8 = base_arena_alloc(decoding->arena, room + 1), *to = utf8, *from = (char *)text.at;
    iconv_t convert = utf8 ? iconv_open("UTF-8", "GB18030") : (iconv_t)-1;
    if (convert == (iconv_t)-1) {
        return (struct base_str){NULL, 0};
    }
    bool done = iconv(convert, &from, &rest, &to, &left) != (size_t)-1 && rest == 0;
    iconv_close(convert);
    return done ? (struct base_str){utf8, room - left} : (struct base_str){NULL, 0};
}

enum base_err sensors_decode_utf8(struct sensors_decoding *decoding, struct base_str *ret_text)
{
    struct base_str payload = without_mark(decoding->message->payload);
    if (!base_str_utf8(payload) && decoding->message->gb18030) {
        payload = from_gb18030(decoding, payload);
    }
    if (!base_str_utf8(payload) || (!payload.len && decoding->message->payload.len > 3)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_UTF8, "the payload is not UTF-8%s",
                                   decoding->message->gb18030 ? ", nor GB18030"
                                                              : "; what writes GBK needs --charset gb18030");
    }
    *ret_text = payload;
    return BASE_OK;
}

enum base_err sensors_decode_json_any(struct sensors_decoding *decoding, struct base_json **ret_json)
{
    struct base_str payload = without_mark(decoding->message->payload);
    struct base_diag why = {{0}};
    enum base_err err = base_json_in_parse(payload.at, payload.len, &why, ret_json);
    if (err == BASE_INVALID && !base_str_utf8(payload)) {
        err = sensors_decode_utf8(decoding, &payload);
        if (err) {
            return err;
        }
        err = base_json_in_parse(payload.at, payload.len, &why, ret_json);
    }
    if (err == BASE_LIMIT) {
        return sensors_decode_fail(decoding, SENSORS_REASON_TOO_DEEP, "%s", why.text);
    }
    return err ? sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "%s", why.text) : BASE_OK;
}

enum base_err sensors_decode_json(struct sensors_decoding *decoding, struct base_json **ret_json)
{
    struct base_json *json = NULL;
    enum base_err err = sensors_decode_json_any(decoding, &json);
    if (!err && !base_json_in_is_object(json)) {
        base_json_free(json);
        return sensors_decode_fail(decoding, SENSORS_REASON_NOT_JSON, "the payload is JSON, but not an object");
    }
    if (!err) {
        *ret_json = json;
    }
    return err;
}

struct base_str sensors_decode_text(const struct base_json *object, const char *key)
{
    struct base_str text = {NULL, 0};
    return base_json_in_text(base_json_in_get(object, key), &text) ? text : (struct base_str){NULL, 0};
}

double sensors_decode_number_of(const struct base_json *member)
{
    double number;
    struct base_str text;
    if (base_json_in_f64(member, &number)) {
        return number;
    }
    if (base_json_in_text(member, &text) && base_str_f64(base_str_trim(text), &number)) {
        return number;
    }
    return NAN;
}

double sensors_decode_number(const struct base_json *object, const char *key)
{
    return sensors_decode_number_of(base_json_in_get(object, key));
}

bool sensors_decode_is_word(struct base_str text, const char *word)
{
    return text.len == strlen(word) && (text.len == 0 || strncasecmp(text.at, word, text.len) == 0);
}

double sensors_decode_yes_no_text(struct base_str text)
{
    static const char *const yes[] = {"true", "on", "yes", "1", "active", "open", "detected", "alarm", "online"};
    static const char *const no[] = {"false",  "off",   "no",    "0",      "inactive",
                                     "closed", "close", "clear", "normal", "offline"};
    for (size_t i = 0; i < BASE_COUNT(yes); i++) {
        if (sensors_decode_is_word(text, yes[i])) {
            return 1;
        }
    }
    for (size_t i = 0; i < BASE_COUNT(no); i++) {
        if (sensors_decode_is_word(text, no[i])) {
            return 0;
        }
    }
    return NAN;
}

double sensors_decode_yes_no(const struct base_json *member)
{
    bool flag;
    double number;
    struct base_str text;
    if (base_json_in_bool(member, &flag)) {
        return flag;
    }
    if (base_json_in_f64(member, &number)) {
        return number == 0 || number == 1 ? number : NAN;
    }
    return base_json_in_text(member, &text) ? sensors_decode_yes_no_text(text) : NAN;
}

int64_t sensors_decode_time_of(const struct sensors_decoding *decoding, const struct base_json *member)
{
    int64_t time;
    double number;
    struct base_str text;
    if (base_json_in_f64(member, &number) && sensors_time_number(number, &time)) {
        return time;
    }
    if (base_json_in_text(member, &text) &&
        sensors_time_text(text, decoding->message->zone, decoding->message->t_recv, &time)) {
        return time;
    }
    return SENSORS_NO_TIME;
}

int64_t sensors_decode_time(const struct sensors_decoding *decoding, const struct base_json *object, const char *key)
{
    return sensors_decode_time_of(decoding, base_json_in_get(object, key));
}

struct base_str sensors_decode_keep(struct sensors_decoding *decoding, struct base_str text)
{
    char *copy = text.len ? base_arena_text(decoding->arena, text) : NULL;
    return copy ? (struct base_str){copy, text.len} : (struct base_str){NULL, 0};
}

struct base_str sensors_decode_id(struct sensors_decoding *decoding, const struct base_json *object, const char *key)
{
    const struct base_json *member = base_json_in_get(object, key);
    struct base_str text;
    int64_t number;
    char digits[24];
    if (base_json_in_text(member, &text)) {
        return sensors_decode_keep(decoding, base_str_trim(text));
    }
    if (!base_json_in_i64(member, &number)) {
        return (struct base_str){NULL, 0};
    }
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    return sensors_decode_keep(decoding, (struct base_str){digits, (size_t)len});
}

struct base_str sensors_decode_native(struct sensors_decoding *decoding, struct base_str id)
{
    if (id.len > SENSORS_NATIVE_MAX) {
        id.len = SENSORS_NATIVE_MAX;
        while (id.len && ((unsigned char)id.at[id.len] & 0xC0) == 0x80) { /* inside a character */
            id.len--;
        }
    }
    return sensors_decode_keep(decoding, id);
}

enum base_err sensors_decode_position(struct sensors_decoding *decoding, struct sensors_event *event, double lon,
                                      double lat)
{
    if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) {
        return sensors_decode_fail(decoding, SENSORS_REASON_POSITION,
                                   "position lon %g lat %g is outside longitude -180..180 and latitude -90..90", lon,
                                   lat);
    }
    if (fabs(lat) < 1e-4 && fabs(lon) < 1e-4) { /* 11 m round 0,0: nobody lives there, many receivers start there */
        event->flags |= SENSORS_FLAG_NULL_ISLAND | SENSORS_FLAG_PARTIAL;
        return BASE_OK;
    }
    event->lon = lon;
    event->lat = lat;
    event->pos_source = SENSORS_POSITION_GNSS;
    return BASE_OK;
}

double sensors_decode_within(struct sensors_event *event, double value, double least, double most)
{
    if (isnan(value) || (value >= least && value <= most)) {
        return value;
    }
    event->flags |= SENSORS_FLAG_SENTINEL;
    return NAN;
}

double sensors_decode_confidence(struct sensors_event *event, double said)
{
    double value = sensors_decode_within(event, said, 0, 100);
    return value > 1 ? value / 100 : value;
}

static bool says_something(const struct base_json *member)
{
    bool flag;
    double number;
    struct base_str text;
    return (base_json_in_text(member, &text) && text.len > 0) || base_json_in_f64(member, &number) ||
           base_json_in_bool(member, &flag) || base_json_in_size(member) > 0;
}

unsigned sensors_decode_count(const struct base_json *object, const char *const *members, size_t count)
{
    unsigned there = 0;
    for (size_t i = 0; i < count; i++) {
        there += says_something(base_json_in_get(object, members[i]));
    }
    return there;
}

bool sensors_decode_personal(struct base_str name, double value, struct base_str unit)
{
    static const char *const words[] = {"phone",    "mobile", "msisdn", "imsi",   "iccid",   "idcard",   "idno",
                                        "passport", "plate",  "licen",  "card",   "userid",  "username", "contact",
                                        "person",   "owner",  "driver", "employ", "visitor", "password", "pincode"};
    char low[64];
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < sizeof low - 1; i++) { /* card_no, cardNo, CARD-NO */
        char letter = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] + 32) : name.at[i];
        if (letter != '_' && letter != '-' && letter != ' ') {
            low[len++] = letter;
        }
    }
    low[len] = '\0';
    bool found = unit.len == 0 && fabs(value) >= 1e9;
    for (size_t i = 0; i < BASE_COUNT(words) && !found; i++) {
        found = strstr(low, words[i]) != NULL;
    }
    return found;
}

void sensors_decode_redact(struct sensors_decoding *decoding, unsigned count)
{
    decoding->decoded.redacted += count;
    for (size_t i = 0; count && i < decoding->decoded.count; i++) {
        decoding->decoded.events[i].flags |= SENSORS_FLAG_REDACTED;
    }
}

enum base_err sensors_decode_ignore(struct sensors_decoding *decoding, unsigned redacted)
{
    decoding->decoded.ignored = true;
    decoding->decoded.redacted += redacted;
    return BASE_OK;
}
