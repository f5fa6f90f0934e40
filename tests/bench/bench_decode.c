/* What decoding a message costs: every message of ../shared/payloads with the product's own decoders, beside the bare
 * parser on those of them that are JSON; processor time of one thread, in turns. Prints:
 *   bench decode_us_per_message N us     bench decode_json_parse_us N us     bench decode_of_json_parse N ratio
 *   bench decode_leaked N bytes          of the heap, over all rounds; exit 1 unless it is 0 */
#include "fixture/fixture.h"
#include "sensors/sensors.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, REPEATS = 200, MESSAGES_MAX = 256, PAYLOAD_MAX = 1 << 16, TABLE_MAX = 1 << 20 };

struct message {
    const struct sensors_format *format;
    struct sensors_message asked;
    bool json;
};

static struct message messages[MESSAGES_MAX];
static size_t message_count;
static const struct base_key key = {.bytes = "key of the benchmark"};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_decode: %s: %s\n", what, why);
    exit(1);
}

static void read_file(struct base_buf *buf, size_t max, const char *folder, const char *file)
{
    char path[1024];
    struct base_diag diag = {.text = ""};
    base_buf_init(buf, 2 * max);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (base_file_read(path, max, &diag, buf)) {
        die(path, diag.text);
    }
}

static struct base_str text(const struct base_json *row, const char *member)
{
    struct base_str value = {NULL, 0};
    return base_json_in_text(base_json_in_get(row, member), &value) ? value : (struct base_str){NULL, 0};
}

/* The row's message, its payload left in memory until the end. */
static void add(const struct base_json *row, const struct sensors_mappings *mappings)
{
    static struct base_buf payloads[MESSAGES_MAX];
    char folder[900];
    struct base_diag diag;
    struct base_json *json = NULL;
    struct message *message = &messages[message_count];
    struct base_buf *payload = &payloads[message_count];
    snprintf(folder, sizeof folder, "%s/payloads", fixture_shared());
    read_file(payload, PAYLOAD_MAX, folder, text(row, "file").at);
    message->format = sensors_format_find(text(row, "format"));
    message->format = message->format ? message->format : sensors_mappings_find(mappings, text(row, "format"));
    message->asked = (struct sensors_message){.topic = text(row, "topic"),
                                              .payload = base_buf_str(payload),
                                              .source = text(row, "format"),
                                              .key = &key,
                                              .mappings = mappings};
    if (!message->format || !base_time_in(text(row, "received"), &message->asked.t_recv)) {
        die(text(row, "file").at, "format or time of receipt is none");
    }
    message->json = base_json_in_parse(payload->data, payload->len, &diag, &json) == BASE_OK;
    base_json_free(json);
    message_count++;
}

/* Those that can be decoded: what is refused costs little and would flatter. */
static void load(const struct base_json *rows, const struct sensors_mappings *mappings)
{
    for (size_t i = 0; i < base_json_in_size(rows); i++) {
        const struct base_json *row = base_json_in_at(rows, i);
        if (message_count < MESSAGES_MAX && !text(row, "refused").len && !text(row, "after").len) {
            add(row, mappings);
        }
    }
}

/* Of this thread alone: what else runs on the machine takes cores away, not this time. */
static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double decode_all(struct base_arena *arena)
{
    double began = cpu_us();
    for (size_t i = 0; i < REPEATS * message_count; i++) {
        struct sensors_decoded decoded;
        const struct message *message = &messages[i % message_count];
        struct base_diag diag = {.text = ""};
        base_arena_reset(arena);
        if (sensors_decode(message->format, &message->asked, arena, &diag, &decoded)) {
            die(message->asked.topic.at, diag.text);
        }
    }
    return (cpu_us() - began) / (double)(REPEATS * message_count);
}

static double parse_all(void)
{
    size_t parsed = 0;
    double began = cpu_us();
    for (size_t i = 0; i < REPEATS * message_count; i++) {
        struct base_json *json = NULL;
        struct base_diag diag;
        const struct message *message = &messages[i % message_count];
        if (message->json && !base_json_in_parse(message->asked.payload.at, message->asked.payload.len, &diag, &json)) {
            base_json_free(json);
            parsed++;
        }
    }
    return (cpu_us() - began) / (double)parsed;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median_out(const char *name, double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    printf("bench %s %.2f us min %.2f max %.2f\n", name, values[ROUNDS / 2], values[0], values[ROUNDS - 1]);
    return values[ROUNDS / 2];
}

/* In bytes; the first turn, which fills what is kept for the next, does not count. */
static size_t measure(void)
{
    struct base_arena arena;
    double decoded[ROUNDS], parsed[ROUNDS];
    base_arena_init(&arena, SENSORS_ARENA_MAX);
    decode_all(&arena);
    parse_all();
    size_t before = mallinfo2().uordblks;
    for (int round = 0; round < ROUNDS; round++) {
        decoded[round] = decode_all(&arena);
        parsed[round] = parse_all();
    }
    size_t after = mallinfo2().uordblks;
    base_arena_release(&arena);
    double of_parse = median_out("decode_us_per_message", decoded) / median_out("decode_json_parse_us", parsed);
    printf("bench decode_of_json_parse %.2f ratio\n", of_parse);
    return after > before ? after - before : 0;
}

int main(void)
{
    struct base_diag diag = {.text = ""};
    AUTO(base_json) table = NULL;
    AUTO(sensors_mappings) mappings = NULL;
    AUTO_VALUE(base_buf) file;
    if (!fixture_shared()) {
        die("load", "no messages");
    }
    read_file(&file, TABLE_MAX, fixture_source(), "tests/sensors/payloads.json");
    if (base_json_in_parse(file.data, file.len, &diag, &table) || sensors_mappings_load(NULL, &diag, &mappings)) {
        die("load", diag.text);
    }
    load(base_json_in_get(table, "rows"), mappings);
    size_t leaked = measure();
    printf("bench decode_leaked %zu bytes\n", leaked);
    printf("# %zu messages, %d times a round\n", message_count, REPEATS);
    return leaked ? 1 : 0;
}
