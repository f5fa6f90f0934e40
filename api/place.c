/* Zones, routes and checkpoints as GeoJSON features: listed, read, made, changed in place, closed; one that comes to
 * another estate is closed and opened anew, as an import does it. place_version moves with each, so ingest reads them
 * again. */
#include "api/json.h"
#include "api/list.h"

#include <string.h>

enum { NAME_MAX_CHARS = 200, TAG_MAX_CHARS = 128, ATTRIBUTES_MAX = 16384, NOTE_MAX = 160 };
static const double area_least_m2 = 0.001, area_most_m2 = 1e9, length_least_m = 0.01; /* as imports have them */

static const struct kind {
    const char *plural, *name, *geometry;
    const char *properties[9];
} kinds[] = {
    {"zones",
     "zone",
     "Polygon MultiPolygon",
     {"estate_id", "key", "name", "name_en", "attributes", "valid_from", "kind", NULL}},
    {"routes",
     "route",
     "LineString MultiLineString",
     {"estate_id", "key", "name", "name_en", "attributes", "valid_from", NULL}},
    {"checkpoints",
     "checkpoint",
     "Point",
     {"estate_id", "key", "name", "name_en", "attributes", "valid_from", "building_id", "tag", NULL}},
};

static const struct kind *kind_of(const struct api_call *call)
{
    size_t i = 0;
    while (i + 1 < BASE_COUNT(kinds) && !base_str_is(call->target.segments[1], kinds[i].plural)) {
        i++;
    }
    return &kinds[i];
}

/* --- reading --- */

/* Columns of place_find and, but for the last, place_page. */
enum { KEY, ZONE_KIND, NAME, NAME_EN, BUILDING_ID, TAG, GEOMETRY, ATTRIBUTES, VALID_FROM, ESTATE_ID, ID, ROW_TAG };

static void feature(struct base_json_out *out, const struct data_rows *rows, size_t row)
{
    struct api_json_row at = {out, rows, row};
    base_json_out_object(out);
    base_json_out_key(out, "type");
    base_json_out_text(out, "Feature");
    api_json_i64(&at, "id", ID);
    base_json_out_key(out, "geometry");
    base_json_out_raw(out, data_rows_bytes(rows, row, GEOMETRY));
    base_json_out_key(out, "properties");
    base_json_out_object(out);
    api_json_i64(&at, "estate_id", ESTATE_ID);
    api_json_text(&at, "key", KEY);
    api_json_text(&at, "kind", ZONE_KIND);
    api_json_text(&at, "name", NAME);
    api_json_text(&at, "name_en", NAME_EN);
    api_json_i64(&at, "building_id", BUILDING_ID);
    api_json_text(&at, "tag", TAG);
    base_json_out_key(out, "attributes");
    base_json_out_raw(out, data_rows_bytes(rows, row, ATTRIBUTES));
    api_json_time(&at, "valid_from", VALID_FROM);
    base_json_out_object_end(out);
    base_json_out_object_end(out);
}

static void one_out(struct api_call *call, const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    call->answer.type = "application/geo+json";
    feature(&out, rows, 0);
    api_list_tag(rows, ROW_TAG, call->answer.etag);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

static enum base_err find(struct data_conn *conn, const struct kind *kind, const int64_t ids[2], struct base_diag *diag,
                          struct data_rows **ret_rows)
{
    enum base_err err = data_run(conn, DATA_PLACE_FIND,
                                 DATA_ARGS(data_text(kind->name), data_i64(ids[0]), data_i64(ids[1])), diag, ret_rows);
    return err || data_rows_count(*ret_rows) ? err
                                             : base_diag_set(diag, BASE_NOT_FOUND, "there is no such %s", kind->name);
}

/* --- what a body says --- */

struct place {
    int64_t estate_id; /* -1: not given */
    const char *key, *kind, *name, *name_en, *tag, *attributes, *geometry;
    struct data_arg building;
};

static const char *attributes_in(struct api_input *input)
{
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, ATTRIBUTES_MAX);
    const struct base_json *given = base_json_in_get(input->object, "attributes"), *value;
    struct base_json_out out = base_json_out_of(&buf);
    struct base_str key, text;
    void *at = NULL;
    double number;
    bool flag;
    base_json_out_object(&out);
    while (base_json_in_next(given, &at, &key, &value)) {
        base_json_out_key(&out, key.at);
        if (base_json_in_text(value, &text)) {
            base_json_out_str(&out, text);
        } else if (base_json_in_f64(value, &number)) {
            base_json_out_f64(&out, number, 9);
        } else if (base_json_in_bool(value, &flag)) {
            base_json_out_bool(&out, flag);
        } else {
            api_input_wrong(input, "attributes", "must be an object of texts, numbers, true and false");
            return NULL;
        }
    }
    base_json_out_object_end(&out);
    if (given && !base_json_in_is_object(given)) {
        api_input_wrong(input, "attributes", "must be an object");
    }
    const char *copy = buf.err ? NULL : base_arena_text(&input->call->arena, base_buf_str(&buf));
    if (!copy) {
        api_input_wrong(input, "attributes", "may have %d bytes", ATTRIBUTES_MAX);
    }
    return copy;
}

static void properties_in(struct api_input *input, const struct kind *kind, struct place *place)
{
    bool zone = strcmp(kind->name, "zone") == 0, checkpoint = strcmp(kind->name, "checkpoint") == 0;
    place->estate_id = api_input_i64(input, "estate_id", API_OPTIONAL, 0, INT64_MAX);
    place->estate_id = api_input_has(input, "estate_id") ? place->estate_id : -1;
    place->key = api_input_text(input, "key", API_OPTIONAL, NAME_MAX_CHARS);
    place->name = api_input_text(input, "name", API_OPTIONAL, NAME_MAX_CHARS);
    place->name_en = api_input_text(input, "name_en", API_OPTIONAL, NAME_MAX_CHARS);
    place->kind = zone ? api_input_text(input, "kind", API_REQUIRED, NAME_MAX_CHARS) : NULL;
    place->tag = checkpoint ? api_input_text(input, "tag", API_OPTIONAL, TAG_MAX_CHARS) : NULL;
    place->building = checkpoint ? api_input_arg_i64(input, "building_id", 1, INT64_MAX) : data_null();
    place->attributes = attributes_in(input);
}

/* What GET gave comes back with what was changed in it: id, type and valid_from are passed over. */
static void feature_in(struct api_input *input, const struct kind *kind, struct place *place)
{
    struct base_str type;
    const struct base_json *body = input->object;
    if (!base_json_in_text(base_json_in_get(body, "type"), &type) || !base_str_is(type, "Feature")) {
        api_input_wrong(input, "type", "must be \"Feature\" (GeoJSON)");
        return;
    }
    place->geometry = api_input_geometry(input, base_json_in_get(body, "geometry"), kind->geometry);
    input->object = base_json_in_get(body, "properties");
    if (!base_json_in_is_object(input->object)) {
        api_input_wrong(input, "properties", "must be an object");
    } else if (!input->bad && api_input_known(input, input->object, kind->properties)) {
        properties_in(input, kind, place);
    }
    input->object = body;
}

/* Columns of place_check. */
enum { VALID, REASON, AREA_M2, LENGTH_M, BUILDING_THERE };

static enum base_err check(struct api_write *write, struct api_input *input, const struct kind *kind,
                           const struct place *place, int64_t estate_id, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_PLACE_CHECK,
                 DATA_ARGS(data_text(place->geometry), data_i64(estate_id), place->building), diag, &rows);
    if (err) {
        return err;
    }
    double area = data_rows_f64(rows, 0, AREA_M2);
    if (!data_rows_bool(rows, 0, VALID)) {
        api_input_wrong(input, "geometry", "%s", data_rows_text(rows, 0, REASON));
    } else if (strcmp(kind->name, "zone") == 0 && !(area >= area_least_m2 && area <= area_most_m2)) {
        api_input_wrong(input, "geometry", "a zone has %g to %g m2, this has %g", area_least_m2, area_most_m2, area);
    } else if (strcmp(kind->name, "route") == 0 && data_rows_f64(rows, 0, LENGTH_M) < length_least_m) {
        api_input_wrong(input, "geometry", "a line without length");
    } else if (!data_rows_bool(rows, 0, BUILDING_THERE)) {
        api_input_wrong(input, "building_id", "is no building of the estate");
    }
    return BASE_OK;
}

/* --- writing --- */

static enum base_err moved(struct api_write *write, struct base_diag *diag)
{
    return data_run(write->conn, DATA_IMPORT_VERSION, DATA_NO_ARGS, diag, NULL);
}

/* One that is made has a row of place_make; answers with what GET would say. */
static enum base_err made(struct api_write *write, const struct kind *kind, int64_t estate_id, int64_t id,
                          unsigned status, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    const int64_t ids[2] = {estate_id, id};
    enum base_err err = moved(write, diag);
    err = err ? err : find(write->conn, kind, ids, diag, &rows);
    if (!err) {
        write->call->if_none_match = NULL;
        one_out(write->call, rows);
        api_write_located(write->call, status, "/api/%s/%lld/%lld", kind->plural, (long long)estate_id, (long long)id);
    }
    return err;
}

static enum base_err make(struct api_write *write, const struct kind *kind, const struct place *place,
                          int64_t estate_id, struct base_diag *diag, int64_t *ret_id)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_PLACE_MAKE,
                 DATA_ARGS(data_text(kind->name), data_i64(estate_id), data_text(place->key), data_text(place->kind),
                           data_text(place->name), data_text(place->name_en), place->building, data_text(place->tag),
                           data_text(place->geometry), data_text(place->attributes)),
                 diag, &rows);
    if (!err) {
        *ret_id = data_rows_i64(rows, 0, 0);
    }
    return err;
}

static const char *note_of(struct api_call *call, const struct kind *kind, int64_t id, const char *more)
{
    char note[NOTE_MAX];
    snprintf(note, sizeof note, "%s %lld%s", kind->name, (long long)id, more);
    return base_arena_text(&call->arena, base_str_of(note));
}

static const char *const members[] = {"type", "id", "geometry", "properties", "bbox", NULL};

static enum base_err post(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const struct kind *kind = kind_of(call);
    struct api_input input;
    struct api_write write;
    struct place place = {.estate_id = -1};
    int64_t id = 0;
    if (!api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    feature_in(&input, kind, &place);
    if (!input.bad && place.estate_id < 0) {
        api_input_wrong(&input, "estate_id", "is missing");
    }
    enum base_err err = BASE_OK;
    if (!input.bad) {
        err = api_write_begin(call, worker, DATA_LOOK_MANAGE, place.estate_id, NULL, diag, &write);
        bool going = !err && write.conn;
        err = going ? check(&write, &input, kind, &place, place.estate_id, diag) : err;
        going = going && !err && !input.bad;
        err = going ? make(&write, kind, &place, place.estate_id, diag, &id) : err;
        err = going && !err ? made(&write, kind, place.estate_id, id, MHD_HTTP_CREATED, diag) : err;
        err = api_write_end(&write, err, "make place", note_of(call, kind, id, ""), diag);
    }
    api_input_release(&input);
    return err;
}

/* 0 rows: somebody was faster. */
static enum base_err faster(struct api_call *call, const struct data_rows *rows)
{
    if (data_rows_count(rows) == 0) {
        api_problem(call, MHD_HTTP_PRECONDITION_FAILED, "it has changed since; GET it again");
    }
    return BASE_OK;
}

static enum base_err end(struct api_write *write, const struct kind *kind, const int64_t ids[2], const char *tag,
                         struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_PLACE_END,
                 DATA_ARGS(data_text(kind->name), data_i64(ids[0]), data_i64(ids[1]), data_text(tag)), diag, &rows);
    return err ? err : faster(write->call, rows);
}

static enum base_err change(struct api_write *write, const struct kind *kind, const struct place *place,
                            const int64_t ids[2], const char *tag, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(write->conn, DATA_PLACE_CHANGE,
                 DATA_ARGS(data_text(kind->name), data_i64(ids[0]), data_i64(ids[1]), data_text(tag),
                           data_text(place->kind), data_text(place->name), data_text(place->name_en), place->building,
                           data_text(place->tag), data_text(place->geometry), data_text(place->attributes)),
                 diag, &rows);
    err = err ? err : faster(write->call, rows);
    return err || data_rows_count(rows) == 0 ? err : made(write, kind, ids[0], ids[1], MHD_HTTP_OK, diag);
}

static enum base_err move(struct api_write *write, const struct kind *kind, struct place *place, const int64_t ids[2],
                          const struct data_rows *before, struct base_diag *diag)
{
    int64_t id = 0;
    bool going = false;
    enum base_err err =
        api_write_also(write, DATA_LOOK_MANAGE, place->estate_id, "make place", "from another estate", diag, &going);
    if (err || !going) {
        return err;
    }
    place->key = place->key ? place->key : data_rows_text(before, 0, KEY);
    err = end(write, kind, ids, data_rows_text(before, 0, ROW_TAG), diag);
    if (err || write->call->answer.status >= 400) {
        return err;
    }
    err = make(write, kind, place, place->estate_id, diag, &id);
    return err ? err : made(write, kind, place->estate_id, id, MHD_HTTP_OK, diag);
}

/* The body is read before the transaction, judged within it: what it may say depends on what is there. */
static enum base_err put(struct api_write *write, struct api_input *input, const struct kind *kind, struct place *place,
                         const int64_t ids[2], const struct data_rows *before, struct base_diag *diag)
{
    int64_t estate_id = place->estate_id < 0 ? ids[0] : place->estate_id;
    if (place->key && strcmp(place->key, data_rows_text(before, 0, KEY)) != 0) {
        api_input_wrong(input, "key", "is for life; it is \"%s\"", data_rows_text(before, 0, KEY));
        return BASE_OK;
    }
    enum base_err err = check(write, input, kind, place, estate_id, diag);
    if (err || input->bad) {
        return err;
    }
    return estate_id == ids[0] ? change(write, kind, place, ids, data_rows_text(before, 0, ROW_TAG), diag)
                               : move(write, kind, place, ids, before, diag);
}

static enum base_err put_body(struct api_write *write, const struct kind *kind, const int64_t ids[2],
                              const struct data_rows *before, struct base_diag *diag)
{
    struct api_input input;
    struct place place = {.estate_id = -1};
    enum base_err err = BASE_OK;
    if (!api_input_open(write->call, members, &input)) {
        return BASE_OK;
    }
    feature_in(&input, kind, &place);
    if (!input.bad) {
        err = put(write, &input, kind, &place, ids, before, diag);
    }
    api_input_release(&input);
    return err;
}

static enum base_err remove_one(struct api_write *write, const struct kind *kind, const int64_t ids[2],
                                const struct data_rows *before, struct base_diag *diag)
{
    enum base_err err = end(write, kind, ids, data_rows_text(before, 0, ROW_TAG), diag);
    if (err || write->call->answer.status >= 400) {
        return err;
    }
    api_write_gone(write->call);
    return moved(write, diag);
}

static enum base_err write_one(struct api_call *call, struct api_worker *worker, const struct kind *kind,
                               const int64_t ids[2], struct base_diag *diag)
{
    struct api_write write;
    char tag[TILES_ETAG_TEXT];
    AUTO(data_rows) before = NULL;
    enum base_err err = api_write_begin(call, worker, DATA_LOOK_MANAGE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = find(write.conn, kind, ids, diag, &before);
    if (!err) {
        api_list_tag(before, ROW_TAG, tag);
    }
    if (!err && api_write_matches(call, tag)) {
        err = call->method == API_PUT ? put_body(&write, kind, ids, before, diag)
                                      : remove_one(&write, kind, ids, before, diag);
    }
    return api_write_end(&write, err, call->method == API_PUT ? "change place" : "end place",
                         note_of(call, kind, ids[1], ""), diag);
}

enum base_err api_place_one(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    const struct kind *kind = kind_of(call);
    int64_t ids[API_CAPTURES_MAX];
    AUTO(data_rows) rows = NULL;
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err || call->method != API_GET) {
        return err ? err : write_one(call, worker, kind, ids, diag);
    }
    err = api_worker_conn(worker, diag, &conn);
    err = err ? err : find(conn, kind, ids, diag, &rows);
    if (!err) {
        one_out(call, rows);
    }
    return err;
}

/* --- the list --- */
static const struct api_list list = {.name = "features", .item = feature, .columns = 2, .order = {ESTATE_ID, ID}};

enum base_err api_place_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    struct data_conn *conn;
    struct data_arg estate;
    struct api_page page;
    AUTO(data_rows) rows = NULL;
    if (call->method == API_POST) {
        return post(call, worker, diag);
    }
    enum base_err err = api_query_i64(call, "estate", diag, &estate);
    err = err ? err : api_list_page(call, &list, diag, &page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    err = err ? err
              : data_run(conn, DATA_PLACE_PAGE,
                         DATA_ARGS(data_text(kind_of(call)->name), estate, page.after[0], page.after[1],
                                   data_i64(page.limit)),
                         diag, &rows);
    if (!err) {
        api_list_out(call, &list, &page, rows);
    }
    return err;
}
