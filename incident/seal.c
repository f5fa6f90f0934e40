/* What persons said is not stored as they said it: numbers of theirs are taken out, and what only who handles an
 * incident may see is locked by a key that lies apart from the database. */
#include "incident/private.h"

enum { SAID_MAX = 1 << 16, PURPOSE_MAX = 80 };

enum base_err incident_seal_key(const char *var, struct base_diag *diag, struct base_key *ret_key)
{
    char path[1100];
    int len = snprintf(path, sizeof path, "%s/keys", var);
    if (len < 0 || (size_t)len >= sizeof path - sizeof "/incident.key") {
        return base_diag_set(diag, BASE_LIMIT, "HUTONG_VAR: the path is too long");
    }
    enum base_err err = base_file_mkdirs(path, 0700, diag);
    snprintf(path + len, sizeof path - (size_t)len, "/incident.key");
    return err ? err : base_key_file(path, diag, ret_key);
}

void incident_said_init(struct incident_said *said)
{
    said->masked = 0;
    base_buf_init(&said->title, SAID_MAX);
    base_buf_init(&said->note, SAID_MAX);
    base_buf_init(&said->taken, SAID_MAX);
}

void incident_said_release(struct incident_said *said)
{
    base_buf_release(&said->title);
    base_buf_release(&said->note);
    base_buf_release(&said->taken);
}

static size_t mask(const char *text, struct base_buf *masked, struct base_buf *taken)
{
    AUTO_VALUE(base_buf) found;
    base_buf_init(&found, SAID_MAX);
    size_t count = base_mask(base_str_of(text), masked, &found);
    if (count) {
        base_buf_printf(taken, "%s%s", taken->len ? ", " : "", base_buf_cstr(&found));
    }
    return count;
}

enum base_err incident_said_in(struct incident_said *said, const char *title, const char *note, struct base_diag *diag)
{
    said->masked = mask(title, &said->title, &said->taken) + mask(note, &said->note, &said->taken);
    return said->title.err || said->note.err || said->taken.err
               ? base_diag_set(diag, BASE_LIMIT, "the words are longer than %d bytes", SAID_MAX)
               : BASE_OK;
}

static void purpose_of(const struct incident_sealing *sealing, char purpose[PURPOSE_MAX])
{
    snprintf(purpose, PURPOSE_MAX, "incident %lld %lld %s", (long long)sealing->estate_id, (long long)sealing->id,
             sealing->what);
}

enum base_err incident_seal_lock(const struct incident_sealing *sealing, struct base_str text, struct base_diag *diag,
                                 struct base_buf *locked)
{
    char purpose[PURPOSE_MAX];
    if (!sealing->key) {
        return base_diag_set(diag, BASE_INVALID, "there is no key to lock it by (HUTONG_VAR)");
    }
    purpose_of(sealing, purpose);
    enum base_err err = base_key_lock(sealing->key, purpose, text, locked);
    return err ? base_diag_set(diag, err, "it cannot be locked") : BASE_OK;
}

enum base_err incident_seal_unlock(const struct incident_sealing *sealing, struct base_str locked,
                                   struct base_diag *diag, struct base_buf *text)
{
    char purpose[PURPOSE_MAX];
    if (!sealing->key) {
        return base_diag_set(diag, BASE_CONFLICT, "there is no key to open it with (HUTONG_VAR)");
    }
    purpose_of(sealing, purpose);
    enum base_err err = base_key_unlock(sealing->key, purpose, locked, text);
    return err ? base_diag_set(diag, BASE_IO,
                               "incident %lld was locked by another key; restore incident.key from your backup",
                               (long long)sealing->id)
               : BASE_OK;
}
