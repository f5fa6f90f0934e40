/* Keys are files apart from the database; each is made when it is first needed. */
#include "ingest/keys.h"

#include "ingest/ingest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum base_err ingest_keys_open(const char *var, struct base_diag *diag, struct ingest_keys *ret_keys)
{
    char path[1100];
    struct ingest_keys keys = {.month_count = 0};
    int len = snprintf(keys.folder, sizeof keys.folder, "%s/keys", var);
    if (len < 0 || (size_t)len >= sizeof keys.folder) {
        return base_diag_set(diag, BASE_LIMIT, "HUTONG_VAR: the path is too long");
    }
    enum base_err err = base_file_mkdirs(keys.folder, 0700, diag);
    if (!err) {
        snprintf(path, sizeof path, "%s/dedup.key", keys.folder);
        err = base_key_file(path, diag, &keys.dedup);
    }
    if (!err) {
        snprintf(path, sizeof path, "%s/dead.key", keys.folder);
        err = base_key_pair_files(path, diag, &keys.dead);
    }
    if (!err) {
        *ret_keys = keys;
    }
    return err;
}

int ingest_keys_month(int64_t time_us)
{
    char text[BASE_TIME_TEXT];
    int64_t year = 0, month = 1;
    base_time_out(time_us, text);
    base_str_i64((struct base_str){text, 4}, &year);
    base_str_i64((struct base_str){text + 5, 2}, &month);
    return (int)(year * 12 + month - 1);
}

enum base_err ingest_keys_subject(struct ingest_keys *keys, int month, struct base_diag *diag,
                                  const struct base_key **ret_key)
{
    for (size_t i = 0; i < keys->month_count; i++) {
        if (keys->months[i].month == month) {
            *ret_key = &keys->months[i].key;
            return BASE_OK;
        }
    }
    char path[1100];
    snprintf(path, sizeof path, "%s/subject-%04d-%02d.key", keys->folder, month / 12, month % 12 + 1);
    struct base_key key;
    enum base_err err = base_key_file(path, diag, &key);
    if (err) {
        return err;
    }
    size_t at = keys->month_count < INGEST_KEYS_MONTHS ? keys->month_count++ : (size_t)(month % INGEST_KEYS_MONTHS);
    keys->months[at].month = month;
    keys->months[at].key = key;
    *ret_key = &keys->months[at].key;
    return BASE_OK;
}

/* --- secrets --- */
static void secret_path(const struct ingest_keys *keys, const char *source, char path[1100])
{
    char hex[BASE_ID_TEXT];
    const struct base_str parts[] = {base_str_of("secret"), base_str_of(source)};
    base_id_hex(base_key_id(&keys->dedup, parts, BASE_COUNT(parts)), hex);
    snprintf(path, 1100, "%s/secret-%s", keys->folder, hex);
}

enum base_err ingest_keys_secret(const struct ingest_keys *keys, const char *source, char bytes[INGEST_SECRET_MAX],
                                 size_t *ret_len)
{
    char path[1100];
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 17);
    *ret_len = 0;
    secret_path(keys, source, path);
    if (access(path, F_OK) != 0) {
        return BASE_OK;
    }
    enum base_err err = base_file_read(path, INGEST_SECRET_MAX, NULL, &file);
    if (!err) {
        memcpy(bytes, file.data, file.len);
        *ret_len = file.len;
    }
    if (file.len) {
        explicit_bzero(file.data, file.len);
    }
    return err;
}

enum base_err ingest_secret_keep(const char *var, const char *source, struct base_str secret, struct base_diag *diag)
{
    char path[1100];
    struct ingest_keys keys;
    if (secret.len > INGEST_SECRET_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "a key has up to %d bytes, this has %zu", INGEST_SECRET_MAX, secret.len);
    }
    enum base_err err = ingest_keys_open(var, diag, &keys);
    if (err) {
        return err;
    }
    secret_path(&keys, source, path);
    if (secret.len) {
        return base_file_write(path, 0600, secret.at, secret.len, diag);
    }
    return unlink(path) == 0 || errno == ENOENT ? BASE_OK
                                                : base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
}
