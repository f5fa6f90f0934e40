/* Plays a day out of its file (day.h): first the file is read into waypoints and marks, then each guard's fixes are
 * made. */
#include "day.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define LON 121.4
#define LAT 31.02
#define LON_M 95490.0 /* metres of a degree there */
#define LAT_M 110876.0
enum { FIX_EVERY_S = 10, PLACES_MAX = 64, GUARDS_MAX = 8, STEPS_MAX = 400, ROWS_MAX = 200, FILE_MAX = 1 << 20 };

struct spot {
    double x, y; /* metres */
};

struct place {
    char name[16], kind[12];
    struct spot at; /* where one stands who is there */
    int64_t id;
};

enum step_kind {
    STEP_AT,
    STEP_OFF,
    STEP_BUFFERED,
    STEP_SENT,
    STEP_JUMP,
    STEP_TWICE,
    STEP_ONCE,
    STEP_VAGUE,
    STEP_SHARP,
    STEP_SCAN
};
static const char *const step_names[] = {"at",    "off",  "buffered", "sent",  "jump",
                                         "twice", "once", "vague",    "sharp", "scan"};

struct step {
    int64_t time;
    enum step_kind kind;
    struct spot at;
    char tag[16];
};

struct guard {
    char name[8];
    struct step steps[STEPS_MAX];
    size_t count;
};

struct expected {
    int phase;
    char duty[24], place[16];
    int64_t from;
    char verdict; /* m x ? w ., or 0: a reason */
    char reason[32];
};

struct day {
    PGconn *pg;
    const char *database, *broker, *var;
    pid_t worker;
    char zone[40];
    int64_t start; /* of the local day */
    int64_t first; /* us after it of the first shift: earlier clock times are of the next day */
    int64_t estate_id;
    struct place places[PLACES_MAX];
    size_t place_count;
    struct guard guards[GUARDS_MAX];
    size_t guard_count;
    struct expected expected[ROWS_MAX * 8];
    size_t expected_count;
    int64_t said;
    struct base_buf differences;
    int64_t hours[24]; /* of the table that is being read */
    size_t hour_count;
    char table[24];
    int table_phase, line;
};

static struct base_diag diag;

static void must(const struct day *day, bool good, const char *what)
{
    if (!good) {
        char text[200];
        snprintf(text, sizeof text, "line %d: %s", day->line, what);
        kit_die("day", text);
    }
}

static void ok(enum base_err err)
{
    if (err) {
        kit_die(base_error_name(err), diag.text);
    }
}

/* --- reading --- */
int64_t day_time(const struct day *day, const char *clock)
{
    int hour = 0, minute = 0, second = 0;
    must(day, sscanf(clock, "%d:%d:%d", &hour, &minute, &second) >= 1, clock);
    int64_t time = ((hour * 60 + minute) * 60 + second) * SECOND;
    return day->start + time + (time < day->first ? DAY : 0);
}

static struct place *place_of(struct day *day, const char *name)
{
    for (size_t i = 0; i < day->place_count; i++) {
        if (strcmp(day->places[i].name, name) == 0) {
            return &day->places[i];
        }
    }
    return NULL;
}

static struct spot spot_of(struct day *day, const char *text)
{
    struct spot spot;
    const struct place *place = place_of(day, text);
    if (place) {
        return place->at;
    }
    must(day, sscanf(text, "%lf,%lf", &spot.x, &spot.y) == 2, text);
    return spot;
}

static struct guard *guard_of(struct day *day, const char *name, bool make)
{
    for (size_t i = 0; i < day->guard_count; i++) {
        if (strcmp(day->guards[i].name, name) == 0) {
            return &day->guards[i];
        }
    }
    must(day, make && day->guard_count < GUARDS_MAX, "whose shift is it?");
    struct guard *guard = &day->guards[day->guard_count++];
    snprintf(guard->name, sizeof guard->name, "%s", name);
    return guard;
}

static double lon_of(struct spot spot)
{
    return LON + spot.x / LON_M;
}

static double lat_of(struct spot spot)
{
    return LAT + spot.y / LAT_M;
}

static void add_place(struct day *day, const char *kind, const char *name, struct spot at, const char *sql)
{
    must(day, day->place_count < PLACES_MAX, "too many places");
    struct place *place = &day->places[day->place_count++];
    snprintf(place->name, sizeof place->name, "%s", name);
    snprintf(place->kind, sizeof place->kind, "%s", kind);
    place->at = at;
    place->id = kit_number(day->pg, sql);
}

static void read_building(struct day *day, const char *name, struct spot corner)
{
    char sql[700];
    snprintf(sql, sizeof sql,
             "insert into building (estate_id, dataset, key, name, levels, levels_source, height_m, height_source, "
             "area_m2, lon, "
             "lat, geom, valid_from) values (%lld, 'day', '%s', '%s', 6, 'given', 18, 'levels', 120, %.9f, %.9f, "
             "st_multi(st_makeenvelope(%.9f, %.9f, %.9f, %.9f, 4326)), '2000-01-01') returning id",
             (long long)day->estate_id, name, name, lon_of((struct spot){corner.x + 6, 0}),
             lat_of((struct spot){0, corner.y + 5}), lon_of(corner), lat_of(corner),
             lon_of((struct spot){corner.x + 12, 0}), lat_of((struct spot){0, corner.y + 10}));
    add_place(day, "building", name, (struct spot){corner.x + 6, corner.y - 8}, sql);
}

static void read_checkpoint(struct day *day, const char *name, struct spot at, const char *tag)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "insert into checkpoint (estate_id, dataset, key, name, geom, tag, valid_from) values (%lld, 'day', '%s', "
             "'%s', "
             "st_point(%.9f, %.9f, 4326), '%s', '2000-01-01') returning id",
             (long long)day->estate_id, name, name, lon_of(at), lat_of(at), tag);
    add_place(day, "checkpoint", name, at, sql);
}

static void read_zone(struct day *day, const char *name, struct spot corner, double width, double height)
{
    char sql[500];
    snprintf(
        sql, sizeof sql,
        "insert into zone (estate_id, dataset, key, name, kind, geom, valid_from) values (%lld, 'day', '%s', '%s', "
        "'sanitation', st_multi(st_makeenvelope(%.9f, %.9f, %.9f, %.9f, 4326)), '2000-01-01') returning id",
        (long long)day->estate_id, name, name, lon_of(corner), lat_of(corner),
        lon_of((struct spot){corner.x + width, 0}), lat_of((struct spot){0, corner.y + height}));
    add_place(day, "zone", name, corner, sql);
}

/* KEY name=value name="a value" ... */
static void read_duty(struct day *day, char *text)
{
    struct base_buf columns, values;
    char sql[2000];
    base_buf_init(&columns, 1000);
    base_buf_init(&values, 1000);
    char *key = strsep(&text, " ");
    while (text && *text) {
        char *name = strsep(&text, "=");
        must(day, text != NULL, "a duty's name=value");
        bool quoted = *text == '"';
        text += quoted;
        char *value = strsep(&text, quoted ? "\"" : " ");
        base_buf_printf(&columns, ", %s", name + strspn(name, " "));
        base_buf_printf(&values, ", '%s'", value);
    }
    snprintf(
        sql, sizeof sql,
        "insert into duty (estate_id, key, name, valid_from, valid_to%s) values (%lld, '%s', '%s', to_timestamp(%lld), "
        "to_timestamp(%lld)%s)",
        base_buf_cstr(&columns), (long long)day->estate_id, key, key, (long long)(day->start / SECOND),
        (long long)((day->start + 2 * DAY) / SECOND), base_buf_cstr(&values));
    kit_value(day->pg, sql);
    base_buf_release(&columns);
    base_buf_release(&values);
}

static void open_shift(struct day *day, const char *source, const char *native, const char *label, int64_t from,
                       int64_t to)
{
    char sql[500], hex[40];
    struct base_id hash;
    ok(ingest_devices_hash(day->var, source, native, from, &diag, &hash));
    for (int i = 0; i < 16; i++) {
        snprintf(hex + 2 * i, 3, "%02x", hash.bytes[i]);
    }
    snprintf(sql, sizeof sql,
             "insert into shift (estate_id, source_id, device_hash, subject_type, label, label_en, starts_at, ends_at) "
             "select "
             "estate_id, id, '%s', 'guard', '%s', '%s', to_timestamp(%lld), to_timestamp(%lld) from source where name "
             "= '%s'",
             hex, label, label, (long long)(from / SECOND), (long long)(to / SECOND), source);
    kit_value(day->pg, sql);
}

static void read_shift(struct day *day, const char *name, const char *from, const char *to)
{
    char native[32];
    if (day->guard_count == 0) {
        int hour = 0, minute = 0;
        must(day, sscanf(from, "%d:%d", &hour, &minute) == 2, from);
        day->first = (hour * 60 + minute) * 60 * SECOND;
    }
    guard_of(day, name, true);
    snprintf(native, sizeof native, "day/%s", name);
    open_shift(day, "guards", native, name, day_time(day, from), day_time(day, to));
    open_shift(day, "scans", name, name, day_time(day, from), day_time(day, to));
}

static void read_step(struct day *day, const char *name, char *text)
{
    struct guard *guard = guard_of(day, name, false);
    must(day, guard->count < STEPS_MAX, "too many steps");
    struct step *step = &guard->steps[guard->count++];
    char *clock = strsep(&text, " "), *word = strsep(&text, " ");
    must(day, word != NULL, "what does he do?");
    step->time = day_time(day, clock);
    size_t kind = 0;
    while (kind < BASE_COUNT(step_names) && strcmp(word, step_names[kind]) != 0) {
        kind++;
    }
    must(day, kind < BASE_COUNT(step_names), word);
    step->kind = (enum step_kind)kind;
    if (step->kind == STEP_SCAN) {
        snprintf(step->tag, sizeof step->tag, "%s", strsep(&text, " "));
        must(day, text && strncmp(text, "at ", 3) == 0, "scan TAG at PLACE");
        text += 3;
    }
    if (step->kind == STEP_AT || step->kind == STEP_JUMP || step->kind == STEP_SCAN) {
        must(day, text != NULL, "where?");
        step->at = spot_of(day, text);
    }
}

static void read_outage(struct day *day, const char *scope, const char *from, const char *to)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "insert into outage (estate_id, scope, cause, source_id, t_from, t_to) select case when '%s' = 'source' "
             "then %lld else 0 "
             "end, '%s', case when '%s' = 'source' then 'connection' else 'stopped' end, case when '%s' = 'source' "
             "then id end, "
             "to_timestamp(%lld), to_timestamp(%lld) from source where name in ('guards', case when '%s' = 'source' "
             "then 'scans' "
             "end)",
             scope, (long long)day->estate_id, scope, scope, scope, (long long)(day_time(day, from) / SECOND),
             (long long)(day_time(day, to) / SECOND), scope);
    kit_value(day->pg, sql);
}

static void read_waiver(struct day *day, const char *from, const char *to, const char *reason, const char *duty)
{
    char sql[500];
    snprintf(
        sql, sizeof sql,
        "insert into waiver (estate_id, t_from, t_to, reason, approver, duty_id) values (%lld, to_timestamp(%lld), "
        "to_timestamp(%lld), '%s', 'the district', (select id from duty where key = '%s'))",
        (long long)day->estate_id, (long long)(day_time(day, from) / SECOND), (long long)(day_time(day, to) / SECOND),
        reason, duty ? duty : "");
    kit_value(day->pg, sql);
}

static struct expected *expect(struct day *day, int phase, const char *duty, const char *place, int64_t from)
{
    must(day, day->expected_count < BASE_COUNT(day->expected), "too many verdicts");
    must(day, place_of(day, place) != NULL, place);
    struct expected *expected = &day->expected[day->expected_count++];
    *expected = (struct expected){.phase = phase, .from = from};
    snprintf(expected->duty, sizeof expected->duty, "%s", duty);
    snprintf(expected->place, sizeof expected->place, "%s", place);
    return expected;
}

/* A row of the table that was begun last: a place, then a mark an hour. */
static void read_row(struct day *day, const char *place, char *text)
{
    size_t at = 0;
    for (char *mark = strsep(&text, " "); mark; mark = strsep(&text, " ")) {
        if (*mark) {
            must(day, at < day->hour_count && strchr("mx?w.", *mark), "a mark too many, or none of m x ? w .");
            expect(day, day->table_phase, day->table, place, day->hours[at++])->verdict = *mark;
        }
    }
    must(day, at == day->hour_count, "a mark for each hour");
}

static void read_table(struct day *day, char *text)
{
    day->table_phase = atoi(strsep(&text, " "));
    snprintf(day->table, sizeof day->table, "%s", strsep(&text, " "));
    day->hour_count = 0;
    for (char *hour = strsep(&text, " "); hour; hour = strsep(&text, " ")) {
        if (*hour) {
            day->hours[day->hour_count++] = day_time(day, hour);
        }
    }
}

static void read_day(struct day *day, int number)
{
    char sql[200];
    snprintf(
        sql, sizeof sql,
        "select extract(epoch from (date_trunc('day', now() at time zone '%s') + %d * interval '1 day') at time zone "
        "'%s')::bigint",
        day->zone, number, day->zone);
    day->start = kit_number(day->pg, sql) * SECOND;
}

static void read_estate(struct day *day, const char *zone)
{
    char sql[300];
    snprintf(day->zone, sizeof day->zone, "%s", zone);
    snprintf(sql, sizeof sql,
             "insert into estate (dataset, key, name, tz, valid_from) values ('day', 'day', 'Day', '%s', '2000-01-01') "
             "returning id",
             zone);
    day->estate_id = kit_number(day->pg, sql);
    static const char *const sources[][3] = {{"guards", "owntracks/day/#", "owntracks"}, {"scans", "scans/#", "scans"}};
    for (size_t i = 0; i < BASE_COUNT(sources); i++) {
        snprintf(sql, sizeof sql,
                 "with made as (insert into source (estate_id, name, topics, format, subject_type, tz, purpose) values "
                 "(%lld, '%s', "
                 "'{%s}', '%s', 'guard', '%s', 'test') returning estate_id, id) insert into source_stat (estate_id, "
                 "source_id) "
                 "select * from made",
                 (long long)day->estate_id, sources[i][0], sources[i][1], sources[i][2], zone);
        kit_value(day->pg, sql);
    }
}

static void read_thing(struct day *day, const char *word, char *text)
{
    char a[40] = "", b[40] = "", c[40] = "", d[40] = "", e[40] = "";
    if (strcmp(word, "duty") == 0) {
        read_duty(day, text);
        return;
    }
    if (strcmp(word, "verdicts") == 0) {
        read_table(day, text);
        return;
    }
    int count = sscanf(text, "%39s %39s %39s %39s %39s", a, b, c, d, e);
    if (strcmp(word, "estate") == 0) {
        read_estate(day, a);
    } else if (strcmp(word, "day") == 0) {
        read_day(day, atoi(a));
    } else if (strcmp(word, "building") == 0 && count == 3) {
        read_building(day, a, (struct spot){atof(b), atof(c)});
    } else if (strcmp(word, "checkpoint") == 0 && count == 4) {
        read_checkpoint(day, a, (struct spot){atof(b), atof(c)}, d);
    } else if (strcmp(word, "zone") == 0 && count == 5) {
        read_zone(day, a, (struct spot){atof(b), atof(c)}, atof(d), atof(e));
    } else if (strcmp(word, "shift") == 0 && count == 3) {
        read_shift(day, a, b, c);
    } else if (strcmp(word, "outage") == 0 && count == 3) {
        read_outage(day, a, b, c);
    } else if (strcmp(word, "waiver") == 0 && count >= 3) {
        read_waiver(day, a, b, c, count > 3 ? d : NULL);
    } else if (strcmp(word, "why") == 0 && count == 5) {
        snprintf(expect(day, atoi(a), b, c, day_time(day, d))->reason, 32, "%s", e);
    } else {
        must(day, false, word);
    }
}

static void read_line(struct day *day, char *line)
{
    char *text = line + strspn(line, " ");
    if (!*text || *text == '#') {
        return;
    }
    char *word = strsep(&text, " ");
    text += text ? strspn(text, " ") : 0;
    if (place_of(day, word)) {
        read_row(day, word, text);
        return;
    }
    for (size_t i = 0; i < day->guard_count; i++) {
        if (strcmp(day->guards[i].name, word) == 0) {
            read_step(day, word, text);
            return;
        }
    }
    must(day, text != NULL, word);
    read_thing(day, word, text);
}

/* A phone that reads tags, as a mapping file of the installation. */
static void write_mapping(const char *var)
{
    char path[4200];
    static const char mapping[] =
        "{ \"map\": \"scans\", \"version\": 1, \"subject\": \"guard\", \"topic\": \"scans/{device}\",\n"
        "  \"emit\": [ { \"kind\": \"checkpoint\", \"phase\": \"pulse\", \"device\": { \"from\": \"topic:device\" },\n"
        "    \"time\": { \"from\": \"/tst\", \"as\": \"epoch-s\" }, \"native_id\": { \"from\": \"/tag\" },\n"
        "    \"lon\": { \"from\": \"/lon\" }, \"lat\": { \"from\": \"/lat\" }, \"acc\": { \"from\": \"/acc\" },\n"
        "    \"key\": [ \"native_id\" ] } ] }\n";
    snprintf(path, sizeof path, "%s/mapping", var);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/mapping/scans.json", var);
    FILE *file = fopen(path, "w");
    if (!file || fputs(mapping, file) < 0 || fclose(file)) {
        kit_die(path, "cannot be written");
    }
}

/* Waivers and outages are written before the worker has made any. */
static void make_partitions(const char *database)
{
    AUTO(data_conn) conn = NULL;
    ok(data_conn_open(database, "day", &diag, &conn));
    ok(data_partition_ahead(conn, base_clock_now_us(), &diag));
}

struct day *day_new(const char *name, const char *database, const char *broker, const char *var)
{
    char path[4200];
    struct base_buf file;
    struct day *day = calloc(1, sizeof *day);
    *day = (struct day){.pg = kit_connect(database), .database = database, .broker = broker, .var = var};
    base_buf_init(&day->differences, 1 << 20);
    base_buf_init(&file, FILE_MAX);
    snprintf(path, sizeof path, "%s/tests/e2e/%s.day", fixture_source(), name);
    ok(base_file_read(path, FILE_MAX, &diag, &file));
    write_mapping(var);
    make_partitions(database);
    char *text = strdup(base_buf_cstr(&file)), *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        day->line++;
        read_line(day, line);
    }
    free(text);
    base_buf_release(&file);
    day->worker = kit_worker_start(&(struct kit_worker){.database = database, .broker = broker, .var = var});
    kit_wait_read(database);
    return day;
}

void day_free(struct day *day)
{
    kit_worker_end(day->worker, SIGTERM);
    base_buf_release(&day->differences);
    PQfinish(day->pg);
    free(day);
}

/* --- playing --- */
struct moment { /* what a guard's phone is like at a time */
    bool walks; /* it knows where it is */
    bool buffered, twice, vague, jumps;
    struct spot at;
};

static void walk(const struct guard *guard, int64_t time, struct moment *moment)
{
    const struct step *from = NULL, *to = NULL;
    bool off = false;
    for (size_t i = 0; i < guard->count; i++) {
        const struct step *step = &guard->steps[i];
        if (step->kind == STEP_OFF && step->time <= time) {
            off = true;
        } else if (step->kind == STEP_AT && step->time <= time) {
            from = step;
            off = false;
        } else if (step->kind == STEP_AT && !to) {
            to = step;
        }
    }
    if (!from || off || !to) { /* from his last place on he says nothing */
        return;
    }
    double along = (double)(time - from->time) / (double)(to->time - from->time);
    moment->walks = true;
    moment->at =
        (struct spot){from->at.x + along * (to->at.x - from->at.x), from->at.y + along * (to->at.y - from->at.y)};
}

static struct moment moment_of(const struct guard *guard, int64_t time)
{
    struct moment moment = {.walks = false};
    walk(guard, time, &moment);
    for (size_t i = 0; i < guard->count; i++) {
        const struct step *step = &guard->steps[i];
        if (step->time > time) {
            continue;
        }
        moment.buffered = step->kind == STEP_BUFFERED || (moment.buffered && step->kind != STEP_SENT);
        moment.twice = step->kind == STEP_TWICE || (moment.twice && step->kind != STEP_ONCE);
        moment.vague = step->kind == STEP_VAGUE || (moment.vague && step->kind != STEP_SHARP);
        if (step->kind == STEP_JUMP && step->time == time) {
            moment.at = step->at;
        }
    }
    return moment;
}

static void say(struct day *day, struct ingest_publisher *publisher, const char *topic, const char *payload, bool twice)
{
    for (int i = 0; i <= twice; i++) {
        ok(ingest_publisher_send(publisher, topic, payload, strlen(payload), 1, false, &diag));
    }
    day->said++;
}

static void say_fix(struct day *day, struct ingest_publisher *publisher, const struct guard *guard, int64_t time,
                    int phase)
{
    char topic[64], payload[200];
    struct moment moment = moment_of(guard, time);
    if (!moment.walks || moment.buffered != (phase == 2)) {
        return;
    }
    snprintf(topic, sizeof topic, "owntracks/day/%s", guard->name);
    snprintf(payload, sizeof payload, "{\"_type\":\"location\",\"tst\":%lld,\"lat\":%.8f,\"lon\":%.8f,\"acc\":%d}",
             (long long)(time / SECOND), lat_of(moment.at), lon_of(moment.at), moment.vague ? 80 : 5);
    say(day, publisher, topic, payload, moment.twice);
}

static void say_scans(struct day *day, struct ingest_publisher *publisher, const struct guard *guard, int64_t from,
                      int64_t to)
{
    for (size_t i = 0; i < guard->count; i++) {
        const struct step *step = &guard->steps[i];
        if (step->kind == STEP_SCAN && step->time >= from && step->time < to) {
            char topic[64], payload[200];
            snprintf(topic, sizeof topic, "scans/%s", guard->name);
            snprintf(payload, sizeof payload, "{\"tst\":%lld,\"tag\":\"%s\",\"lat\":%.8f,\"lon\":%.8f,\"acc\":8}",
                     (long long)(step->time / SECOND), step->tag, lat_of(step->at), lon_of(step->at));
            say(day, publisher, topic, payload, moment_of(guard, step->time).twice);
        }
    }
}

void day_say(struct day *day, int phase, const char *from, const char *to)
{
    AUTO(ingest_publisher) publisher = NULL;
    int64_t begin = from ? day_time(day, from) : day->start + day->first;
    int64_t end = to ? day_time(day, to) : day->start + 2 * DAY;
    ok(ingest_publisher_new(day->broker, fixture_unique(), &diag, &publisher));
    for (int64_t time = begin; time < end; time += FIX_EVERY_S * SECOND) {
        for (size_t i = 0; i < day->guard_count; i++) {
            say_fix(day, publisher, &day->guards[i], time, phase);
            if (phase == 1) {
                say_scans(day, publisher, &day->guards[i], time, time + FIX_EVERY_S * SECOND);
            }
        }
    }
    ok(ingest_publisher_wait(publisher, 60000, &diag));
}

int64_t day_said(const struct day *day)
{
    return day->said;
}

/* --- judging --- */
static void run_judge(const struct day *day)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("HUTONG_DATABASE", day->database, 1);
        execl(fixture_binary(), "hutong", "judge", "--once", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

void day_judge(struct day *day)
{
    int64_t stored =
        kit_until(day->database,
                  "select (select count(*) from hutong.fix) + (select count(*) from hutong.event where kind = "
                  "'checkpoint')",
                  day->said, 20 * SECOND);
    if (stored != day->said) {
        fail_msg("%lld of %lld are stored; sources: %s", (long long)stored, (long long)day->said,
                 kit_value(day->pg, "select string_agg(t::text, E'\n') from source_stat t"));
    }
    /* all that was said is stored: the watermarks follow within seconds */
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from hutong.source_stat where dry_at > to_timestamp(%lld)",
             (long long)(base_clock_now_us() / SECOND));
    assert_int_equal(kit_until(day->database, sql, 2, 60 * SECOND), 2);
    run_judge(day);
}

static void compare(struct day *day, const struct expected *expected)
{
    char sql[800];
    snprintf(
        sql, sizeof sql,
        "select coalesce((select %s from verdict v join duty d on d.estate_id = v.estate_id and d.id = v.duty_id and "
        "d.key = "
        "'%s' where v.estate_id = %lld and v.t_from = to_timestamp(%lld) and v.place_id = %lld order by v.version desc "
        "limit 1), case when exists (select from duty_window w join duty d on d.id = w.duty_id and d.key = '%s' where "
        "w.t_from = to_timestamp(%lld) and w.place_id = %lld) then 'undecided' else '.' end)",
        expected->verdict
            ? "case v.verdict when 'met' then 'm' when 'missed' then 'x' when 'unknown' then '?' else 'w' end"
            : "v.reason",
        expected->duty, (long long)day->estate_id, (long long)(expected->from / SECOND),
        (long long)place_of(day, expected->place)->id, expected->duty, (long long)(expected->from / SECOND),
        (long long)place_of(day, expected->place)->id);
    char mark[2] = {expected->verdict, '\0'};
    const char *found = kit_value(day->pg, sql), *wanted = expected->verdict ? mark : expected->reason;
    if (strcmp(found, wanted) != 0) {
        base_buf_printf(&day->differences, "phase %d, %s at %s, +%.2f h: %s, not %s\n", expected->phase, expected->duty,
                        expected->place, (double)(expected->from - day->start) / (3600.0 * SECOND), found, wanted);
    }
}

const char *day_differences(struct day *day, int phase)
{
    base_buf_reset(&day->differences);
    PQfinish(day->pg); /* the database may have been away meanwhile */
    day->pg = kit_connect(day->database);
    for (size_t i = 0; i < day->expected_count; i++) {
        if (day->expected[i].phase == phase) {
            compare(day, &day->expected[i]);
        }
    }
    return base_buf_cstr(&day->differences);
}
