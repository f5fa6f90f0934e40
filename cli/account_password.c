/* Where a password comes from: a file, a person at a terminal, or, when there is neither, chance. */
#include "cli/account.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* One line of the terminal that does not show. False at its end. */
static bool ask(const char *question, char line[CLI_ACCOUNT_PASSWORD])
{
    struct termios shown, hidden;
    bool silent = tcgetattr(STDIN_FILENO, &shown) == 0;
    fputs(question, stderr);
    fflush(stderr);
    if (silent) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    bool there = fgets(line, CLI_ACCOUNT_PASSWORD, stdin) != NULL;
    if (silent) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    }
    fputs("\n", stderr);
    line[there ? strcspn(line, "\n") : 0] = '\0';
    return there;
}

static enum base_err ask_twice(const char *name, struct base_diag *diag, char ret_password[CLI_ACCOUNT_PASSWORD])
{
    char question[120], again[CLI_ACCOUNT_PASSWORD];
    snprintf(question, sizeof question, "password of %.64s: ", name);
    if (!ask(question, ret_password) || !ask("once more: ", again)) {
        return base_diag_set(diag, BASE_INTERRUPTED, "no password was typed");
    }
    return strcmp(ret_password, again) == 0
               ? BASE_OK
               : base_diag_set(diag, BASE_INVALID, "the two passwords are not the same; nothing was changed");
}

static enum base_err read_file(const char *path, struct base_diag *diag, char ret_password[CLI_ACCOUNT_PASSWORD])
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 17);
    enum base_err err = base_file_read(path, CLI_ACCOUNT_PASSWORD * 2, diag, &text);
    if (err) {
        return err;
    }
    struct base_str rest = base_buf_str(&text), line = {NULL, 0};
    base_str_next(&rest, '\n', &line);
    line.len -= line.len && line.at[line.len - 1] == '\r';
    if (line.len == 0 || line.len >= CLI_ACCOUNT_PASSWORD || memchr(line.at, 0, line.len)) {
        return base_diag_set(diag, BASE_INVALID, "%s: its first line is no password", path);
    }
    memcpy(ret_password, line.at, line.len);
    ret_password[line.len] = '\0';
    return BASE_OK;
}

enum base_err cli_account_password(const char *name, const char *file, struct base_diag *diag,
                                   char ret_password[CLI_ACCOUNT_PASSWORD], bool *ret_made)
{
    enum base_err err = BASE_OK;
    *ret_made = !file && !isatty(STDIN_FILENO);
    if (*ret_made) {
        base_key_password(ret_password);
        return BASE_OK;
    }
    err = file ? read_file(file, diag, ret_password) : ask_twice(name, diag, ret_password);
    return err ? err : base_password_check(name, base_str_of(ret_password), diag);
}
