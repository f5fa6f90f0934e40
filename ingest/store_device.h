/* The latest of each thing: what a batch's new events say about it. Private to ingest/. */
#ifndef HUTONG_INGEST_STORE_DEVICE_H
#define HUTONG_INGEST_STORE_DEVICE_H

#include "ingest/source.h"

/* Both run in a batch's transaction. */
/* Retained values that are not what is stored of the device were missed while nobody listened: late, no replays. */
enum base_err ingest_store_device_retained(const struct ingest_source *source, struct data_conn *conn,
                                           struct base_diag *diag) BASE_MUST_CHECK;
/* Stores the newest of each thing's events that were new. */
enum base_err ingest_store_device_state(struct ingest_source *source, struct data_conn *conn,
                                        struct base_diag *diag) BASE_MUST_CHECK;

#endif
