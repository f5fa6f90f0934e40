/* hutong: one program, its subcommands in one table. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    bool alone; /* does not read hutong.env: it writes it */
    const char *help;
} commands[] = {
    {"up", cli_up_main, true, "start everything: database, broker, ingest, map"},
    {"migrate", cli_migrate_main, false, "bring the database's schema up to this program"},
    {"doctor", cli_doctor_main, false, "check database, broker and machine, and say what to change"},
    {"import", cli_import_main, false, "read estates, buildings and other places from a vector file"},
    {"source", cli_source_main, false, "say which MQTT topics carry what"},
    {"device", cli_device_main, false, "say where things are, and which unknown ones are believed"},
    {"mapping", cli_mapping_main, false, "list formats, and check files that describe new ones"},
    {"user", cli_account_main, false, "say who may sign in, and what they see"},
    {"token", cli_token_main, false, "make secrets that programs and shifts sign in with"},
    {"decode", cli_decode_main, false, "show what device messages mean, without storing them"},
    {"filter", cli_filter_main, false, "check a CQL2 filter, and try it on a file"},
    {"ingest", cli_ingest_main, false, "read devices' messages from the broker into the database"},
    {"judge", cli_judge_main, false, "decide whether duties were met"},
    {"replay", cli_replay_main, false, "decode dead letters or judge windows again"},
    {"serve", cli_serve_main, false, "serve the map, its tiles and the API over HTTP"},
    {"simulate", cli_simulate_main, false, "be the devices of the demo district"},
};

static void help(FILE *out)
{
    fprintf(out, "usage: hutong COMMAND [options]\n\ncommands:\n");
    for (size_t i = 0; i < BASE_COUNT(commands); i++) {
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    }
    fprintf(out, "\nhutong COMMAND --help tells more. Start with: hutong up --demo\n");
}

/* docs/options.md is this text: each command's own --help, so that none can be forgotten. */
static int help_markdown(void)
{
    char help_option[] = "--help";
    printf("# Options\n\n"
           "Written by `hutong help --markdown`; a test fails when it is out of date. A command line goes before the\n"
           "environment (in parentheses), the environment before `$HUTONG_VAR/hutong.env`, that before the default\n"
           "[in brackets].\n");
    for (size_t i = 0; i < BASE_COUNT(commands); i++) {
        char name[16];
        snprintf(name, sizeof name, "%s", commands[i].name);
        printf("\n## hutong %s\n```\n", name);
        fflush(stdout);
        int code = commands[i].run(2, (char *[]){name, help_option, NULL});
        if (code != 0) {
            return code;
        }
        printf("```\n");
    }
    return 0;
}

static int unknown(const char *name)
{
    const char *names[BASE_COUNT(commands)];
    for (size_t i = 0; i < BASE_COUNT(commands); i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = cli_command_nearest(name, names, BASE_COUNT(names));
    fprintf(stderr, "hutong: there is no command \"%s\"", name);
    if (nearest) {
        fprintf(stderr, "; did you mean \"%s\"?\n", nearest);
    } else {
        fprintf(stderr, "; hutong --help lists them\n");
    }
    return 2;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct base_diag diag = {.text = ""};
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("hutong %s\n", HUTONG_VERSION);
        return 0;
    }
    if (strcmp(name, "help") == 0 && argc > 2 && strcmp(argv[2], "--markdown") == 0) {
        return help_markdown();
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        help(stdout);
        return 0;
    }
    if (!*name) {
        help(stderr);
        return 2;
    }
    for (size_t i = 0; i < BASE_COUNT(commands); i++) {
        if (strcmp(name, commands[i].name) == 0) {
            base_log_name_set(commands[i].name);
            enum base_err err = commands[i].alone || asks_help(argc, argv) ? BASE_OK : cli_var_load(&diag);
            return err ? cli_command_fail(name, err, &diag) : commands[i].run(argc - 1, argv + 1);
        }
    }
    return unknown(name);
}
