/* What every subcommand does the same way: --help, wrong options, failures, and a guess at what was meant. */
#include "cli/cli.h"

#include <string.h>

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int cli_command_options(const struct cli_command *command, int argc, char **argv, struct base_options *ret_options)
{
    if (wants_help(argc, argv)) {
        printf("usage: %s\n", command->usage);
        if (command->count) {
            printf("\noptions:\n");
            base_option_help(command->options, command->count, stdout);
        }
        return 0;
    }
    struct base_diag diag = {.text = ""};
    enum base_err err = base_option_parse(command->options, command->count, argc, argv, &diag, ret_options);
    return err ? cli_command_fail(argv[0], err, &diag) : CLI_GO_ON;
}

int cli_command_run(const struct cli_command *command,
                    enum base_err (*run)(const struct base_options *given, struct base_diag *diag), int argc,
                    char **argv)
{
    struct base_options given;
    struct base_diag diag = {.text = ""};
    int code = cli_command_options(command, argc, argv, &given);
    if (code != CLI_GO_ON) {
        return code;
    }
    enum base_err err = run(&given, &diag);
    base_options_release(&given);
    return err ? cli_command_fail(argv[0], err, &diag) : 0;
}

int cli_command_fail(const char *name, enum base_err err, const struct base_diag *diag)
{
    fprintf(stderr, "hutong %s: %s\n", name, diag->text[0] ? diag->text : base_error_text(err));
    return err == BASE_USAGE ? 2 : 1;
}

/* Levenshtein distance with swapped neighbours, over short names; longer ones are far from everything. */
enum { NAME_MAX_LEN = 23, NEAR = 2 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int distance(const char *a, const char *b)
{
    int d[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];
    int rows = (int)strlen(a);
    int columns = (int)strlen(b);
    if (rows > NAME_MAX_LEN || columns > NAME_MAX_LEN) {
        return NAME_MAX_LEN;
    }
    for (int i = 0; i <= rows; i++) {
        for (int j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[rows][columns];
}

const char *cli_command_nearest(const char *text, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    int best = NEAR + 1;
    for (size_t i = 0; i < count; i++) {
        int far = distance(text, names[i]);
        bool begins = strlen(text) >= 3 && strncmp(text, names[i], strlen(text)) == 0;
        far = begins ? 1 : far;
        if (far < best && far < (int)strlen(names[i])) {
            best = far;
            nearest = names[i];
        }
    }
    return nearest;
}
