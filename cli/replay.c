/* hutong replay: dead letters, listed, and decoded again after what kept them from it was put right; windows, judged
 * again. */
#include "cli/replay.h"
#include "cli/keep.h"
#include "cli/mapping.h"
#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

static const struct base_option options[] = {
    {.name = "dead",
     .type = BASE_OPTION_FLAG,
     .help = "dead letters: what could not be decoded; else windows of duties"},
    {.name = "list", .type = BASE_OPTION_FLAG, .help = "only list them, by source and reason"},
    {.name = "digest",
     .type = BASE_OPTION_FLAG,
     .help = "of windows: judge nothing, only sum up the verdicts there are"},
    {.name = "key",
     .type = BASE_OPTION_TEXT,
     .value = "FILE",
     .help = "private key that opens them; else HUTONG_VAR/keys/dead.key"},
    {.name = "source", .type = BASE_OPTION_TEXT, .value = "NAME", .help = "letters of this source only"},
    {.name = "reason",
     .type = BASE_OPTION_TEXT,
     .value = "TEXT",
     .help = "letters of this reason only, as --list has it"},
    {.name = "from",
     .type = BASE_OPTION_TEXT,
     .value = "TIME",
     .help = "letters received, windows beginning at or after this time"},
    {.name = "to",
     .type = BASE_OPTION_TEXT,
     .value = "TIME",
     .help = "letters received, windows beginning before this time"},
    {.name = "dry-run", .type = BASE_OPTION_FLAG, .help = "open and decode, change nothing"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "list or summary as JSON"},
    CLI_MAPPING_ROW DATA_KEEPS(CLI_KEEP_ROW),
};

static const struct cli_command command = {
    .usage =
        "hutong replay --dead --list [--json]\n"
        "       hutong replay --dead [--source NAME] [--reason TEXT] [--from TIME] [--to TIME] [--key FILE]\n"
        "       hutong replay --from TIME --to TIME [--digest] [--json]\n"
        "Decodes dead letters again, by what their sources say now (format, zone, datum), and stores their events as\n"
        "if they came at the time they came. Letters that fail again stay, with the new reason. Safe at any time,\n"
        "beside running workers, and to be repeated when it was ended. Exit code 1 when a letter was sealed to\n"
        "another key.\n"
        "Without --dead the windows of duties that begin in that time are judged again from the facts there are: a\n"
        "verdict that comes out otherwise is appended as a new version. Prints how many did, and one SHA-256 over all\n"
        "verdicts, which is the same after any replay of the same facts.",
    .options = options,
    .count = BASE_COUNT(options),
};

/* Columns of dead_list.sql. */
enum { SOURCE, REASON, LETTERS, BYTES, OLDEST, NEWEST, REMOVED };

static enum base_err time_option(const struct base_options *given, const char *name, struct base_diag *diag,
                                 int64_t *time_us)
{
    const char *text = base_option_text(given, name);
    if (text && !base_time_in(base_str_of(text), time_us)) {
        return base_diag_set(diag, BASE_USAGE, "--%s: \"%s\" is not a time such as 2026-11-21T08:00:00Z", name, text);
    }
    return BASE_OK;
}

/* --- list --- */
static void list_json(const struct data_rows *rows)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 16 << 20);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_array(&out);
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        base_json_out_object(&out);
        base_json_out_key(&out, "source");
        base_json_out_text(&out, data_rows_text(rows, row, SOURCE));
        base_json_out_key(&out, "reason");
        base_json_out_text(&out, data_rows_text(rows, row, REASON));
        base_json_out_key(&out, "count");
        base_json_out_i64(&out, data_rows_i64(rows, row, LETTERS));
        base_json_out_key(&out, "bytes");
        base_json_out_i64(&out, data_rows_i64(rows, row, BYTES));
        base_json_out_key(&out, "oldest");
        base_json_out_time(&out, data_rows_time(rows, row, OLDEST));
        base_json_out_key(&out, "newest");
        base_json_out_time(&out, data_rows_time(rows, row, NEWEST));
        base_json_out_key(&out, "removed");
        base_json_out_bool(&out, data_rows_bool(rows, row, REMOVED));
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    printf("%s\n", base_buf_cstr(&text));
}

static void list_text(const struct data_rows *rows)
{
    char oldest[BASE_TIME_TEXT], newest[BASE_TIME_TEXT];
    if (data_rows_count(rows) == 0) {
        printf("no dead letters\n");
        return;
    }
    printf("%-20s %10s %12s  %-19s  %-19s  reason\n", "source", "count", "bytes", "oldest", "newest");
    for (size_t row = 0; row < data_rows_count(rows); row++) {
        printf("%-20s %10lld %12lld  %.19s  %.19s  %s%s\n", data_rows_text(rows, row, SOURCE),
               (long long)data_rows_i64(rows, row, LETTERS), (long long)data_rows_i64(rows, row, BYTES),
               base_time_out(data_rows_time(rows, row, OLDEST), oldest),
               base_time_out(data_rows_time(rows, row, NEWEST), newest), data_rows_text(rows, row, REASON),
               data_rows_bool(rows, row, REMOVED) ? " (source removed)" : "");
    }
}

static enum base_err list(const struct ingest_replay_options *replay, bool json, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_conn_open(NULL, "hutong replay", diag, &conn);
    if (!err) {
        err = data_run(conn, DATA_DEAD_LIST,
                       DATA_ARGS(data_text(replay->source), data_text(replay->reason), data_time(replay->from_us),
                                 data_time(replay->to_us)),
                       diag, &rows);
    }
    if (!err && json) {
        list_json(rows);
    } else if (!err) {
        list_text(rows);
    }
    return err;
}

/* --- replay --- */
static void summary_json(const struct ingest_replay_summary *summary, bool dry_run)
{
    const struct {
        const char *name;
        int64_t value;
    } members[] = {
        {"letters", summary->letters},     {"decoded", summary->decoded},     {"stay", summary->stay},
        {"unopened", summary->unopened},   {"removed", summary->removed},     {"stored", summary->stored},
        {"duplicate", summary->duplicate}, {"off_shift", summary->off_shift}, {"ignored", summary->ignored},
    };
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 65536);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    base_json_out_key(&out, "dry_run");
    base_json_out_bool(&out, dry_run);
    for (size_t i = 0; i < BASE_COUNT(members); i++) {
        base_json_out_key(&out, members[i].name);
        base_json_out_i64(&out, members[i].value);
    }
    base_json_out_key(&out, "reasons");
    base_json_out_object(&out);
    for (size_t i = 0; i < INGEST_REPLAY_REASONS && summary->reasons[i].text; i++) {
        base_json_out_key(&out, summary->reasons[i].text);
        base_json_out_i64(&out, summary->reasons[i].count);
    }
    base_json_out_object_end(&out);
    base_json_out_object_end(&out);
    printf("%s\n", base_buf_cstr(&text));
}

static void summary_text(const struct ingest_replay_summary *summary, bool dry_run)
{
    printf("%lld dead letters: %lld decoded, %lld stay", (long long)summary->letters, (long long)summary->decoded,
           (long long)summary->stay);
    if (summary->unopened) {
        printf(", %lld sealed to another key", (long long)summary->unopened);
    }
    printf("\n%lld events %s", (long long)summary->stored, dry_run ? "(dry run: nothing was stored)" : "stored");
    if (!dry_run) {
        printf(", %lld were there already", (long long)summary->duplicate);
    }
    printf(", %lld off shift, %lld messages without one\n", (long long)summary->off_shift, (long long)summary->ignored);
    for (size_t i = 0; i < INGEST_REPLAY_REASONS && summary->reasons[i].text; i++) {
        printf("stay: %lld %s\n", (long long)summary->reasons[i].count, summary->reasons[i].text);
    }
    if (summary->removed) {
        printf("not looked at: %lld of sources that were removed\n", (long long)summary->removed);
    }
}

static void show(void *at, int64_t done, int64_t total)
{
    struct base_progress *progress = at;
    progress->total = total;
    base_progress_at(progress, done);
}

static enum base_err replay_all(struct ingest_replay_options *replay, bool json, struct base_diag *diag)
{
    struct base_progress progress;
    struct ingest_replay_summary summary = {.letters = 0};
    base_progress_begin(&progress, "replay", 0);
    replay->progress = show;
    replay->progress_at = &progress;
    enum base_err err = ingest_replay_run(replay, diag, &summary);
    base_progress_end(&progress);
    if (!err || summary.letters > summary.unopened) { /* also how far it came */
        if (json) {
            summary_json(&summary, replay->dry_run);
        } else {
            summary_text(&summary, replay->dry_run);
        }
    }
    if (!err && summary.unopened) {
        err = base_diag_set(diag, BASE_INVALID, "%lld letters are sealed to another key: --key FILE",
                            (long long)summary.unopened);
    }
    return err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    char mappings[4096];
    struct ingest_replay_options replay = {.var = getenv("HUTONG_VAR"),
                                           .mappings = cli_mapping_dir(given, mappings),
                                           .key = base_option_text(given, "key"),
                                           .source = base_option_text(given, "source"),
                                           .reason = base_option_text(given, "reason"),
                                           .from_us = INT64_MIN,
                                           .to_us = INT64_MAX,
                                           .dry_run = base_option_flag(given, "dry-run")};
    if (given->operand_count) {
        return base_diag_set(diag, BASE_USAGE, "takes no operands, but got \"%s\"", given->operands[0]);
    }
    enum base_err err = time_option(given, "from", diag, &replay.from_us);
    if (!err) {
        err = time_option(given, "to", diag, &replay.to_us);
    }
    if (!err && !base_option_flag(given, "dead")) {
        return cli_replay_windows(given, replay.from_us, replay.to_us, diag);
    }
    if (!err) {
        err = cli_keep_read(given, diag, &replay.keeps);
    }
    if (err) {
        return err;
    }
    bool json = base_option_flag(given, "json");
    return base_option_flag(given, "list") ? list(&replay, json, diag) : replay_all(&replay, json, diag);
}

int cli_replay_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
