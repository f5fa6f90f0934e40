/* hutong serve: the HTTP server in the foreground, until SIGTERM or SIGINT. */
#include "api/api.h"
#include "cli/cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* After SIGTERM this many seconds are enough for everything that is not stuck in the kernel or the network. */
enum { STOP_MAX_S = 5, MEMORY_MAX_MB = 1 << 20 };
static const int64_t SESSION_IDLE_LEAST_US = INT64_C(300000000); /* somebody is seen at most once a minute */
static const int64_t KEEP_PHOTO_LEAST_US = INT64_C(3600000000);

static const struct base_option options[] = {
    {"bind", "HUTONG_BIND", BASE_OPTION_TEXT, "A", "127.0.0.1", false,
     "address to listen on; beyond this machine only once somebody has an account"},
    {"port", "HUTONG_PORT", BASE_OPTION_INT, "N", "8080", false, "port to listen on; 0 takes a free one"},
    {"database", "HUTONG_DATABASE", BASE_OPTION_TEXT, "CONNINFO", NULL, false, "database, as libpq reads it"},
    {"broker", "HUTONG_BROKER", BASE_OPTION_TEXT, "URL", NULL, false,
     "mqtt://user:password@host:port, where check-ins go; without it none are taken"},
    {"photos", "HUTONG_PHOTOS", BASE_OPTION_TEXT, "DIR", NULL, false,
     "folder of photos, the same for all who serve this database; else photos in HUTONG_VAR"},
    {"keep-photo", "HUTONG_KEEP_PHOTO", BASE_OPTION_SPAN, "SPAN", "90d", false,
     "keep photos of an incident so long after it closed"},
    {"workers", NULL, BASE_OPTION_INT, "N", "4", false, "database connections for requests"},
    CLI_MIRROR_OPTIONS,
    CLI_ACCESS_OPTIONS,
};

static const struct cli_command command = {
    .usage =
        "hutong serve [options]\n"
        "The map, its tiles and the API. Open to everyone on this machine while nobody has an account. Ends cleanly\n"
        "on SIGTERM.",
    .options = options,
    .count = BASE_COUNT(options),
};

/* Each client is a descriptor; the soft limit is often 1,024 where the hard one is far higher. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum base_err serve(const struct api_config *config, const sigset_t *ends, struct base_diag *diag)
{
    AUTO(api_server) server = NULL;
    enum base_err err = api_server_new(config, diag, &server);
    if (err) {
        return err;
    }
    base_log(BASE_LOG_INFO, "serving", base_log_text("url", api_server_url(server)));
    int signal_number;
    sigwait(ends, &signal_number);
    alarm(STOP_MAX_S);
    base_log(BASE_LOG_INFO, "stopping", base_log_text("signal", strsignal(signal_number)));
    return BASE_OK;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    int64_t port = base_option_int(given, "port");
    int64_t workers = base_option_int(given, "workers");
    if (given->operand_count || port < 0 || port > 65535 || workers < 1 || workers > 64) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands, a port of 0 to 65535 and 1 to 64 workers");
    }
    if (base_option_span_us(given, "session-idle") < SESSION_IDLE_LEAST_US ||
        base_option_span_us(given, "session-life") < base_option_span_us(given, "session-idle")) {
        return base_diag_set(diag, BASE_USAGE,
                             "--session-idle must be at least 5min, and --session-life at least as long");
    }
    if (base_option_span_us(given, "keep-photo") < KEEP_PHOTO_LEAST_US) {
        return base_diag_set(diag, BASE_USAGE, "--keep-photo must be at least 1h");
    }
    int64_t mirror_mb = base_option_int(given, "mirror-memory"), cache_mb = base_option_int(given, "cache-memory");
    if (mirror_mb < 16 || mirror_mb > MEMORY_MAX_MB || cache_mb < 1 || cache_mb > MEMORY_MAX_MB) {
        return base_diag_set(diag, BASE_USAGE, "--mirror-memory takes 16 to %d MB, --cache-memory 1 to %d",
                             MEMORY_MAX_MB, MEMORY_MAX_MB);
    }
    struct api_config config = {.bind = base_option_text(given, "bind"),
                                .port = (int)port,
                                .database = base_option_text(given, "database"),
                                .broker = base_option_text(given, "broker"),
                                .var = getenv("HUTONG_VAR"),
                                .photos = base_option_text(given, "photos"),
                                .keep_photo_us = base_option_span_us(given, "keep-photo"),
                                .feeds = base_option_text(given, "feed"),
                                .mirror_memory = (size_t)mirror_mb << 20,
                                .cache_memory = (size_t)cache_mb << 20,
                                .workers = (int)workers,
                                .tls_cert = base_option_text(given, "tls-cert"),
                                .tls_key = base_option_text(given, "tls-key"),
                                .proxies = base_option_text(given, "proxies"),
                                .jwt_keys = base_option_text(given, "jwt-keys"),
                                .jwt_issuer = base_option_text(given, "jwt-issuer"),
                                .jwt_audience = base_option_text(given, "jwt-audience"),
                                .session_idle_us = base_option_span_us(given, "session-idle"),
                                .session_life_us = base_option_span_us(given, "session-life"),
                                .version = HUTONG_VERSION};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before the threads start, so that they inherit it */
    signal(SIGPIPE, SIG_IGN);
    raise_descriptors();
    base_log_name_set("serve");
    return serve(&config, &ends, diag);
}

int cli_serve_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
