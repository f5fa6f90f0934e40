/* $HUTONG_VAR/hutong.env: written by `hutong up`, read by every other subcommand. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum base_err cli_var_load(struct base_diag *diag)
{
    const char *given = getenv("HUTONG_VAR");
    char *var = strdup(given && *given ? given : "./var");
    char *path = NULL;
    enum base_err err = BASE_OK;
    if (!var || asprintf(&path, "%s/hutong.env", var) < 0) {
        free(var);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    unsetenv("HUTONG_VAR");
    err = base_env_load(path, diag);
    if (err && getenv("HUTONG_DATABASE")) {
        err = BASE_OK; /* somebody else's hutong.env: what we need was said otherwise */
    }
    if (!err && setenv("HUTONG_VAR", var, 0) != 0) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    free(path);
    free(var);
    return err;
}
