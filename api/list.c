/* Lists over HTTP: a page of rows in an order that goes on where the page before ended, and one row by its ids. */
#include "api/list.h"

#include <string.h>

enum { AFTER_MAX = 100 };

enum base_err api_list_page(const struct api_call *call, const struct api_list *list, struct base_diag *diag,
                            struct api_page *ret_page)
{
    int64_t after[API_QUERY_AFTER_MAX] = {0};
    bool begun = false;
    enum base_err err = api_query_limit(call, diag, &ret_page->limit);
    err = err ? err : api_query_after(call, list->columns, diag, after, &begun);
    for (size_t i = 0; i < list->columns; i++) {
        ret_page->after[i] = i == 0 && list->timed ? data_time(after[i]) : data_i64(after[i]);
    }
    if (!begun) {
        ret_page->after[0] = data_null();
    }
    return err;
}

/* What `after` of the next page is: where that row stands in the order. */
static const char *place_of(const struct api_list *list, const struct data_rows *rows, size_t row,
                            char after[AFTER_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < list->columns; i++) {
        int64_t number = i == 0 && list->timed ? data_rows_time(rows, row, list->order[i])
                                               : data_rows_i64(rows, row, list->order[i]);
        len += (size_t)snprintf(after + len, AFTER_MAX - len, "%s%lld", i ? "-" : "", (long long)number);
    }
    return after;
}

void api_list_out(struct api_call *call, const struct api_list *list, const struct api_page *page,
                  const struct data_rows *rows)
{
    struct base_json_out out = api_answer_json(call);
    size_t count = data_rows_count(rows);
    base_json_out_object(&out);
    if (strcmp(list->name, "features") == 0) {
        call->answer.type = "application/geo+json";
        base_json_out_key(&out, "type");
        base_json_out_text(&out, "FeatureCollection");
    }
    base_json_out_key(&out, list->name);
    base_json_out_array(&out);
    for (size_t i = 0; i < count; i++) {
        list->item(&out, rows, i);
    }
    base_json_out_array_end(&out);
    base_json_out_key(&out, "links");
    base_json_out_array(&out);
    if (count && (int64_t)count == page->limit) {
        char after[AFTER_MAX];
        api_query_next(call, &out, place_of(list, rows, count - 1, after));
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    api_answer_scoped(call);
    api_answer_revalidate(call);
}

enum base_err api_list_find(struct data_conn *conn, enum data_query query, const int64_t ids[2], const char *what,
                            struct base_diag *diag, struct data_rows **ret_rows)
{
    enum base_err err = data_run(conn, query, DATA_ARGS(data_i64(ids[0]), data_i64(ids[1])), diag, ret_rows);
    return err || data_rows_count(*ret_rows) ? err : base_diag_set(diag, BASE_NOT_FOUND, "there is no such %s", what);
}

void api_list_tag(const struct data_rows *rows, int column, char tag[TILES_ETAG_TEXT])
{
    snprintf(tag, TILES_ETAG_TEXT, "\"%s\"", data_rows_text(rows, 0, column));
}

void api_list_one(struct api_call *call, const struct api_list *list, const struct data_rows *rows, int tag_column)
{
    struct base_json_out out = api_answer_json(call);
    list->item(&out, rows, 0);
    api_list_tag(rows, tag_column, call->answer.etag);
    api_answer_scoped(call);
}
