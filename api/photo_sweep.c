/* What is not to be kept any more goes: rows of incidents that closed long ago, then files that no row refers to - also
 * those of somebody who died between file and row. Every server does this, for all have the folder; nobody leads, and
 * the lock on a hash keeps them apart from one another and from whoever is just adding that photo. */
#include "api/photo.h"
#include "photo/photo.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
enum { ROWS_MOST = 500, HASHES_MAX = 64 << 20, KEEP_DAYS = 90, EVERY_S = 600, RETRY_S = 10 };

static bool is_stopping(struct api_photos *photos)
{
    pthread_mutex_lock(&photos->lock);
    bool is = photos->stopping;
    pthread_mutex_unlock(&photos->lock);
    return is;
}

static bool waits(struct api_photos *photos, int64_t us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t at = until.tv_nsec / 1000 + us;
    until.tv_sec += at / SECOND;
    until.tv_nsec = at % SECOND * 1000;
    pthread_mutex_lock(&photos->lock);
    while (!photos->stopping && pthread_cond_timedwait(&photos->woken, &photos->lock, &until) == 0) {
    }
    bool goes_on = !photos->stopping;
    pthread_mutex_unlock(&photos->lock);
    return goes_on;
}

/* --- rows --- */

static enum base_err expire_some(const struct api_photos *photos, struct data_conn *conn, struct base_diag *diag,
                                 int64_t *ret_gone)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_begin_write(conn, diag);
    err =
        err ? err
            : data_run(conn, DATA_PHOTO_EXPIRE, DATA_ARGS(data_i64(photos->keep_s), data_i64(ROWS_MOST)), diag, &rows);
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
        return err;
    }
    *ret_gone = data_rows_i64(rows, 0, 0);
    return BASE_OK;
}

static enum base_err expire(const struct api_photos *photos, struct data_conn *conn, struct base_diag *diag,
                            int64_t *ret_rows)
{
    int64_t gone = ROWS_MOST;
    enum base_err err = BASE_OK;
    while (!err && gone == ROWS_MOST) {
        err = expire_some(photos, conn, diag, &gone);
        *ret_rows += err ? 0 : gone;
    }
    return err;
}

/* --- files --- */

static enum base_err stray(struct data_conn *conn, const struct base_buf *hashes, struct base_diag *diag,
                           struct data_rows **ret_rows)
{
    AUTO_VALUE(base_buf) array;
    base_buf_init(&array, 2 * HASHES_MAX);
    data_array_begin(&array, DATA_ARRAY_BYTES, hashes->len / BASE_DIGEST_BYTES);
    for (size_t at = 0; at < hashes->len; at += BASE_DIGEST_BYTES) {
        data_array_bytes(&array, (struct base_str){hashes->data + at, BASE_DIGEST_BYTES});
    }
    return array.err ? base_diag_set(diag, array.err, "too many photos in one folder")
                     : data_run(conn, DATA_PHOTO_STRAY, DATA_ARGS(data_bytes(base_buf_str(&array))), diag, ret_rows);
}

/* Somebody may have begun to add it since: so it is asked again, alone. */
static enum base_err drop(const struct api_photos *photos, struct data_conn *conn, struct base_str name,
                          struct base_diag *diag, int64_t *ret_files)
{
    struct base_digest hash;
    AUTO_VALUE(base_buf) one;
    AUTO(data_rows) rows = NULL;
    base_buf_init(&one, BASE_DIGEST_BYTES);
    base_buf_append(&one, name.at, name.len);
    memcpy(hash.bytes, name.at, sizeof hash.bytes);
    enum base_err err = data_begin_write(conn, diag);
    err = err ? err : data_run(conn, DATA_PHOTO_LOCK, DATA_ARGS(data_bytes(name)), diag, NULL);
    err = err ? err : stray(conn, &one, diag, &rows);
    if (!err && data_rows_count(rows)) {
        err = photo_store_drop(photos->dir, &hash, diag);
        *ret_files += !err;
    }
    err = err ? err : data_commit(conn, diag);
    if (err) {
        data_rollback(conn);
    }
    return err;
}

static enum base_err clear(const struct api_photos *photos, struct data_conn *conn, uint8_t first,
                           struct base_diag *diag, int64_t *ret_files)
{
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) hashes;
    base_buf_init(&hashes, HASHES_MAX);
    enum base_err err = photo_store_list(photos->dir, first, diag, &hashes);
    if (err || hashes.len == 0) {
        return err;
    }
    err = stray(conn, &hashes, diag, &rows);
    for (size_t row = 0; !err && row < data_rows_count(rows); row++) {
        err = drop(photos, conn, data_rows_bytes(rows, row, 0), diag, ret_files);
    }
    return err;
}

/* --- all of it --- */

static enum base_err sweep(struct api_photos *photos, struct base_diag *diag, int64_t *ret_rows, int64_t *ret_files)
{
    AUTO(data_conn) conn = NULL;
    enum base_err err = api_database_open(&photos->server->database, "hutong serve photos", "10s", diag, &conn);
    err = err ? err : expire(photos, conn, diag, ret_rows);
    if (err || access(photos->dir, F_OK) != 0) {
        return err; /* nobody has sent a photo yet */
    }
    err = api_photo_folder_check(photos, conn, diag);
    for (int first = 0; first < 256 && !err && !is_stopping(photos); first++) {
        err = clear(photos, conn, (uint8_t)first, diag, ret_files);
    }
    return err;
}

static void *run(void *of)
{
    struct api_photos *photos = of;
    int64_t wait_us = 0;
    while (waits(photos, wait_us)) {
        struct base_diag diag = {""};
        int64_t rows = 0, files = 0;
        enum base_err err = sweep(photos, &diag, &rows, &files);
        if (rows || files) {
            base_log(BASE_LOG_INFO, "photos expired", base_log_i64("rows", rows), base_log_i64("files", files));
        }
        if (err && err != BASE_DATABASE_AWAY) { /* of which others tell */
            base_log(BASE_LOG_WARN, "photos are not swept", base_log_text("reason", diag.text));
        }
        wait_us = err == BASE_DATABASE_AWAY ? RETRY_S * SECOND : photos->every_us;
    }
    return NULL;
}

static char *folder_of(const struct api_config *config)
{
    char *dir = NULL;
    if (config->photos && *config->photos) {
        return strdup(config->photos);
    }
    return asprintf(&dir, "%s/photos", config->var) < 0 ? NULL : dir;
}

enum base_err api_photo_sweep_new(struct api_server *server, struct base_diag *diag, struct api_photos **ret_photos)
{
    const struct api_config *config = &server->config;
    if (!config->var && !(config->photos && *config->photos)) {
        return BASE_OK;
    }
    struct api_photos *photos = calloc(1, sizeof *photos);
    char *dir = photos ? folder_of(config) : NULL;
    if (!dir) {
        free(photos);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    *photos = (struct api_photos){.server = server,
                                  .dir = dir,
                                  .keep_s = config->keep_photo_us ? config->keep_photo_us / SECOND
                                                                  : KEEP_DAYS * INT64_C(86400),
                                  .every_us = config->photo_sweep_us ? config->photo_sweep_us : EVERY_S * SECOND};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&photos->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&photos->lock, NULL);
    if (pthread_create(&photos->thread, NULL, run, photos) != 0) {
        free(dir);
        free(photos);
        return base_diag_set(diag, BASE_NOMEM, "cannot start a thread");
    }
    *ret_photos = photos;
    return BASE_OK;
}

void api_photo_sweep_free(struct api_photos *photos)
{
    if (!photos) {
        return;
    }
    pthread_mutex_lock(&photos->lock);
    photos->stopping = true;
    pthread_cond_signal(&photos->woken);
    pthread_mutex_unlock(&photos->lock);
    pthread_join(photos->thread, NULL);
    pthread_cond_destroy(&photos->woken);
    pthread_mutex_destroy(&photos->lock);
    free(photos->dir);
    free(photos);
}
