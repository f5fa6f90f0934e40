/* What a source's earlier messages said (struct sensors_memory), kept over restarts and handed from worker to worker.
 * Private to ingest/.
 *
 *   lease taken ──read──> memory ──decoding changes it──> written in the batch's transaction ──COMMIT──> it stays
 *                                                                 '── not stored: as it was before the batch
 *
 * It lies in source_memory under keys that lie apart: it may name persons' devices. Whoever stores without a lease (a
 * replay) keeps what it learns to itself, because the worker would not know. One thread.
 */
#ifndef HUTONG_INGEST_MEMORY_H
#define HUTONG_INGEST_MEMORY_H

#include "data/data.h"

struct ingest_source;

/* For a lease that was just taken: reads it when somebody else may have had the source since. */
enum base_err ingest_memory_take(struct ingest_source *source, struct data_conn *conn,
                                 struct base_diag *diag) BASE_MUST_CHECK;
/* Reads it, whatever there was. */
enum base_err ingest_memory_load(struct ingest_source *source, struct data_conn *conn,
                                 struct base_diag *diag) BASE_MUST_CHECK;
/* In a batch's transaction: what changed; nothing when nothing did. */
enum base_err ingest_memory_store(struct ingest_source *source, struct data_conn *conn,
                                  struct base_diag *diag) BASE_MUST_CHECK;

#endif
