/* What plate cameras and door readers have in common: one spelling for a plate whoever read it, the many ways of
 * saying that none was read, confidences of any scale, and members that are private only when they say something. */
#include "sensors/decode_pass.h"

#include <math.h>
#include <string.h>

enum { PLATE_MAX = 32 }; /* bytes; the longest have 8 characters, of which one or two are Chinese */

/* What cameras send when they saw a car and no plate, in the spelling below. */
static const char *const unread[] = {"无",   "无牌车",  "无牌",      "无车牌",     "车牌",
                                     "未知", "未识别",  "UNKNOWN",   "NONE",       "NULL",
                                     "NA",   "NOPLATE", "UNDEFINED", "UNLICENSED", "NOTREAD"};

/* Marks between the parts of a plate, which one camera sends and another does not. */
static const char *const marks[] = {" ", "-", "_", ".", "·", "•", "・"};

static size_t mark_length(struct base_str text)
{
    for (size_t i = 0; i < BASE_COUNT(marks); i++) {
        if (base_str_starts(text, marks[i])) {
            return strlen(marks[i]);
        }
    }
    return 0;
}

/* Capitals without marks, into the arena. */
static struct base_str spelled(struct sensors_decoding *decoding, struct base_str plate)
{
    char *copy = plate.len && plate.len < 4 * PLATE_MAX ? base_arena_text(decoding->arena, plate) : NULL;
    size_t len = 0;
    for (size_t i = 0; copy && i < plate.len;) {
        size_t mark = mark_length((struct base_str){plate.at + i, plate.len - i});
        if (!mark) {
            char c = plate.at[i];
            copy[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        }
        i += mark ? mark : 1;
    }
    return (struct base_str){copy, len};
}

static bool says_unread(struct base_str id)
{
    bool found = id.len == 0;
    for (size_t i = 0; i < BASE_COUNT(unread) && !found; i++) {
        found = base_str_is(id, unread[i]);
    }
    return found;
}

bool sensors_pass_unread(struct sensors_decoding *decoding, struct base_str plate)
{
    return says_unread(spelled(decoding, plate));
}

void sensors_pass_plate(struct sensors_decoding *decoding, struct sensors_event *event, struct base_str plate)
{
    struct base_str id = spelled(decoding, plate);
    if (id.len <= PLATE_MAX && !says_unread(id)) {
        sensors_decode_subject(decoding, event, SENSORS_SUBJECT_PLATE, id);
        return;
    }
    event->subject_type = SENSORS_SUBJECT_OBJECT;
    event->flags |= SENSORS_FLAG_SENTINEL;
}

void sensors_pass_confidence(struct sensors_event *event, double said)
{
    if (event->subject.len) {
        event->confidence = sensors_decode_confidence(event, said);
    }
}

void sensors_pass_speed(struct sensors_event *event, double kmh)
{
    if (kmh != 0) { /* 0: no radar, since whoever triggers it moves */
        sensors_event_measure(event, "speed", sensors_decode_within(event, kmh, 0, 400) / 3.6, "m/s");
    }
}

struct base_str sensors_pass_level(struct base_str topic, const char *before)
{
    struct base_str rest = topic, level, next;
    while (base_str_next(&rest, '/', &level)) {
        struct base_str ahead = rest;
        if (base_str_is(level, before) && base_str_next(&ahead, '/', &next)) {
            return next;
        }
    }
    return (struct base_str){NULL, 0};
}

void sensors_pass_thing(struct sensors_event *event, enum sensors_kind kind, enum sensors_phase phase)
{
    event->kind = kind;
    event->phase = phase;
    event->subject_type = kind == SENSORS_KIND_DETECTION ? SENSORS_SUBJECT_OBJECT : SENSORS_SUBJECT_UNIT;
}
