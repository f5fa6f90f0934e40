/* Reads a day's file (day.h): places, shifts and duties go into the database, ways and expected verdicts into memory.
 */
#include "day_inside.h"

enum { FILE_MAX = 1 << 20, WORDS = 5 };

static const char *const step_names[] = {"at",    "off",  "buffered", "sent",  "jump",
                                         "twice", "once", "vague",    "sharp", "scan"};

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

/* --- numbers --- */
static int64_t integer(const struct day *day, const char *text)
{
    int64_t value = 0;
    must(day, text && base_str_i64(base_str_of(text), &value), "a number is missing");
    return value;
}

static double number(const struct day *day, const char *text)
{
    double value = 0;
    must(day, text && base_str_f64(base_str_of(text), &value), "a number is missing");
    return value;
}

/* us since midnight of "22", "22:30", "22:30:05". */
static int64_t day_clock(const struct day *day, const char *clock)
{
    struct base_str rest = base_str_of(clock), part;
    int64_t us = 0, value = 0, unit = 3600 * SECOND;
    for (; base_str_next(&rest, ':', &part); unit /= 60) {
        must(day, base_str_i64(part, &value), clock);
        us += value * unit;
    }
    return us;
}

int64_t day_time(const struct day *day, const char *clock)
{
    int64_t time = day_clock(day, clock);
    return day->start + time + (time < day->first ? DAY : 0);
}

const struct place *day_place(const struct day *day, const char *name)
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
    const struct place *place = day_place(day, text);
    if (place) {
        return place->at;
    }
    struct base_str rest = base_str_of(text), part;
    struct spot spot = {0, 0};
    must(day, base_str_next(&rest, ',', &part) && base_str_f64(part, &spot.x), text);
    must(day, base_str_next(&rest, ',', &part) && base_str_f64(part, &spot.y), text);
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

double day_lon(struct spot spot)
{
    return LON + spot.x / LON_M;
}

double day_lat(struct spot spot)
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
             (long long)day->estate_id, name, name, day_lon((struct spot){corner.x + 6, 0}),
             day_lat((struct spot){0, corner.y + 5}), day_lon(corner), day_lat(corner),
             day_lon((struct spot){corner.x + 12, 0}), day_lat((struct spot){0, corner.y + 10}));
    add_place(day, "building", name, (struct spot){corner.x + 6, corner.y - 8}, sql);
}

static void read_checkpoint(struct day *day, const char *name, struct spot at, const char *tag)
{
    char sql[500];
    snprintf(sql, sizeof sql,
             "insert into checkpoint (estate_id, dataset, key, name, geom, tag, valid_from) values (%lld, 'day', '%s', "
             "'%s', "
             "st_point(%.9f, %.9f, 4326), '%s', '2000-01-01') returning id",
             (long long)day->estate_id, name, name, day_lon(at), day_lat(at), tag);
    add_place(day, "checkpoint", name, at, sql);
}

static void read_zone(struct day *day, const char *name, struct spot corner, double width, double height)
{
    char sql[500];
    snprintf(
        sql, sizeof sql,
        "insert into zone (estate_id, dataset, key, name, kind, geom, valid_from) values (%lld, 'day', '%s', '%s', "
        "'sanitation', st_multi(st_makeenvelope(%.9f, %.9f, %.9f, %.9f, 4326)), '2000-01-01') returning id",
        (long long)day->estate_id, name, name, day_lon(corner), day_lat(corner),
        day_lon((struct spot){corner.x + width, 0}), day_lat((struct spot){0, corner.y + height}));
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
        day->first = day_clock(day, from);
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
    must(day, day_place(day, place) != NULL, place);
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
    day->table_phase = (int)integer(day, strsep(&text, " "));
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
    char *words[WORDS] = {NULL};
    if (strcmp(word, "duty") == 0) {
        read_duty(day, text);
        return;
    }
    if (strcmp(word, "verdicts") == 0) {
        read_table(day, text);
        return;
    }
    int count = 0;
    for (char *next = strsep(&text, " "); next && count < WORDS; next = strsep(&text, " ")) {
        if (*next) {
            words[count++] = next;
        }
    }
    const char *a = words[0], *b = words[1], *c = words[2], *d = words[3], *e = words[4];
    if (strcmp(word, "estate") == 0) {
        read_estate(day, a);
    } else if (strcmp(word, "day") == 0) {
        read_day(day, (int)integer(day, a));
    } else if (strcmp(word, "building") == 0 && count == 3) {
        read_building(day, a, (struct spot){number(day, b), number(day, c)});
    } else if (strcmp(word, "checkpoint") == 0 && count == 4) {
        read_checkpoint(day, a, (struct spot){number(day, b), number(day, c)}, d);
    } else if (strcmp(word, "zone") == 0 && count == 5) {
        read_zone(day, a, (struct spot){number(day, b), number(day, c)}, number(day, d), number(day, e));
    } else if (strcmp(word, "shift") == 0 && count == 3) {
        read_shift(day, a, b, c);
    } else if (strcmp(word, "outage") == 0 && count == 3) {
        read_outage(day, a, b, c);
    } else if (strcmp(word, "waiver") == 0 && count >= 3) {
        read_waiver(day, a, b, c, count > 3 ? d : NULL);
    } else if (strcmp(word, "why") == 0 && count == 5) {
        snprintf(expect(day, (int)integer(day, a), b, c, day_time(day, d))->reason, 32, "%s", e);
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
    if (day_place(day, word)) {
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

void day_read(struct day *day, const char *name)
{
    char path[4200];
    struct base_buf file;
    base_buf_init(&file, FILE_MAX);
    snprintf(path, sizeof path, "%s/tests/e2e/%s.day", fixture_source(), name);
    ok(base_file_read(path, FILE_MAX, &diag, &file));
    char *text = strdup(base_buf_cstr(&file)), *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        day->line++;
        read_line(day, line);
    }
    free(text);
    base_buf_release(&file);
}
