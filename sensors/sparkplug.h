/* Sparkplug B payloads in plain words, and what a birth certificate tells of later messages. Private to sensors/. */
#ifndef HUTONG_SENSORS_SPARKPLUG_H
#define HUTONG_SENSORS_SPARKPLUG_H

#include "sensors/decode_private.h"

struct sensors_sparkplug_metric {
    struct base_str name; /* as it was sent; empty: alias tells */
    bool has_alias;
    uint64_t alias;
    uint32_t type;   /* datatype; 0: not said */
    int64_t time_us; /* its own, else the payload's, or SENSORS_NO_TIME */
    bool historical;
    struct base_str unit; /* property engUnit */
    uint64_t bits;        /* an integer as it was sent: its type says what it means */
    bool whole;           /* bits hold the value */
    double value;         /* NAN: none, or text */
    struct base_str text;
};

struct sensors_sparkplug {
    int64_t time_us; /* or SENSORS_NO_TIME */
    int seq;         /* 0-255, or -1 */
    bool has_birth;
    uint64_t birth;                           /* bdSeq: tells which birth a death belongs to */
    struct sensors_sparkplug_metric *metrics; /* in the arena, without nulls and types that are no reading */
    size_t count;
};

/* BINARY, TOO_MANY; TYPE: compressed. */
enum base_err sensors_sparkplug_read(struct sensors_decoding *decoding,
                                     struct sensors_sparkplug *ret_payload) BASE_MUST_CHECK;
/* The request for a new birth, as the payload of a command; empty when the arena is full. */
struct base_str sensors_sparkplug_rebirth(struct sensors_decoding *decoding);
/* The value once its type is known; NAN when it is none. */
double sensors_sparkplug_value(const struct sensors_sparkplug_metric *metric, uint32_t type);

/* --- what is remembered --- */
struct sensors_sparkplug_node {
    bool alive;  /* born, and not dead since */
    uint8_t seq; /* of its last message, its devices' included */
    bool has_birth;
    uint64_t birth;      /* bdSeq */
    uint64_t generation; /* of the node's birth: its devices' births are of one, too */
    int64_t asked_us;    /* when it was asked for a new birth */
};
/* Nothing known gives a node that never lived. node: "group/node". */
struct sensors_sparkplug_node sensors_sparkplug_node_get(const struct sensors_decoding *decoding, struct base_str node);
/* False: it is not remembered. */
bool sensors_sparkplug_node_set(struct sensors_decoding *decoding, struct base_str node,
                                const struct sensors_sparkplug_node *state);

struct sensors_sparkplug_born { /* a metric of a birth */
    struct base_str name, unit; /* in the arena */
    uint32_t type;
};
/* device: "group/node" or "group/node/device". What does not fit is not remembered: its aliases stay unknown. */
void sensors_sparkplug_birth_set(struct sensors_decoding *decoding, struct base_str device, uint64_t generation,
                                 const struct sensors_sparkplug *payload);
void sensors_sparkplug_birth_forget(struct sensors_decoding *decoding, struct base_str device);
/* The birth as it was noted, copied into the arena; empty when there is none of that generation. */
struct base_str sensors_sparkplug_birth_get(struct sensors_decoding *decoding, struct base_str device,
                                            uint64_t generation);
bool sensors_sparkplug_birth_find(struct base_str birth, const struct sensors_sparkplug_metric *metric,
                                  struct sensors_sparkplug_born *ret_born);

#endif
