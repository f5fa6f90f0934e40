/* What the files of the feed share. Private to data/ and its tests. */
#ifndef HUTONG_DATA_FEED_PRIVATE_H
#define HUTONG_DATA_FEED_PRIVATE_H

#include "data/conn_private.h"

/* --- feed_decode.c: the stream's messages, one at a time ---
 * Streaming replication protocol (XLogData, keepalive) around pgoutput's protocol version 1:
 * https://www.postgresql.org/docs/15/protocol-replication.html,
 * https://www.postgresql.org/docs/15/protocol-logicalrep-message-formats.html */
enum { DATA_FEED_COLUMN_MAX = 1664 /* PostgreSQL has no wider row */, DATA_FEED_PUBLISHED_MAX = 4096 };

/* A table as the server told of it last; it tells again after each change of the table. */
struct data_feed_relation {
    uint32_t oid; /* 0: nothing told so far */
    uint16_t count;
    int16_t at[DATA_FEED_COLUMN_MAX]; /* of each column sent: index in data_feed_table.columns, -1: not wanted */
};

struct data_feed_decoder {
    const struct data_feed_table *tables;
    size_t count, transaction_max;
    struct data_feed_relation *relations; /* one a table */
    struct base_buf others;               /* oids of published tables that nobody asked for */
    bool open;                            /* between Begin and Commit */
    uint64_t final_lsn;                   /* of the Commit that the Begin told of */
    struct base_arena arena;              /* rows of the transaction */
    struct base_buf changes;
    struct data_feed_transaction transaction;
    uint64_t server_lsn;
    bool ended; /* the message was a Commit: transaction holds what it did, maybe nothing */
    bool idle;  /* the message was a keepalive, and everything before idle_lsn has been sent */
    uint64_t idle_lsn;
    bool wants_reply;
};

enum base_err data_feed_decoder_init(struct data_feed_decoder *decoder, const struct data_feed_table *tables,
                                     size_t count, size_t transaction_max, struct base_diag *diag) BASE_MUST_CHECK;
void data_feed_decoder_release(struct data_feed_decoder *decoder);
/* One CopyData message. ended, idle and wants_reply tell of this one; the transaction stays until the next Begin or
 * keepalive. */
enum base_err data_feed_decode(struct data_feed_decoder *decoder, struct base_str message,
                               struct base_diag *diag) BASE_MUST_CHECK;

/* --- feed_load.c: COPY BINARY, https://www.postgresql.org/docs/15/sql-copy.html ---
 * One CopyData message: the header before the first row, rows, the trailer. */
struct data_feed_copy {
    bool begun, ended;
    size_t count;              /* columns */
    struct data_field *fields; /* as many */
    enum base_err (*visit)(void *of, const struct data_field *row);
    void *of;
};
enum base_err data_feed_copy_in(struct data_feed_copy *copy, struct base_str message,
                                struct base_diag *diag) BASE_MUST_CHECK;

/* --- feed.c, feed_open.c, feed_load.c --- */
#define DATA_FEED_SCHEMA "hutong"
enum { DATA_FEED_TELL_US = 5000000 /* well under wal_sender_timeout */ };

struct data_feed {
    const struct data_feed_table *tables;
    size_t count;
    const atomic_bool *stop; /* while opening */
    atomic_bool interrupted; /* and wake, an eventfd, is readable: ends a wait */
    int wake;
    struct data_conn *stream; /* streaming, once that is true */
    struct data_conn *rows;   /* holds the snapshot until everything is loaded */
    bool streaming;
    enum base_err failed; /* every later call fails the same way */
    uint64_t snapshot_lsn;
    uint64_t lsn;       /* given out */
    uint64_t confirmed; /* what the server may forget */
    int64_t heard_us, told_us;
    struct data_feed_decoder decoder;
};

enum base_err data_feed_open_within(const struct data_feed_config *config, int64_t patience_us, struct base_diag *diag,
                                    struct data_feed **ret_feed) BASE_MUST_CHECK;
/* INTERRUPTED by _interrupt, or stop. */
enum base_err data_feed_check(const struct data_feed *feed, struct base_diag *diag) BASE_MUST_CHECK;
/* Waits until there is something to read from the connection; *ret_ready false when the time is up. Meanwhile keeps the
 * stream alive. */
enum base_err data_feed_wait(struct data_feed *feed, struct data_conn *conn, int64_t deadline_us,
                             struct base_diag *diag, bool *ret_ready) BASE_MUST_CHECK;
/* Tells the server that we are alive and what it may forget, when it is time to, or at once. */
enum base_err data_feed_tell(struct data_feed *feed, bool at_once, struct base_diag *diag) BASE_MUST_CHECK;
/* Sends a statement and waits for its first result; TIMEOUT leaves it running. */
enum base_err data_feed_ask(struct data_feed *feed, struct data_conn *conn, const char *doing, const char *sql,
                            int64_t deadline_us, struct base_diag *diag, PGresult **ret_result) BASE_MUST_CHECK;

#endif
