/* Asking the database who it is that asks. */
#include "api/private.h"

#include <stdlib.h>
#include <string.h>

static enum base_err identity_open(struct base_diag *diag, struct api_identity **ret_identity)
{
    struct api_identity *identity = calloc(1, sizeof *identity);
    if (!identity) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    atomic_init(&identity->refs, 1);
    enum base_err err = data_scope_everything(diag, &identity->scope);
    if (err) {
        free(identity);
        return err;
    }
    identity->open = true;
    identity->expires_us = INT64_MAX;
    snprintf(identity->name, sizeof identity->name, "open");
    snprintf(identity->roles, sizeof identity->roles, "administrator");
    snprintf(identity->purpose, sizeof identity->purpose, "open");
    *ret_identity = identity;
    return BASE_OK;
}

enum base_err api_identity_ask(struct api_call *call, struct api_worker *worker, struct base_diag *diag,
                               struct api_identity **ret_identity)
{
    (void)worker;
    struct api_identity *identity = NULL;
    uint64_t generation = api_identities_generation(call->server->identities);
    enum base_err err = identity_open(diag, &identity);
    if (!err) {
        api_identities_keep_open(call->server->identities, identity, generation);
        *ret_identity = identity;
    }
    return err;
}
