/* What duty_put's files share: a duty as it is wished, read and checked. Private to duty/. */
#ifndef HUTONG_DUTY_PUT_H
#define HUTONG_DUTY_PUT_H

#include "duty/private.h"

enum duty_put_number {
    DUTY_PUT_COUNT,
    DUTY_PUT_UNITS,
    DUTY_PUT_RADIUS,
    DUTY_PUT_ACCURACY,
    DUTY_PUT_DWELL,
    DUTY_PUT_FRACTION,
    DUTY_PUT_FILL,
    DUTY_PUT_ALLOW,
    DUTY_PUT_GRACE,
    DUTY_PUT_NUMBERS
};

struct duty_put_wish { /* texts are the spec's; NULL: nothing said */
    int64_t estate_id;
    const char *key, *name, *name_en, *organisation, *contract, *campaign;
    const char *subject_kind, *subject_filter, *schedule, *calendar, *days, *proof, *form;
    char subject_types[160];          /* an array as PostgreSQL writes it */
    double numbers[DUTY_PUT_NUMBERS]; /* with the columns' defaults */
    int64_t subject_id;               /* 0: none */
    bool tool;
    const char *valid_from_text, *valid_to_text;
    /* what the database says to it */
    int64_t organisation_id, campaign_id, calendar_id; /* 0: none */
    int64_t now_us, valid_from_us, valid_to_us;        /* INT64_MIN: not said; INT64_MAX: for good */
    struct sensors_zone *zone;
};

/* What needs no database. INVALID names the field. (put_check.c) */
enum base_err duty_put_check(const struct duty_spec *spec, struct base_diag *diag,
                             struct duty_put_wish *ret_wish) BASE_MUST_CHECK;
/* NULL when the duty may be proven so, else the proofs that fit the kind: "pass, checkin or area". (put_check.c) */
const char *duty_put_misfit(const char *proof, const char *subject_kind);
/* What the author should know of a duty that is stored; id is its own. (put_remark.c) */
enum base_err duty_put_remark(struct data_conn *conn, const struct duty_put_wish *wish, int64_t id,
                              const struct data_rows *places, struct base_diag *diag,
                              char ret_remark[256]) BASE_MUST_CHECK;

#endif
