/* Photos of incidents as the API takes and shows them. Private to api/. */
#ifndef HUTONG_API_PHOTO_H
#define HUTONG_API_PHOTO_H

#include "api/request.h"

struct api_photos {
    struct api_server *server;
    char *dir;
    int64_t keep_s;   /* after the incident closed */
    int64_t every_us; /* between sweeps */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool stopping;
};

/* --- photo (photo.c) --- */
/* An incident's photos (photo_list). */
enum base_err api_photo_rows(struct api_server *server, struct data_conn *conn, const int64_t ids[2],
                             struct base_diag *diag, struct data_rows **ret_rows) BASE_MUST_CHECK;
/* The members of one of them. */
void api_photo_members(struct base_json_out *out, const struct data_rows *rows, size_t row);

/* --- photo_folder (photo_folder.c) --- CONFLICT when the folder is another database's. One that is nobody's yet is
 * ours from now on. */
enum base_err api_photo_folder_check(const struct api_photos *photos, struct data_conn *conn,
                                     struct base_diag *diag) BASE_MUST_CHECK;

/* --- photo_sweep (photo_sweep.c): a thread that takes away what is not to be kept any more --- */
/* *ret_photos NULL: no folder is named. */
enum base_err api_photo_sweep_new(struct api_server *server, struct base_diag *diag,
                                  struct api_photos **ret_photos) BASE_MUST_CHECK;
void api_photo_sweep_free(struct api_photos *photos);

#endif
