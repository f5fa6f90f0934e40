/* Keys are files apart from the database; each is made when it is first needed. */
#include "ingest/keys.h"

#include <string.h>

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
