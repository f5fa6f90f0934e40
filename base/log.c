/* logfmt to standard error: one write(2) a line, so that lines of several threads and processes stay whole. */
#include "base/base.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *process;

void base_log_name_set(const char *name)
{
    process = name;
}

static bool plain(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7f) {
            return false;
        }
    }
    return *text != '\0';
}

static void value_text(struct base_buf *line, const char *text)
{
    if (!text) {
        return;
    }
    if (plain(text)) {
        base_buf_text(line, text);
        return;
    }
    base_buf_u8(line, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            base_buf_printf(line, "\\%c", *c);
        } else if (*c == '\n') {
            base_buf_text(line, "\\n");
        } else if ((unsigned char)*c < ' ' || *c == 0x7f) {
            base_buf_printf(line, "\\x%02x", (unsigned)(unsigned char)*c);
        } else {
            base_buf_u8(line, (uint8_t)*c);
        }
    }
    base_buf_u8(line, '"');
}

static void field(struct base_buf *line, const struct base_log_field *field)
{
    base_buf_printf(line, " %s=", field->key);
    switch (field->type) {
    case BASE_LOG_TEXT:
        value_text(line, field->text);
        break;
    case BASE_LOG_I64:
        base_buf_printf(line, "%lld", (long long)field->i64);
        break;
    case BASE_LOG_F64:
        base_buf_printf(line, "%.6g", field->f64);
        break;
    }
}

void base_log_write(enum base_log_level level, const char *message, const struct base_log_field *fields, size_t count)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < BASE_LOG_INFO) {
        return;
    }
    AUTO_VALUE(base_buf) line;
    base_buf_init(&line, 8192);
    char now[BASE_TIME_TEXT];
    base_buf_printf(&line, "time=%s level=%s", base_time_out(base_clock_now_us(), now), names[level]);
    if (process) {
        base_buf_printf(&line, " process=%s", process);
    }
    base_buf_text(&line, " msg=");
    value_text(&line, message);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].key) {
            field(&line, &fields[i]);
        }
    }
    line.err = BASE_OK; /* a line over the ceiling is cut, not lost */
    line.max++;
    base_buf_u8(&line, '\n');
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written; /* nowhere left to report to */
}
