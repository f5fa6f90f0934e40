/* What handlers read of a request, and how they change what the database holds. Private to api/.
 *
 * Ownership  texts lie in the call's arena; struct api_input borrows the call.
 * Threads    a worker's, with its call.
 * Errors     INVALID (400) for parameters; what a body's field should have been is 422 with the member "field".
 */
#ifndef HUTONG_API_REQUEST_H
#define HUTONG_API_REQUEST_H

#include "api/private.h"

/* --- query (query.c): what follows '?' and what stands in the path, as arguments of a query --- */
/* A number of 1 and more, or of 0 and more for an estate; null when it is not given. */
enum base_err api_query_i64(const struct api_call *call, const char *name, struct base_diag *diag,
                            struct data_arg *ret_arg) BASE_MUST_CHECK;
/* RFC 3339. */
enum base_err api_query_time(const struct api_call *call, const char *name, int64_t standard_us, struct base_diag *diag,
                             int64_t *ret_us) BASE_MUST_CHECK;
/* One of "a b c"; null when it is not given and standard is NULL. */
enum base_err api_query_word(const struct api_call *call, const char *name, const char *words, const char *standard,
                             struct base_diag *diag, const char **ret_word) BASE_MUST_CHECK;
bool api_query_listed(const char *words, struct base_str word); /* is it one of "a b c"? */
/* How many a page may have. */
enum { API_QUERY_LIMIT = 100, API_QUERY_LIMIT_MAX = 1000 };
enum base_err api_query_limit(const struct api_call *call, struct base_diag *diag, int64_t *ret_limit) BASE_MUST_CHECK;
/* "1-2-3", so many numbers, as the page before gave them; *ret_given false: the first page. */
enum { API_QUERY_AFTER_MAX = 4 };
enum base_err api_query_after(const struct api_call *call, size_t count, struct base_diag *diag,
                              int64_t numbers[API_QUERY_AFTER_MAX], bool *ret_given) BASE_MUST_CHECK;
/* The path's captures as numbers; NOT_FOUND when one is none. */
enum base_err api_query_path(const struct api_call *call, size_t count, struct base_diag *diag,
                             int64_t ret_ids[API_CAPTURES_MAX]) BASE_MUST_CHECK;
/* {"rel":"next","href":...}: this request with another `after`, which needs no escape. */
void api_query_next(const struct api_call *call, struct base_json_out *out, const char *after);

/* --- input (input.c): a body's members, read by name and type. The first mistake sticks and is the answer. --- */
struct api_input {
    struct api_call *call;
    struct base_json *json;
    const struct base_json *object; /* the members that are read: the body, or a part of it */
    bool bad;                       /* the answer says what is wrong */
};
/* False: the answer says why (413, 415, 400, or 422 for a member that is not among names). names end with NULL. */
bool api_input_open(struct api_call *call, const char *const *names, struct api_input *ret_input);
void api_input_release(struct api_input *input);
/* Are all members of the object among names? */
bool api_input_known(struct api_input *input, const struct base_json *object, const char *const *names);
/* 422 with the field's name. */
void api_input_wrong(struct api_input *input, const char *field, const char *format, ...) BASE_PRINTF(3, 4);
/* null counts as not given. */
bool api_input_has(const struct api_input *input, const char *name);
enum api_need { API_OPTIONAL, API_REQUIRED };
/* At most max characters, none of them a control character but tab and line ends; trimmed. NULL: not given, or wrong.
 */
const char *api_input_text(struct api_input *input, const char *name, enum api_need need, size_t max);
/* The same of what somebody writes about people: numbers and addresses of persons are masked (base_mask). */
const char *api_input_said(struct api_input *input, const char *name, enum api_need need, size_t max);
/* One of "a b c". */
const char *api_input_word(struct api_input *input, const char *name, enum api_need need, const char *words);
int64_t api_input_i64(struct api_input *input, const char *name, enum api_need need, int64_t least, int64_t most);
bool api_input_bool(struct api_input *input, const char *name, bool standard);
double api_input_f64(struct api_input *input, const char *name, enum api_need need, double least,
                     double most);                                                     /* NAN */
int64_t api_input_time(struct api_input *input, const char *name, enum api_need need); /* INT64_MIN: not given */
/* Arguments of what may not be given. */
struct data_arg api_input_arg_i64(struct api_input *input, const char *name, int64_t least, int64_t most);
struct data_arg api_input_arg_time(struct api_input *input, const char *name);
/* GeoJSON of one of these types ("Polygon MultiPolygon") that PostGIS will read: its text; NULL: wrong. */
const char *api_input_geometry(struct api_input *input, const struct base_json *geometry, const char *types);

/* --- write (write.c): one estate's transaction of somebody who may --- */
struct api_write {
    struct api_call *call;
    struct data_conn *conn; /* as the owner, within a transaction; NULL: the answer is there already */
    int64_t estate_id;
    int64_t now_us;        /* the transaction's time */
    struct base_id digest; /* of the request */
    bool keyed;            /* it has a key: the answer is kept */
    const char *key;
};
/* Whoever writes rows of an estate goes through here: checks the look at that estate, that the estate is there, and the
 * Idempotency-Key (key: one of the body's own, or NULL for the header's). write->conn NULL: refused, or answered as
 * before; the answer is there. */
enum base_err api_write_begin(struct api_call *call, struct api_worker *worker, enum data_look look, int64_t estate_id,
                              const char *key, struct base_diag *diag, struct api_write *ret_write) BASE_MUST_CHECK;
/* May they in another estate, too? False: the answer says no. */
bool api_write_may(struct api_call *call, enum data_look look, int64_t estate_id);
/* The same transaction writes rows of another estate, too, and says so in its audit. *ret_may false: the answer is no.
 */
enum base_err api_write_also(struct api_write *write, enum data_look look, int64_t estate_id, const char *action,
                             const char *note, struct base_diag *diag, bool *ret_may) BASE_MUST_CHECK;
/* Writes down who did what ("change duty", "7 \"key\" version 2") and commits, when the answer is a success; else, or
 * after an error, nothing has happened. action NULL: it needs no writing down. */
enum base_err api_write_end(struct api_write *write, enum base_err err, const char *action, const char *note,
                            struct base_diag *diag) BASE_MUST_CHECK;
/* If-Match against the tag as it is now; false: the answer is 428 or 412. */
bool api_write_matches(struct api_call *call, const char *tag);
/* 201 with Location, or another status. */
void api_write_located(struct api_call *call, unsigned status, const char *format, ...) BASE_PRINTF(3, 4);
void api_write_gone(struct api_call *call); /* 204 */

#endif
