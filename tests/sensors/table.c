/* Rows of expectations: read, decoded with the product's own decoders, compared; keys are asked for what must and what
 * must not change them. */
#include "sensors/table.h"

#include "fixture/fixture.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_LEN = 1 << 20, REPLACED_MAX = 1 << 16, LATER_US = 7000000 };

struct outcome {
    enum base_err err;
    struct sensors_decoded decoded;
    struct base_diag diag;
};

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "table: %s: %s\n", what, why);
    exit(1);
}

void table_init(struct table *table, const char *file)
{
    char path[1024];
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 2 * FILE_MAX_LEN);
    *table = (struct table){0};
    base_arena_init(&table->arena, SENSORS_ARENA_MAX);
    snprintf(path, sizeof path, "%s/tests/sensors/%s", fixture_source(), file);
    if (base_file_read(path, FILE_MAX_LEN, &diag, &text) ||
        base_json_in_parse(text.data, text.len, &diag, &table->json) ||
        sensors_mappings_load(NULL, &diag, &table->mappings)) {
        give_up(path, diag.text);
    }
}

void table_release(struct table *table)
{
    base_json_free(table->json);
    sensors_mappings_free(table->mappings);
    base_arena_release(&table->arena);
}

const struct base_json *table_list(const struct table *table, const char *member)
{
    const struct base_json *list = base_json_in_get(table->json, member);
    if (base_json_in_size(list) == 0) {
        give_up(member, "the table has none");
    }
    return list;
}

const char *table_text(const struct base_json *object, const char *member)
{
    struct base_str text;
    const struct base_json *value = base_json_in_get(object, member);
    if (!value) {
        return "";
    }
    if (!base_json_in_text(value, &text)) {
        give_up(member, "is no text");
    }
    return text.at;
}

static const struct sensors_format *find_format(const struct table *table, const char *name)
{
    const struct sensors_format *format = sensors_format_find(base_str_of(name));
    return format ? format : sensors_mappings_find(table->mappings, base_str_of(name));
}

static void fail(struct table *table, const char *name, const char *why)
{
    printf("%s:\n%s", name, why);
    table->failed++;
}

bool table_message(struct table *table, const struct base_json *row, struct base_str payload,
                   struct table_message *ret_message)
{
    const char *name = *table_text(row, "file") ? table_text(row, "file") : table_text(row, "name");
    name = *name ? name : table_text(row, "format");
    const struct sensors_format *format = find_format(table, table_text(row, "format"));
    int64_t received = 0;
    if (*table_text(row, "received") && !base_time_in(base_str_of(table_text(row, "received")), &received)) {
        give_up(name, "received is no time");
    }
    if (!format) {
        AUTO_VALUE(base_buf) why;
        base_buf_init(&why, 1024);
        base_buf_printf(&why, "    nobody has the format %s\n", table_text(row, "format"));
        fail(table, name, base_buf_cstr(&why));
        return false;
    }
    *ret_message = (struct table_message){name, format, base_str_of(table_text(row, "topic")), payload, received};
    return true;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

void table_payload(const struct base_json *row, struct base_buf *buf)
{
    const char *hex = table_text(row, "hex"), *text = table_text(row, "payload");
    base_buf_reset(buf);
    for (; *hex; hex += *hex == ' ' ? 1 : 2) {
        if (*hex != ' ' && (digit(hex[0]) < 0 || digit(hex[1]) < 0)) {
            give_up("hex", hex);
        }
        if (*hex != ' ') {
            base_buf_u8(buf, (uint8_t)(digit(hex[0]) * 16 + digit(hex[1])));
        }
    }
    for (; *text; text++) {
        base_buf_u8(buf, (uint8_t)(*text == '\'' ? '"' : *text));
    }
}

/* --- decoding --- */
static struct outcome decode_with(struct table *table, const struct base_json *row, const struct table_message *message,
                                  struct sensors_memory *memory)
{
    static const struct base_key key = {.bytes = "key of the tables"};
    struct outcome outcome = {.diag = {.text = ""}};
    AUTO(sensors_zone) zone = NULL;
    bool retained = false, gb18030 = false;
    base_json_in_bool(base_json_in_get(row, "retained"), &retained);
    base_json_in_bool(base_json_in_get(row, "gb18030"), &gb18030);
    if (*table_text(row, "tz") && sensors_zone_open(table_text(row, "tz"), &outcome.diag, &zone)) {
        give_up(message->name, outcome.diag.text);
    }
    const struct sensors_message asked = {.topic = message->topic,
                                          .payload = message->payload,
                                          .t_recv = message->received,
                                          .retained = retained,
                                          .source = base_str_of(message->format->name),
                                          .key = &key,
                                          .zone = zone,
                                          .gb18030 = gb18030,
                                          .memory = memory,
                                          .mappings = table->mappings};
    outcome.err = sensors_decode(message->format, &asked, &table->arena, &outcome.diag, &outcome.decoded);
    return outcome;
}

static struct outcome decode(struct table *table, const struct base_json *row, const struct table_message *message,
                             const struct table_message *before)
{
    AUTO(sensors_memory) memory = before ? sensors_memory_new() : NULL;
    base_arena_reset(&table->arena);
    if (before && decode_with(table, row, before, memory).err) {
        give_up(message->name, "what comes before it is refused");
    }
    return decode_with(table, row, message, memory);
}

/* --- events --- */
static size_t difference(const struct base_json *expected, const struct sensors_event *event, struct base_str format)
{
    AUTO_VALUE(base_buf) out;
    base_buf_init(&out, 1 << 16);
    table_event(expected, event, format, false, &out);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.data[i] == '\n';
    }
    return lines;
}

/* The event that differs least and is not taken; SIZE_MAX when none is left. */
static size_t likest(const struct base_json *expected, const struct sensors_decoded *decoded, struct base_str format,
                     const size_t *taken, size_t count)
{
    size_t best = SIZE_MAX, least = SIZE_MAX;
    for (size_t i = 0; i < decoded->count; i++) {
        size_t lines = difference(expected, &decoded->events[i], format);
        for (size_t j = 0; j < count; j++) {
            lines = taken[j] == i ? SIZE_MAX : lines;
        }
        if (lines < least) {
            least = lines;
            best = i;
        }
    }
    return best;
}

/* Order does not matter: ret_which[i] is the event that is expected as the i-th. */
static void compare_events(const struct base_json *row, const struct table_message *message,
                           const struct sensors_decoded *decoded, size_t ret_which[TABLE_EVENTS_MAX],
                           struct base_buf *out)
{
    const struct base_json *list = base_json_in_get(row, "events");
    struct base_str format = base_str_of(message->format->name);
    size_t expected = base_json_in_size(list);
    if (decoded->count != expected) {
        base_buf_printf(out, "    %zu events expected, got %zu\n", expected, decoded->count);
        for (size_t i = expected; i < decoded->count; i++) {
            const struct sensors_event *event = &decoded->events[i];
            base_buf_printf(out, "    one more: %s %s %.*s\n", sensors_kind_name(event->kind),
                            sensors_phase_name(event->phase), (int)event->channel.len,
                            event->channel.len ? event->channel.at : "");
        }
    }
    for (size_t i = 0; i < expected && i < TABLE_EVENTS_MAX; i++) {
        size_t before = out->len;
        ret_which[i] = likest(base_json_in_at(list, i), decoded, format, ret_which, i);
        if (ret_which[i] == SIZE_MAX) {
            base_buf_printf(out, "    event %zu is missing\n", i);
            continue;
        }
        table_event(base_json_in_at(list, i), &decoded->events[ret_which[i]], format, false, out);
        if (out->len > before) {
            base_buf_printf(out, "    (event %zu)\n", i);
        }
    }
}

/* --- keys --- */
struct keys {
    struct base_id list[TABLE_EVENTS_MAX];
    size_t count;
};

static struct keys keys_of(const struct outcome *outcome)
{
    struct keys keys = {.count = 0};
    for (size_t i = 0; i < outcome->decoded.count && i < TABLE_EVENTS_MAX && !outcome->err; i++) {
        keys.list[keys.count++] = outcome->decoded.events[i].dedup;
    }
    return keys;
}

static bool has_key(const struct keys *keys, struct base_id id, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (base_id_equal(keys->list[i], id)) {
            return true;
        }
    }
    return false;
}

static bool same_keys(const struct keys *a, const struct keys *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++) {
        same = base_id_equal(a->list[i], b->list[i]);
    }
    return same;
}

static bool all_in(const struct keys *some, const struct keys *all)
{
    bool in = true;
    for (size_t i = 0; i < some->count; i++) {
        in = in && has_key(all, some->list[i], all->count);
    }
    return in;
}

static size_t count_doubles(const struct base_json *row)
{
    const struct base_json *list = base_json_in_get(row, "events");
    size_t doubles = 0;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        doubles += base_json_in_get(base_json_in_at(list, i), "same_as") != NULL;
    }
    return doubles;
}

/* Each occurrence. */
static bool replaced(struct base_str text, struct base_str old, struct base_str new, struct base_buf *out)
{
    bool any = false;
    base_buf_reset(out);
    for (size_t i = 0; i < text.len;) {
        bool here = old.len && text.len - i >= old.len && memcmp(text.at + i, old.at, old.len) == 0;
        any |= here;
        base_buf_append(out, here ? new.at : text.at + i, here ? new.len : 1);
        i += here ? old.len : 1;
    }
    return any;
}

static void check_replacement(struct table *table, const struct base_json *row, const struct table_message *message,
                              const struct table_message *before, const struct base_json *pair, bool same,
                              const struct keys *first, struct base_buf *out)
{
    struct base_str old = {NULL, 0}, new = {NULL, 0};
    struct table_message changed = *message;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, REPLACED_MAX);
    if (!base_json_in_text(base_json_in_at(pair, 0), &old) || !base_json_in_text(base_json_in_at(pair, 1), &new)) {
        give_up(message->name, "same and other are lists of two texts each");
    }
    if (replaced(message->payload, old, new, &text)) {
        changed.payload = base_buf_str(&text);
    } else if (replaced(message->topic, old, new, &text)) {
        changed.topic = base_buf_str(&text);
    } else {
        base_buf_printf(out, "    neither payload nor topic has %s\n", old.at);
        return;
    }
    struct outcome outcome = decode(table, row, &changed, before);
    struct keys keys = keys_of(&outcome);
    if (outcome.err) {
        base_buf_printf(out, "    with %s it is refused: %s\n", new.at, outcome.diag.text);
    } else if (same ? !same_keys(&keys, first) : all_in(&keys, first)) {
        base_buf_printf(out, "    %s instead of %s %s\n", new.at, old.at,
                        same ? "makes another key" : "makes no other key");
    }
}

/* With too little room it is refused, and never half of it stored. */
static void check_starved(struct table *table, const struct base_json *row, const struct table_message *message,
                          const struct table_message *before, const struct keys *first, struct base_buf *out)
{
    size_t whole = table->arena.max;
    for (size_t max = 64; max < 65536; max += max / 4) {
        AUTO(sensors_memory) memory = before ? sensors_memory_new() : NULL;
        base_arena_reset(&table->arena);
        if (before && decode_with(table, row, before, memory).err) {
            give_up(message->name, "what comes before it is refused");
        }
        base_arena_reset(&table->arena);
        table->arena.max = max;
        struct outcome outcome = decode_with(table, row, message, memory);
        struct keys keys = keys_of(&outcome);
        table->arena.max = whole;
        if (!outcome.err && !same_keys(&keys, first)) {
            base_buf_printf(out, "    with %zu bytes of room it is another\n", max);
        }
    }
}

/* What comes again - its batch was stored, or was not - is the same, or nothing. */
static void check_again(struct table *table, const struct base_json *row, const struct table_message *message,
                        const struct table_message *before, const struct keys *first, struct base_buf *out)
{
    AUTO(sensors_memory) memory = sensors_memory_new();
    struct table_message later = *message;
    later.received += LATER_US;
    base_arena_reset(&table->arena);
    if (before && decode_with(table, row, before, memory).err) {
        give_up(message->name, "what comes before it is refused");
    }
    sensors_memory_commit(memory);
    struct outcome known = decode_with(table, row, message, memory);
    struct keys with = keys_of(&known);
    sensors_memory_rollback(memory);
    struct outcome again = decode_with(table, row, &later, memory);
    struct keys keys = keys_of(&again);
    if (before ? !same_keys(&with, first) : !all_in(&with, first)) {
        base_buf_printf(out, "    with a memory it has another key\n");
    }
    if (known.decoded.repeated) { /* the second copy of a change: it is told by how soon it comes, and may come late */
        return;
    }
    if (!same_keys(&keys, &with)) {
        base_buf_printf(out, "    after a batch that was not stored it is another\n");
    }
    sensors_memory_commit(memory);
    again = decode_with(table, row, &later, memory);
    keys = keys_of(&again);
    if (!all_in(&keys, &with)) {
        base_buf_printf(out, "    after a batch that was stored it is another\n");
    }
}

static void check_keys(struct table *table, const struct base_json *row, const struct table_message *message,
                       const struct table_message *before, const struct keys *first, struct base_buf *out)
{
    static const char *const members[] = {"other", "same"};
    size_t doubles = 0;
    for (size_t i = 0; i < first->count; i++) {
        doubles += has_key(first, first->list[i], i);
    }
    if (doubles != count_doubles(row)) {
        base_buf_printf(out, "    %zu events have the key of another one, expected %zu\n", doubles, count_doubles(row));
    }
    struct table_message later = *message, earlier = before ? *before : *message;
    later.received += LATER_US;
    earlier.received += LATER_US;
    struct outcome again = decode(table, row, &later, before ? &earlier : NULL);
    struct keys keys = keys_of(&again);
    if (!same_keys(&keys, first)) {
        base_buf_printf(out, "    received later it has another key\n");
    }
    for (size_t member = 0; member < BASE_COUNT(members); member++) {
        const struct base_json *list = base_json_in_get(row, members[member]);
        for (size_t i = 0; i < base_json_in_size(list); i++) {
            check_replacement(table, row, message, before, base_json_in_at(list, i), member == 1, first, out);
        }
    }
}

/* --- one row --- */
static const char *reason_name(enum sensors_reason reason)
{
#define REASON_NAME(name, text) #name,
    static const char *const names[] = {SENSORS_REASONS(REASON_NAME)};
    return names[reason];
}

static void check_redacted(const struct base_json *row, const struct sensors_decoded *decoded, struct base_buf *out)
{
    int64_t redacted = 0;
    bool flagged = false;
    base_json_in_i64(base_json_in_get(row, "redacted"), &redacted);
    for (size_t i = 0; i < decoded->count; i++) {
        flagged |= (decoded->events[i].flags & SENSORS_FLAG_REDACTED) != 0;
    }
    if (decoded->redacted != redacted) {
        base_buf_printf(out, "    redacted: expected %d, got %u\n", (int)redacted, decoded->redacted);
    } else if (decoded->count && flagged != (redacted > 0)) {
        base_buf_printf(out, "    redacted: %u counted, but the flag is %s\n", decoded->redacted,
                        flagged ? "set" : "not set");
    }
}

static void check_repeated(const struct base_json *row, const struct sensors_decoded *decoded, struct base_buf *out)
{
    int64_t repeated = 0;
    base_json_in_i64(base_json_in_get(row, "repeated"), &repeated);
    if (decoded->repeated != repeated) {
        base_buf_printf(out, "    repeated: expected %d, got %u\n", (int)repeated, decoded->repeated);
    }
}

static void check_refused(const struct base_json *row, const struct outcome *outcome, struct base_buf *out)
{
    const char *wanted = table_text(row, "refused"), *got = reason_name(outcome->decoded.reason);
    if (!outcome->err) {
        base_buf_printf(out, "    expected a refusal (%s), got %zu events%s\n", wanted, outcome->decoded.count,
                        outcome->decoded.ignored ? ", ignored" : "");
    } else if (strcmp(wanted, got) != 0) {
        base_buf_printf(out, "    refused: expected %s, got %s (%s)\n", wanted, got, outcome->diag.text);
    } else if (outcome->decoded.count || !outcome->diag.text[0]) {
        base_buf_printf(out, "    refused, but %s\n", outcome->decoded.count ? "with events" : "without a sentence");
    }
}

void table_check(struct table *table, const struct base_json *row, const struct table_message *message,
                 const struct table_message *before)
{
    size_t which[TABLE_EVENTS_MAX];
    bool ignored = false, refused = *table_text(row, "refused") != '\0';
    AUTO_VALUE(base_buf) out;
    base_buf_init(&out, 1 << 18);
    base_json_in_bool(base_json_in_get(row, "ignored"), &ignored);
    struct outcome outcome = decode(table, row, message, before);
    struct keys first = keys_of(&outcome);
    table->rows++;
    table->events += first.count;
    table->ignored += !outcome.err && outcome.decoded.ignored;
    table->refused += outcome.err != BASE_OK;
    if (refused) {
        check_refused(row, &outcome, &out);
    } else if (outcome.err) {
        base_buf_printf(&out, "    refused (%s): %s\n", reason_name(outcome.decoded.reason), outcome.diag.text);
    } else {
        if (ignored != outcome.decoded.ignored) {
            base_buf_printf(&out, "    expected %s\n", ignored ? "that it is ignored" : "events, but it is ignored");
        }
        compare_events(row, message, &outcome.decoded, which, &out);
        check_redacted(row, &outcome.decoded, &out);
        check_repeated(row, &outcome.decoded, &out);
        check_keys(table, row, message, before, &first, &out);
        check_starved(table, row, message, before, &first, &out);
        check_again(table, row, message, before, &first, &out);
    }
    if (out.len) {
        fail(table, message->name, base_buf_cstr(&out));
    }
}

void table_again(struct table *table, const struct base_json *row, const struct table_message *message,
                 struct base_str payload, const struct table_message *before)
{
    struct table_message changed = *message;
    changed.payload = payload;
    struct outcome outcome = decode(table, row, message, before);
    const struct keys first = keys_of(&outcome);
    outcome = decode(table, row, &changed, before);
    const struct keys keys = keys_of(&outcome);
    table_check(table, row, &changed, before);
    if (!same_keys(&keys, &first)) {
        fail(table, message->name, "    in other bytes it has another key\n");
    }
}

enum table_got table_try(struct table *table, const struct base_json *row, const struct table_message *message)
{
    struct outcome outcome = decode(table, row, message, NULL);
    if (outcome.err && outcome.decoded.count) {
        fail(table, message->name, "    refused with events\n");
    }
    return outcome.err ? TABLE_REFUSED : outcome.decoded.count ? TABLE_EVENTS : TABLE_IGNORED;
}

bool table_alike(struct table *table, const struct base_json *event, const struct table_message *message)
{
    AUTO_VALUE(base_buf) out;
    base_buf_init(&out, 1 << 16);
    struct outcome outcome = decode(table, event, message, NULL);
    bool found = false;
    for (size_t i = 0; i < outcome.decoded.count && !outcome.err && !found; i++) {
        base_buf_printf(&out, "  event %zu:\n", i);
        size_t before = out.len;
        table_event(event, &outcome.decoded.events[i], base_str_of(message->format->name), true, &out);
        found = out.len == before;
    }
    if (!found) {
        base_buf_printf(&out, "    %s\n", outcome.err ? outcome.diag.text : "no event is alike");
        fail(table, message->name, base_buf_cstr(&out));
    }
    return found;
}
