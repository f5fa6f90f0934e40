/* Certificate and key for TLS. A key that others can read is refused, as ssh does: better at start than never noticed.
 */
#include "api/private.h"

#include <string.h>
#include <sys/stat.h>

enum { PEM_MAX = 256 * 1024 };

static enum base_err read_pem(const char *path, const char *option, const char *begin, struct base_diag *diag,
                              struct base_buf *buf)
{
    base_buf_init(buf, PEM_MAX);
    enum base_err err = base_file_read(path, PEM_MAX - 1, diag, buf);
    if (!err && !strstr(base_buf_cstr(buf), begin)) {
        err = base_diag_set(diag, BASE_INVALID, "%s %s: no PEM text (\"%s...\") in it", option, path, begin);
    }
    return err;
}

static enum base_err check_mode(const char *path, struct base_diag *diag)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & (S_IRWXO | S_IWGRP))) {
        return base_diag_set(diag, BASE_INVALID, "--tls-key %s: others may read or change it; chmod 600 (or 640) %s",
                             path, path);
    }
    return BASE_OK;
}

enum base_err api_tls_read(const char *certificate, const char *key, struct base_diag *diag, struct api_tls *ret_tls)
{
    struct api_tls tls;
    base_buf_init(&tls.certificate, PEM_MAX);
    base_buf_init(&tls.key, PEM_MAX);
    if (!certificate || !key) {
        return base_diag_set(diag, BASE_USAGE, "--tls-cert and --tls-key go together");
    }
    enum base_err err = read_pem(certificate, "--tls-cert", "-----BEGIN CERTIFICATE", diag, &tls.certificate);
    err = err ? err : check_mode(key, diag);
    err = err ? err : read_pem(key, "--tls-key", "-----BEGIN ", diag, &tls.key);
    if (err) {
        api_tls_release(&tls);
        return err;
    }
    *ret_tls = tls;
    return BASE_OK;
}

void api_tls_release(struct api_tls *tls)
{
    if (tls->key.data) {
        explicit_bzero(tls->key.data, tls->key.len);
    }
    base_buf_release(&tls->certificate);
    base_buf_release(&tls->key);
}
