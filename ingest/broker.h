/* A broker's address, and what both MQTT clients do with it. Private to ingest/. */
#ifndef HUTONG_INGEST_BROKER_H
#define HUTONG_INGEST_BROKER_H

#include "ingest/ingest.h"

#include <mosquitto.h>

struct ingest_broker {
    char host[256];
    int port;
    char user[128];
    char password[256];
    bool tls;
};

/* url NULL or "" takes HUTONG_BROKER. User and password may be %-encoded. */
enum base_err ingest_broker_parse(const char *url, struct base_diag *diag,
                                  struct ingest_broker *ret_broker) BASE_MUST_CHECK;
/* A client for it, with protocol and credentials set, not connected. */
enum base_err ingest_broker_client(const struct ingest_broker *broker, const char *client_id, bool clean, int protocol,
                                   void *at, struct base_diag *diag, struct mosquitto **ret_client) BASE_MUST_CHECK;
enum base_err ingest_broker_failed(struct base_diag *diag, int code, const char *doing);

#endif
