/* The keys in VAR/keys, and the pseudonyms made with them. Private to ingest/.
 *
 *   dedup.key            permanent: duplicate keys, pseudonyms of things, the names of broker sessions
 *   subject-YYYY-MM.key  of the month (UTC) in which a shift started: pseudonyms of persons, the shift's device hash
 * and the ids their devices send. Destroying it ends what ties that month to other months and to devices - but for
 * duplicate keys, which dedup.key can recompute (docs/security.md). dead.key, .pub       dead letters are sealed to the
 * public half; only `replay --dead` needs the other
 *   secret-HEX           of one source, named by an HMAC of its name: what opens its encrypted messages, as it was
 * given
 */
#ifndef HUTONG_INGEST_KEYS_H
#define HUTONG_INGEST_KEYS_H

#include "base/base.h"
#include "ingest/names.h"

enum { INGEST_KEYS_MONTHS = 16, INGEST_SECRET_MAX = 32 };

struct ingest_keys {
    char folder[1024];
    struct base_key dedup;
    struct base_key dead; /* public half */
    struct {
        int month; /* year * 12 + month - 1 */
        struct base_key key;
    } months[INGEST_KEYS_MONTHS];
    size_t month_count;
};

enum base_err ingest_keys_open(const char *var, struct base_diag *diag, struct ingest_keys *ret_keys) BASE_MUST_CHECK;
int ingest_keys_month(int64_t time_us);
enum base_err ingest_keys_subject(struct ingest_keys *keys, int month, struct base_diag *diag,
                                  const struct base_key **ret_key) BASE_MUST_CHECK;

/* What opens the source's encrypted messages; *ret_len 0: nothing was given. */
enum base_err ingest_keys_secret(const struct ingest_keys *keys, const char *source, char bytes[INGEST_SECRET_MAX],
                                 size_t *ret_len) BASE_MUST_CHECK;

/* --- devices (devices.c): a source's devices by native id, so that their hashes are computed once --- */
struct ingest_device {
    struct base_str native; /* in memory only, never stored or logged */
    struct {
        int month; /* whose key made it; -1: none yet */
        struct base_id hash;
    } hashes[2];       /* what a shift names the device by; by month modulo 2, for two that follow each other */
    int subject_month; /* of the subject below; -1: none yet */
    struct base_id subject;
};

struct ingest_devices {
    struct ingest_names names;
    struct base_arena memory; /* of devices and their names */
};
enum { INGEST_DEVICES_MAX = 1 << 16 };

void ingest_devices_init(struct ingest_devices *devices);
void ingest_devices_release(struct ingest_devices *devices);
/* Forgets all when there are too many; call it while no batch holds pointers. */
void ingest_devices_trim(struct ingest_devices *devices);
/* NULL when memory is short. The pointer holds until the next trim. */
struct ingest_device *ingest_devices_find(struct ingest_devices *devices, struct base_str native);
/* What shifts that started in this month name the device by. */
enum base_err ingest_devices_in_month(struct ingest_device *device, struct ingest_keys *keys, struct base_str source,
                                      int month, struct base_diag *diag, struct base_id *ret_hash) BASE_MUST_CHECK;

#endif
