/* hutong.env: KEY='value' lines, written for `. hutong.env` in a shell and read back by every subcommand. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

void base_env_line(struct base_buf *buf, const char *key, const char *value)
{
    base_buf_printf(buf, "%s='", key);
    for (const char *c = value; *c; c++) {
        if (*c == '\'') {
            base_buf_text(buf, "'\\''"); /* a shell has no escape inside single quotes */
        } else {
            base_buf_u8(buf, (uint8_t)*c);
        }
    }
    base_buf_text(buf, "'\n");
}

/* Undoes base_env_line's quoting, in place. */
static bool unquote(struct base_str quoted, struct base_buf *value)
{
    if (quoted.len < 2 || quoted.at[0] != '\'' || quoted.at[quoted.len - 1] != '\'') {
        return false;
    }
    for (size_t i = 1; i + 1 < quoted.len; i++) {
        if (quoted.at[i] != '\'') {
            base_buf_u8(value, (uint8_t)quoted.at[i]);
        } else if (base_str_starts((struct base_str){quoted.at + i, quoted.len - 1 - i}, "'\\''")) {
            base_buf_u8(value, '\'');
            i += 3;
        } else {
            return false;
        }
    }
    return true;
}

static enum base_err set_line(const char *path, struct base_str line, struct base_diag *diag)
{
    struct base_str key;
    struct base_str rest = line;
    AUTO_VALUE(base_buf) name;
    AUTO_VALUE(base_buf) value;
    base_buf_init(&name, 256);
    base_buf_init(&value, 65536);
    base_str_next(&rest, '=', &key);
    base_buf_append(&name, key.at, key.len);
    if (!rest.at || key.len == 0 || !unquote(rest, &value)) {
        return base_diag_set(diag, BASE_INVALID, "%s: \"%.*s\" is not KEY='value'", path, (int)line.len, line.at);
    }
    const char *variable = base_buf_cstr(&name);
    const char *text = base_buf_cstr(&value);
    if (name.err || value.err || setenv(variable, text, 0) != 0) {
        return base_diag_set(diag, BASE_LIMIT, "%s: a line is too long", path);
    }
    return BASE_OK;
}

enum base_err base_env_load(const char *path, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 20);
    enum base_err err = base_file_read(path, 65536, diag, &file);
    if (err) {
        return err == BASE_NOT_FOUND ? BASE_OK : err;
    }
    struct base_str rest = base_buf_str(&file);
    struct base_str line;
    while (!err && base_str_next(&rest, '\n', &line)) {
        line = base_str_trim(line);
        if (line.len && line.at[0] != '#') {
            err = set_line(path, line, diag);
        }
    }
    return err;
}
