/* Files by what they hold: the same photo lies there once, however many incidents show it. */
#include "photo/photo.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0600, FOLDER_MODE = 0700, PATH_LEN = 4096, STEM = 2 * BASE_DIGEST_BYTES - 2 };

/* dir/ab */
static enum base_err folder_of(const char *dir, uint8_t first, struct base_diag *diag, char path[PATH_LEN])
{
    int len = snprintf(path, PATH_LEN, "%s/%02x", dir, first);
    return len > 0 && len < PATH_LEN / 2 ? BASE_OK : base_diag_set(diag, BASE_INVALID, "%s: the path is too long", dir);
}

static enum base_err path_of(const char *dir, const struct base_digest *hash, bool thumb, struct base_diag *diag,
                             char path[PATH_LEN])
{
    char hex[BASE_DIGEST_TEXT];
    enum base_err err = folder_of(dir, hash->bytes[0], diag, path);
    if (!err) {
        size_t len = strlen(path);
        snprintf(path + len, PATH_LEN - len, "/%s%s", base_digest_hex(*hash, hex) + 2, thumb ? ".thumb.jpg" : ".jpg");
    }
    return err;
}

static bool there(const char *path, size_t len)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && (size_t)info.st_size == len;
}

static enum base_err put(const char *path, const struct base_buf *content, struct base_diag *diag)
{
    return there(path, content->len) ? BASE_OK : base_file_write(path, FILE_MODE, content->data, content->len, diag);
}

/* The image comes last: where it is, its thumb is. */
enum base_err photo_store_put(const char *dir, const struct photo *photo, struct base_diag *diag)
{
    char path[PATH_LEN];
    enum base_err err = folder_of(dir, photo->hash.bytes[0], diag, path);
    err = err ? err : base_file_mkdirs(path, FOLDER_MODE, diag);
    err = err ? err : path_of(dir, &photo->hash, true, diag, path);
    err = err ? err : put(path, &photo->thumb, diag);
    err = err ? err : path_of(dir, &photo->hash, false, diag, path);
    return err ? err : put(path, &photo->image, diag);
}

enum base_err photo_store_get(const char *dir, const struct base_digest *hash, bool thumb, struct base_diag *diag,
                              struct base_buf *buf)
{
    char path[PATH_LEN];
    enum base_err err = path_of(dir, hash, thumb, diag, path);
    return err ? err : base_file_read(path, PHOTO_KEPT_MAX, diag, buf);
}

/* --- what lies there --- */

static enum base_err each(const char *folder, struct base_diag *diag,
                          enum base_err (*visit)(const char *path, const char *name, void *of, struct base_diag *diag),
                          void *of)
{
    enum base_err err = BASE_OK;
    char path[PATH_LEN];
    DIR *names = opendir(folder);
    if (!names) {
        return errno == ENOENT ? BASE_OK : base_diag_set(diag, BASE_IO, "%s: %s", folder, strerror(errno));
    }
    for (const struct dirent *entry; !err && (entry = readdir(names));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        err = visit(path, entry->d_name, of, diag);
    }
    closedir(names);
    return err;
}

static enum base_err drop_one(const char *path, const char *name, void *stem, struct base_diag *diag)
{
    if (strncmp(name, stem, STEM) != 0 || unlink(path) == 0 || errno == ENOENT) {
        return BASE_OK;
    }
    return base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
}

enum base_err photo_store_drop(const char *dir, const struct base_digest *hash, struct base_diag *diag)
{
    char folder[PATH_LEN], hex[BASE_DIGEST_TEXT];
    base_digest_hex(*hash, hex);
    enum base_err err = folder_of(dir, hash->bytes[0], diag, folder);
    return err ? err : each(folder, diag, drop_one, hex + 2);
}

struct listing {
    uint8_t first;
    struct base_buf *hashes;
};

/* What is no name of ours is left alone. */
static enum base_err list_one(const char *path, const char *name, void *of, struct base_diag *diag)
{
    const struct listing *listing = of;
    char hex[BASE_DIGEST_TEXT];
    struct base_digest hash;
    (void)path;
    (void)diag;
    snprintf(hex, sizeof hex, "%02x%.*s", listing->first, (int)STEM, name);
    if (base_digest_in(base_str_of(hex), &hash)) {
        base_buf_append(listing->hashes, &hash, sizeof hash);
    }
    return BASE_OK;
}

enum base_err photo_store_list(const char *dir, uint8_t first, struct base_diag *diag, struct base_buf *hashes)
{
    char folder[PATH_LEN];
    struct listing listing = {first, hashes};
    enum base_err err = folder_of(dir, first, diag, folder);
    err = err ? err : each(folder, diag, list_one, &listing);
    return err || !hashes->err ? err : base_diag_set(diag, hashes->err, "%s: too many files", folder);
}
