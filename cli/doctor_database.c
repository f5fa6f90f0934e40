/* Is this PostgreSQL fit to hold what was acknowledged? Each check names the switch to change. */
#include "cli/doctor.h"
#include "data/data.h"

#include <inttypes.h>
#include <string.h>

enum {
    VERSION,
    WAL_LEVEL,
    FSYNC,
    FULL_PAGE_WRITES,
    SYNCHRONOUS_COMMIT,
    REPLICATION,
    SLOTS_MAX,
    SLOTS_USED,
    SLOT_KEEP,
    NOW,
    BACKEND_PID,
    POSTGIS,
    ENCODING,
    ROLE,
    SENDERS_MAX,
    SENDERS_USED
};
enum { OLDEST = 150000 };
static const int64_t SKEW_US = 1000000;

#define POOLER                                                                                                  \
    "a transaction pooler sits between: sessions, prepared statements and locks do not survive it; connect to " \
    "PostgreSQL itself"

void cli_doctor_add(struct cli_doctor_report *report, const char *name, enum cli_doctor_level level, const char *todo,
                    const char *found, ...)
{
    if (report->count == CLI_DOCTOR_MAX) {
        return;
    }
    struct cli_doctor_check *check = &report->checks[report->count++];
    *check = (struct cli_doctor_check){.name = name, .level = level, .todo = level == CLI_DOCTOR_OK ? NULL : todo};
    va_list args;
    va_start(args, found);
    vsnprintf(check->found, sizeof check->found, found, args);
    va_end(args);
}

static enum cli_doctor_level fail_unless(bool good)
{
    return good ? CLI_DOCTOR_OK : CLI_DOCTOR_FAIL;
}

static enum cli_doctor_level warn_unless(bool good)
{
    return good ? CLI_DOCTOR_OK : CLI_DOCTOR_WARN;
}

static void look_at_durability(struct cli_doctor_report *report, const struct data_rows *row)
{
    const char *commit = data_rows_text(row, 0, SYNCHRONOUS_COMMIT);
    bool fsync = data_rows_bool(row, 0, FSYNC);
    bool whole_pages = data_rows_bool(row, 0, FULL_PAGE_WRITES);
    cli_doctor_add(report, "fsync", fail_unless(fsync),
                   "set fsync = on and restart: without it a power cut loses what devices were told is stored",
                   fsync ? "on" : "off");
    cli_doctor_add(report, "full_page_writes", warn_unless(whole_pages),
                   "set full_page_writes = on unless the file system writes whole pages", whole_pages ? "on" : "off");
    cli_doctor_add(report, "synchronous_commit", fail_unless(strcmp(commit, "off") != 0),
                   "set synchronous_commit = on (or alter role ... set): a crash loses acknowledged messages", "%s",
                   commit);
}

static void look_at_feed(struct cli_doctor_report *report, const struct data_rows *row)
{
    const char *wal_level = data_rows_text(row, 0, WAL_LEVEL);
    const char *keep = data_rows_text(row, 0, SLOT_KEEP);
    int64_t max = data_rows_i64(row, 0, SLOTS_MAX);
    int64_t used = data_rows_i64(row, 0, SLOTS_USED);
    int64_t senders_max = data_rows_i64(row, 0, SENDERS_MAX);
    int64_t senders_used = data_rows_i64(row, 0, SENDERS_USED);
    bool replication = data_rows_bool(row, 0, REPLICATION);
    cli_doctor_add(report, "wal_level", fail_unless(strcmp(wal_level, "logical") == 0),
                   "set wal_level = logical and restart: the map follows the log", "%s", wal_level);
    cli_doctor_add(report, "replication", fail_unless(replication),
                   "as a superuser run: alter role NAME replication - owning the database does not give it",
                   replication ? "%s may" : "%s may not", data_rows_text(row, 0, ROLE));
    cli_doctor_add(report, "slots", fail_unless(used < max),
                   "raise max_replication_slots and restart, or drop slots that nobody reads",
                   "%" PRId64 " of %" PRId64 " used", used, max);
    cli_doctor_add(report, "senders", fail_unless(senders_used < senders_max),
                   "raise max_wal_senders and restart, or end some (pg_stat_replication)",
                   "%" PRId64 " of %" PRId64 " used", senders_used, senders_max);
    cli_doctor_add(report, "max_slot_wal_keep_size", warn_unless(strcmp(keep, "-1") != 0),
                   "set max_slot_wal_keep_size: a reader that is gone fills the disk", "%s", keep);
}

/* A warning: before the migration there is none, and `hutong up` looks here first. */
static void look_at_publication(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) row = NULL;
    struct base_diag diag = {.text = ""};
    if (data_run(conn, DATA_DOCTOR_FEED, DATA_NO_ARGS, &diag, &row)) {
        cli_doctor_add(report, "publication", CLI_DOCTOR_FAIL, "look at the server's log", "%s", diag.text);
        return;
    }
    const char *missing = data_rows_text(row, 0, 1);
    bool there = !data_rows_null(row, 0, 0);
    bool whole = there && data_rows_bool(row, 0, 0);
    cli_doctor_add(
        report, "publication", warn_unless(whole && !missing),
        !there  ? "run `hutong migrate`: the map follows what is published (a restore without publications "
                  "has lost it: run data/schema/0019_feed.sql, then 0031_feed_incident.sql)"
        : whole ? "give hutong_feed these tables back, with the columns of data/schema/0031_feed_incident.sql"
                : "let hutong_feed publish insert, update, delete and truncate, as data/schema/0019_feed.sql has it",
        "hutong_feed %s%s",
        !there    ? "is missing"
        : missing ? "lacks "
        : whole   ? "has all tables"
                  : "leaves changes out",
        there && missing ? missing : "");
}

static void look_at_clock(struct cli_doctor_report *report, const struct data_rows *row, int64_t before, int64_t after)
{
    int64_t theirs = data_rows_time(row, 0, NOW);
    /* Their clock was read somewhere between our two readings: only what lies outside is skew. */
    int64_t skew = theirs < before ? theirs - before : theirs > after ? theirs - after : 0;
    cli_doctor_add(report, "clock", fail_unless(skew <= SKEW_US && skew >= -SKEW_US),
                   "set the clocks of this machine and of the database server by NTP: leases and lateness compare them",
                   "%+.3f s from ours", (double)skew / 1e6);
}

static void look_at_server(struct cli_doctor_report *report, const struct data_conn *conn, const struct data_rows *row)
{
    int64_t version = data_rows_i64(row, 0, VERSION);
    const char *postgis = data_rows_text(row, 0, POSTGIS);
    const char *encoding = data_rows_text(row, 0, ENCODING);
    bool direct = data_conn_backend_pid(conn) == (int)data_rows_i64(row, 0, BACKEND_PID);
    cli_doctor_add(report, "postgresql", fail_unless(version >= OLDEST), "use PostgreSQL 15 or newer",
                   "%" PRId64 ".%" PRId64, version / 10000, version % 10000);
    cli_doctor_add(report, "postgis", fail_unless(postgis != NULL),
                   "install PostGIS on the server (package postgresql-15-postgis-3)", "%s", postgis ? postgis : "none");
    cli_doctor_add(report, "encoding", fail_unless(strcmp(encoding, "UTF8") == 0),
                   "make the database with encoding UTF8", "%s", encoding);
    cli_doctor_add(report, "pooler", fail_unless(direct), POOLER, direct ? "none" : "between");
}

/* Before the first migration there is nothing to look at. */
static void look_at_sources(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) row = NULL;
    if (data_run(conn, DATA_DOCTOR_SOURCES, DATA_NO_ARGS, NULL, &row)) {
        return;
    }
    int64_t alone = data_rows_i64(row, 0, 1);
    const char *names = data_rows_text(row, 0, 2);
    cli_doctor_add(report, "sources", warn_unless(alone == 0),
                   "start `hutong ingest`, or look at its log: nobody reads these; the broker keeps their messages",
                   "%" PRId64 " in use, %" PRId64 " unread%s%s", data_rows_i64(row, 0, 0), alone, names ? ": " : "",
                   names ? names : "");
}

static void look_at_outages(struct cli_doctor_report *report, struct data_conn *conn)
{
    AUTO(data_rows) row = NULL;
    if (data_run(conn, DATA_DOCTOR_OUTAGES, DATA_NO_ARGS, NULL, &row)) {
        return;
    }
    int64_t count = data_rows_i64(row, 0, 0);
    const char *last = data_rows_text(row, 0, 1);
    cli_doctor_add(
        report, "outages", warn_unless(count == 0),
        "look at the log of `hutong ingest` and at the broker: what was sent meanwhile may be missing, and duties "
        "that rest on it are told as unknown",
        last ? "%" PRId64 " in the last day; the last: %s" : "none in the last day", count, last);
}

void cli_doctor_database(struct cli_doctor_report *report, const char *conninfo)
{
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) warm = NULL;
    AUTO(data_rows) row = NULL;
    enum base_err err = data_conn_open(conninfo, "hutong doctor", &diag, &conn);
    if (!err) { /* the first run prepares the statement; the second one is timed */
        err = data_run(conn, DATA_DOCTOR_SERVER, DATA_NO_ARGS, &diag, &warm);
    }
    int64_t before = base_clock_now_us();
    if (!err) {
        err = data_run(conn, DATA_DOCTOR_SERVER, DATA_NO_ARGS, &diag, &row);
    }
    int64_t after = base_clock_now_us();
    if (!err && data_rows_count(row) != 1) {
        err = base_diag_set(&diag, BASE_DATABASE, "the role has no row in pg_roles");
    }
    if (err) {
        /* PgBouncer refuses our session settings in its own words. */
        bool pooler = strstr(diag.text, "unsupported startup parameter") != NULL;
        cli_doctor_add(report, "database", CLI_DOCTOR_FAIL,
                       pooler ? POOLER : "start the server, or correct HUTONG_DATABASE", "%s", diag.text);
        return;
    }
    cli_doctor_add(report, "database", CLI_DOCTOR_OK, NULL, "answers");
    look_at_server(report, conn, row);
    look_at_durability(report, row);
    look_at_feed(report, row);
    look_at_publication(report, conn);
    look_at_sources(report, conn);
    look_at_outages(report, conn);
    look_at_clock(report, row, before, after);
}

enum base_err cli_doctor_refuse(const char *conninfo, struct base_diag *diag)
{
    struct cli_doctor_report report = {.count = 0};
    cli_doctor_database(&report, conninfo);
    for (size_t i = 0; i < report.count; i++) {
        const struct cli_doctor_check *check = &report.checks[i];
        if (check->level == CLI_DOCTOR_FAIL) {
            return base_diag_set(diag, BASE_DATABASE, "HUTONG_DATABASE: %s: %s: %s (hutong doctor shows all checks)",
                                 check->name, check->found, check->todo);
        }
    }
    return BASE_OK;
}
