/* Settings of the private PostgreSQL: durable, logical decoding on, sized for a small machine that also does the rest.
 */
#include "cli/server.h"

#include <stdlib.h>
#include <unistd.h>

#define MB ((int64_t)1 << 20)

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* A configuration file doubles its single quotes. */
static void quoted(struct base_buf *conf, const char *name, const char *value)
{
    base_buf_printf(conf, "%s = '", name);
    for (const char *c = value; *c; c++) {
        base_buf_printf(conf, *c == '\'' ? "''" : "%c", *c);
    }
    base_buf_text(conf, "'\n");
}

static void fixed(struct base_buf *conf)
{
    base_buf_text(conf, "listen_addresses = '127.0.0.1'\n"
                        "unix_socket_permissions = 0700\n"
                        "password_encryption = 'scram-sha-256'\n"
                        "max_connections = 100\n"
                        "\n# The feed reads the log; a feed that is gone must not fill the disk.\n"
                        "wal_level = logical\n"
                        "max_wal_senders = 10\n"
                        "max_replication_slots = 10\n"
                        "\n# Acknowledged means committed, and committed means on disk.\n"
                        "fsync = on\n"
                        "synchronous_commit = on\n"
                        "full_page_writes = on\n"
                        "\n# Steady ingest: checkpoints far apart and spread out.\n"
                        "checkpoint_timeout = '15min'\n"
                        "checkpoint_completion_target = 0.9\n"
                        "wal_buffers = '16MB'\n"
                        "random_page_cost = 1.1\n"
                        "jit = off\n"
                        "\ntimezone = 'UTC'\n"
                        "log_timezone = 'UTC'\n"
                        "datestyle = 'iso, ymd'\n"
                        "lc_messages = 'C'\n"
                        "log_line_prefix = '%m [%p] '\n"
                        "log_checkpoints = off\n"
                        "logging_collector = off\n"
                        "log_destination = 'stderr'\n");
}

static void sized(struct base_buf *conf, int64_t memory, int64_t space)
{
    int64_t wal = clamp(space / 8, 128 * MB, 4096 * MB);
    base_buf_printf(conf, "shared_buffers = '%lldMB'\n", (long long)(clamp(memory / 8, 64 * MB, 1024 * MB) / MB));
    base_buf_printf(conf, "effective_cache_size = '%lldMB'\n",
                    (long long)(clamp(memory / 2, 128 * MB, 65536 * MB) / MB));
    base_buf_printf(conf, "maintenance_work_mem = '%lldMB'\n", (long long)(clamp(memory / 32, 32 * MB, 256 * MB) / MB));
    base_buf_printf(conf, "work_mem = '%lldMB'\n", (long long)(clamp(memory / 512, 4 * MB, 32 * MB) / MB));
    base_buf_printf(conf, "max_wal_size = '%lldMB'\n", (long long)(wal / MB));
    base_buf_printf(conf, "min_wal_size = '%lldMB'\n", (long long)(clamp(wal / 8, 32 * MB, 512 * MB) / MB));
    base_buf_printf(conf, "max_slot_wal_keep_size = '%lldMB'\n", (long long)(wal / MB));
}

enum base_err cli_server_postgres_conf(const struct cli_server_postgres *postgres, struct base_diag *diag)
{
    int64_t space;
    enum base_err err = cli_server_space(postgres->directory, diag, &space);
    char *path = NULL;
    if (!err && asprintf(&path, "%s/hutong.conf", postgres->directory) < 0) {
        path = NULL;
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    if (!err) {
        AUTO_VALUE(base_buf) conf;
        base_buf_init(&conf, 65536);
        base_buf_text(&conf, "# Written by hutong at each start. Changes of your own: alter system set ...\n");
        base_buf_printf(&conf, "port = %d\n", postgres->port);
        quoted(&conf, "unix_socket_directories", postgres->socket);
        sized(&conf, (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), space);
        fixed(&conf);
        err = conf.err ? base_diag_set(diag, conf.err, "%s: the path is too long", path)
                       : cli_user_write(&postgres->user, path, conf.data, conf.len, diag);
    }
    free(path);
    return err;
}
