/* Any text as a schedule: refused with a sentence, or its windows are in range, ascending and apart in a zone with
 * changes of the clock, and it is written in the one way that is read and written the same again. */
#include "duty/duty.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DAY INT64_C(86400000000)

static void check_windows(const struct duty_schedule *schedule, const struct sensors_zone *zone, int64_t from_us)
{
    struct duty_span *spans = NULL;
    size_t count = 0;
    int64_t to_us = from_us + 40 * DAY;
    if (duty_schedule_windows(schedule, zone, NULL, from_us, to_us, NULL, &spans, &count)) {
        abort(); /* 40 days of minutes are below the limit */
    }
    for (size_t i = 0; i < count; i++) {
        if (spans[i].from_us < from_us || spans[i].from_us >= to_us || spans[i].to_us - spans[i].from_us < 60000000 ||
            (i && spans[i].from_us < spans[i - 1].to_us)) {
            abort();
        }
    }
    free(spans);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sensors_zone *zone; /* kept: every input would read its file */
    char text[1100];
    struct base_diag diag = {.text = ""};
    AUTO(duty_schedule) schedule = NULL;
    AUTO(duty_schedule) again = NULL;
    if (size >= sizeof text || (!zone && sensors_zone_open("Europe/Berlin", NULL, &zone))) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    enum base_err err = duty_schedule_in(text, &diag, &schedule);
    if ((err != BASE_OK) != (schedule == NULL) || (err && !diag.text[0])) {
        abort();
    }
    if (err) {
        return 0;
    }
    AUTO_VALUE(base_buf) one;
    AUTO_VALUE(base_buf) same;
    base_buf_init(&one, 1 << 16);
    base_buf_init(&same, 1 << 16);
    duty_schedule_out(schedule, &one);
    err = duty_schedule_in(base_buf_cstr(&one), &diag, &again);
    if (!err) {
        duty_schedule_out(again, &same);
    }
    /* Lists written out may be longer than what is read. */
    if (one.len <= 1000 && (err || one.len != same.len || memcmp(one.data, same.data, one.len) != 0)) {
        abort();
    }
    check_windows(schedule, zone, INT64_C(1772323200000000)); /* 2026-03-01 */
    check_windows(schedule, NULL, INT64_C(1835395200000000)); /* 2028-02-29 */
    (void)duty_schedule_every(schedule, zone, INT64_C(1774746000000000));
    return 0;
}
