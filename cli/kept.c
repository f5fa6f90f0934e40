/* Ports and passwords that outlive a restart: one value a file under VAR/kept, for phones keep what they were told. */
#include "cli/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_LOWEST = 20000, PORT_SPAN = 10000, PORT_TRIES = 200 };

static enum base_err kept_path(const char *var, const char *name, struct base_diag *diag, struct base_buf *path)
{
    base_buf_printf(path, "%s/kept", var);
    enum base_err err = base_file_mkdirs(base_buf_cstr(path), 0700, diag);
    if (!err) {
        base_buf_printf(path, "/%s", name);
        base_buf_cstr(path);
        err = path->err ? base_diag_set(diag, path->err, "%s: the path is too long", var) : BASE_OK;
    }
    return err;
}

/* NOT_FOUND when nothing is kept under that name yet. */
static enum base_err kept_read(const char *path, struct base_diag *diag, struct base_buf *value)
{
    enum base_err err = base_file_read(path, 64, diag, value);
    if (!err) {
        struct base_str text = base_str_trim(base_buf_str(value));
        value->len = text.len; /* what is kept starts with no white space */
    }
    return err;
}

static enum base_err bindable(const char *bind_to, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, bind_to, &at.sin_addr) != 1) {
        return BASE_INVALID;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return BASE_IO;
    }
    enum base_err err = BASE_OK;
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 1) != 0) {
        err = errno == EADDRINUSE ? BASE_CONFLICT : errno == EACCES ? BASE_UNSUPPORTED : BASE_INVALID;
    }
    close(fd);
    return err;
}

/* Below the range that the kernel gives to outgoing connections: there a kept port could be somebody's for a moment. */
static int free_port(const char *bind_to)
{
    /* Several starters at once begin at different places. */
    uint32_t start = ((uint32_t)base_clock_mono_us() ^ (uint32_t)getpid() * 40503U) * 2654435761U;
    for (uint32_t i = 0; i < PORT_TRIES; i++) {
        int port = PORT_LOWEST + (int)((start + i * 37U) % PORT_SPAN);
        if (bindable(bind_to, port) == BASE_OK) {
            return port;
        }
    }
    return 0;
}

/* var: where the port is kept, so that the way out can be named; NULL when it is not. */
static enum base_err explain(enum base_err err, const char *var, const char *name, const char *bind_to, int port,
                             struct base_diag *diag)
{
    int word = (int)strcspn(name, "."); /* "broker" of broker.port */
    switch (err) {
    case BASE_OK:
        return BASE_OK;
    case BASE_CONFLICT:
        if (!var) {
            return base_diag_set(diag, err,
                                 "port %d (%.*s) is taken by another program; end that program, or give another port",
                                 port, word, name);
        }
        return base_diag_set(diag, err,
                             "port %d (%.*s) is taken by another program; end that program, or delete %s/kept/%s to "
                             "let hutong choose another port",
                             port, word, name, var, name);
    case BASE_UNSUPPORTED:
        return base_diag_set(diag, err, "port %d (%.*s): this user may not listen there; give a port above 1023", port,
                             word, name);
    default:
        return base_diag_set(diag, err, "%.*s: cannot listen on address %s; give an IPv4 address of this machine", word,
                             name, bind_to);
    }
}

enum base_err cli_kept_port(const char *var, const char *name, const char *bind_to, int wanted, struct base_diag *diag,
                            int *ret_port)
{
    AUTO_VALUE(base_buf) path;
    AUTO_VALUE(base_buf) value;
    base_buf_init(&path, 4096);
    base_buf_init(&value, 1 << 17);
    enum base_err err = kept_path(var, name, diag, &path);
    int64_t port = wanted;
    bool same = false;
    if (!err && (err = kept_read(base_buf_cstr(&path), diag, &value)) == BASE_OK) {
        int64_t kept;
        if (base_str_i64(base_buf_str(&value), &kept) && kept > 0 && kept < 65536) {
            same = port <= 0 || port == kept;
            port = same ? kept : port;
        }
    }
    if (err && err != BASE_NOT_FOUND) {
        return err;
    }
    if (port <= 0) {
        port = free_port(bind_to);
    }
    err = explain(bindable(bind_to, (int)port), same && wanted <= 0 ? var : NULL, name, bind_to, (int)port, diag);
    if (!err && !same) {
        base_buf_reset(&value);
        base_buf_printf(&value, "%d\n", (int)port);
        err = base_file_write(base_buf_cstr(&path), 0600, value.data, value.len, diag);
    }
    if (!err) {
        *ret_port = (int)port;
    }
    return err;
}

enum base_err cli_kept_port_free(const char *name, const char *bind_to, int port, struct base_diag *diag)
{
    return explain(bindable(bind_to, port), NULL, name, bind_to, port, diag);
}

enum base_err cli_kept_password(const char *var, const char *name, struct base_diag *diag,
                                char ret_password[CLI_KEPT_PASSWORD])
{
    AUTO_VALUE(base_buf) path;
    AUTO_VALUE(base_buf) value;
    base_buf_init(&path, 4096);
    base_buf_init(&value, 1 << 17);
    enum base_err err = kept_path(var, name, diag, &path);
    if (!err) {
        err = kept_read(base_buf_cstr(&path), diag, &value);
    }
    char made[CLI_KEPT_PASSWORD];
    if (err == BASE_NOT_FOUND) {
        base_key_password(made);
        base_buf_reset(&value);
        base_buf_text(&value, made);
        err = base_file_write(base_buf_cstr(&path), 0600, value.data, value.len, diag);
    }
    if (!err && value.len != sizeof made - 1) {
        err = base_diag_set(diag, BASE_INVALID, "%s: not a password of %d characters; restore it from your backup",
                            base_buf_cstr(&path), CLI_KEPT_PASSWORD - 1);
    }
    if (!err) {
        snprintf(ret_password, CLI_KEPT_PASSWORD, "%.*s", (int)value.len, value.data);
    }
    return err;
}
