/* When everything answers, say so once: JSON for scripts, a few friendly lines for people. */
#include "cli/up.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool cli_up_ready_answers(const struct cli_up *up)
{
    static const char request[] = "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n";
    char answer[16] = "";
    size_t len = 0;
    bool taken = false;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)up->port)};
    struct timeval patience = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (inet_pton(AF_INET, up->bind, &at.sin_addr) == 1 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 && (taken = true) && !up->tls &&
        write(fd, request, sizeof request - 1) == (ssize_t)sizeof request - 1) {
        ssize_t got;
        while (len < sizeof answer - 1 && (got = read(fd, answer + len, sizeof answer - 1 - len)) > 0) {
            len += (size_t)got;
        }
    }
    close(fd);
    if (up->tls) {
        return taken; /* it listens once everything else has started */
    }
    return len > 12 && strncmp(answer, "HTTP/1.", 7) == 0 && strncmp(answer + 8, " 200", 4) == 0;
}

static void print_json(const struct cli_up *up)
{
    AUTO_VALUE(base_buf) line;
    base_buf_init(&line, 65536);
    struct base_json_out out = base_json_out_of(&line);
    base_json_out_object(&out);
    base_json_out_key(&out, "url");
    base_json_out_text(&out, up->url);
    base_json_out_key(&out, "database");
    base_json_out_text(&out, up->database);
    base_json_out_key(&out, "broker");
    base_json_out_text(&out, up->broker_url);
    base_json_out_object_end(&out);
    printf("%s\n", base_buf_cstr(&line));
}

static void print_friendly(const struct cli_up *up)
{
    printf("\n  Hutong is up%s\n\n"
           "    map        %s\n"
           "    database   . %s/hutong.env && psql \"$HUTONG_DATABASE\"\n"
           "    messages   . %s/hutong.env && mosquitto_sub -L \"$HUTONG_BROKER/#\" -v\n"
           "    logs       %s/log\n"
           "    stop       Ctrl-C\n\n"
           "%s",
           up->demo ? " with the demo district (演示数据)" : "", up->url, up->var, up->var, up->var,
           up->open ? "  Nobody has an account yet: everyone on this machine is administrator. To change that:\n"
                      "    hutong user add NAME --role administrator\n\n"
                    : "");
}

void cli_up_ready_print(const struct cli_up *up)
{
    if (up->mqtt_bind) {
        cli_up_phone_print(up);
    }
    if (up->demo) {
        cli_up_task_print(up);
    }
    if (up->terminal && !up->json) {
        print_friendly(up);
    } else {
        print_json(up);
    }
    fflush(stdout);
}
