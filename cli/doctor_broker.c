/* What will this broker do to a worker that is slow or away? Tried out, and each check names the switch to change. */
#include "cli/doctor.h"
#include "data/data.h"
#include "ingest/ingest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEPALIVE_SHORT_S = 30,      /* a batch may be held for 40 s */
    SESSION_SHORT_S = 7 * 86400, /* nobody may look before the holidays are over */
    PACKET_SMALL = 1024 * 1024,  /* the largest message that is decoded */
    COUNT_TEXT = 32
};

/* 2000 -> "2,000" */
static const char *grouped(int64_t number, char text[COUNT_TEXT])
{
    if (number >= 1000 && number < 1000000) {
        snprintf(text, COUNT_TEXT, "%" PRId64 ",%03" PRId64, number / 1000, number % 1000);
    } else {
        snprintf(text, COUNT_TEXT, "%" PRId64, number);
    }
    return text;
}

static enum cli_doctor_level warn_unless(bool good)
{
    return good ? CLI_DOCTOR_OK : CLI_DOCTOR_WARN;
}

static void look_at_promises(struct cli_doctor_report *report, const struct ingest_granted *granted)
{
    bool five = granted->protocol == 5;
    cli_doctor_add(report, "broker_protocol", CLI_DOCTOR_OK, NULL,
                   five ? "MQTT 5; Receive Maximum %" PRId64 ", Server Keep Alive %" PRId64 " s"
                        : "MQTT 3.1.1: the broker cannot say what it limits",
                   granted->receive_maximum, granted->keepalive_s);
    if (!five) {
        return;
    }
    bool forever = granted->session_expiry_s < 0;
    cli_doctor_add(report, "broker_session", warn_unless(forever || granted->session_expiry_s >= SESSION_SHORT_S),
                   "raise the broker's limit of the Session Expiry Interval: after so long it throws away what a "
                   "worker that is away has not read",
                   forever ? "kept until the worker comes back" : "kept for %" PRId64 " s", granted->session_expiry_s);
    cli_doctor_add(report, "broker_keepalive", warn_unless(granted->keepalive_s >= KEEPALIVE_SHORT_S),
                   "raise the broker's Server Keep Alive to 60 s: the connection must outlast a batch that waits for "
                   "the database",
                   "%" PRId64 " s", granted->keepalive_s);
    bool large = granted->packet_maximum == 0 || granted->packet_maximum >= PACKET_SMALL;
    cli_doctor_add(report, "broker_packets", warn_unless(large),
                   "raise the broker's Maximum Packet Size (Mosquitto: max_packet_size, message_size_limit) to 1048576",
                   granted->packet_maximum ? "up to %" PRId64 " bytes" : "no limit named", granted->packet_maximum);
    cli_doctor_add(
        report, "broker_retain", warn_unless(granted->retain),
        "allow retained messages (Mosquitto: retain_available true): what a device said last would be unknown "
        "to a source that is new",
        granted->retain ? "retained messages are kept" : "no retained messages");
}

static void look_at_queue(struct cli_doctor_report *report, const struct ingest_preflight *preflight)
{
    char kept[COUNT_TEXT], all[COUNT_TEXT], window[COUNT_TEXT];
    if (preflight->untested[0]) {
        cli_doctor_add(report, "broker_queue", CLI_DOCTOR_WARN,
                       "let the user of HUTONG_BROKER write and read hutong/probe/#, then ask again", "not tested: %s",
                       preflight->untested);
        return;
    }
    bool good = preflight->kept >= INGEST_PREFLIGHT_MESSAGES;
    grouped(INGEST_PREFLIGHT_MESSAGES, all);
    grouped(preflight->kept, kept);
    cli_doctor_add(
        report, "broker_queue", good ? CLI_DOCTOR_OK : CLI_DOCTOR_FAIL,
        "raise max_queued_messages (Mosquitto: 0 for no limit), or the queue limit of your broker: what does "
        "not fit is lost while no worker reads",
        good ? "keeps at least %s messages for a subscriber that is away%s"
             : "kept only %s of %s messages for a subscriber that was away",
        kept, good ? "" : all);
    bool wide = preflight->unanswered >= preflight->kept; /* of what it did not keep nothing can be said */
    cli_doctor_add(report, "broker_window", warn_unless(wide),
                   "raise max_inflight_messages (Mosquitto: 0), max_ack_pending (NATS: 2000): no batch is larger",
                   wide ? "hands out %s messages and more before it wants an acknowledgement"
                        : "hands out only %s messages before it wants an acknowledgement",
                   grouped(preflight->unanswered, window));
}

/* What workers saw below $SYS; before the first migration there is nothing to look at. */
static void look_at_drops(struct cli_doctor_report *report)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    if (data_conn_open(NULL, "hutong doctor", NULL, &conn) ||
        data_run(conn, DATA_BROKER_LIST, DATA_NO_ARGS, NULL, &rows)) {
        return;
    }
    for (size_t i = 0; i < data_rows_count(rows); i++) { /* address, protocol, sys, version, uptime_s, dropped ... */
        const char *address = data_rows_text(rows, i, 0);
        int64_t dropped = data_rows_i64(rows, i, 5);
        int64_t age = (int64_t)data_rows_f64(rows, i, 9);
        if (!data_rows_bool(rows, i, 2)) {
            cli_doctor_add(report, "broker_drops", CLI_DOCTOR_OK, NULL,
                           "%s has no $SYS: what it drops is not known (seen %" PRId64 " s ago)", address, age);
            continue;
        }
        cli_doctor_add(report, "broker_drops", warn_unless(dropped == 0),
                       "see whose queue is full: clients that never come back, or limits that are too low",
                       "%s: %" PRId64 " messages thrown away since it started, for all its clients (seen %" PRId64
                       " s ago)",
                       address, dropped, age);
    }
}

void cli_doctor_broker(struct cli_doctor_report *report)
{
    struct base_diag diag = {.text = ""};
    struct ingest_preflight preflight;
    const char *url = getenv("HUTONG_BROKER");
    if (!url || !*url) {
        cli_doctor_add(report, "broker", CLI_DOCTOR_FAIL, "start hutong up, or set HUTONG_BROKER", "not set");
        return;
    }
    if (ingest_preflight(url, &diag, &preflight)) {
        cli_doctor_add(report, "broker", CLI_DOCTOR_FAIL,
                       "start the broker, or correct HUTONG_BROKER (mqtt://user:password@host:port)", "%s", diag.text);
        return;
    }
    cli_doctor_add(report, "broker", CLI_DOCTOR_OK, NULL, "%s lets us in", preflight.address);
    look_at_promises(report, &preflight.granted);
    look_at_queue(report, &preflight);
    look_at_drops(report);
    cli_doctor_add(report, "broker_restart", CLI_DOCTOR_OK, NULL,
                   "whether its queues outlive a restart or a crash cannot be seen from here (Mosquitto: persistence "
                   "true, autosave_interval)");
}
