/* Messages of every family that are in nobody's samples, with the traps of each; and the same reading told in many
 * formats, which must become the same event. Written by hands other than the decoders'. */
#include "fixture/fixture.h"
#include "sensors/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAYLOAD_MAX = 1 << 16 };

static int64_t seconds_before(const struct base_json *after)
{
    int64_t seconds;
    return base_json_in_i64(base_json_in_get(after, "seconds"), &seconds) ? seconds : 0;
}

static void check_row(struct table *table, const struct base_json *row)
{
    struct table_message message, before;
    const struct base_json *after = base_json_in_get(row, "after");
    AUTO_VALUE(base_buf) payload;
    AUTO_VALUE(base_buf) earlier;
    base_buf_init(&payload, 2 * PAYLOAD_MAX);
    base_buf_init(&earlier, 2 * PAYLOAD_MAX);
    table_payload(row, &payload);
    if (!table_message(table, row, base_buf_str(&payload), &message)) {
        return;
    }
    before = message;
    if (after) {
        table_payload(after, &earlier);
        before.payload = base_buf_str(&earlier);
        before.received = message.received - seconds_before(after) * 1000000;
        before.topic = *table_text(after, "topic") ? base_str_of(table_text(after, "topic")) : message.topic;
    }
    table_check(table, row, &message, after ? &before : NULL);
}

static void every_message_becomes_what_was_written_down(void **state)
{
    struct table *table = *state;
    const struct base_json *rows = table_list(table, "rows");
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        check_row(table, base_json_in_at(rows, i));
    }
    printf("%zu rows: %zu events, %zu ignored, %zu refused\n", base_json_in_size(rows), table->events, table->ignored,
           table->refused);
    if (table->failed) {
        fail_msg("%zu of %zu rows differ", table->failed, base_json_in_size(rows));
    }
}

/* At least three that are understood and two that are refused of each. */
static void every_format_has_rows(void **state)
{
    const struct base_json *rows = table_list(*state, "rows");
    const struct sensors_format *format;
    for (size_t i = 0; (format = sensors_format_at(i)); i++) {
        size_t understood = 0, refused = 0;
        for (size_t j = 0; j < base_json_in_size(rows); j++) {
            const struct base_json *row = base_json_in_at(rows, j);
            bool ours = strcmp(table_text(row, "format"), format->name) == 0;
            refused += ours && *table_text(row, "refused");
            understood += ours && !*table_text(row, "refused");
        }
        if (understood < 3 || refused < 2) {
            fail_msg("%s: %zu rows understood, %zu refused", format->name, understood, refused);
        }
    }
}

static void check_reading(struct table *table, const struct base_json *reading, const struct base_json *row)
{
    struct table_message message;
    AUTO_VALUE(base_buf) payload;
    base_buf_init(&payload, 2 * PAYLOAD_MAX);
    table_payload(row, &payload);
    if (table_message(table, row, base_buf_str(&payload), &message)) {
        table_alike(table, base_json_in_get(reading, "event"), &message);
    }
}

static void the_same_reading_is_the_same_event_in_every_format(void **state)
{
    struct table *table = *state;
    const struct base_json *readings = table_list(table, "readings");
    size_t messages = 0, failed = table->failed;
    for (size_t i = 0; i < base_json_in_size(readings); i++) {
        const struct base_json *reading = base_json_in_at(readings, i), *list = base_json_in_get(reading, "messages");
        for (size_t j = 0; j < base_json_in_size(list); j++, messages++) {
            check_reading(table, reading, base_json_in_at(list, j));
        }
    }
    printf("%zu readings in %zu messages\n", base_json_in_size(readings), messages);
    if (table->failed > failed) {
        fail_msg("%zu of %zu messages become another event", table->failed - failed, messages);
    }
}

int main(void)
{
    static struct table table;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_message_becomes_what_was_written_down, &table),
        cmocka_unit_test_prestate(every_format_has_rows, &table),
        cmocka_unit_test_prestate(the_same_reading_is_the_same_event_in_every_format, &table),
    };
    table_init(&table, "families.json");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    table_release(&table);
    return failed;
}
