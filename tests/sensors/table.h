/* table: what messages must become, written down in JSON before anything decoded them, compared with what does.
 *
 * A document is {"about": [...], "rows": [...]}; its "about" says what the members mean. Everything that differs is
 * printed, and counted in failed.
 */
#ifndef HUTONG_TESTS_SENSORS_TABLE_H
#define HUTONG_TESTS_SENSORS_TABLE_H

#include "base/base.h"
#include "sensors/sensors.h"

#define TABLE_EVENTS_MAX 64

struct table {
    struct base_json *json;
    struct sensors_mappings *mappings;
    struct base_arena arena;
    size_t rows, events, ignored, refused, failed;
};

struct table_message { /* texts are borrowed */
    const char *name;
    const struct sensors_format *format;
    struct base_str topic, payload;
    int64_t received;
};

void table_init(struct table *table, const char *file); /* a file of tests/sensors */
void table_release(struct table *table);
const struct base_json *table_list(const struct table *table, const char *member);
/* A member as a text, "" without it; ends the test when it is another thing. */
const char *table_text(const struct base_json *object, const char *member);
/* What a row says of its message; false, said and counted, when nobody has the format. */
bool table_message(struct table *table, const struct base_json *row, struct base_str payload,
                   struct table_message *ret_message);
/* The payload of a row that holds it: "payload" (' stands for ") or "hex". */
void table_payload(const struct base_json *row, struct base_buf *buf);
/* Decodes with what the message before it (NULL: none) taught, and compares all there is. */
void table_check(struct table *table, const struct base_json *row, const struct table_message *message,
                 const struct table_message *before);
/* The same said in other bytes: all that, and the keys of the message as it was written down. */
void table_again(struct table *table, const struct base_json *row, const struct table_message *message,
                 struct base_str payload, const struct table_message *before);
/* The same message with other bytes or another topic: what becomes of it. */
enum table_got { TABLE_REFUSED, TABLE_IGNORED, TABLE_EVENTS };
enum table_got table_try(struct table *table, const struct base_json *row, const struct table_message *message);
/* Whether one of the message's events has this kind, phase, position, speed and these measures, how the device does
 * left aside. */
bool table_alike(struct table *table, const struct base_json *event, const struct table_message *message);

/* --- table_event.c --- */
/* Appends what differs between an expected event and another, nothing when they are the same. alike: only what holds
 * whatever the format. */
void table_event(const struct base_json *expected, const struct sensors_event *event, struct base_str format,
                 bool alike, struct base_buf *ret_differences);

#endif
