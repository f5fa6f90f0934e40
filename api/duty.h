/* Duties as the API shows and takes them. Private to api/. */
#ifndef HUTONG_API_DUTY_H
#define HUTONG_API_DUTY_H

#include "api/request.h"

/* The newest version of a duty (rows of duty_find); NOT_FOUND. */
enum base_err api_duty_find(struct data_conn *conn, const int64_t ids[2], struct base_diag *diag,
                            struct data_rows **ret_rows) BASE_MUST_CHECK;
/* Answers with it; its entity tag is its version. remark: what its author should know; "": nothing. */
void api_duty_out(struct api_call *call, const struct data_rows *rows, const char *remark);
/* "\"3\"", and whether it has ended. */
int64_t api_duty_version(const struct data_rows *rows, char tag[TILES_ETAG_TEXT]);
const char *api_duty_key(const struct data_rows *rows);

/* --- duty_preview (duty_preview.c) --- */
/* The days that are asked for; false: the answer is 400. */
bool api_duty_preview_days(struct api_call *call, int64_t *ret_days);
/* Answers with the windows of that many days from now on. */
enum base_err api_duty_preview_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2], int64_t days,
                                   const char *remark, struct base_diag *diag) BASE_MUST_CHECK;

/* --- duty_write (duty_write.c): POST, PUT, DELETE --- */
enum base_err api_duty_write_new(struct api_call *, struct api_worker *, struct base_diag *) BASE_MUST_CHECK;
enum base_err api_duty_write_one(struct api_call *, struct api_worker *, const int64_t ids[2],
                                 struct base_diag *) BASE_MUST_CHECK;

#endif
