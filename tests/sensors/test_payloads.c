/* Every message of ../shared/payloads: what it must become was written down in payloads.json before it was decoded. */
#include "fixture/fixture.h"
#include "sensors/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAYLOAD_MAX = 1 << 16 };

static const char *shared;

static void read_file(const char *file, struct base_buf *buf)
{
    char path[1024];
    struct base_diag diag = {.text = ""};
    base_buf_reset(buf);
    snprintf(path, sizeof path, "%s/payloads/%s", shared, file);
    if (base_file_read(path, PAYLOAD_MAX, &diag, buf)) {
        fail_msg("%s", diag.text);
    }
}

static const struct base_json *row_of(const struct base_json *rows, struct base_str file)
{
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        if (base_str_is(file, table_text(base_json_in_at(rows, i), "file"))) {
            return base_json_in_at(rows, i);
        }
    }
    return NULL;
}

static void the_table_has_exactly_the_files_of_the_index(void **state)
{
    struct table *table = *state;
    const struct base_json *rows = table_list(table, "rows");
    struct base_str line, file, rest;
    size_t files = 0;
    AUTO_VALUE(base_buf) index;
    base_buf_init(&index, 2 * PAYLOAD_MAX);
    if (!shared) {
        skip();
    }
    read_file("index.tsv", &index);
    rest = base_buf_str(&index);
    base_str_next(&rest, '\n', &line); /* the head */
    while (base_str_next(&rest, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        assert_true(base_str_next(&line, '\t', &file));
        if (!row_of(rows, file)) {
            fail_msg("payloads.json has no row for %.*s", (int)file.len, file.at);
        }
        files++;
    }
    assert_int_equal(files, base_json_in_size(rows));
}

struct read { /* a row's message and the one before it */
    struct base_buf payload, earlier;
    struct table_message message, before;
    bool good, after;
};

static void release_read(struct read *read)
{
    base_buf_release(&read->payload);
    base_buf_release(&read->earlier);
}

static void read_row(struct table *table, const struct base_json *rows, const struct base_json *row, struct read *read)
{
    const char *after = table_text(row, "after");
    *read = (struct read){.after = *after != '\0'};
    base_buf_init(&read->payload, 2 * PAYLOAD_MAX);
    base_buf_init(&read->earlier, 2 * PAYLOAD_MAX);
    read_file(table_text(row, "file"), &read->payload);
    read->good = table_message(table, row, base_buf_str(&read->payload), &read->message);
    if (read->good && read->after) {
        read_file(after, &read->earlier);
        assert_true(
            table_message(table, row_of(rows, base_str_of(after)), base_buf_str(&read->earlier), &read->before));
    }
}

static void check_row(struct table *table, const struct base_json *rows, const struct base_json *row)
{
    struct read read;
    read_row(table, rows, row, &read);
    if (read.good) {
        table_check(table, row, &read.message, read.after ? &read.before : NULL);
    }
    release_read(&read);
}

static void every_message_becomes_what_was_written_down(void **state)
{
    struct table *table = *state;
    const struct base_json *rows = table_list(table, "rows");
    if (!shared) {
        skip();
    }
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        const struct base_json *row = base_json_in_at(rows, i);
        check_row(table, rows, row);
        if (*table_text(row, "refused")) {
            printf("refused: %s: %s\n", table_text(row, "file"), table_text(row, "cause"));
        }
    }
    printf("%zu rows: %zu events, %zu ignored, %zu refused\n", base_json_in_size(rows), table->events, table->ignored,
           table->refused);
    if (table->failed) {
        fail_msg("%zu of %zu rows differ", table->failed, base_json_in_size(rows));
    }
}

static bool is_json(struct base_str payload)
{
    struct base_diag diag;
    AUTO(base_json) json = NULL;
    return base_json_in_parse(payload.at, payload.len, &diag, &json) == BASE_OK &&
           (base_json_in_is_object(json) || base_json_in_is_array(json));
}

static void expect(struct table *table, const struct base_json *row, struct table_message message,
                   struct base_str payload, enum table_got wanted, const char *what)
{
    static const char *const words[] = {"refused", "ignored", "events"};
    message.payload = payload;
    enum table_got got = table_try(table, row, &message);
    if (got != wanted) {
        printf("%s: %s: expected %s, got %s\n", message.name, what, words[wanted], words[got]);
        table->failed++;
    }
}

/* Nothing of it is worth an event, and nothing of it may be more than a refusal. */
static void damage(struct table *table, const struct base_json *row, const struct table_message *message)
{
    static const char *const wrong[] = {
        "5", "\"x\"", "true", "null", "[[]]", "1e400", "NaN", "{\"a\":1,\"a\":2}", "{", "{\"a\":\"\xff\"}", "{}x"};
    const struct base_str payload = message->payload;
    char deep[400];
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        expect(table, row, *message, base_str_of(wrong[i]), TABLE_REFUSED, wrong[i]);
    }
    memset(deep, '[', sizeof deep);
    expect(table, row, *message, (struct base_str){deep, sizeof deep}, TABLE_REFUSED, "nested deep");
    expect(table, row, *message, (struct base_str){payload.at, payload.len / 2}, TABLE_REFUSED, "cut in two");
}

/* Windows tools put one in front of texts (RFC 8259, 8.1). */
static void a_byte_order_mark_changes_nothing(void **state)
{
    struct table *table = *state;
    const struct base_json *rows = table_list(table, "rows");
    size_t failed = table->failed, marked = 0;
    if (!shared) {
        skip();
    }
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        const struct base_json *row = base_json_in_at(rows, i);
        AUTO_VALUE(base_buf) payload;
        struct read read;
        base_buf_init(&payload, 2 * PAYLOAD_MAX);
        read_row(table, rows, row, &read);
        base_buf_text(&payload, "\xEF\xBB\xBF");
        base_buf_append(&payload, read.payload.data, read.payload.len);
        if (read.good && !*table_text(row, "refused") && base_str_utf8(base_buf_str(&read.payload))) {
            table_again(table, row, &read.message, base_buf_str(&payload), read.after ? &read.before : NULL);
            marked++;
        }
        release_read(&read);
    }
    printf("%zu messages with a byte order mark\n", marked);
    if (table->failed > failed) {
        fail_msg("%zu of the messages with a byte order mark become something else", table->failed - failed);
    }
}

static void what_is_damaged_is_refused(void **state)
{
    struct table *table = *state;
    const struct base_json *rows = table_list(table, "rows");
    size_t failed = table->failed, damaged = 0;
    if (!shared) {
        skip();
    }
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        struct table_message message;
        const struct base_json *row = base_json_in_at(rows, i);
        AUTO_VALUE(base_buf) payload;
        base_buf_init(&payload, 2 * PAYLOAD_MAX);
        read_file(table_text(row, "file"), &payload);
        bool good = is_json(base_buf_str(&payload)) && table_message(table, row, base_buf_str(&payload), &message);
        if (good && table_try(table, row, &message) == TABLE_EVENTS) {
            damage(table, row, &message);
            damaged++;
        }
    }
    printf("%zu messages damaged\n", damaged);
    if (table->failed > failed) {
        fail_msg("%zu of the damaged messages are not refused", table->failed - failed);
    }
}

int main(void)
{
    static struct table table;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(the_table_has_exactly_the_files_of_the_index, &table),
        cmocka_unit_test_prestate(every_message_becomes_what_was_written_down, &table),
        cmocka_unit_test_prestate(a_byte_order_mark_changes_nothing, &table),
        cmocka_unit_test_prestate(what_is_damaged_is_refused, &table),
    };
    shared = fixture_shared();
    table_init(&table, "payloads.json");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    table_release(&table);
    return failed;
}
