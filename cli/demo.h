/* demo: what the demo district is besides its map - organisations, posts, shifts, duties, incidents. Private to cli/.
 *
 * up --demo        district, sources, organisations, posts, shifts        (up_demo.c, demo_people.c)
 * simulate --past  yesterday's messages, then duties once all is stored   (simulate_past.c, demo_duty.c)
 *                  and a day of incidents, and ledgers                    (demo_incident.c, demo_ledger.c)
 *
 * Threads: one at a time. Times us UTC. Errors: those of data/ and duty/. */
#ifndef HUTONG_CLI_DEMO_H
#define HUTONG_CLI_DEMO_H

#include "data/data.h"
#include "sensors/sensors.h"

/* Organisations and whom they have which estate of; posts. Again: nothing changes. */
enum base_err cli_demo_people(struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;
/* The code of the property company of the estate with that number, 0 ...; campaign and contracts' organisations. */
const char *cli_demo_company(size_t estate);
const char *cli_demo_volunteers(void);
const char *cli_demo_contract(size_t estate);

/* Duties since that midnight, and the night's waiver, in one transaction. */
enum base_err cli_demo_duties(struct data_conn *conn, int64_t midnight_us, struct base_diag *diag) BASE_MUST_CHECK;
/* A day of incidents that ends now, in one transaction. */
enum base_err cli_demo_incidents(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;
/* What inspections of the last weeks found, and what is to be put right. Again: nothing is doubled. */
enum base_err cli_demo_ledgers(struct data_conn *conn, int64_t now_us, struct base_diag *diag) BASE_MUST_CHECK;

/* --- the past, as simulate plays it --- */
struct cli_past;
struct ingest_publisher;
/* *ret_past NULL: it was played already, or this is not the demo's district. */
enum base_err cli_past_new(struct base_diag *diag, struct cli_past **ret_past) BASE_MUST_CHECK;
void cli_past_free(struct cli_past *past);
const struct sensors_simulate_past *cli_past_plan(const struct cli_past *past);
int64_t cli_past_start_us(const struct cli_past *past);
bool cli_past_plays(const struct cli_past *past); /* messages of before are still to be sent; NULL: no */
/* A message that had no network is kept. */
enum base_err cli_past_hold(struct cli_past *past, const char *topic, const void *payload, size_t len,
                            struct base_diag *diag) BASE_MUST_CHECK;
/* All of the past is with the broker. */
void cli_past_played(struct cli_past *past, int64_t messages);
/* Looks what is to be done next: duties when all is stored, held messages, the summing up. Often; does not wait. */
enum base_err cli_past_step(struct cli_past *past, struct ingest_publisher *publisher,
                            struct base_diag *diag) BASE_MUST_CHECK;

#endif
