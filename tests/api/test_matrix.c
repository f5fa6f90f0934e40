/* The matrix: every route x every role x own, foreign and missing, asked over HTTP of a real server on a real database,
 * compared with tests/api/matrix.tsv. HUTONG_MATRIX=write writes that file anew, with the comments it has: read every
 * row that changed against what the role may see before it is committed. */
#include "api/access_kit.h"
#include "api/photo_kit.h"
#include "api/private.h"
#include "mvt.h"

enum { PATIENCE_US = 5000000, TEXT_MAX = 8 << 20, SEEN_MAX = 400, ROWS_MAX = 2000 };

/* Estates are named where the role takes them; "all" roles are there both ways. */
static const struct access_user users[] = {
    {"district", "district", "{1}", "inspection", NULL},
    {"street", "street", "{1}", "inspection", NULL},
    {"community", "community", "{1}", "inspection", NULL},
    {"department", "department", "{1}", "inspection", NULL},
    {"company", "company", "{1}", "inspection", NULL},
    {"committee", "committee", "{1}", "inspection", NULL},
    {"field_worker", "field_worker", "{1}", "inspection", NULL},
    {"planner", "planner", "{1}", "inspection", NULL},
    {"device_admin", "device_admin", "{1}", "inspection", NULL},
    {"administrator", "administrator", "{1}", "inspection", NULL},
    {"district.all", "district", NULL, "inspection", NULL},
    {"department.all", "department", NULL, "inspection", NULL},
    {"department.sent", "department", "{1}", "inspection", /* of an organisation that both incidents were sent to */
     "update role_grant set organisation_id = 5 where account_id = (select id from account where name ="
     " 'department.sent')"},
    {"planner.all", "planner", NULL, "inspection", NULL},
    {"device_admin.all", "device_admin", NULL, "inspection", NULL},
    {"administrator.all", "administrator", NULL, "inspection", NULL},
    {"company.silent", "company", "{1}", NULL, NULL}, /* has not said why */
    {"company.none", "company", NULL, "inspection", NULL},
    {"two.roles", "planner", NULL, "inspection",
     "insert into role_grant (account_id, role, estate_ids) select id, 'company', '{1}' from account"
     " where name = 'two.roles'"},
    {"auditor", "auditor", "{1}", "inspection", NULL}, /* now that there are looks at both estates */
    {"auditor.all", "auditor", NULL, "inspection", NULL},
    {"auditor.company", "auditor", NULL, "inspection",
     "insert into role_grant (account_id, role, estate_ids) select id, 'company', '{1}' from account"
     " where name = 'auditor.company'"},
    {"revoked", "company", "{1}", "inspection", "update account set revoked_at = now() where name = 'revoked'"},
    {"token.revoked", "company", "{1}", "inspection",
     "update token set revoked_at = now() where name = 'token.revoked'"},
    {"expired", "company", "{1}", "inspection", "update token set expires_at = now() where name = 'expired'"},
    {"grant.over", "company", "{1}", "inspection",
     "update role_grant set valid_from = now() - interval '2 d', valid_to = now() - interval '1 d' where account_id ="
     " (select id from account where name = 'grant.over')"},
};

static struct test_server on, open_on;
static struct base_buf written; /* the matrix as it is now */
static bool strangers;          /* has the caller no business with the foreign estate? */

/* --- what could be seen --- */

struct seen {
    char text[SEEN_MAX];
    size_t len;
};

static void see(struct seen *seen, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void see(struct seen *seen, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(seen->text + seen->len, sizeof seen->text - seen->len, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < sizeof seen->text - seen->len);
    seen->len += (size_t)len;
}

/* "own 3 foreign 1": whose the rows with these ids are. */
static void see_rows(struct seen *seen, const struct test_server *server, const char *what, const char *table,
                     const char *estate, const char *ids)
{
    char sql[2048];
    snprintf(sql, sizeof sql,
             "select concat_ws(' ', 'own ' || nullif(count(*) filter (where %s = 1), 0),"
             " 'foreign ' || nullif(count(*) filter (where %s = 2), 0)) from %s where id in (%s)",
             estate, estate, table, *ids ? ids : "null");
    const char *whose = test_sql(server->pg, sql);
    see(seen, "%s%s: %s", seen->len ? "; " : "", what, *whose ? whose : "none");
}

static const char *table_of(const char *layer)
{
    static const struct {
        const char *layer, *table;
    } tables[] = {
        {"estates", "estate"}, {"estate_labels", "estate"},     {"buildings", "building"},  {"zones", "zone"},
        {"routes", "route"},   {"checkpoints", "checkpoint"},   {"facilities", "facility"}, {"assets", "asset_state"},
        {"devices", "device"}, {"building_states", "building"}, {"zone_states", "zone"},    {"incidents", "incident"}};
    for (size_t i = 0; i < BASE_COUNT(tables); i++) {
        if (strcmp(layer, tables[i].layer) == 0) {
            return tables[i].table;
        }
    }
    return NULL; /* the map's background is nobody's */
}

static void see_tile(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    const struct mvt_tile *tile = mvt_read(answer->body.at, answer->body.len);
    for (size_t i = 0; i < tile->layer_count; i++) {
        const struct mvt_layer *layer = &tile->layers[i];
        const char *table = table_of(layer->name);
        AUTO_VALUE(base_buf) ids;
        base_buf_init(&ids, TEXT_MAX);
        for (size_t k = 0; k < layer->feature_count; k++) {
            base_buf_printf(&ids, "%s%llu", k ? "," : "", (unsigned long long)layer->ids[k]);
        }
        if (table) {
            see_rows(seen, server, layer->name, table, strcmp(table, "estate") == 0 ? "id" : "estate_id",
                     base_buf_cstr(&ids));
        } else {
            see(seen, "%s%s: background", seen->len ? "; " : "", layer->name);
        }
    }
}

/* "1,2" of the members "id". */
static const char *ids_of(const struct base_json *list, struct base_buf *ids)
{
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        base_buf_printf(ids, "%s%lld", i ? "," : "", (long long)test_i64(base_json_in_at(list, i), "id"));
    }
    return base_buf_cstr(ids);
}

static size_t with_member(const struct base_json *list, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < base_json_in_size(list); i++) {
        count += base_json_in_get(base_json_in_at(list, i), name) != NULL;
    }
    return count;
}

static void see_estates(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    AUTO(base_json) json = test_json(answer);
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&ids, TEXT_MAX);
    const struct base_json *list = base_json_in_get(json, "estates");
    see_rows(seen, server, "estates", "estate", "id", ids_of(list, &ids));
    see(seen, "; units of %zu", with_member(list, "units"));
}

static void see_dossier(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    static const char *const members[] = {"building",       "estate", "last_pass_at",
                                          "purpose_needed", "duties", "incidents"};
    static const char *const counts[] = {"events_24h", "passes_24h", "units_24h"};
    (void)server;
    AUTO(base_json) json = test_json(answer);
    const struct base_json *counted = base_json_in_get(json, "counts");
    for (size_t i = 0; i < BASE_COUNT(members); i++) {
        see(seen, "%s", base_json_in_get(json, members[i]) ? members[i] : "");
        see(seen, "%s", base_json_in_get(json, members[i]) ? " " : "");
    }
    see(seen, "%s", counted ? "counts" : "");
    for (size_t i = 0; counted && i < BASE_COUNT(counts); i++) {
        if (base_json_in_get(counted, counts[i])) {
            see(seen, " %s=%lld", counts[i], (long long)test_i64(counted, counts[i]));
        }
    }
    const struct base_json *events = base_json_in_get(json, "events"), *devices = base_json_in_get(json, "devices");
    if (events) {
        see(seen, "; events %zu, named %zu", base_json_in_size(events), with_member(events, "label"));
    }
    for (size_t i = 0; devices && i < base_json_in_size(devices); i++) {
        see(seen, "; %s", test_text(base_json_in_at(devices, i), "name"));
    }
}

static void see_session(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    const char *looks = strstr(answer->body.at, "\"looks\":");
    see(seen, "%s", strstr(answer->body.at, "\"signed_in\":true") ? "signed in " : "nobody");
    see(seen, "%.*s", looks ? (int)strcspn(looks, "}") + 1 : 0, looks ? looks : "");
}

/* Whose looks, and whether acts, which belong to no estate. */
static void see_audit(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    see(seen, "looks:%s%s%s", strstr(answer->body.at, "\"estate\":1,") ? " own" : "",
        strstr(answer->body.at, "\"estate\":2,") ? " foreign" : "",
        strstr(answer->body.at, "\"estate\":null") ? "; acts" : "");
}

/* How often the text names that estate. */
static size_t named(const char *text, const char *estate)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, estate)); at++) {
        count++;
    }
    return count;
}

/* Rows with their estates, and whether call signs are among them. */
static void see_listed(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    see(seen, "own %zu foreign %zu%s", named(answer->body.at, "\"estate_id\":1,"),
        named(answer->body.at, "\"estate_id\":2,"), strstr(answer->body.at, "\"label\":") ? ", named" : "");
}

/* How many there are to see. */
static void see_collections(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    AUTO(base_json) json = test_json(answer);
    see(seen, "%zu", base_json_in_size(base_json_in_get(json, "collections")));
}

/* Items whose estate is a property, cameras and call signs among them; of others, that there are any. */
static void see_items(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    const char *text = answer->body.at;
    see(seen, "%zu, own %zu foreign %zu%s%s", named(text, "\"Feature\","), named(text, "\"estate_id\":1,"),
        named(text, "\"estate_id\":2,"), strstr(text, "\"label\":") ? ", named" : "",
        strstr(text, "\"camera\":true") ? ", cameras" : "");
}

static void see_size(struct seen *seen, const struct test_server *server, const struct test_answer *answer)
{
    (void)server;
    see(seen, "%s", answer->body.len ? "something" : "nothing");
}

/* A stream does not end: its first snapshot is what there is to see. */
static int ask_stream(const struct test_server *server, const char *path, const char *headers, struct seen *seen)
{
    AUTO_VALUE(base_buf) buf;
    AUTO_VALUE(base_buf) ids;
    base_buf_init(&buf, TEXT_MAX);
    base_buf_init(&ids, TEXT_MAX);
    int fd = test_connect(server->port);
    char head[1200];
    int64_t status = 0;
    snprintf(head, sizeof head, "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n%s\r\n", path, server->port, headers);
    test_send(fd, head);
    test_await(fd, &buf, "\r\n\r\n", PATIENCE_US);
    assert_true(base_str_i64((struct base_str){base_buf_cstr(&buf) + 9, 3}, &status));
    if (status == 200) {
        test_await(fd, &buf, "event: snapshot\n", PATIENCE_US);
        test_await(fd, &buf, "]}\n\n", PATIENCE_US);
        const char *data = strstr(strstr(base_buf_cstr(&buf), "event: snapshot\n"), "data: ") + 6;
        AUTO(base_json) json = NULL;
        test_ok(base_json_in_parse(data, strcspn(data, "\n"), &test_diag, &json));
        static const char *const topics[] = {"assets", "buildings", "zones", "devices", "incidents"};
        for (size_t i = 0; i < BASE_COUNT(topics); i++) {
            const struct base_json *list = base_json_in_get(json, topics[i]);
            base_buf_reset(&ids);
            if (list) {
                see_rows(seen, server, topics[i], table_of(topics[i]), "estate_id", ids_of(list, &ids));
            }
        }
    }
    close(fd);
    return (int)status;
}

/* --- what is asked --- */

/* What stands for a {name} of a pattern. Buildings have two digits each, so that answers can be compared byte by byte.
 */
static const char *const layers[] = {"estates",     "estate_labels", "buildings", "zones",           "routes",
                                     "checkpoints", "facilities",    "assets",    "building_states", "zone_states",
                                     "devices",     "incidents",     "grids",     "roads",           NULL};
static const char *const buildings[] = {"38", "36", "39", "99", NULL};
/* Estate 1 lies in the first tile, most of estate 2 in the second. */
static const char *const tile_z[] = {"13", NULL}, *const tile_x[] = {"6858", "6859", NULL};
static const char *const tile_y[] = {"3348", NULL}, *const described[] = {"buildings", "assets", NULL};
static const char *const styles[] = {"dark", "light", "sepia", NULL};
/* 1 is of estate 1, 1001 of estate 2: of the four, two are not there. */
static const char *const estates[] = {"1", "2", NULL}, *const things[] = {"1", "1001", NULL};
static const char *const windows_at[] = {"38", "39", NULL}, *const windows_from[] = {"2026-05-01T00:00:00Z", NULL};

/* One of each kind of evidence: outlines, records, devices, cameras, tracks. */
static const char *const measures[] = {"steward_coverage", "duty_rate",       "bin_overflow",
                                       "camera_uptime",    "route_adherence", NULL};

static const char *const keys[] = {"00000000-0000-4000-8000-000000000000", NULL}; /* nobody's */

/* Photos are called by what they hold; the first is of estate 1, the second of estate 2. */
static const char *const shown[] = {"own photo", "foreign photo"};
static char hashes_hex[BASE_COUNT(shown)][BASE_DIGEST_TEXT], photos[64];
static const char *const hashes[] = {hashes_hex[0], hashes_hex[1], NULL};
static const char *const collections[] = {
    "estates",         "grids",       "buildings", "zones",   "roads",    "devices", "assets", "incidents",
    "building_states", "zone_states", "duties",    "windows", "verdicts", "passes",  "events", NULL};

static const struct {
    const char *pattern; /* of the part */
    const char *const *values;
    const char *suffix;
} parts[] = {{"{layers}.json", described, ".json"},
             {"{layers}", layers, ""},
             {"{style}.json", styles, ".json"},
             {"{id}", buildings, ""},
             {"{estate}", estates, ""},
             {"{duty}", things, ""},
             {"{zone}", things, ""},
             {"{route}", things, ""},
             {"{checkpoint}", things, ""},
             {"{shift}", things, ""},
             {"{waiver}", things, ""},
             {"{incident}", things, ""},
             {"{call}", things, ""},
             {"{meeting}", things, ""},
             {"{resolution}", things, ""},
             {"{entry}", things, ""},
             {"{place}", windows_at, ""},
             {"{t_from}", windows_from, ""},
             {"{measure}", measures, ""},
             {"{c}", collections, ""},
             {"{item}", things, ""},
             {"{key}", keys, ""},
             {"{hash}", hashes, ""},
             {"{z}", tile_z, ""},
             {"{x}", tile_x, ""},
             {"{y}", tile_y, ""}};

static const struct {
    const char *pattern;
    void (*see)(struct seen *, const struct test_server *, const struct test_answer *);
} sights[] = {{"/tiles/{layers}/{z}/{x}/{y}", see_tile},
              {"/tiles/{layers}.json", see_size},
              {"/styles/{style}.json", see_size},
              {"/api/estates", see_estates},
              {"/api/buildings/{id}/dossier", see_dossier},
              {"/api/buildings/{id}/responsible", see_size},
              {"/api/indicators", see_listed},
              {"/api/windows", see_listed},
              {"/api/windows/summary", see_listed},
              {"/api/verdicts/{estate}/{duty}/{place}/{t_from}", see_listed},
              {"/api/duties", see_listed},
              {"/api/duties/{estate}/{duty}", see_listed},
              {"/api/duties/{estate}/{duty}/preview", see_size},
              {"/api/waivers", see_listed},
              {"/api/waivers/{estate}/{waiver}", see_listed},
              {"/api/outages", see_listed},
              {"/api/shifts", see_listed},
              {"/api/shifts/{estate}/{shift}", see_listed},
              {"/api/zones", see_listed},
              {"/api/routes", see_listed},
              {"/api/checkpoints", see_listed},
              {"/api/zones/{estate}/{zone}", see_listed},
              {"/api/routes/{estate}/{route}", see_listed},
              {"/api/checkpoints/{estate}/{checkpoint}", see_listed},
              {"/api/incidents", see_listed},
              {"/api/incidents/categories", see_size},
              {"/api/incidents/{estate}/{incident}", see_listed},
              {"/api/incidents/{estate}/{incident}/joint", see_size},
              {"/api/incidents/{estate}/{incident}/cap", see_size},
              {"/api/agenda", see_listed},
              {"/api/meetings", see_size},
              {"/api/resolutions", see_listed},
              {"/api/resolutions/{estate}/{resolution}", see_listed},
              {"/api/incidents/{estate}/{incident}/suggestions", see_listed},
              {"/api/photos/{estate}/{hash}", see_size},
              {"/api/incidents/{estate}/{incident}/contact", see_size},
              {"/api/policies", see_listed},
              {"/api/ledgers/problems", see_listed},
              {"/api/ledgers/surveys", see_listed},
              {"/api/ledgers/surveys/{estate}/{entry}", see_listed},
              {"/api/ledgers/rectifications", see_listed},
              {"/api/ledgers/rectifications/{estate}/{entry}", see_listed},
              {"/api/estates/{estate}/plan", see_listed},
              {"/api/notices", see_listed},
              {"/api/tasks", see_listed},
              {"/api/campaigns", see_size},
              {"/api/measures", see_size},
              {"/api/measures/{measure}", see_listed},
              {"/api", see_size},
              {"/api/conformance", see_size},
              {"/api/collections", see_collections},
              {"/api/collections/{c}", see_size},
              {"/api/collections/{c}/queryables", see_size},
              {"/api/collections/{c}/items", see_items},
              {"/api/collections/{c}/items/{item}", see_items},
              {"/api/session", see_session},
              {"/api/audit", see_audit},
              {"/healthz", see_size},
              {"/readyz", see_size},
              {"/metrics", see_size}};

static const char *const method_names[] = {"GET", "POST", "PUT", "DELETE"};

struct probe {
    const struct test_server *server;
    const char *who, *headers;
    const struct api_route *route;
    const char *method;
    char path[200];
};

static void look_at(const struct probe *probe, const struct test_answer *answer, struct seen *seen)
{
    if (answer->status != 200 || strcmp(probe->method, "GET") != 0) {
        return;
    }
    for (size_t i = 0; i < BASE_COUNT(sights); i++) {
        if (probe->route->pattern && strcmp(probe->route->pattern, sights[i].pattern) == 0) {
            sights[i].see(seen, probe->server, answer);
            return;
        }
    }
    assert_null(probe->route->pattern); /* a new route: say above what is to be seen of it */
}

static void ask(const struct probe *probe, struct test_answer *answer)
{
    static const char body[] = "{\"purpose\":\"inspection\"}";
    bool writes = strcmp(probe->method, "PUT") == 0 || strcmp(probe->method, "POST") == 0;
    char head[1600];
    snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", probe->method, probe->path,
             probe->server->port, probe->headers);
    if (!writes) {
        test_raw(probe->server->port, head, answer);
        return;
    }
    char rest[200];
    snprintf(rest, sizeof rest, "Content-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             sizeof body - 1, body);
    test_whole(probe->server->port, head, rest, answer);
}

static void note(const struct probe *probe, int status, const struct seen *seen)
{
    base_buf_printf(&written, "%s\t%s\t%s\t%d\t%.*s\t\n", probe->who, probe->method, probe->path, status,
                    (int)seen->len, seen->text);
}

/* The foreign building and the missing one, of the same length, must be told apart by nothing but their ids. */
static void compare_with_missing(const struct probe *probe, const struct test_answer *foreign)
{
    struct probe missing = *probe;
    AUTO_VALUE(test_answer) answer;
    memcpy(strstr(missing.path, "39"), "99", 2);
    ask(&missing, &answer);
    assert_int_equal(answer.all.len, foreign->all.len);
    for (char *id = answer.all.data; (id = strstr(id, "99")); id++) {
        if (memcmp(foreign->all.data + (id - answer.all.data), "39", 2) == 0) {
            memcpy(id, "39", 2);
        }
    }
    const char *dates[] = {strstr(answer.all.data, "Date: "), strstr(foreign->all.data, "Date: ")};
    for (size_t i = 0; i < 2; i++) { /* a second may have passed */
        memset((char *)(uintptr_t)dates[i], '-', strcspn(dates[i], "\r"));
    }
    assert_memory_equal(answer.all.data, foreign->all.data, answer.all.len);
}

static void run_stream(struct probe probe)
{
    static const char *const asked[] = {"",
                                        "?topics=buildings",
                                        "?topics=zones",
                                        "?topics=devices",
                                        "?topics=incidents",
                                        "?topics=assets,buildings,zones,devices,incidents"};
    size_t len = strlen(probe.path);
    for (size_t i = 0; i < BASE_COUNT(asked); i++) {
        struct seen seen = {.len = 0};
        snprintf(probe.path + len, sizeof probe.path - len, "%s", asked[i]);
        note(&probe, ask_stream(probe.server, probe.path, probe.headers, &seen), &seen);
    }
}

static void run_probe(const struct probe *probe)
{
    struct seen seen = {.len = 0};
    if (probe->route->lane == API_STREAM) {
        run_stream(*probe);
        return;
    }
    AUTO_VALUE(test_answer) answer;
    ask(probe, &answer);
    look_at(probe, &answer, &seen);
    note(probe, answer.status, &seen);
    if (strangers && strstr(probe->path, "/39/")) {
        compare_with_missing(probe, &answer);
    }
}

/* Fills the pattern's {} with everything that they can be. */
static void expand(struct probe *probe, struct base_str rest)
{
    struct base_str part;
    size_t len = strlen(probe->path);
    if (!base_str_next(&rest, '/', &part)) {
        run_probe(probe);
        return;
    }
    if (memchr(part.at, '{', part.len) == NULL) {
        snprintf(probe->path + len, sizeof probe->path - len, "/%.*s", (int)part.len, part.at);
        expand(probe, rest);
        probe->path[len] = '\0';
        return;
    }
    for (size_t i = 0; i < BASE_COUNT(parts); i++) {
        if (base_str_is(part, parts[i].pattern)) {
            for (size_t k = 0; parts[i].values[k]; k++) {
                snprintf(probe->path + len, sizeof probe->path - len, "/%s%s", parts[i].values[k], parts[i].suffix);
                expand(probe, rest);
            }
            probe->path[len] = '\0';
            return;
        }
    }
    fail_msg("the matrix does not know what to put for %.*s", (int)part.len, part.at);
}

static void run_route(const struct test_server *server, const char *who, const char *headers,
                      const struct api_route *route, unsigned methods)
{
    for (size_t i = 0; i < BASE_COUNT(method_names); i++) {
        if (route->methods & methods & 1U << i) {
            struct probe probe = {
                .server = server, .who = who, .headers = headers, .route = route, .method = method_names[i]};
            const char *pattern = route->pattern ? route->pattern : "/";
            expand(&probe, base_str_of(pattern + 1));
        }
    }
}

static void run_all(const struct test_server *server, const char *who, const char *headers, bool stranger)
{
    strangers = stranger;
    test_from = (test_from ? test_from : INADDR_LOOPBACK) + 1;
    for (size_t i = 0; i + 1 < API_ROUTES; i++) { /* the last row is what none answers to */
        run_route(server, who, headers, &api_routes[i], ~(unsigned)API_DELETE);
    }
    for (size_t i = 0; i + 1 < API_ROUTES; i++) { /* signing out comes last */
        run_route(server, who, headers, &api_routes[i], API_DELETE);
    }
}

/* --- the file --- */

static const char *file(void)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/tests/api/matrix.tsv", fixture_source());
    return path;
}

static void read_file(struct base_buf *text)
{
    FILE *in = fopen(file(), "r");
    size_t len = 0;
    while (in && (len = fread(base_buf_reserve(text, 65536), 1, 65536, in))) {
        text->len += len;
    }
    if (in) {
        fclose(in);
    }
}

static bool next_line(struct base_str *rest, struct base_str *ret_line)
{
    return rest->len && base_str_next(rest, '\n', ret_line);
}

/* A line without its comment: all up to the last tab. */
static struct base_str fact_of(struct base_str line)
{
    while (line.len && line.at[line.len - 1] != '\t') {
        line.len--;
    }
    return line;
}

/* Who, how and where: the first three columns. */
static struct base_str key_of(struct base_str line)
{
    struct base_str rest = line, part;
    for (int i = 0; i < 3; i++) {
        base_str_next(&rest, '\t', &part);
    }
    return (struct base_str){line.at, (size_t)(rest.at - line.at)};
}

static struct base_str find_line(struct base_str text, struct base_str key)
{
    struct base_str line;
    while (next_line(&text, &line)) {
        if (line.len >= key.len && memcmp(line.at, key.at, key.len) == 0) {
            return line;
        }
    }
    return (struct base_str){NULL, 0};
}

static const char heading[] = "who\tmethod\taddress\tstatus\tseen\tcomment\n";

static void write_file(struct base_str known)
{
    FILE *out = fopen(file(), "w");
    struct base_str now = base_buf_str(&written), line;
    assert_non_null(out);
    fputs(heading, out);
    while (next_line(&now, &line)) {
        struct base_str before = find_line(known, key_of(line)), comment = {"", 0};
        if (before.at) {
            size_t fact = fact_of(before).len;
            comment = (struct base_str){before.at + fact, before.len - fact};
        }
        fprintf(out, "%.*s%.*s\n", (int)line.len, line.at, (int)comment.len, comment.at);
    }
    fclose(out);
}

static void compare(struct base_str known)
{
    struct base_str now = base_buf_str(&written), line, expected;
    size_t differences = 0;
    base_str_next(&known, '\n', &expected);
    while (next_line(&now, &line)) {
        expected = (struct base_str){"(nothing)", 9};
        next_line(&known, &expected);
        struct base_str fact = fact_of(expected);
        if (!base_str_equal(fact, fact_of(line))) {
            print_error("is       %.*s\nexpected %.*s\n", (int)line.len, line.at, (int)expected.len, expected.at);
            differences++;
        }
    }
    if (differences || known.len) {
        fail_msg("%zu rows of tests/api/matrix.tsv differ; read them, then HUTONG_MATRIX=write", differences);
    }
}

static void the_matrix(void **state)
{
    (void)state;
    char header[160];
    for (size_t i = 0; i < BASE_COUNT(users); i++) {
        bool whole = !users[i].estates && strcmp(users[i].role, "company") != 0 && !strstr(users[i].name, "auditor");
        run_all(&on, users[i].name, access_header(users[i].name, header), !whole);
    }
    run_all(&on, "guard", access_guard(on.pg, header), true);
    run_all(&on, "nobody", "", true);
    run_all(&on, "unknown", access_header("unknown", header), true);
    run_all(&open_on, "open", "", false);
    AUTO_VALUE(base_buf) known;
    base_buf_init(&known, TEXT_MAX);
    read_file(&known);
    const char *mode = getenv("HUTONG_MATRIX");
    if (mode && strcmp(mode, "write") == 0) {
        write_file(base_buf_str(&known));
    } else {
        compare(base_buf_str(&known));
    }
}

/* In each estate a duty with a window of today and one that was met by a pass of its unit 1; a waiver; outages of a
 * tracker and of a source. */
static void fill_duties(PGconn *pg)
{
    test_sql(pg, "create table duty_window_all partition of duty_window default");
    test_sql(pg, "create table verdict_all partition of verdict default");
    test_sql(pg, "create table waiver_all partition of waiver default");
    test_sql(pg, "create table outage_all partition of outage default");
    test_sql(pg,
             "insert into duty (estate_id, id, key, name, subject_kind, schedule, proof) values (1, 1, 'd', 'rounds',"
             " 'building', 'every 2h', 'pass'), (2, 1001, 'd', 'rounds', 'building', 'every 2h', 'pass')");
    test_sql(pg,
             "insert into duty_window (estate_id, t_from, duty_id, place_id, duty_version, place_kind, t_to, due_at)"
             " select d.estate_id, t, d.id, 37 + d.estate_id, 1, 'building', t + interval '2 h', t + interval '3 h'"
             " from duty d, (values (now() - interval '1 h'), ('2026-05-01Z')) w (t)");
    test_sql(
        pg, "insert into verdict (estate_id, t_from, duty_id, place_id, verdict, reason, found, best, needed, formula,"
            " formula_version, evidence) select p.estate_id, '2026-05-01Z', d.id, p.place_id, 'met', 'proven', 1, 1, 1,"
            " 'pass', 1, array[row('pass', p.estate_id, p.t_event, p.subject, null, 1)::evidence] from pass p"
            " join duty d on d.estate_id = p.estate_id where p.place_id in (38, 39)"
            " and p.subject in (md5('1')::uuid, md5('1001')::uuid)");
    test_sql(
        pg,
        "insert into waiver (estate_id, id, t_from, t_to, reason, approver) overriding system value select estate_id,"
        " id, now(), now() + interval '1 d', 'rain', 'x' from duty");
    test_sql(
        pg, "insert into outage (estate_id, scope, subject, t_from, t_to) select d.estate_id, s, case s when 'tracker'"
            " then gen_random_uuid() end, now() - interval '1 h', now() from duty d, (values ('tracker'), ('source')) v"
            " (s)");
}

/* Departments are called to each of them, and a meeting about each estate has resolved something. */
static void fill_joint(PGconn *pg)
{
    test_sql(pg, "insert into organisation (id, kind, code, name) values (900, 'department', 'd900', 'x')");
    test_sql(pg,
             "insert into joint (estate_id, id, incident_id, reason, called_by, called_at, told_at) select estate_id,"
             " id, id, 'r', 'x', now(), array[now()] from incident");
    test_sql(pg, "insert into joint_call (estate_id, id, joint_id, incident_id, field, organisation_id, called_at,"
                 " ack_due_at) select estate_id, id, id, id, 'fire', 900, now(), now() from joint");
    test_sql(pg, "insert into meeting (estate_id, id, level, organisation_id, held_at, made_at, made_by) select"
                 " estate_id, id, 0, 900, now(), now(), 'x' from joint");
    test_sql(
        pg,
        "insert into resolution (estate_id, id, meeting_id, level, organisation_id, text, made_at, made_by, deadline,"
        " warn_at) select estate_id, id, id, 0, 900, 't', now(), 'x', now(), now() from meeting");
}

/* In each estate an incident of its open clock and its report, and a policy of its own. */
static void fill_incidents(PGconn *pg)
{
    test_sql(pg, "create table incident_step_all partition of incident_step default");
    test_sql(pg, "insert into sla_policy (key, estate_id, severity, respond_s) values ('own', 1, 'small', 60),"
                 " ('foreign', 2, 'small', 60)");
    test_sql(
        pg,
        "insert into incident (estate_id, id, origin, category, severity, policy_id, policy_version, title, t_event,"
        " reported_at, state_at, breach_at) select p.estate_id, d.id, 'call', 'other', 'small', p.id, 1, 'x', now(),"
        " now(), now(), now() + interval '1 h' from sla_policy p join duty d on d.estate_id = p.estate_id");
    test_sql(pg, "insert into incident_step (estate_id, incident_id, step, state) select estate_id, id, 'report', state"
                 " from incident");
    test_sql(pg, "insert into organisation (id, kind, code, name) values (5, 'department', 'urban', '城管')");
    test_sql(pg,
             "insert into task (estate_id, incident_id, organisation_id, shift_id, sent_at) select estate_id, id, 5,"
             " id, now() from incident");
}

/* Each estate's incident has a photo. */
static void fill_photos(PGconn *pg)
{
    test_sql(pg, "insert into photo (estate_id, incident_id, hash, kind, actor, bytes, width, height) values"
                 " (1, 1, sha256('own photo'), 'scene', 'x', 1, 1, 1),"
                 " (2, 1001, sha256('foreign photo'), 'scene', 'x', 1, 1, 1)");
    for (size_t i = 0; i < BASE_COUNT(shown); i++) {
        struct photo photo = {.hash = base_digest_of(base_str_of(shown[i]))};
        base_digest_hex(photo.hash, hashes_hex[i]);
        base_buf_init(&photo.image, TEXT_MAX);
        base_buf_init(&photo.thumb, TEXT_MAX);
        base_buf_text(&photo.image, shown[i]);
        base_buf_text(&photo.thumb, "small");
        test_ok(photo_store_put(photos, &photo, &test_diag));
        photo_release(&photo);
    }
}

/* In each estate an entry of each ledger, and a notice of its incident. */
static void fill_ledgers(PGconn *pg)
{
    test_sql(pg, "create table notice_all partition of notice default");
    test_sql(pg, "insert into organisation (id, kind, code, name) values (500, 'department', 'o500', 'x')");
    test_sql(pg, "insert into contact (id, organisation_id, position, label, channel, url) values (1, 500, 1, 'x',"
                 " 'webhook', 'https://example.org/')");
    test_sql(pg, "insert into survey (estate_id, id, inspected, found_at) select estate_id, id, 'x', now() from duty");
    test_sql(pg, "insert into rectification (estate_id, id, problem, organisation_id, deadline)"
                 " select estate_id, id, 'x', 500, now() from duty");
    test_sql(pg, "insert into notice (estate_id, incident_id, step, contact_id, organisation_id, level, asks, line,"
                 " link, body) select estate_id, id, 'report', 1, 500, 0, true, 'l', '#', '{}' from incident");
}

/* Has the hub read all four units? Nobody has an account yet, so anybody may ask. */
static bool units_are_known(void *of)
{
    const struct test_server *server = of;
    AUTO_VALUE(test_answer) answer;
    return test_get(server->port, "/metrics", NULL, &answer) == 200 && strstr(answer.all.data, "hutong_assets 4");
}

static int open_all(void **state)
{
    (void)state;
    base_buf_init(&written, TEXT_MAX);
    photos_new(photos);
    open_on = test_server_new((struct api_config){.port = 0});
    access_fill(open_on.pg);
    fill_duties(open_on.pg);
    fill_incidents(open_on.pg);
    fill_joint(open_on.pg);
    fill_ledgers(open_on.pg);
    on = test_server_new((struct api_config){.port = 0, .photos = photos});
    access_fill(on.pg);
    fill_duties(on.pg);
    fill_incidents(on.pg);
    fill_joint(on.pg);
    fill_photos(on.pg);
    fill_ledgers(on.pg);
    assert_true(fixture_poll(units_are_known, &open_on, PATIENCE_US));
    assert_true(fixture_poll(units_are_known, &on, PATIENCE_US));
    for (size_t i = 0; i < BASE_COUNT(users); i++) {
        access_add(on.pg, &users[i]);
    }
    test_caught_up(&open_on);
    test_caught_up(&on);
    access_await_asked(on.port);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    test_server_end(&on);
    test_server_end(&open_on);
    photos_end(photos);
    base_buf_release(&written);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_matrix)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
