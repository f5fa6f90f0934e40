/* hutong mapping: which formats there are, and whether a mapping file is right. */
#include "cli/mapping.h"

#include <stdlib.h>
#include <string.h>

static const struct base_option options[] = {CLI_MAPPING_ROW};

static const struct cli_command command = {
    .usage = "hutong mapping list\n"
             "       hutong mapping check FILE...\n"
             "Lists the formats that `hutong source add --format` takes, or says what is wrong in mapping files: line\n"
             "and path of the first mistake of each, exit 1. `hutong decode --mapping FILE` tries one on a message.",
    .options = options,
    .count = BASE_COUNT(options),
};

const char *cli_mapping_dir(const struct base_options *given, char path[4096])
{
    const char *dir = given ? base_option_text(given, "mappings") : getenv("HUTONG_MAPPINGS"),
               *var = getenv("HUTONG_VAR");
    if (dir && *dir) {
        return dir;
    }
    int len = snprintf(path, 4096, "%s/mapping", var && *var ? var : "./var");
    return len > 0 && len < 4096 ? path : "";
}

enum base_err cli_mapping_load(const struct base_options *given, struct base_diag *diag,
                               struct sensors_mappings **ret_mappings)
{
    char path[4096];
    return sensors_mappings_load(cli_mapping_dir(given, path), diag, ret_mappings);
}

static const struct sensors_format *format_at(const struct sensors_mappings *mappings, size_t index, bool *ret_mapping)
{
    size_t decoders = 0;
    while (sensors_format_at(decoders)) {
        decoders++;
    }
    *ret_mapping = index >= decoders;
    return index < decoders ? sensors_format_at(index) : sensors_mappings_at(mappings, index - decoders);
}

enum base_err cli_mapping_format(const struct sensors_mappings *mappings, const char *name, struct base_diag *diag,
                                 const struct sensors_format **ret_format)
{
    const struct sensors_format *format = sensors_format_find(base_str_of(name));
    AUTO_VALUE(base_buf) known;
    base_buf_init(&known, 64 * 1024);
    bool mapping;
    if (!format) {
        format = sensors_mappings_find(mappings, base_str_of(name));
    }
    if (format) {
        *ret_format = format;
        return BASE_OK;
    }
    for (size_t i = 0; (format = format_at(mappings, i, &mapping)); i++) {
        base_buf_printf(&known, " %s", format->name);
    }
    return base_diag_set(diag, BASE_USAGE, "--format %s: no such format; there are:%s", name, base_buf_cstr(&known));
}

static enum base_err list(const struct base_options *given, struct base_diag *diag)
{
    AUTO(sensors_mappings) mappings = NULL;
    const struct sensors_format *format;
    bool mapping;
    enum base_err err = cli_mapping_load(given, diag, &mappings);
    for (size_t i = 0; !err && (format = format_at(mappings, i, &mapping)); i++) {
        printf("%-20s %-8s %s\n", format->name, mapping ? "mapping" : "decoder", format->help);
    }
    return err;
}

static enum base_err check(const struct base_options *given, struct base_diag *diag)
{
    enum base_err first = BASE_OK;
    for (int i = 1; i < given->operand_count; i++) {
        AUTO(sensors_mappings) mappings = NULL;
        const struct sensors_format *format = NULL;
        struct base_diag why = {.text = ""};
        enum base_err err = sensors_mappings_file(given->operands[i], &why, &mappings, &format);
        if (err && first) {
            fprintf(stderr, "hutong mapping: %s\n", diag->text); /* the last is said by who ends the program */
        }
        if (err) {
            first = err;
            *diag = why;
        } else {
            printf("%s: right\n", given->operands[i]);
        }
    }
    return first;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    const char *verb = given->operand_count ? given->operands[0] : "";
    if (strcmp(verb, "list") == 0 && given->operand_count == 1) {
        return list(given, diag);
    }
    if (strcmp(verb, "check") == 0 && given->operand_count > 1) {
        return check(given, diag);
    }
    return base_diag_set(diag, BASE_USAGE, "list, or check FILE...");
}

int cli_mapping_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
