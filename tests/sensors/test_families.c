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

/* families.json: decoders in C and platforms; mappings.json: what else ships as a mapping. */
enum { FAMILIES, MAPPINGS, TABLES };
static const char *const files[TABLES] = {"families.json", "mappings.json"};

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
    if (*table_text(row, "payload") && !*table_text(row, "refused")) { /* with a byte order mark: no other event */
        AUTO_VALUE(base_buf) marked;
        base_buf_init(&marked, 2 * PAYLOAD_MAX);
        base_buf_text(&marked, "\xEF\xBB\xBF");
        base_buf_append(&marked, message.payload.at, message.payload.len);
        table_again(table, row, &message, base_buf_str(&marked), after ? &before : NULL);
    }
}

/* The counts are of messages with and without a byte order mark. */
static void every_message_becomes_what_was_written_down(void **state)
{
    struct table *tables = *state;
    size_t failed = 0;
    for (size_t i = 0; i < TABLES; i++) {
        struct table *table = &tables[i];
        const struct base_json *rows = table_list(table, "rows");
        for (size_t j = 0; j < base_json_in_size(rows); j++) {
            check_row(table, base_json_in_at(rows, j));
        }
        printf("%s: %zu rows: %zu events, %zu ignored, %zu refused\n", files[i], base_json_in_size(rows), table->events,
               table->ignored, table->refused);
        failed += table->failed;
    }
    if (failed) {
        fail_msg("%zu rows differ", failed);
    }
}

struct count {
    size_t accepted, refused;
};

/* Of a format in one table. What is ignored says no field of an event, so it is neither. */
static struct count count_rows(const struct table *table, const char *format)
{
    const struct base_json *rows = table_list(table, "rows");
    struct count count = {0, 0};
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        const struct base_json *row = base_json_in_at(rows, i);
        bool ours = strcmp(table_text(row, "format"), format) == 0;
        count.refused += ours && *table_text(row, "refused");
        count.accepted += ours && base_json_in_size(base_json_in_get(row, "events"));
    }
    return count;
}

static void expect_rows(const struct table *tables, const struct sensors_format *format, size_t *few)
{
    struct count count = {0, 0};
    for (size_t i = 0; i < TABLES; i++) {
        const struct count more = count_rows(&tables[i], format->name);
        count.accepted += more.accepted;
        count.refused += more.refused;
    }
    if (count.accepted < 3 || count.refused < 2) {
        printf("%s: %zu rows accepted, %zu refused\n", format->name, count.accepted, count.refused);
        (*few)++;
    }
}

/* At least three that become events and two that are refused of each, so that none is added without. */
static void every_format_and_mapping_has_rows(void **state)
{
    const struct table *tables = *state;
    const struct sensors_format *format;
    size_t few = 0;
    for (size_t i = 0; (format = sensors_format_at(i)); i++) {
        expect_rows(tables, format, &few);
    }
    for (size_t i = 0; (format = sensors_mappings_at(tables[FAMILIES].mappings, i)); i++) {
        expect_rows(tables, format, &few);
    }
    if (few) {
        fail_msg("%zu formats have fewer than 3 accepted and 2 refused messages in tests/sensors/*.json", few);
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
    struct table *tables = *state, *table = &tables[FAMILIES];
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
    static struct table tables[TABLES];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_message_becomes_what_was_written_down, tables),
        cmocka_unit_test_prestate(every_format_and_mapping_has_rows, tables),
        cmocka_unit_test_prestate(the_same_reading_is_the_same_event_in_every_format, tables),
    };
    for (size_t i = 0; i < TABLES; i++) {
        table_init(&tables[i], files[i]);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < TABLES; i++) {
        table_release(&tables[i]);
    }
    return failed;
}
