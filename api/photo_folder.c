/* Whose a folder of photos is: files that no row refers to are deleted there, so a folder that somebody named for two
 * databases would be emptied by the second. A file in it holds the name that its database knows it by. */
#include "api/photo.h"

enum { NAME_MAX_BYTES = 64, PATH_LEN = 4096 };

static enum base_err compare(struct base_str found, const char *ours, const char *path, struct base_diag *diag)
{
    return base_str_is(base_str_trim(found), ours)
               ? BASE_OK
               : base_diag_set(diag, BASE_CONFLICT,
                               "%s: this folder of photos belongs to another database; name another folder (--photos), "
                               "or delete this file when the folder is this database's all the same",
                               path);
}

enum base_err api_photo_folder_check(const struct api_photos *photos, struct data_conn *conn, struct base_diag *diag)
{
    char path[PATH_LEN], line[NAME_MAX_BYTES];
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) found;
    base_buf_init(&found, NAME_MAX_BYTES);
    snprintf(path, sizeof path, "%s/database", photos->dir);
    enum base_err err = data_run(conn, DATA_PHOTO_FOLDER, DATA_NO_ARGS, diag, &rows);
    if (err) {
        return err;
    }
    const char *ours = data_rows_text(rows, 0, 0);
    err = base_file_read(path, NAME_MAX_BYTES, diag, &found);
    if (err == BASE_NOT_FOUND) {
        int len = snprintf(line, sizeof line, "%s\n", ours);
        err = base_file_mkdirs(photos->dir, 0700, diag);
        return err ? err : base_file_write(path, 0600, line, (size_t)len, diag);
    }
    return err ? err : compare(base_buf_str(&found), ours, path, diag);
}
