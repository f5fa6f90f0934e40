/* JT/T 808: what a gateway's JSON and the terminal's own frames have in common. Private to sensors/. */
#ifndef HUTONG_SENSORS_DECODE_JT808_H
#define HUTONG_SENSORS_DECODE_JT808_H

#include "sensors/decode_vehicle.h"

struct sensors_jt808_report { /* of 0x0200; numbers as sent, NAN: not sent */
    uint32_t alarm, status;
    double lat, lon;           /* 1e-6 degree, without sign */
    double altitude;           /* m */
    double speed;              /* 0.1 km/h */
    double direction;          /* degrees */
    int64_t time_us;           /* or SENSORS_NO_TIME */
    double mileage;            /* 0.1 km */
    double area_id, area_left; /* NAN: no area was entered or left */
    bool torn;                 /* the additional items end early */
};
struct sensors_jt808_head {
    uint32_t id;
    uint32_t serial;
    struct base_str phone; /* the terminal's id; lives as long as the message */
};
/* YYMMDDhhmmss of GMT+8; SENSORS_NO_TIME when it is none. */
int64_t sensors_jt808_time(struct base_str digits);
/* One report: a position, without coordinates when there was no fix; alarms; the area. */
enum base_err sensors_jt808_report(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                   const struct sensors_jt808_report *report, uint32_t flags) BASE_MUST_CHECK;
/* Whatever is no report. */
enum base_err sensors_jt808_other(struct sensors_decoding *decoding, const struct sensors_jt808_head *head,
                                  unsigned redacted) BASE_MUST_CHECK;
/* The payload is one frame or several. */
enum base_err sensors_jt808_frames(struct sensors_decoding *decoding) BASE_MUST_CHECK;

#endif
