/* Private to facts/: what track_out.c and track_in.c must agree on. */
#ifndef HUTONG_FACTS_TRACK_BYTES_H
#define HUTONG_FACTS_TRACK_BYTES_H

#include "facts/facts.h"

enum { FACTS_TRACK_VERSION = 1, FACTS_TRACK_DOUBTED = 1 };

#endif
