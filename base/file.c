/* Whole files in, whole files out; what is replaced is never seen half written. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

enum base_err base_file_read(const char *path, size_t max, struct base_diag *diag, struct base_buf *buf)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rbe");
    if (!file) {
        enum base_err err = errno == ENOENT ? BASE_NOT_FOUND : BASE_IO;
        return base_diag_set(diag, err, "%s: %s", path, strerror(errno));
    }
    enum base_err err = BASE_OK;
    size_t left = max;
    size_t got = 1;
    while (got && left) {
        size_t piece = left < PIECE ? left : PIECE;
        char *at = base_buf_reserve(buf, piece);
        if (!at) {
            err = base_diag_set(diag, buf->err, "%s: %s", path, base_error_text(buf->err));
            break;
        }
        got = fread(at, 1, piece, file);
        buf->len += got;
        left -= got;
    }
    if (!err && !left && fgetc(file) != EOF) {
        err = base_diag_set(diag, BASE_LIMIT, "%s: larger than the limit of %zu bytes", path, max);
    }
    if (!err && ferror(file)) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    }
    if (!standard) {
        fclose(file);
    }
    return err;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t written = write(fd, data, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        data += written;
        len -= (size_t)written;
    }
    return true;
}

/* The folder that holds path's name. */
static void folder_of(const char *path, struct base_buf *folder)
{
    const char *slash = strrchr(path, '/');
    base_buf_append(folder, slash ? path : ".", slash > path ? (size_t)(slash - path) : 1);
}

enum base_err base_file_sync_name(const char *path, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) folder;
    base_buf_init(&folder, 4096);
    folder_of(path, &folder);
    const char *name = base_buf_cstr(&folder);
    if (folder.err) {
        return base_diag_set(diag, folder.err, "%s: the path is too long", path);
    }
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES) {
        return BASE_OK; /* one may write there but not read: then it cannot be asked for */
    }
    if (fd < 0) {
        return base_diag_set(diag, BASE_IO, "%s: %s", name, strerror(errno));
    }
    bool good = fsync(fd) == 0 || errno == EINVAL; /* file systems that need none say EINVAL */
    int why = errno;
    close(fd);
    return good ? BASE_OK : base_diag_set(diag, BASE_IO, "%s: %s", name, strerror(why));
}

/* The disk, one's share of it, or the largest file that is allowed. */
static enum base_err failed(const char *path, int why, struct base_diag *diag)
{
    bool full = why == ENOSPC || why == EDQUOT || why == EFBIG;
    return base_diag_set(diag, full ? BASE_FULL : BASE_IO, "%s: %s", path, strerror(why));
}

enum base_err base_file_write(const char *path, int mode, const void *data, size_t len, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) name;
    base_buf_init(&name, 4096);
    base_buf_printf(&name, "%s.%d.tmp", path, (int)getpid());
    const char *temporary = base_buf_cstr(&name);
    if (name.err) {
        return base_diag_set(diag, name.err, "%s: the path is too long", path);
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) {
        return failed(temporary, errno, diag);
    }
    bool good = fchmod(fd, (mode_t)mode) == 0 && write_all(fd, data, len) && fsync(fd) == 0;
    int why = errno;
    good = close(fd) == 0 && good;
    if (good && rename(temporary, path) == 0) {
        return base_file_sync_name(path, diag);
    }
    why = good ? errno : why;
    unlink(temporary);
    return failed(path, why, diag);
}

enum base_err base_file_mkdirs(const char *path, int mode, struct base_diag *diag)
{
    char part[4096];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        return base_diag_set(diag, BASE_INVALID, "\"%s\": the path is empty or too long", path);
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        part[i] = '\0';
        bool made = mkdir(part, (mode_t)mode) == 0;
        if (!made && errno != EEXIST) {
            return failed(part, errno, diag);
        }
        enum base_err err = made ? base_file_sync_name(part, diag) : BASE_OK;
        if (err) {
            return err;
        }
        part[i] = i < len ? '/' : '\0';
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return base_diag_set(diag, BASE_IO, "%s: not a directory", path);
    }
    return BASE_OK;
}
