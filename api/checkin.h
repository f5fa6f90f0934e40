/* What the server has for sending check-ins to the broker. Private to api/. */
#ifndef HUTONG_API_CHECKIN_H
#define HUTONG_API_CHECKIN_H

#include "api/request.h"

/* --- checkin_send (checkin_send.c): one connection to the broker, for all workers --- */
struct api_checkins;
/* *ret_checkins NULL: no broker is named. */
enum base_err api_checkin_send_new(const char *broker, struct base_diag *diag,
                                   struct api_checkins **ret_checkins) BASE_MUST_CHECK;
void api_checkin_send_free(struct api_checkins *checkins);
/* Until the broker has acknowledged it (QoS 1). BROKER, TIMEOUT after some seconds: it may have it or not. */
enum base_err api_checkin_send(struct api_checkins *checkins, const char *topic, struct base_str payload,
                               struct base_diag *diag) BASE_MUST_CHECK;

#endif
