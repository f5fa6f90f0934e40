/* What only a single dossier has: who answers for the building, its entrances, what is near, and its peers. */
#include "api/dossier.h"

#define DAY_US INT64_C(86400000000)

/* Columns of dossier_entrances, dossier_nearby, dossier_peers. */
enum { ENTRANCE_ID, ENTRANCE_NAME, ENTRANCE_LON, ENTRANCE_LAT };
enum { NEAR_WHAT, NEAR_ID, NEAR_KIND, NEAR_NAME, NEAR_NAME_EN, NEAR_DISTANCE_M };
enum { PEER_MANAGEMENT, PEER_DECADE, PEER_INDICATOR, PEER_PEERS, PEER_MEDIAN, PEER_RANK };

void api_dossier_near_release(struct api_dossier_near *near)
{
    data_rows_free(near->responsible);
    data_rows_free(near->entrances);
    data_rows_free(near->nearby);
    data_rows_free(near->peers);
}

enum base_err api_dossier_near_read(struct data_conn *conn, const struct api_dossier_when *when, int64_t estate_id,
                                    int64_t building_id, bool incidents, struct base_diag *diag,
                                    struct api_dossier_near *near)
{
    const struct data_arg estate = data_i64(estate_id), building = data_i64(building_id), at = data_time(when->at_us);
    enum base_err err =
        data_run(conn, DATA_RESPONSIBLE_LIST, DATA_ARGS(estate, building, at), diag, &near->responsible);
    err = err ? err : data_run(conn, DATA_DOSSIER_ENTRANCES, DATA_ARGS(estate, building, at), diag, &near->entrances);
    err = err ? err : data_run(conn, DATA_DOSSIER_NEARBY, DATA_ARGS(estate, building, at), diag, &near->nearby);
    if (!err && incidents) {
        err = data_run(
            conn, DATA_DOSSIER_PEERS,
            DATA_ARGS(estate, building, data_time(when->from_us), data_time(when->to_us), at, api_dossier_known(when)),
            diag, &near->peers);
    }
    return err;
}

static void responsible(struct base_json_out *out, const struct api_dossier_when *when, int64_t building_id,
                        const struct api_dossier_near *near)
{
    char href[120], at[BASE_TIME_TEXT];
    snprintf(href, sizeof href, "/api/buildings/%lld/responsible?at=%s", (long long)building_id,
             base_time_out(when->at_us, at));
    base_json_out_key(out, "responsible");
    base_json_out_object(out);
    base_json_out_key(out, "list");
    api_responsible_out(out, near->responsible);
    base_json_out_key(out, "evidence");
    base_json_out_text(out, href);
    base_json_out_object_end(out);
}

static void entrance(const struct api_json_row *at)
{
    api_json_i64(at, "id", ENTRANCE_ID);
    api_json_text(at, "name", ENTRANCE_NAME);
    api_json_f64(at, "lon", ENTRANCE_LON, 7);
    api_json_f64(at, "lat", ENTRANCE_LAT, 7);
}

static void nearby(const struct api_json_row *at)
{
    api_json_text(at, "what", NEAR_WHAT);
    api_json_i64(at, "id", NEAR_ID);
    api_json_text(at, "kind", NEAR_KIND);
    api_json_text(at, "name", NEAR_NAME);
    api_json_text(at, "name_en", NEAR_NAME_EN);
    api_json_f64(at, "distance_m", NEAR_DISTANCE_M, 1);
}

static void list(struct base_json_out *out, const char *key, const struct data_rows *rows,
                 void (*members)(const struct api_json_row *at))
{
    base_json_out_key(out, key);
    base_json_out_array(out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        base_json_out_object(out);
        members(&(struct api_json_row){out, rows, row});
        base_json_out_object_end(out);
    }
    base_json_out_array_end(out);
}

/* A density is per month; the query counts the whole period. */
static void peer(const struct api_json_row *at, double months)
{
    bool density = base_str_is(data_rows_bytes(at->rows, at->row, PEER_INDICATOR), "incidents_per_1000_m2");
    base_json_out_key(at->out, data_rows_text(at->rows, at->row, PEER_INDICATOR));
    base_json_out_object(at->out);
    base_json_out_key(at->out, "median");
    base_json_out_f64(at->out, data_rows_f64(at->rows, at->row, PEER_MEDIAN) / (density ? months : 1), 6);
    api_json_i64(at, "rank", PEER_RANK);
    api_json_i64(at, "peers", PEER_PEERS);
    base_json_out_object_end(at->out);
}

static void peers(struct base_json_out *out, const struct api_dossier_when *when, const struct data_rows *rows)
{
    const struct api_json_row first = {out, rows, 0};
    double months = (double)(when->to_us - when->from_us) / (double)DAY_US / (365.25 / 12);
    base_json_out_key(out, "peers");
    base_json_out_object(out);
    if (data_rows_count(rows)) {
        api_json_text(&first, "management_type", PEER_MANAGEMENT);
        api_json_i64(&first, "decade", PEER_DECADE);
    }
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        peer(&(struct api_json_row){out, rows, row}, months);
    }
    base_json_out_object_end(out);
}

void api_dossier_near_out(struct base_json_out *out, const struct api_dossier_when *when, int64_t building_id,
                          const struct api_dossier_near *near)
{
    list(out, "entrances", near->entrances, entrance);
    responsible(out, when, building_id, near);
    list(out, "nearby", near->nearby, nearby);
    if (near->peers) {
        peers(out, when, near->peers);
    }
}
