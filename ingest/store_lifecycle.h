/* What begins, goes on and ends at things. Private to ingest/.
 *
 *                    start, update                     end, or silence for longer than it lasts
 *        nothing ────────────────────> a row, open ──────────────────────────────────────────────> ended
 *           │                             ^   │ start, update: t_last, updates, worst severity        │
 *           │                             │   └──┘                                                    │
 *           │ end: a row that ended       ├── update, after silence: the same row goes on <───────────┤
 *           '───────────────> ended       '── start (or a later update): another row <────────────────┘
 *
 * A lifecycle is the newest one of its device, kind, channel and native id. Newer event time wins: what is older than
 * its last word changes nothing, but that a start which comes late says when it began. Rows are stepped in the order of
 * their times, so the cut into batches changes nothing for what comes in order.
 */
#ifndef HUTONG_INGEST_STORE_LIFECYCLE_H
#define HUTONG_INGEST_STORE_LIFECYCLE_H

#include "ingest/source.h"

/* In a batch's transaction, after its events were stored. */
enum base_err ingest_store_lifecycle(const struct ingest_source *source, struct data_conn *conn,
                                     struct base_diag *diag) BASE_MUST_CHECK;

#endif
