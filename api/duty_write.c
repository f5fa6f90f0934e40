/* Until duty_put() is merged. */
#include "api/duty.h"
enum base_err api_duty_write_new(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    (void)call;
    (void)worker;
    return base_diag_set(diag, BASE_UNSUPPORTED, "not yet");
}
enum base_err api_duty_write_one(struct api_call *call, struct api_worker *worker, const int64_t ids[2],
                                 struct base_diag *diag)
{
    (void)call;
    (void)worker;
    (void)ids;
    return base_diag_set(diag, BASE_UNSUPPORTED, "not yet");
}
