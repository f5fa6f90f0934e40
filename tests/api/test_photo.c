/* Photos of incidents over HTTP: sent, shown to who may see them and written down, kept for a time, and gone. */
#include "api/photo_kit.h"
#include "api/write_kit.h"
#include "fixture/pictures.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FILE_MAX = 16 << 20, PATIENCE_US = 20000000 };

static char dir[64], path[64], photos_path[80], url[128];
static struct base_buf file; /* what is sent */

static struct base_buf *begin(void)
{
    base_buf_release(&file);
    base_buf_init(&file, FILE_MAX);
    return &file;
}

/* A photo of its own, as a phone sends it. */
static void phone(uint32_t width, uint32_t height, int which)
{
    AUTO_VALUE(kit_picture) scene = kit_scene(width, height);
    AUTO_VALUE(base_buf) exif;
    base_buf_init(&exif, 4096);
    kit_exif(1, false, &exif);
    for (size_t i = 0; i < (size_t)width * height * 3; i += 3) {
        scene.rgb[i] = (uint8_t)(scene.rgb[i] / 2 + which * 8);
    }
    kit_jpeg_out(&scene, &(struct kit_jpeg){.app1 = exif.data, .app1_len = exif.len, .quality = 95}, begin());
}

/* A request with bytes for a body, which need not be all that it promises. */
static int open_post(const char *to, const char *who, const char *type, size_t promised)
{
    char head[1000];
    int fd = test_connect(on.port);
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%sContent-Type: %s\r\nContent-Length: %zu\r\nConnection: "
             "close\r\n\r\n",
             to, on.port, who, type, promised);
    test_send(fd, head);
    return fd;
}

static void send_bytes(int fd, struct base_str bytes)
{
    while (bytes.len) {
        ssize_t sent = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes.at += sent;
        bytes.len -= (size_t)sent;
    }
}

static int read_answer(int fd, struct test_answer *ret_answer)
{
    base_buf_init(&ret_answer->all, FILE_MAX);
    while (test_receive(fd, &ret_answer->all, 20000)) {
    }
    close(fd);
    const char *text = base_buf_cstr(&ret_answer->all), *body = strstr(text, "\r\n\r\n");
    int64_t status = 0;
    assert_non_null(body);
    assert_true(base_str_i64((struct base_str){text + 9, 3}, &status));
    ret_answer->body = (struct base_str){body + 4, ret_answer->all.len - (size_t)(body + 4 - text)};
    return ret_answer->status = (int)status;
}

static int post_as(const char *to, const char *who, const char *type)
{
    test_answer_release(&answer);
    int fd = open_post(to, who, type, file.len);
    send_bytes(fd, base_buf_str(&file));
    return read_answer(fd, &answer);
}

static int post(const char *who)
{
    return post_as(photos_path, who, "image/jpeg");
}

static void report(void)
{
    char tag[64];
    WRITE_EXPECT(201,
                 ask("POST", "/api/incidents", street, "{\"building_id\":38,\"category\":\"smoke\",\"title\":\"t\"}"));
    noted(path, tag);
    snprintf(photos_path, sizeof photos_path, "%s/photos?kind=scene", path);
}

static const char *told(const char *member)
{
    static char text[300];
    AUTO(base_json) json = test_json(&answer);
    snprintf(text, sizeof text, "%s", test_text(json, member));
    return text;
}

static int look_at(const char *who, const char *more, const char *headers)
{
    char to[160], lines[400];
    snprintf(to, sizeof to, "%s%s", url, more);
    snprintf(lines, sizeof lines, "%s%s", who, headers);
    return get(to, lines);
}

static int64_t number(const char *sql)
{
    int64_t value = -1;
    assert_true(base_str_i64(base_str_of(test_sql(on.pg, sql)), &value));
    return value;
}

/* --- tests --- */

static void sent_and_shown(void **state)
{
    (void)state;
    report();
    phone(2000, 1500, 1);
    assert_true(kit_holds(base_buf_str(&file), "GPSLatitude"));
    AUTO_VALUE(kit_picture) taken = kit_jpeg_in(base_buf_str(&file));
    AUTO_VALUE(kit_picture) expected = kit_smaller(&taken, 1600, 1200);
    char to[160];
    snprintf(to, sizeof to, "%s&taken=2026-05-01T08:00:00%%2B08:00", photos_path);
    WRITE_EXPECT(201, post_as(to, company, "image/jpeg"));
    assert_string_equal(told("taken"), "2026-05-01T00:00:00Z");
    snprintf(url, sizeof url, "%s", told("url"));
    assert_string_equal(test_header(&answer, "Location"), url);
    assert_string_equal(told("kind"), "scene");
    WRITE_EXPECT(200, get(path, company));
    AUTO(base_json) json = test_json(&answer);
    const struct base_json *photo = base_json_in_at(base_json_in_get(json, "photos"), 0);
    assert_int_equal(base_json_in_size(base_json_in_get(json, "photos")), 1);
    assert_string_equal(test_text(photo, "url"), url);
    assert_int_equal(test_i64(photo, "width"), 1600);
    assert_int_equal(test_i64(photo, "height"), 1200);
    assert_null(base_json_in_get(photo, "expires"));
    assert_int_equal(test_i64(json, "version"), 2); /* whoever has seen it before has to look again */
    WRITE_EXPECT(200, look_at(company, "", ""));
    assert_string_equal(test_header(&answer, "Content-Type"), "image/jpeg");
    assert_string_equal(test_header(&answer, "Cache-Control"), "private, no-store");
    assert_string_equal(test_header(&answer, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(test_header(&answer, "Content-Disposition"), "inline");
    assert_false(kit_holds(answer.body, "GPS") || kit_holds(answer.body, "Exif") || kit_holds(answer.body, "Secret"));
    AUTO_VALUE(kit_picture) kept = kit_jpeg_in(answer.body);
    assert_true(kit_psnr(&kept, &expected) > 32);
    char tag[128];
    snprintf(tag, sizeof tag, "If-None-Match: %s\r\n", test_header(&answer, "ETag"));
    WRITE_EXPECT(304, look_at(company, "", tag));
    WRITE_EXPECT(200, look_at(company, "?size=thumb", tag)); /* another picture */
    AUTO_VALUE(kit_picture) thumb = kit_jpeg_in(answer.body);
    assert_int_equal(thumb.width, 320);
    WRITE_EXPECT(400, look_at(company, "?size=huge", ""));
}

static void by_what_it_holds(void **state)
{
    (void)state;
    struct stat info;
    char where[256];
    snprintf(where, sizeof where, "%s/%.2s/%s.jpg", dir, url + strlen("/api/photos/1/"),
             url + strlen("/api/photos/1/00"));
    assert_int_equal(stat(where, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    *strrchr(where, '/') = '\0';
    assert_int_equal(stat(where, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(photos_files(dir), 2);
    assert_string_equal(
        test_sql(on.pg, "select step || ' ' || actor || ' ' || (detail->>'kind') from incident_step"
                        " where detail ? 'photo' and detail->>'photo' = (select encode(hash, 'hex') from photo)"),
        "comment company scene");
    assert_string_equal(test_sql(on.pg, "select note from audit where action = 'add photo'"), "incident 1: scene");
    /* Again: what is there is there. Of another incident: the same file. */
    WRITE_EXPECT(200, post(company));
    assert_string_equal(told("url"), url);
    assert_int_equal(number("select count(*) from photo"), 1);
    report();
    WRITE_EXPECT(201, post(company));
    assert_int_equal(number("select count(*) from photo"), 2);
    assert_int_equal(photos_files(dir), 2);
    /* With a key the answer is the same, as often as it comes. */
    char keyed[300];
    phone(300, 200, 2);
    snprintf(keyed, sizeof keyed, "%sIdempotency-Key: photo-1\r\n", company);
    WRITE_EXPECT(201, post(keyed));
    WRITE_EXPECT(201, post(keyed));
    assert_int_equal(number("select count(*) from photo"), 3);
    char after[128];
    snprintf(after, sizeof after, "%s/photos?kind=after", path);
    WRITE_EXPECT(422, post_as(after, keyed, "image/jpeg")); /* another request */
    phone(300, 200, 3);
    WRITE_EXPECT(422, post(keyed));
}

static void who_may_see_it(void **state)
{
    (void)state;
    char hex[65], other[128];
    snprintf(hex, sizeof hex, "%s", url + strlen("/api/photos/1/"));
    WRITE_EXPECT(403, look_at(committee, "", "")); /* it has not said what for */
    assert_string_equal(told("type"), "/problems/purpose");
    WRITE_EXPECT(200, look_at(committee, "", "X-Purpose: owners' meeting\r\n"));
    assert_string_equal(test_sql(on.pg, "select string_agg(actor || ' ' || purpose, ', ' order by id) from audit where"
                                        " layer = 'photos' and estate_id = 1 and action = 'look'"),
                        "company inspection, committee owners' meeting");
    WRITE_EXPECT(403, look_at(planner, "", "X-Purpose: planning\r\n"));
    WRITE_EXPECT(401, look_at("", "", ""));
    snprintf(other, sizeof other, "/api/photos/2/%s", hex);
    WRITE_EXPECT(404, get(other, company));
    WRITE_EXPECT(404, get(other, district)); /* who sees all estates: it is none of that one's */
    snprintf(other, sizeof other, "/api/photos/1/%.63s0", hex);
    WRITE_EXPECT(404, get(other, district));
    WRITE_EXPECT(400, get("/api/photos/1/..%2F..%2Fetc%2Fpasswd", district));
    WRITE_EXPECT(403, post(committee));
    WRITE_EXPECT(401, post(""));
}

static void refused(int status, const char *words, const char *type)
{
    int got = post_as(photos_path, company, type);
    if (got != status || !strstr(told("detail"), words)) {
        fail_msg("%d instead of %d: %.400s", got, status, answer.body.at);
    }
}

static void what_is_no_photo(void **state)
{
    (void)state;
    int64_t rows = number("select count(*) from photo"), steps = number("select count(*) from incident_step");
    size_t files = photos_files(dir);
    AUTO_VALUE(kit_picture) scene = kit_scene(200, 150);
    kit_png_out(&scene, &(struct kit_png){.interlaced = true}, begin());
    refused(415, "interlaced", "image/png");
    refused(415, "these bytes are image/png", "image/jpeg");
    refused(415, "the header says \"application/octet-stream\"", "application/octet-stream");
    kit_jpeg_out(&scene, &(struct kit_jpeg){.cmyk = true}, begin());
    refused(415, "CMYK", "image/jpeg");
    kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 80}, begin());
    file.len /= 2;
    refused(422, "broken", "image/jpeg");
    kit_jpeg_claim(&file, 30000, 30000);
    refused(413, "30000 x 30000 pixels", "image/jpeg");
    base_buf_text(begin(), "<html><script>alert(1)</script>");
    refused(415, "neither", "image/jpeg");
    base_buf_reset(begin());
    refused(415, "neither", "image/jpeg");
    phone(100, 100, 9);
    char to[128];
    snprintf(to, sizeof to, "%.40s/photos?taken=2099-01-01T00:00:00Z", path);
    WRITE_EXPECT(400, post_as(to, company, "image/jpeg"));
    snprintf(to, sizeof to, "%.40s/photos?kind=selfie", path);
    WRITE_EXPECT(400, post_as(to, company, "image/jpeg"));
    WRITE_EXPECT(404, post_as("/api/incidents/1/999999/photos", company, "image/jpeg"));
    WRITE_EXPECT(404, post_as("/api/incidents/2/1/photos", company, "image/jpeg"));
    assert_int_equal(number("select count(*) from photo"), rows);
    assert_int_equal(number("select count(*) from incident_step"), steps);
    assert_int_equal(photos_files(dir), files);
}

static void large_bodies(void **state)
{
    (void)state;
    report();
    AUTO_VALUE(kit_picture) noise = kit_new(2600, 1900);
    uint64_t seed = 20261123;
    for (size_t i = 0; i < (size_t)2600 * 1900 * 3; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        noise.rgb[i] = (uint8_t)(seed >> 56);
    }
    kit_jpeg_out(&noise, &(struct kit_jpeg){.quality = 75}, begin());
    assert_true(file.len > 2 << 20 && file.len < PHOTO_BYTES_MAX);
    WRITE_EXPECT(201, post(company));
    /* Too large even so, and what is too large elsewhere. */
    memset(base_buf_reserve(begin(), PHOTO_BYTES_MAX + 1), 0xFF, PHOTO_BYTES_MAX + 1);
    file.len = PHOTO_BYTES_MAX + 1;
    refused(413, "a photo may have 10 MB", "image/jpeg");
    file.len = 70000;
    WRITE_EXPECT(413, post_as("/api/incidents", company, "application/json"));
    assert_non_null(strstr(told("detail"), "64 KiB"));
}

/* Begins to send, and does not go on, as often as it takes until the next is told to come again. */
static void crowd(const char *who, int *held, size_t most)
{
    size_t count = 0;
    do {
        assert_true(count < most);
        held[count] = open_post(photos_path, who, "image/jpeg", file.len);
        send_bytes(held[count], (struct base_str){file.data, 200000});
        count++;
    } while (post(who) != 503);
    assert_string_equal(test_header(&answer, "Retry-After"), "2");
    for (; count < most; count++) {
        held[count] = -1;
    }
}

/* Those who have begun and do not go on keep their places; when they go there is room. A stranger's places are others
 * than those of whom we know, and everything else goes on. */
static void few_at_once(void **state)
{
    (void)state;
    enum { MOST = 100 };
    int strangers[MOST], known[MOST], status;
    char unknown[200];
    access_header("unknown", unknown);
    memset(base_buf_reserve(begin(), 1 << 20), 0xFF, 1 << 20);
    file.len = 1 << 20;
    crowd(unknown, strangers, MOST);
    WRITE_EXPECT(415, post(company));
    crowd(company, known, MOST);
    WRITE_EXPECT(200, get(path, company));
    for (int i = 0; i < MOST; i++) {
        close(strangers[i]);
        close(known[i]);
    }
    phone(1900, 1300, 4);
    int64_t until = base_clock_mono_us() + PATIENCE_US;
    while ((status = post(company)) == 503) {
        assert_true(base_clock_mono_us() < until);
    }
    assert_int_equal(status, 201);
}

/* A phone with a poor connection takes longer than any other request may. This server gives those a second. */
static void slowly(void **state)
{
    (void)state;
    struct api_server *slow = NULL;
    const struct api_config config = {
        .database = on.database, .photos = dir, .version = "slow", .patience_us = 1000000, .photo_sweep_us = 50000};
    int port = on.port, whole = 0;
    int64_t value = 0;
    test_ok(api_server_new(&config, &test_diag, &slow));
    assert_true(base_str_i64(base_str_of(strrchr(api_server_url(slow), ':') + 1), &value));
    on.port = (int)value;
    AUTO_VALUE(test_answer) mine;
    phone(2200, 1800, 15);
    assert_true(file.len > 100000);
    int fd = open_post(photos_path, company, "image/jpeg", file.len);
    struct base_str rest = base_buf_str(&file);
    send_bytes(fd, (struct base_str){rest.at, 70000});
    for (rest = (struct base_str){rest.at + 70000, rest.len - 70000}; rest.len > 20 && whole < 48; whole++) {
        poll(NULL, 0, 50); /* a byte each: 2.4 s in all */
        send_bytes(fd, (struct base_str){rest.at, 1});
        rest = (struct base_str){rest.at + 1, rest.len - 1};
    }
    send_bytes(fd, rest);
    int status = read_answer(fd, &mine);
    on.port = port;
    api_server_free(slow);
    assert_int_equal(status, 201);
}

struct racer {
    pthread_t thread;
    int status;
};

static void *race(void *of)
{
    struct racer *racer = of;
    struct test_answer mine;
    int fd = open_post(photos_path, company, "image/jpeg", file.len);
    send_bytes(fd, base_buf_str(&file));
    racer->status = read_answer(fd, &mine);
    test_answer_release(&mine);
    return NULL;
}

static void the_same_from_several_at_once(void **state)
{
    (void)state;
    enum { RACERS = 5 };
    struct racer racers[RACERS];
    int made = 0;
    phone(400, 300, 5);
    size_t files = photos_files(dir);
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        assert_true(racers[i].status == 201 || racers[i].status == 200);
        made += racers[i].status == 201;
    }
    assert_int_equal(made, 1);
    assert_int_equal(photos_files(dir), files + 2);
}

static void forty_at_most(void **state)
{
    (void)state;
    report();
    phone(60, 40, 6);
    test_sql(on.pg, "insert into photo (estate_id, incident_id, hash, kind, actor, bytes, width, height) select 1,"
                    " (select max(id) from incident), sha256(n::text::bytea), 'after', 'x', 1, 1, 1 from"
                    " generate_series(1, 39) n");
    WRITE_EXPECT(201, post(company));
    WRITE_EXPECT(200, post(company));
    phone(60, 40, 7);
    WRITE_EXPECT(409, post(company));
    assert_non_null(strstr(told("detail"), "40 photos"));
    test_sql(on.pg, "delete from photo where bytes = 1");
}

/* Nothing is half there afterwards, and when there is room again it goes on. */
static void a_disk_that_is_full(void **state)
{
    (void)state;
    struct rlimit before, small;
    report();
    phone(900, 700, 8);
    size_t files = photos_files(dir);
    int64_t steps = number("select count(*) from incident_step");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){3000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int status = post(company);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, 507);
    assert_non_null(strstr(told("detail"), "disk for photos is full"));
    assert_non_null(test_header(&answer, "Retry-After"));
    assert_int_equal(number("select count(*) from incident_step"), steps);
    assert_int_equal(photos_files(dir), files);
    WRITE_EXPECT(201, post(company));
}

static void open_incidents_only(void **state)
{
    (void)state;
    report();
    phone(80, 60, 10);
    char to[100];
    snprintf(to, sizeof to, "%s/steps", path);
    WRITE_EXPECT(200, match("POST", to, company, "\"1\"", "{\"step\":\"reject\",\"note\":\"nothing there\"}"));
    WRITE_EXPECT(409, post(company));
    assert_string_equal(told("state"), "rejected");
}

static bool gone(void *sql)
{
    return strcmp(test_sql(on.pg, sql), "0") == 0;
}

static bool files_are(void *count)
{
    return photos_files(dir) == *(size_t *)count;
}

static void closed(const char *since)
{
    char sql[200];
    snprintf(sql, sizeof sql, "update incident set state = 'closed', closed_at = now() - interval '%s' where id = %s",
             since, strrchr(path, '/') + 1);
    test_sql(on.pg, sql);
}

/* An hour is what this server keeps them: then row and file go, and the step that there was one stays. */
static void kept_for_a_time(void **state)
{
    (void)state;
    size_t before = photos_files(dir), one = before + 2, none = before;
    report();
    phone(500, 400, 11);
    WRITE_EXPECT(201, post(company));
    snprintf(url, sizeof url, "%s", told("url"));
    int64_t first = number("select max(id) from incident");
    report();
    WRITE_EXPECT(201, post(company)); /* the same one, shown by another incident */
    closed("30 min");
    WRITE_EXPECT(200, get(path, company));
    AUTO(base_json) json = test_json(&answer);
    assert_non_null(base_json_in_get(base_json_in_at(base_json_in_get(json, "photos"), 0), "expires"));
    closed("2 h");
    WRITE_EXPECT(200, get(path, company)); /* at once, whenever somebody sweeps */
    assert_non_null(strstr(answer.body.at, "\"photos\":[]"));
    assert_true(fixture_poll(gone, "select count(*) from photo where incident_id = (select max(id) from incident)",
                             PATIENCE_US));
    WRITE_EXPECT(200, look_at(company, "", "")); /* of the first incident */
    assert_true(files_are(&one));
    snprintf(path, sizeof path, "/api/incidents/1/%lld", (long long)first);
    closed("2 h");
    WRITE_EXPECT(404, look_at(company, "", ""));
    assert_true(fixture_poll(files_are, &none, PATIENCE_US));
    char sql[200];
    snprintf(sql, sizeof sql, "select count(*) from incident_step where incident_id = %lld and detail ? 'photo'",
             (long long)first);
    assert_int_equal(number(sql), 1);
}

/* Somebody died between file and row: the file goes. A row without a file is never there. */
static void what_nobody_refers_to(void **state)
{
    (void)state;
    size_t before = photos_files(dir);
    struct photo photo;
    phone(320, 240, 12);
    test_ok(photo_make(base_buf_str(&file), &test_diag, &photo));
    test_ok(photo_store_put(dir, &photo, &test_diag));
    assert_true(fixture_poll(files_are, &before, PATIENCE_US));
    photo_release(&photo);
    WRITE_EXPECT(404, look_at(company, "", ""));
}

static bool is_so(void *sql)
{
    return strcmp(test_sql(on.pg, sql), "t") == 0;
}

/* Between file and COMMIT: whoever sweeps then finds a file without a row, and waits. When nothing comes of it - here
 * the connection dies, and once more when it is tried again - the file goes, and there was never a row. */
static void cut_off_before_commit(void **state)
{
    (void)state;
    static const char waits[] = "select exists (select from pg_stat_activity where datname = current_database() and"
                                " application_name = 'hutong serve photos' and wait_event = 'advisory')",
                      stuck[] = "select exists (select from pg_stat_activity where datname = current_database() and"
                                " application_name = 'hutong serve' and wait_event = 'relation')";
    struct racer racer = {.status = 0};
    PGconn *other = test_pg(on.database);
    report();
    phone(640, 480, 16);
    size_t before = photos_files(dir), written = before + 2;
    test_sql(other, "begin");
    test_sql(other, "lock table audit in share row exclusive mode"); /* the last that is written */
    assert_int_equal(pthread_create(&racer.thread, NULL, race, &racer), 0);
    for (int tries = 0; tries < 2; tries++) {
        assert_true(fixture_poll(is_so, (void *)(uintptr_t)stuck, PATIENCE_US));
        assert_true(fixture_poll(is_so, (void *)(uintptr_t)waits, PATIENCE_US));
        assert_true(files_are(&written));
        test_sql(on.pg,
                 "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and"
                 " application_name = 'hutong serve' and wait_event = 'relation'");
    }
    pthread_join(racer.thread, NULL);
    assert_int_equal(racer.status, 503);
    test_sql(other, "commit");
    PQfinish(other);
    assert_true(fixture_poll(files_are, &before, PATIENCE_US));
    assert_int_equal(number("select count(*) from photo where incident_id = (select max(id) from incident)"), 0);
    assert_int_equal(number("select version from incident where id = (select max(id) from incident)"), 1);
    WRITE_EXPECT(201, post(company));
}

/* An expired row goes first thing in a sweep. */
static void await_sweep(void)
{
    report();
    test_sql(on.pg, "insert into photo (estate_id, incident_id, hash, kind, actor, bytes, width, height) select 1,"
                    " max(id), sha256('x'), 'after', 'x', 1, 1, 1 from incident");
    closed("2 h");
    assert_true(fixture_poll(gone, "select count(*) from photo where bytes = 1", PATIENCE_US));
}

static void the_folder_of_another(void **state)
{
    (void)state;
    char name[128];
    struct photo photo;
    AUTO_VALUE(base_buf) ours;
    base_buf_init(&ours, 256);
    snprintf(name, sizeof name, "%s/database", dir);
    test_ok(base_file_read(name, 256, &test_diag, &ours));
    test_ok(base_file_write(name, 0600, "somebody else\n", 14, &test_diag));
    size_t before = photos_files(dir), stray = before + 2;
    phone(320, 240, 13);
    test_ok(photo_make(base_buf_str(&file), &test_diag, &photo));
    await_sweep(); /* one that may have looked at the file before we wrote it */
    test_ok(photo_store_put(dir, &photo, &test_diag));
    photo_release(&photo);
    await_sweep();
    await_sweep(); /* so one went by as a whole */
    assert_true(files_are(&stray));
    report();
    phone(320, 240, 14);
    WRITE_EXPECT(503, post(company));
    assert_non_null(strstr(told("detail"), "cannot be written to"));
    assert_int_equal(number("select count(*) from photo where incident_id = (select max(id) from incident)"), 0);
    test_ok(base_file_write(name, 0600, ours.data, ours.len, &test_diag));
    assert_true(fixture_poll(files_are, &before, PATIENCE_US));
    WRITE_EXPECT(201, post(company));
}

static int start(void **state)
{
    (void)state;
    photos_new(dir);
    write_open(
        (struct api_config){.port = 0, .photos = dir, .keep_photo_us = INT64_C(3600000000), .photo_sweep_us = 50000});
    test_sql(on.pg, "create table incident_step_all partition of incident_step default");
    return 0;
}

static int end(void **state)
{
    base_buf_release(&file);
    write_close(state);
    photos_end(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_and_shown),
        cmocka_unit_test(by_what_it_holds),
        cmocka_unit_test(who_may_see_it),
        cmocka_unit_test(what_is_no_photo),
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(few_at_once),
        cmocka_unit_test(slowly),
        cmocka_unit_test(the_same_from_several_at_once),
        cmocka_unit_test(forty_at_most),
        cmocka_unit_test(a_disk_that_is_full),
        cmocka_unit_test(open_incidents_only),
        cmocka_unit_test(kept_for_a_time),
        cmocka_unit_test(what_nobody_refers_to),
        cmocka_unit_test(cut_off_before_commit),
        cmocka_unit_test(the_folder_of_another),
    };
    return cmocka_run_group_tests(tests, start, end);
}
