/* Disk space and last words of the private servers: when one does not start, say which and what to do. */
#include "cli/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LOG_BIG = 16 << 20, WORDS = 700 };

enum base_err cli_server_space(const char *path, struct base_diag *diag, int64_t *ret_bytes)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0) {
        return base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    }
    *ret_bytes = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
    return BASE_OK;
}

enum base_err cli_server_log_open(const char *path, struct base_diag *diag, int *ret_fd)
{
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size > LOG_BIG) {
        AUTO_VALUE(base_buf) aside;
        base_buf_init(&aside, 4096);
        base_buf_printf(&aside, "%s.1", path);
        if (rename(path, base_buf_cstr(&aside)) != 0) {
            return base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
        }
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    }
    *ret_fd = fd;
    return BASE_OK;
}

enum base_err cli_server_explain(enum base_err err, const char *words, const char *var, struct base_diag *diag)
{
    if (strstr(words, "No space left on device")) {
        return base_diag_set(diag, BASE_IO, "the disk of %s is full; free some space, or choose another place by --var",
                             var);
    }
    if (strstr(words, "extension \"postgis\" is not available") || strstr(words, "extension/postgis.control")) {
        return base_diag_set(diag, BASE_NOT_FOUND,
                             "PostGIS is not installed for this PostgreSQL; install the package "
                             "postgresql-15-postgis-3 (make setup does it)");
    }
    if (strstr(words, "could not bind") || strstr(words, "Address already in use")) {
        return base_diag_prefix(diag, BASE_CONFLICT, "the port is taken by another program");
    }
    return err;
}

enum base_err cli_server_log_explain(const char *path, off_t start, const char *what, struct base_diag *diag)
{
    char words[WORDS] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0) {
        off_t from = info.st_size - (off_t)sizeof words + 1;
        ssize_t len = pread(fd, words, sizeof words - 1, from > start ? from : start);
        words[len > 0 ? len : 0] = '\0';
    }
    if (fd >= 0) {
        close(fd);
    }
    for (char *c = words; *c; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
    enum base_err err = base_diag_set(diag, BASE_IO, "%s did not start: %s(%s)", what, words, path);
    return cli_server_explain(err, words, path, diag);
}
