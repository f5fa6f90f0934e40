/* What may be asked of an event before its measures, in this order. Private to facts/. */
#ifndef HUTONG_FACTS_RULE_EVENT_H
#define HUTONG_FACTS_RULE_EVENT_H

#include "facts/facts.h"

#define FACTS_EVENT_ASKS(X)               \
    X(KIND, "kind", TEXT)                 \
    X(PHASE, "phase", TEXT)               \
    X(CHANNEL, "channel", TEXT)           \
    X(NATIVE_ID, "native_id", TEXT)       \
    X(SEVERITY, "severity", INTEGER)      \
    X(CONFIDENCE, "confidence", NUMBER)   \
    X(SUBJECT_TYPE, "subject_type", TEXT) \
    X(DEVICE_KIND, "device_kind", TEXT)   \
    X(SOURCE, "source", TEXT)             \
    X(STOREY, "storey", INTEGER)          \
    X(ESTATE_ID, "estate_id", INTEGER)    \
    X(T_EVENT, "t_event", TIMESTAMP)      \
    X(LATE, "late", BOOLEAN)

#define FACTS_EVENT_ENUM(constant, name, type) FACTS_EVENT_##constant,
enum { FACTS_EVENT_ASKS(FACTS_EVENT_ENUM) FACTS_EVENT_FIXED };

#endif
