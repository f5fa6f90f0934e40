/* Plays a day (day.h): each guard's fixes are made from his way, said, judged and compared. */
#include "day_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        kit_die(base_error_name(err), diag.text);
    }
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
    struct day *day = calloc(1, sizeof *day);
    *day = (struct day){.pg = kit_connect(database), .database = database, .broker = broker, .var = var};
    base_buf_init(&day->differences, 1 << 20);
    write_mapping(var);
    make_partitions(database);
    day_read(day, name);
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
             (long long)(time / SECOND), day_lat(moment.at), day_lon(moment.at), moment.vague ? 80 : 5);
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
                     (long long)(step->time / SECOND), step->tag, day_lat(step->at), day_lon(step->at));
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

int64_t day_count(struct day *day, const char *sql)
{
    return kit_number(day->pg, sql);
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
        (long long)day_place(day, expected->place)->id, expected->duty, (long long)(expected->from / SECOND),
        (long long)day_place(day, expected->place)->id);
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
