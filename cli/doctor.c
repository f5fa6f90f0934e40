/* hutong doctor: the checks that `hutong up` makes, for a person who wonders. */
#include "cli/doctor.h"
#include "cli/keep.h"

#include <stdlib.h>
#include <sys/statvfs.h>

static const struct base_option options[] = {
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "one JSON object: ok, checks"} DATA_KEEPS(CLI_KEEP_ROW),
};

static const struct cli_command command = {
    .usage = "hutong doctor [options]\n"
             "Checks database, broker and disk, and names what to change. Exit code 1 when something is unfit.\n"
             "It has the broker keep 2,000 small messages below hutong/probe/ for some seconds.",
    .options = options,
    .count = BASE_COUNT(options),
};

static void look_at_disk(struct cli_doctor_report *report)
{
    const char *var = getenv("HUTONG_VAR");
    struct statvfs info;
    if (!var || statvfs(var, &info) != 0) {
        return; /* no state on this machine */
    }
    double free_gb = (double)info.f_bavail * (double)info.f_frsize / 1e9;
    cli_doctor_add(report, "disk",
                   free_gb < 0.3 ? CLI_DOCTOR_FAIL
                   : free_gb < 2 ? CLI_DOCTOR_WARN
                                 : CLI_DOCTOR_OK,
                   "free some space: a full disk stops the database", "%.1f GB free in %s", free_gb, var);
}

static const char *level_name(enum cli_doctor_level level)
{
    static const char *const names[] = {"ok", "warn", "fail"};
    return names[level];
}

static void print_json(const struct cli_doctor_report *report, bool good)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    base_json_out_key(&out, "ok");
    base_json_out_bool(&out, good);
    base_json_out_key(&out, "checks");
    base_json_out_array(&out);
    for (size_t i = 0; i < report->count; i++) {
        base_json_out_object(&out);
        base_json_out_key(&out, "name");
        base_json_out_text(&out, report->checks[i].name);
        base_json_out_key(&out, "level");
        base_json_out_text(&out, level_name(report->checks[i].level));
        base_json_out_key(&out, "found");
        base_json_out_text(&out, report->checks[i].found);
        if (report->checks[i].todo) {
            base_json_out_key(&out, "todo");
            base_json_out_text(&out, report->checks[i].todo);
        }
        base_json_out_object_end(&out);
    }
    base_json_out_array_end(&out);
    base_json_out_object_end(&out);
    printf("%s\n", base_buf_cstr(&text));
}

static void print_lines(const struct cli_doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct cli_doctor_check *check = &report->checks[i];
        printf("%-5s %-24s %s\n", level_name(check->level), check->name, check->found);
        if (check->todo) {
            printf("      -> %s\n", check->todo);
        }
    }
}

int cli_doctor_main(int argc, char **argv)
{
    struct base_options given;
    struct base_diag diag = {.text = ""};
    int code = cli_command_options(&command, argc, argv, &given);
    if (code != CLI_GO_ON) {
        return code;
    }
    struct data_keeps keeps;
    bool json = base_option_flag(&given, "json");
    enum base_err err = given.operand_count ? base_diag_set(&diag, BASE_USAGE, "takes no operands")
                                            : cli_keep_read(&given, &diag, &keeps);
    base_options_release(&given);
    if (err) {
        return cli_command_fail("doctor", err, &diag);
    }
    struct cli_doctor_report report = {.count = 0};
    cli_doctor_database(&report, NULL);
    if (report.checks[0].level == CLI_DOCTOR_OK) { /* it answers */
        cli_doctor_access(&report, NULL);
        cli_doctor_retention(&report, NULL, &keeps);
    }
    cli_doctor_broker(&report);
    look_at_disk(&report);
    bool good = true;
    for (size_t i = 0; i < report.count; i++) {
        good = good && report.checks[i].level != CLI_DOCTOR_FAIL;
    }
    if (json) {
        print_json(&report, good);
    } else {
        print_lines(&report);
    }
    return good ? 0 : 1;
}
