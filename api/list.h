/* Lists over HTTP, page by page, and one thing of them. Private to api/.
 *
 * Ownership  all is borrowed; texts lie in the call's arena.
 * Threads    a worker's, with its call.
 * Errors     INVALID (400) for limit and after; NOT_FOUND.
 */
#ifndef HUTONG_API_LIST_H
#define HUTONG_API_LIST_H

#include "api/request.h"

struct api_list {
    const char *name; /* the member: "duties"; "features": the answer is a GeoJSON FeatureCollection */
    void (*item)(struct base_json_out *out, const struct data_rows *rows, size_t row); /* a row as an object */
    bool timed;     /* the first column of the order is a time (infinity where there is none); all others are ids */
    size_t columns; /* of the order */
    int order[API_QUERY_AFTER_MAX]; /* the columns by which rows are sorted: together they are unique */
};

/* What was asked for, as arguments of the list's query. */
struct api_page {
    int64_t limit;
    struct data_arg after[API_QUERY_AFTER_MAX]; /* as many as the order has columns; the first null: from the start */
};
enum base_err api_list_page(const struct api_call *call, const struct api_list *list, struct base_diag *diag,
                            struct api_page *ret_page) BASE_MUST_CHECK;
/* {"duties":[...],"links":[...]}; a full page links to the next. */
void api_list_out(struct api_call *call, const struct api_list *list, const struct api_page *page,
                  const struct data_rows *rows);

/* The row of that estate and id; NOT_FOUND: "there is no such duty". */
enum base_err api_list_find(struct data_conn *conn, enum data_query query, const int64_t ids[2], const char *what,
                            struct base_diag *diag, struct data_rows **ret_rows) BASE_MUST_CHECK;
/* The first row's entity tag, from its column. */
void api_list_tag(const struct data_rows *rows, int column, char tag[TILES_ETAG_TEXT]);
/* Answers with the first row and its entity tag. */
void api_list_one(struct api_call *call, const struct api_list *list, const struct data_rows *rows, int tag_column);

#endif
