/* --mqtt-bind: a real phone with OwnTracks. Its track is kept only inside a shift, so one is opened. */
#include "cli/up.h"
#include "data/data.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

/* One guard's shift and no longer; `up` started again carries it on. Its pseudonyms are keyed by its first month. */
static const int64_t SHIFT_US = (int64_t)12 * 3600 * 1000000;

enum base_err cli_up_phone_prepare(const struct cli_up *up, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    int64_t now = base_clock_now_us();
    enum base_err err = data_conn_open(up->database, "hutong up", diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_SOURCE_UPSERT,
                       DATA_ARGS(data_text("phones"), data_text("{owntracks/phone/#}"), data_text("owntracks"),
                                 data_text("guard"), data_text("UTC"), data_text("wgs84"), data_i64(0),
                                 data_text("patrol by the estate's guards, seen on the map while on shift"),
                                 data_text("30 days")),
                       diag, NULL);
    }
    if (!err) {
        err = data_run(conn, DATA_SHIFT_OPEN,
                       DATA_ARGS(data_text("phones"), data_null(), data_text("guard"), data_text("手机组"),
                                 data_text("Phones"), data_time(now), data_time(now + SHIFT_US)),
                       diag, NULL);
    }
    return err;
}

/* Listening everywhere, a phone still needs one address: the first that is not loopback. */
static void reachable(const char *bind_to, char text[INET_ADDRSTRLEN])
{
    struct ifaddrs *list = NULL;
    snprintf(text, INET_ADDRSTRLEN, "%s", bind_to);
    if (strcmp(bind_to, "0.0.0.0") != 0 || getifaddrs(&list) != 0) {
        return;
    }
    for (const struct ifaddrs *one = list; one; one = one->ifa_next) {
        const struct sockaddr_in *at = (const struct sockaddr_in *)(const void *)one->ifa_addr;
        if (at && at->sin_family == AF_INET && ntohl(at->sin_addr.s_addr) >> 24 != 127) {
            inet_ntop(AF_INET, &at->sin_addr, text, INET_ADDRSTRLEN);
            break;
        }
    }
    freeifaddrs(list);
}

void cli_up_phone_print(const struct cli_up *up)
{
    char address[INET_ADDRSTRLEN];
    reachable(up->mqtt_bind, address);
    fprintf(stderr,
            "\n  A phone with OwnTracks, mode MQTT, TLS off:\n\n"
            "    host       %s\n"
            "    port       %d\n"
            "    user       phone\n"
            "    password   %s\n"
            "    device id  a short name, one for each phone; it publishes to owntracks/phone/DEVICE\n\n"
            "  This user may write below owntracks/phone/ and read nothing. Positions are kept for the next 12 hours'\n"
            "  shift. The connection is not encrypted: use it inside a network that you trust.\n\n",
            address, cli_server_broker_port(up->broker), cli_server_broker_password(up->broker, CLI_BROKER_PHONE));
}
