/* Times of messages as a mapping says they are written. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

enum { TEXT_MAX = 40 };

static bool digits(const char *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
    }
    return true;
}

/* "20151212T121212Z", "20151212121212", "151212121212" become "2015-12-12T12:12:12Z". */
static struct base_str extended(struct base_str text, char out[TEXT_MAX])
{
    char plain[14];
    size_t count = 0, at = 0;
    while (at < text.len && count < sizeof plain && (digits(text.at + at, 1) || (text.at[at] == 'T' && count == 8))) {
        if (text.at[at] != 'T') {
            plain[count++] = text.at[at];
        }
        at++;
    }
    if ((count != 12 && count != 14) || text.len - at > 8) {
        return text;
    }
    const char *rest = plain + (count == 14 ? 4 : 2);
    int len =
        snprintf(out, TEXT_MAX, "%.*s%.*s-%.2s-%.2sT%.2s:%.2s:%.2s%.*s", count == 14 ? 0 : 2, "20", (int)(rest - plain),
                 plain, rest, rest + 2, rest + 4, rest + 6, rest + 8, (int)(text.len - at), text.at + at);
    return (struct base_str){out, len > 0 && len < TEXT_MAX ? (size_t)len : 0};
}

/* "2022-11-14T14:01Z" has no seconds. */
static struct base_str with_seconds(struct base_str text, char out[TEXT_MAX])
{
    bool shape = text.len >= 16 && text.len < TEXT_MAX - 4 && text.at[13] == ':' && digits(text.at + 14, 2) &&
                 (text.len == 16 || text.at[16] != ':');
    if (!shape) {
        return text;
    }
    int len = snprintf(out, TEXT_MAX, "%.16s:00%.*s", text.at, (int)(text.len - 16), text.at + 16);
    return (struct base_str){out, len > 0 && len < TEXT_MAX ? (size_t)len : 0};
}

static int64_t text_time(const struct mapping_run *run, const struct mapping_time *time, struct base_str text)
{
    char basic[TEXT_MAX], whole[TEXT_MAX];
    const struct sensors_message *message = run->decoding->message;
    int64_t time_us, plain;
    text = base_str_trim(text);
    if (time->as == MAPPING_AS_BASIC_ISO) {
        text = extended(text, basic);
    }
    text = with_seconds(text, whole);
    if (!sensors_time_text(text, time->fixed ? time->zone : message->zone, message->t_recv, &time_us)) {
        return SENSORS_NO_TIME;
    }
    if (!time->offset_us) {
        return time_us;
    }
    /* A bare local time moves with its zone, one that has an offset does not. */
    bool absolute =
        base_time_in(text, &plain) ||
        (text.len > 19 && (memchr(text.at + 19, '+', text.len - 19) || memchr(text.at + 19, '-', text.len - 19)));
    return absolute ? time_us : time_us - time->offset_us;
}

static int64_t scaled(double number, double us)
{
    return fabs(number * us) < 9e18 ? llround(number * us) : SENSORS_NO_TIME;
}

int64_t sensors_mapping_time(struct mapping_run *run, const struct mapping_time *time)
{
    bool dropped = false;
    int64_t time_us;
    const struct mapping_datum datum = sensors_mapping_read_value(run, &time->value, &dropped);
    double number = sensors_mapping_read_number(&datum);
    bool text = time->as == MAPPING_AS_ISO || time->as == MAPPING_AS_BASIC_ISO || isnan(number);
    if (datum.type == MAPPING_ABSENT || datum.type >= MAPPING_OBJECT || datum.type == MAPPING_BOOLEAN) {
        return SENSORS_NO_TIME;
    }
    if (text && time->as >= MAPPING_AS_EPOCH) {
        return SENSORS_NO_TIME;
    }
    if (text) {
        return text_time(run, time, sensors_mapping_read_text(run->decoding, &datum));
    }
    switch (time->as) {
    case MAPPING_AS_EPOCH_S:
        return scaled(number, 1e6);
    case MAPPING_AS_EPOCH_MS:
        return scaled(number, 1e3);
    case MAPPING_AS_EPOCH_US:
        return scaled(number, 1);
    default:
        return sensors_time_number(number, &time_us) ? time_us : SENSORS_NO_TIME;
    }
}
