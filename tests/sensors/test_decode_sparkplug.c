/* sensors/decode_sparkplug.c: births, aliases, rebirth requests and deaths, on payloads encoded here by the
 * specification; and what is hostile. */
#include "kit.h"

#define NBIRTH "spBv1.0/plant/NBIRTH/gw"
#define NDATA "spBv1.0/plant/NDATA/gw"
#define NOW_MS UINT64_C(1795248000000)

/* --- protobuf, by hand --- */
static void varint(struct base_buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        base_buf_u8(out, (uint8_t)(value | 0x80));
    }
    base_buf_u8(out, (uint8_t)value);
}

static void number(struct base_buf *out, unsigned field, uint64_t value)
{
    varint(out, field << 3);
    varint(out, value);
}

static void bytes(struct base_buf *out, unsigned field, const void *data, size_t len)
{
    varint(out, field << 3 | 2);
    varint(out, len);
    base_buf_append(out, data, len);
}

static void text(struct base_buf *out, unsigned field, const char *value)
{
    bytes(out, field, value, strlen(value));
}

struct metric {
    const char *name; /* NULL: alias alone */
    uint64_t alias;   /* 0: none */
    unsigned type, field;
    uint64_t bits;     /* of fields 10, 11, 14 */
    const char *words; /* of field 15 */
    const char *unit;
    uint64_t ms;
    bool historical, null;
};

static void put_double(struct base_buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    varint(out, 13 << 3 | 1);
    for (int i = 0; i < 8; i++) {
        base_buf_u8(out, (uint8_t)(bits >> 8 * i));
    }
}

static void put_unit(struct base_buf *out, const char *unit)
{
    AUTO_VALUE(base_buf) set, value;
    base_buf_init(&set, 1000);
    base_buf_init(&value, 1000);
    text(&set, 1, "engUnit");
    number(&value, 1, 12);
    text(&value, 8, unit);
    bytes(&set, 2, value.data, value.len);
    bytes(out, 9, set.data, set.len);
}

static void put_metric(struct base_buf *out, const struct metric *metric)
{
    AUTO_VALUE(base_buf) one;
    base_buf_init(&one, 10000);
    if (metric->name) {
        text(&one, 1, metric->name);
    }
    if (metric->alias) {
        number(&one, 2, metric->alias);
    }
    if (metric->ms) {
        number(&one, 3, metric->ms);
    }
    if (metric->type) {
        number(&one, 4, metric->type);
    }
    if (metric->historical) {
        number(&one, 5, 1);
    }
    if (metric->null) {
        number(&one, 7, 1);
    }
    if (metric->unit) {
        put_unit(&one, metric->unit);
    }
    if (metric->field == 13) {
        put_double(&one, (double)metric->bits / 4);
    } else if (metric->field == 15) {
        text(&one, 15, metric->words);
    } else if (metric->field) {
        number(&one, metric->field, metric->bits);
    }
    bytes(out, 2, one.data, one.len);
}

/* ms and seq: -1 leaves them out. */
static void send_at(const char *topic, int64_t ms, int seq, const struct metric *metrics, size_t count, int64_t t_recv)
{
    base_buf_reset(&kit.file);
    if (ms >= 0) {
        number(&kit.file, 1, (uint64_t)ms);
    }
    for (size_t i = 0; i < count; i++) {
        put_metric(&kit.file, &metrics[i]);
    }
    if (seq >= 0) {
        number(&kit.file, 3, (uint64_t)seq);
    }
    kit_try_bytes(topic, base_buf_str(&kit.file), t_recv);
}

static void send(const char *topic, int seq, const struct metric *metrics, size_t count)
{
    send_at(topic, (int64_t)NOW_MS - 1000, seq, metrics, count, KIT_NOW);
}

static const struct metric node_birth[] = {
    {.name = "bdSeq", .type = 8, .field = 11, .bits = 3},
    {.name = "Node Control/Rebirth", .type = 11, .field = 14},
    {.name = "Inputs/Temperature", .alias = 1, .type = 10, .field = 13, .bits = 272, .unit = "°F"},
    {.name = "Inputs/Smoke", .alias = 2, .type = 11, .field = 14, .bits = 0},
    {.name = "Offset", .alias = 3, .type = 1, .field = 10, .bits = 0xFE},
    {.name = "Maker", .alias = 4, .type = 12, .field = 15, .words = "somebody"},
    {.name = "Outputs/Temperature", .alias = 5, .type = 3, .field = 10, .bits = 20},
};

static void the_shared_birth_has_its_level(void **state)
{
    (void)state;
    kit_try_bytes("spBv1.0/Sparkplug B Devices/NBIRTH/Raspberry Pi", kit_file("sparkplug/nbirth.bin"), KIT_NOW);
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0),
           "lifecycle start Sparkplug B Devices/Raspberry Pi unit 2017-02-03T17:55:02.122Z device flags=late");
    kit_is(kit_event(1), "measurement snapshot Sparkplug B Devices/Raspberry Pi unit 2017-02-03T17:55:02.122Z device "
                         "level=-12 m; flags=late");
    assert_int_equal(kit.decoded.redacted, 0);
}

static void a_birth_tells_all_and_is_remembered(void **state)
{
    (void)state;
    send(NBIRTH, 0, node_birth, BASE_COUNT(node_birth));
    assert_int_equal(kit.decoded.count, 3);
    kit_is(kit_event(0), "lifecycle start plant/gw unit 2026-11-21T07:59:59Z device");
    kit_is(kit_event(1), "alarm snapshot plant/gw unit channel=smoke 2026-11-21T07:59:59Z device smoke=0 1;");
    kit_is(kit_event(2), "measurement snapshot plant/gw unit 2026-11-21T07:59:59Z device temperature=20 Cel; Offset=-2 "
                         "1; Outputs_Temperature=20 Cel;");
    static const struct metric data[] = {
        {.alias = 1, .field = 13, .bits = 200},
        {.alias = 2, .field = 14, .bits = 1},
        {.alias = 3, .field = 10, .bits = 0xFFFFFFFF},
        {.alias = 4, .field = 15, .words = "somebody else"},
    };
    send(NDATA, 1, data, BASE_COUNT(data));
    assert_int_equal(kit.decoded.count, 2);
    assert_int_equal(kit.decoded.reply.len, 0);
    kit_is(kit_event(0), "alarm start plant/gw unit channel=smoke 2026-11-21T07:59:59Z device smoke=1 1; severity=4");
    kit_is(kit_event(1),
           "measurement pulse plant/gw unit 2026-11-21T07:59:59Z device temperature=10 Cel; Offset=-1 1;");
}

static void data_without_a_birth_asks_for_one(void **state)
{
    (void)state;
    static const struct metric data[] = {{.alias = 7, .field = 10, .bits = 1}};
    static const char wanted[] = "\x12\x1a\x0a\x14Node Control/Rebirth\x20\x0bp\x01";
    const int64_t second = 1000000;
    send_at("north/spBv1.0/plant/DDATA/gw/pump", -1, 4, data, 1, KIT_NOW);
    kit_was_refused(SENSORS_REASON_UNBORN);
    assert_true(base_str_is(kit.decoded.reply_topic, "north/spBv1.0/plant/NCMD/gw"));
    assert_int_equal(kit.decoded.reply.len, 7 + sizeof wanted - 1); /* behind the time */
    assert_memory_equal(kit.decoded.reply.at + 7, wanted, sizeof wanted - 1);
    send_at("spBv1.0/plant/NDATA/gw", -1, 5, data, 1, KIT_NOW + 29 * second);
    kit_was_refused(SENSORS_REASON_UNBORN);
    assert_int_equal(kit.decoded.reply.len, 0);
    send_at("spBv1.0/plant/NDATA/other", -1, 5, data, 1, KIT_NOW + 29 * second);
    assert_true(kit.decoded.reply.len > 0);
    send_at("spBv1.0/plant/NDATA/gw", -1, 5, data, 1, KIT_NOW + 30 * second);
    assert_true(kit.decoded.reply.len > 0);
}

static void data_that_names_its_metrics_needs_no_birth(void **state)
{
    (void)state;
    static const struct metric data[] = {
        {.name = "Tank/Level", .type = 10, .field = 13, .bits = 10, .unit = "%"},
        {.name = "Humidity", .field = 10, .bits = 40},
        {.name = "Humidity", .field = 10, .bits = 41},
        {.name = "Temperature", .type = 10, .field = 13, .bits = 40000},
        {.name = "co2", .type = 7, .field = 10, .bits = 500, .null = true},
        {.name = "Door Open", .type = 12, .field = 15, .words = "true"},
        {.name = "Since", .type = 13, .field = 11, .bits = NOW_MS},
        {.name = "Raw", .type = 17},
    };
    send(NDATA, 1, data, BASE_COUNT(data));
    assert_int_equal(kit.decoded.count, 2);
    assert_true(kit.decoded.reply.len > 0); /* its birth has not been seen */
    kit_is(kit_event(0), "state start plant/gw unit channel=open 2026-11-21T07:59:59Z device open=1 1; flags=sentinel");
    kit_is(kit_event(1), "measurement pulse plant/gw unit 2026-11-21T07:59:59Z device Level=2.5 %; humidity=40 %; "
                         "Humidity=41 %; flags=sentinel");
}

static void a_missing_number_asks_for_a_birth(void **state)
{
    (void)state;
    static const struct metric data[] = {{.alias = 3, .field = 10, .bits = 1}};
    send(NBIRTH, 0, node_birth, BASE_COUNT(node_birth));
    send(NDATA, 1, data, 1);
    assert_int_equal(kit.decoded.reply.len, 0);
    send(NDATA, 1, data, 1);
    assert_int_equal(kit.decoded.reply.len, 0); /* a redelivery */
    send(NDATA, 3, data, 1);
    assert_int_equal(kit.err, BASE_OK); /* understood all the same */
    assert_int_equal(kit.decoded.count, 1);
    assert_true(kit.decoded.reply.len > 0);
    send(NDATA, 4, data, 1);
    assert_int_equal(kit.decoded.reply.len, 0);
}

static void numbers_go_round(void **state)
{
    (void)state;
    static const struct metric data[] = {{.alias = 3, .field = 10, .bits = 1}};
    send(NBIRTH, 0, node_birth, BASE_COUNT(node_birth));
    for (int i = 1; i < 300; i++) {
        send(NDATA, i % 256, data, 1);
        assert_int_equal(kit.decoded.reply.len, 0);
    }
}

static void a_nodes_birth_makes_those_of_its_devices_void(void **state)
{
    (void)state;
    static const struct metric device_birth[] = {{.name = "Level", .alias = 9, .type = 9, .field = 13, .bits = 6}};
    static const struct metric data[] = {{.alias = 9, .field = 13, .bits = 8}};
    send(NBIRTH, 0, node_birth, BASE_COUNT(node_birth));
    send("spBv1.0/plant/DBIRTH/gw/tank", 1, device_birth, 1);
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0), "lifecycle start plant/gw/tank unit 2026-11-21T07:59:59Z device");
    kit_is(kit_event(1), "measurement snapshot plant/gw/tank unit 2026-11-21T07:59:59Z device level=1.5 m;");
    send("spBv1.0/plant/DDATA/gw/tank", 2, data, 1);
    kit_is(kit_event(0), "measurement pulse plant/gw/tank unit 2026-11-21T07:59:59Z device level=2 m;");
    (void)send_at(NBIRTH, (int64_t)NOW_MS, 0, node_birth, BASE_COUNT(node_birth), KIT_NOW);
    send("spBv1.0/plant/DDATA/gw/tank", 1, data, 1);
    kit_was_refused(SENSORS_REASON_UNBORN);
}

static void deaths_end_the_life_they_belong_to(void **state)
{
    (void)state;
    static const struct metric old[] = {{.name = "bdSeq", .type = 8, .field = 11, .bits = 2}};
    static const struct metric data[] = {{.alias = 3, .field = 10, .bits = 1}};
    send(NBIRTH, 0, node_birth, BASE_COUNT(node_birth));
    send("spBv1.0/plant/DDEATH/gw/tank", 1, NULL, 0);
    kit_is(kit_event(0), "lifecycle end plant/gw/tank unit 2026-11-21T07:59:59Z device");
    send("spBv1.0/plant/NDEATH/gw", -1, old, 1);
    assert_true(kit.decoded.ignored);
    assert_int_equal(kit.decoded.count, 0);
    send_at("spBv1.0/plant/NDEATH/gw", (int64_t)NOW_MS - 3600000, -1, node_birth, 1, KIT_NOW);
    kit_is(kit_event(0), "lifecycle end plant/gw unit 2026-11-21T08:00:00Z received");
    send(NDATA, 2, data, 1);
    kit_was_refused(SENSORS_REASON_UNBORN);
    (void)send_at(NBIRTH, (int64_t)NOW_MS - 60000, 0, node_birth, BASE_COUNT(node_birth), KIT_NOW);
    send("spBv1.0/plant/NDEATH/gw", -1, node_birth, 1); /* no will: it is later than the birth */
    kit_is(kit_event(0), "lifecycle end plant/gw unit 2026-11-21T07:59:59Z device");
}

static void a_devices_birth_explains_nothing_before_its_nodes(void **state)
{
    (void)state;
    static const struct metric device_birth[] = {{.name = "Level", .alias = 9, .type = 9, .field = 13, .bits = 6}};
    static const struct metric data[] = {{.alias = 9, .field = 13, .bits = 8}};
    send("spBv1.0/plant/DBIRTH/gw/tank", 1, device_birth, 1);
    assert_int_equal(kit.decoded.count, 2);
    assert_true(kit.decoded.reply.len > 0);
    send("spBv1.0/plant/DDATA/gw/tank", 2, data, 1);
    kit_was_refused(SENSORS_REASON_UNBORN);
    send("spBv1.0/plant/NDEATH/gw", -1, node_birth, 1);
    kit_is(kit_event(0), "lifecycle end plant/gw unit 2026-11-21T08:00:00Z received");
}

static void each_moment_is_an_event(void **state)
{
    (void)state;
    static const struct metric data[] = {
        {.name = "Temperature", .field = 13, .bits = 80, .ms = NOW_MS - 5000},
        {.name = "Humidity", .field = 13, .bits = 160, .ms = NOW_MS - 5000},
        {.name = "Temperature", .field = 13, .bits = 84, .ms = NOW_MS - 600000, .historical = true},
        {.name = "Temperature", .field = 13, .bits = 88},
    };
    send_at(NDATA, -1, 1, data, BASE_COUNT(data), KIT_NOW);
    assert_int_equal(kit.decoded.count, 3);
    kit_is(kit_event(0),
           "measurement pulse plant/gw unit 2026-11-21T07:59:55Z device temperature=20 Cel; humidity=40 %;");
    kit_is(kit_event(1),
           "measurement pulse plant/gw unit 2026-11-21T07:50:00Z device temperature=21 Cel; flags=historical,late");
    kit_is(kit_event(2), "measurement pulse plant/gw unit 2026-11-21T08:00:00Z received temperature=22 Cel;");
}

static void a_place_is_a_position(void **state)
{
    (void)state;
    static const struct metric data[] = {
        {.name = "GPS/latitude", .field = 13, .bits = 124},
        {.name = "GPS/longitude", .field = 13, .bits = 484},
        {.name = "Battery", .field = 10, .bits = 80},
        {.name = "Temperature", .field = 13, .bits = 12},
    };
    send(NDATA, 1, data, BASE_COUNT(data));
    assert_int_equal(kit.decoded.count, 2);
    kit_is(kit_event(0),
           "position pulse plant/gw unit 2026-11-21T07:59:59Z device lon=121 lat=31 pos=gnss battery=80 %;");
    kit_is(kit_event(1),
           "measurement pulse plant/gw unit 2026-11-21T07:59:59Z device lon=121 lat=31 pos=gnss temperature=3 Cel;");
}

static void a_key_is_of_metric_time_and_value(void **state)
{
    (void)state;
    const struct metric one = {.name = "Temperature", .field = 13, .bits = 80},
                        two = {.name = "Temperature", .field = 13, .bits = 84};
    send(NDATA, 1, &one, 1);
    struct base_id id = kit_event(0)->dedup;
    send_at(NDATA, (int64_t)NOW_MS - 1000, 9, &one, 1, KIT_NOW + 60000000);
    assert_true(base_id_equal(id, kit_event(0)->dedup));
    send(NDATA, 1, &two, 1);
    assert_false(base_id_equal(id, kit_event(0)->dedup));
    send("spBv1.0/plant/DDATA/gw/a", 1, &one, 1);
    assert_false(base_id_equal(id, kit_event(0)->dedup));
}

static void hosts_commands_and_nothing_are_ignored(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
    } cases[] = {
        {"spBv1.0/STATE/scada", "{\"online\":true}"},
        {"STATE/scada", "ONLINE"},
        {"spBv1.0/plant/NCMD/gw", "\x08\x01"},
        {"spBv1.0/plant/DCMD/gw/a", "\x08\x01"},
        {NDATA, ""},
        {NDATA, "\x08\x01"},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        kit_try(cases[i].topic, cases[i].payload);
        assert_int_equal(kit.err, BASE_OK);
        assert_true(kit.decoded.ignored);
    }
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *payload;
        enum sensors_reason reason;
    } cases[] = {
        {"", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spBv1.0/plant/NDATA", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spBv1.0/plant/NDATA/gw/a", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spBv1.0/plant/DDATA/gw", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spBv1.0/plant/NOISE/gw", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spBv1.0//NDATA/gw", "\x08\x01", SENSORS_REASON_TOPIC},
        {"spAv1.0/plant/NDATA/gw", "\x08\x01", SENSORS_REASON_TOPIC},
        {NDATA, "{\"a\":1}", SENSORS_REASON_BINARY},
        {NDATA, "\x12\x7f\x0a", SENSORS_REASON_BINARY},
        {NDATA, "\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", SENSORS_REASON_BINARY},
        {NDATA, "\x12\x06\x0a\xff\xff\xff\xff\x0f", SENSORS_REASON_BINARY},
        {NDATA, "\x12\x04\x0a\x02\xff\xfe", SENSORS_REASON_BINARY},
        {NDATA, "\x22\x12SPBV1.0_COMPRESSED", SENSORS_REASON_TYPE},
    };
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        kit_try(cases[i].topic, cases[i].payload);
        kit_was_refused(cases[i].reason);
    }
    const struct metric far[] = {{.name = "lat", .field = 13, .bits = 400}, {.name = "lon", .field = 13, .bits = 4}};
    send(NDATA, 1, far, 2);
    kit_was_refused(SENSORS_REASON_POSITION);
}

static void too_many_metrics_and_moments_are_refused(void **state)
{
    (void)state;
    static struct metric many[300];
    base_buf_reset(&kit.file);
    for (int i = 0; i < 5000; i++) {
        bytes(&kit.file, 2, "", 0);
    }
    kit_try_bytes(NDATA, base_buf_str(&kit.file), KIT_NOW);
    kit_was_refused(SENSORS_REASON_TOO_MANY);
    for (int i = 0; i < 100000; i++) {
        bytes(&kit.file, 2, "", 0);
    }
    kit_try_bytes(NDATA, base_buf_str(&kit.file), KIT_NOW);
    kit_was_refused(SENSORS_REASON_TOO_MANY);
    for (size_t i = 0; i < BASE_COUNT(many); i++) {
        many[i] = (struct metric){.name = "x", .field = 10, .bits = 1, .ms = NOW_MS - i * 1000};
    }
    send(NDATA, 1, many, BASE_COUNT(many));
    kit_was_refused(SENSORS_REASON_TOO_MANY);
}

int main(void)
{
#define REMEMBERING(test) cmocka_unit_test_setup_teardown(test, kit_remember, kit_forget)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_birth_has_its_level),
        REMEMBERING(a_birth_tells_all_and_is_remembered),
        REMEMBERING(data_without_a_birth_asks_for_one),
        REMEMBERING(data_that_names_its_metrics_needs_no_birth),
        REMEMBERING(a_missing_number_asks_for_a_birth),
        REMEMBERING(numbers_go_round),
        REMEMBERING(a_nodes_birth_makes_those_of_its_devices_void),
        REMEMBERING(deaths_end_the_life_they_belong_to),
        REMEMBERING(a_devices_birth_explains_nothing_before_its_nodes),
        cmocka_unit_test(each_moment_is_an_event),
        cmocka_unit_test(a_place_is_a_position),
        cmocka_unit_test(a_key_is_of_metric_time_and_value),
        cmocka_unit_test(hosts_commands_and_nothing_are_ignored),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(too_many_metrics_and_moments_are_refused),
    };
    return kit_run("sparkplug", tests);
}
