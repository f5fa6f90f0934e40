/* The one table of errors: every code, its words, its HTTP status, and whether trying again can help. */
#include "base/base.h"

static const struct {
    const char *name;
    const char *text;
    int http;
    bool retryable;
} errors[] = {
#define BASE_ERROR_ROW(name, text, http, retryable) {#name, text, http, retryable},
    BASE_ERRORS(BASE_ERROR_ROW)
#undef BASE_ERROR_ROW
};

static size_t row_of(enum base_err err)
{
    return (size_t)err < BASE_COUNT(errors) ? (size_t)err : BASE_INVALID;
}

const char *base_error_name(enum base_err err)
{
    return errors[row_of(err)].name;
}

const char *base_error_text(enum base_err err)
{
    return errors[row_of(err)].text;
}

int base_error_http(enum base_err err)
{
    return errors[row_of(err)].http;
}

bool base_error_retryable(enum base_err err)
{
    return errors[row_of(err)].retryable;
}
