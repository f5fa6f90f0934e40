/* Where the state lies: reachable for PostgreSQL's user, locked by one supervisor, described in hutong.env. */
#include "cli/up.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ELSEWHERE "/var/lib/hutong"

static enum base_err make_place(const char *var, const struct cli_user *user, struct base_diag *diag, char **ret_var)
{
    char real[PATH_MAX];
    /* When we are root the servers' user has to pass through, to directories of its own below. */
    enum base_err err = base_file_mkdirs(var, user->drop ? 0711 : 0700, diag);
    if (!err && !realpath(var, real)) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", var, strerror(errno));
    }
    if (!err && access(real, W_OK | X_OK) != 0) {
        err = base_diag_set(diag, BASE_IO, "%s: %s; choose another place by --var", real, strerror(errno));
    }
    char *copy = err ? NULL : strdup(real);
    if (!err && !copy) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!err) {
        *ret_var = copy;
    }
    return err;
}

static enum base_err take_lock(struct cli_up *up, struct base_diag *diag)
{
    char *path = NULL;
    if (asprintf(&path, "%s/lock", up->var) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = BASE_OK;
    char holder[16] = "";
    up->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (up->lock < 0) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    } else if (flock(up->lock, LOCK_EX | LOCK_NB) != 0) {
        ssize_t len = pread(up->lock, holder, sizeof holder - 1, 0);
        holder[len > 0 ? len : 0] = '\0';
        err = base_diag_set(diag, BASE_CONFLICT,
                            "another hutong up (process %s) works in %s; end it, or choose another place by --var",
                            *holder ? holder : "unknown", up->var);
    } else {
        int len = snprintf(holder, sizeof holder, "%d", (int)getpid());
        if (ftruncate(up->lock, 0) != 0 || pwrite(up->lock, holder, (size_t)len, 0) != len) {
            err = base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
        }
    }
    free(path);
    return err;
}

enum base_err cli_up_var_take(struct cli_up *up, const char *var, struct base_diag *diag)
{
    enum base_err err = make_place(var, &up->user, diag, &up->var);
    if (!err && !cli_user_reaches(&up->user, up->var)) {
        up->asked = up->var;
        up->var = NULL;
        err = make_place(ELSEWHERE, &up->user, diag, &up->var);
        if (!err && !cli_user_reaches(&up->user, up->var)) {
            err = base_diag_set(diag, BASE_IO,
                                "PostgreSQL runs as user %s, which reaches neither %s nor %s; give --var DIR that it "
                                "can enter",
                                up->user.name, up->asked, up->var);
        }
        if (!err) {
            fprintf(stderr,
                    "hutong up: PostgreSQL does not run as root, and user %s cannot reach %s; the state lies in %s\n",
                    up->user.name, up->asked, up->var);
        }
    }
    return err ? err : take_lock(up, diag);
}

static enum base_err write_env(const char *var, const struct base_buf *text, struct base_diag *diag)
{
    char *path = NULL;
    if (text->err || asprintf(&path, "%s/hutong.env", var) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = base_file_write(path, 0600, text->data, text->len, diag);
    free(path);
    return err;
}

enum base_err cli_up_var_write(const struct cli_up *up, struct base_diag *diag)
{
    char port[16];
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 65536);
    snprintf(port, sizeof port, "%d", up->port);
    base_buf_text(&text, "# Written by hutong up; holds passwords.\n");
    base_env_line(&text, "HUTONG_DATABASE", up->database);
    base_env_line(&text, "HUTONG_BROKER", up->broker_url);
    if (getenv("HUTONG_BROKER_CA")) {
        base_env_line(&text, "HUTONG_BROKER_CA", getenv("HUTONG_BROKER_CA"));
    }
    base_env_line(&text, "HUTONG_BIND", up->bind);
    base_env_line(&text, "HUTONG_PORT", port);
    base_env_line(&text, "HUTONG_URL", up->url);
    base_env_line(&text, "HUTONG_VAR", up->var);
    enum base_err err = write_env(up->var, &text, diag);
    if (!err && up->asked) { /* who looks where it was asked for is sent on */
        err = write_env(up->asked, &text, diag);
    }
    return err;
}

bool cli_up_var_knows(const struct cli_up *up, const char *password_name, const char *text)
{
    char *path = NULL;
    AUTO_VALUE(base_buf) password;
    base_buf_init(&password, 1 << 17);
    bool knows = asprintf(&path, "%s/kept/%s", up->var, password_name) > 0 &&
                 base_file_read(path, 64, NULL, &password) == BASE_OK && password.len > 0 &&
                 strstr(text, base_buf_cstr(&password));
    free(path);
    return knows;
}
