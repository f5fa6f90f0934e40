/* Delivery of notices: a letter is what is sent, a sender has many of them under way at once. Private to incident/.
 *
 *   notice_claim -> letter -> sender (curl multi) -> reply -> notice_settle
 */
#ifndef HUTONG_INCIDENT_DELIVER_PRIVATE_H
#define HUTONG_INCIDENT_DELIVER_PRIVATE_H

#include "incident/incident.h"

#include <sys/socket.h>

/* Which attempt of which notice. */
struct incident_attempt {
    int64_t estate_id, recorded_us, id, number, contact_id;
};

/* Everything is borrowed. */
struct incident_letter {
    struct incident_attempt attempt;
    struct base_id key;
    const char *channel, *url, *secret; /* secret: NULL when there is none */
    const char *line, *link, *body;     /* link: NULL when nobody said where the page is */
};

/* --- the request (deliver_body.c): appends what the channel wants. --- */
void incident_letter_key(const struct incident_letter *letter, struct base_buf *buf); /* as RFC 4122 writes it */
void incident_letter_body(const struct incident_letter *letter, struct base_buf *buf);
void incident_letter_url(const struct incident_letter *letter, int64_t now_us, struct base_buf *buf);
/* t=<seconds>,v1=<hex>: HMAC-SHA-256 of "<seconds>.<body>" under the contact's secret. */
void incident_letter_signature(const struct incident_letter *letter, struct base_str body, int64_t now_us,
                               struct base_buf *buf);
/* Robots answer 200 to everything, and say in their JSON what became of it: 0 is yes. True: it was taken. */
bool incident_letter_taken(const char *channel, struct base_str answer, int64_t *ret_code);

/* --- addresses (deliver_address.c) --- Can it be on the public Internet? Not: loopback, private, link-local, shared,
 * multicast, reserved, and those within IPv6 forms of IPv4. */
bool incident_address_public(const struct sockaddr *address);

/* --- sender (deliver_send.c): one thread --- */
struct incident_reply {
    struct incident_attempt attempt;
    const char *outcome; /* sent, retry, refused: static */
    char why[160];       /* "" when it was sent; never the address, which is a secret */
    int64_t wait_us;     /* that the receiver asked for */
};

struct incident_sender;
enum base_err incident_sender_new(const struct incident_deliver_options *options, struct base_diag *diag,
                                  struct incident_sender **ret_sender) BASE_MUST_CHECK;
void incident_sender_free(struct incident_sender *sender); /* what is under way is given up */
BASE_AUTO_FREE(incident_sender)
/* NOMEM: it could not even begin. */
enum base_err incident_sender_start(struct incident_sender *sender, const struct incident_letter *letter,
                                    struct base_diag *diag) BASE_MUST_CHECK;
/* At most so long; sooner when something comes. */
void incident_sender_wait(struct incident_sender *sender, int wait_ms);
/* The next one that has ended; false: none. */
bool incident_sender_next(struct incident_sender *sender, struct incident_reply *ret_reply);
size_t incident_sender_room(const struct incident_sender *sender); /* so many more may be started */
/* Contacts that have something under way, as $n::bigint[]. */
void incident_sender_busy(const struct incident_sender *sender, struct base_buf *buf);

#endif
