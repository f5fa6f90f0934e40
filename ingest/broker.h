/* A broker's addresses, and what all MQTT clients do with them. Private to ingest/.
 *
 * Several addresses are nodes of one broker that share their sessions: each client tries them in turn, and goes on to
 * the next whenever one refuses it or drops it.
 */
#ifndef HUTONG_INGEST_BROKER_H
#define HUTONG_INGEST_BROKER_H

#include "ingest/ingest.h"

#include <mosquitto.h>
#include <netdb.h>

enum { INGEST_BROKER_ADDRESSES = 8 };

struct ingest_broker_address {
    char host[256];
    int port;
};

struct ingest_broker {
    struct ingest_broker_address addresses[INGEST_BROKER_ADDRESSES];
    size_t count;
    char user[128];
    char password[256];
    bool tls;
    const char *ca; /* HUTONG_BROKER_CA: file of certificates that may sign the broker's; NULL: the system's */
};

/* url NULL or "" takes HUTONG_BROKER. User and password may be %-encoded. */
enum base_err ingest_broker_parse(const char *url, struct base_diag *diag,
                                  struct ingest_broker *ret_broker) BASE_MUST_CHECK;
/* The address whose turn it is. */
const struct ingest_broker_address *ingest_broker_at(const struct ingest_broker *broker, size_t turn);
#define INGEST_BROKER_TEXT 300
const char *ingest_broker_text(const struct ingest_broker_address *address, char text[INGEST_BROKER_TEXT]);
/* A client for it, with protocol and credentials set, not connected. */
enum base_err ingest_broker_client(const struct ingest_broker *broker, const char *client_id, bool clean, int protocol,
                                   void *at, struct base_diag *diag, struct mosquitto **ret_client) BASE_MUST_CHECK;
enum base_err ingest_broker_failed(struct base_diag *diag, int code, const char *doing);
/* Why a call of libmosquitto failed, in words that say what to look at. */
const char *ingest_broker_why(int code);

/* What a CONNACK says; what it leaves out has the default of MQTT 5, or is what was asked for. */
void ingest_broker_granted_read(const mosquitto_property *properties, int protocol, int64_t asked_expiry_s,
                                int64_t asked_keepalive_s, struct ingest_granted *ret_granted);

/* --- reach (broker_reach.c): a TCP connection tried without waiting, because libmosquitto would wait for a dead host
 * for minutes, and with it all other sources --- */
struct ingest_broker_reach {
    int fd; /* of the attempt on its way; -1: none */
    struct addrinfo *list, *next;
    char number[64]; /* the address that answered, as digits */
    int error;       /* errno of the last attempt */
};

/* FAILED: no address of that name answers, or the name has none. */
enum ingest_broker_reached { INGEST_BROKER_PENDING, INGEST_BROKER_REACHED, INGEST_BROKER_FAILED };
/* Resolves the name (that may wait) and begins. */
enum ingest_broker_reached ingest_broker_reach_begin(struct ingest_broker_reach *reach,
                                                     const struct ingest_broker_address *address);
/* When fd can be written, or has failed. */
enum ingest_broker_reached ingest_broker_reach_step(struct ingest_broker_reach *reach);
void ingest_broker_reach_end(struct ingest_broker_reach *reach); /* also for one that is all zeros but fd -1 */
const char *ingest_broker_reach_why(const struct ingest_broker_reach *reach);
/* The same, waiting up to timeout_ms; number tells where (NULL: not wanted). */
enum ingest_broker_reached ingest_broker_reach_wait(struct ingest_broker_reach *reach,
                                                    const struct ingest_broker_address *address, int timeout_ms);

#endif
