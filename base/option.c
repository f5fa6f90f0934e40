/* One table row per option drives the command line, the environment, --help and the reference page. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

static ptrdiff_t row_named(const struct base_option *table, size_t count, struct base_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (base_str_is(name, table[i].name)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static bool well_formed(enum base_option_type type, const char *value)
{
    struct base_str text = base_str_of(value);
    int64_t whole;
    double real;
    switch (type) {
    case BASE_OPTION_INT:
        return base_str_i64(text, &whole);
    case BASE_OPTION_REAL:
        return base_str_f64(text, &real);
    case BASE_OPTION_SPAN:
        return base_time_span_in(text, &whole);
    case BASE_OPTION_FLAG:
    case BASE_OPTION_TEXT:
        break;
    }
    return true;
}

static const char *expected(enum base_option_type type)
{
    switch (type) {
    case BASE_OPTION_INT:
        return "a whole number";
    case BASE_OPTION_REAL:
        return "a number";
    case BASE_OPTION_SPAN:
        return "a span such as 30d, 12h, 5min or 90s";
    case BASE_OPTION_FLAG:
    case BASE_OPTION_TEXT:
        break;
    }
    return "a value";
}

static enum base_err store(struct base_options *options, size_t row, const char *value, const char *from,
                           struct base_diag *diag)
{
    const struct base_option *option = &options->table[row];
    if (!well_formed(option->type, value)) {
        return base_diag_set(diag, BASE_USAGE, "%s: \"%s\" is not %s", from, value, expected(option->type));
    }
    if (option->repeatable && options->joined[row]) {
        AUTO_VALUE(base_buf) both;
        base_buf_init(&both, 65536);
        base_buf_printf(&both, "%s\n%s", options->joined[row], value);
        char *joined = both.err ? NULL : strdup(base_buf_cstr(&both));
        if (!joined) {
            return base_diag_set(diag, BASE_LIMIT, "--%s: too many values", option->name);
        }
        free(options->joined[row]);
        options->joined[row] = joined;
    } else if (option->repeatable) {
        options->joined[row] = strdup(value);
    }
    options->values[row] = option->repeatable ? options->joined[row] : value;
    return options->values[row] ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "out of memory");
}

/* Handles argv[*at], an option, and moves *at past the value it takes. */
static enum base_err one_option(struct base_options *options, int argc, char **argv, int *at, struct base_diag *diag)
{
    struct base_str rest = base_str_of(argv[*at] + 2);
    struct base_str name;
    base_str_next(&rest, '=', &name);
    ptrdiff_t row = row_named(options->table, options->count, name);
    if (row < 0) {
        return base_diag_set(diag, BASE_USAGE, "unknown option %s; see hutong %s --help", argv[*at], argv[0]);
    }
    if (options->table[row].type == BASE_OPTION_FLAG) {
        if (rest.at) {
            return base_diag_set(diag, BASE_USAGE, "--%s takes no value", options->table[row].name);
        }
        return store(options, (size_t)row, "true", argv[*at], diag);
    }
    const char *value = rest.at;
    if (!value) {
        if (*at + 1 >= argc) {
            return base_diag_set(diag, BASE_USAGE, "--%s needs %s", options->table[row].name,
                                 expected(options->table[row].type));
        }
        value = argv[++*at];
    }
    char from[64];
    snprintf(from, sizeof from, "--%s", options->table[row].name);
    return store(options, (size_t)row, value, from, diag);
}

static enum base_err from_environment(struct base_options *options, struct base_diag *diag)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct base_option *option = &options->table[i];
        const char *value = option->env && !options->values[i] ? getenv(option->env) : NULL;
        if (value && *value) {
            enum base_err err = store(options, i, value, option->env, diag);
            if (err) {
                return err;
            }
        }
    }
    return BASE_OK;
}

enum base_err base_option_parse(const struct base_option *table, size_t count, int argc, char **argv,
                                struct base_diag *diag, struct base_options *ret_options)
{
    struct base_options options = {.table = table, .count = count};
    if (count > BASE_OPTION_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "an option table has more than %d rows", BASE_OPTION_MAX);
    }
    enum base_err err = BASE_OK;
    bool only_operands = false;
    options.operands = calloc((size_t)argc + 1, sizeof *options.operands);
    if (!options.operands) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    for (int i = 1; i < argc && !err; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            err = one_option(&options, argc, argv, &i, diag);
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            err = base_diag_set(diag, BASE_USAGE, "unknown option %s; see hutong %s --help", argv[i], argv[0]);
        } else {
            options.operands[options.operand_count++] = argv[i];
        }
    }
    if (!err) {
        err = from_environment(&options, diag);
    }
    if (err) {
        base_options_release(&options);
        return err;
    }
    *ret_options = options;
    return BASE_OK;
}

void base_options_release(struct base_options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        free(options->joined[i]);
    }
    free(options->operands);
    *options = (struct base_options){.table = NULL};
}

bool base_option_given(const struct base_options *options, const char *name)
{
    ptrdiff_t row = row_named(options->table, options->count, base_str_of(name));
    return row >= 0 && options->values[row];
}

bool base_option_flag(const struct base_options *options, const char *name)
{
    const char *value = base_option_text(options, name);
    return value && strcmp(value, "false") != 0 && strcmp(value, "0") != 0;
}

const char *base_option_text(const struct base_options *options, const char *name)
{
    ptrdiff_t row = row_named(options->table, options->count, base_str_of(name));
    if (row < 0) {
        return NULL;
    }
    return options->values[row] ? options->values[row] : options->table[row].standard;
}

int64_t base_option_int(const struct base_options *options, const char *name)
{
    int64_t value = 0;
    const char *text = base_option_text(options, name);
    return text && base_str_i64(base_str_of(text), &value) ? value : 0;
}

double base_option_real(const struct base_options *options, const char *name)
{
    double value = 0;
    const char *text = base_option_text(options, name);
    return text && base_str_f64(base_str_of(text), &value) ? value : 0;
}

int64_t base_option_span_us(const struct base_options *options, const char *name)
{
    int64_t value = 0;
    const char *text = base_option_text(options, name);
    return text && base_time_span_in(base_str_of(text), &value) ? value : 0;
}

void base_option_help(const struct base_option *table, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", table[i].name, table[i].value ? " " : "",
                 table[i].value ? table[i].value : "");
        fprintf(out, "  %-26s %s", left, table[i].help);
        if (table[i].standard) {
            fprintf(out, " [%s]", table[i].standard);
        }
        if (table[i].env) {
            fprintf(out, " (%s)", table[i].env);
        }
        fputc('\n', out);
    }
}
