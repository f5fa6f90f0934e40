/* How old an event may be when it comes: older than it is kept, it would have to be deleted at once. */
#include "ingest/source.h"

#include <math.h>

static int64_t shorter(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void ingest_retention_set(struct ingest_source *source, const struct data_keeps *keeps)
{
    source->keep_fix_us = shorter(source->retention_us, keeps->us[DATA_KEEP_FIX]);
    source->keep_event_us = shorter(source->retention_us, keeps->us[DATA_KEEP_EVENT]);
}

bool ingest_retention_too_old(const struct ingest_source *source, const struct sensors_event *event, int64_t now_us)
{
    bool fix = event->kind == SENSORS_KIND_POSITION && !isnan(event->lon);
    return event->t_event < now_us - (fix ? source->keep_fix_us : source->keep_event_us);
}
