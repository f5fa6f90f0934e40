/* What somebody asks of a measure: each parameter by the type that the table says, else its standard. */
#include "api/measure.h"
#include "api/request.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
enum { ITEMS_MAX = 16, ITEM_MAX = 64, CODE_MAX = 100, SQL_MAX = ITEMS_MAX * (ITEM_MAX + 3) + 3 };

typedef enum base_err reader(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                             struct api_measure_given *given);

static enum base_err keep(struct api_call *call, const char *sql, struct api_measure_given *given,
                          struct base_diag *diag)
{
    given->sql = base_arena_text(&call->arena, base_str_of(sql));
    return given->sql ? BASE_OK : base_diag_set(diag, BASE_LIMIT, "the parameters are too long");
}

static enum base_err number(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                            struct api_measure_given *given)
{
    char sql[40];
    int64_t whole = 0;
    bool fraction = param->type == API_MEASURE_NUMBER;
    bool good = fraction ? base_str_f64(given->text, &given->number) : base_str_i64(given->text, &whole);
    given->number = fraction ? given->number : (double)whole;
    if (!good || !(given->number >= param->least && given->number <= param->most)) {
        return base_diag_set(diag, BASE_INVALID, "%s must be a %s, %.15g to %.15g", param->name,
                             fraction ? "number" : "whole number", param->least, param->most);
    }
    snprintf(sql, sizeof sql, "%.17g%s", given->number, param->type == API_MEASURE_SPAN ? " seconds" : "");
    return keep(call, sql, given, diag);
}

static enum base_err word(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                          struct api_measure_given *given)
{
    const char *words = param->words ? param->words : "true false";
    (void)call;
    if (!api_query_listed(words, given->text)) {
        return base_diag_set(diag, BASE_INVALID, "%s must be one of: %s", param->name, words);
    }
    given->sql = given->text.at;
    return BASE_OK;
}

/* What stands between quotes in PostgreSQL's text of an array. */
static bool plain(struct base_str item)
{
    bool good = item.len > 0 && item.len <= ITEM_MAX;
    for (size_t i = 0; i < item.len && good; i++) {
        good = (unsigned char)item.at[i] >= ' ' && item.at[i] != '"' && item.at[i] != '\\';
    }
    return good;
}

static enum base_err list(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                          struct api_measure_given *given)
{
    AUTO_VALUE(base_buf) sql;
    struct base_str rest = given->text, item;
    base_buf_init(&sql, SQL_MAX);
    base_buf_text(&sql, "{");
    for (size_t count = 0; base_str_next(&rest, ',', &item); count++) {
        if (count == ITEMS_MAX || (param->words ? !api_query_listed(param->words, item) : !plain(item))) {
            return base_diag_set(diag, BASE_INVALID, "%s must be a list by commas, of at most %d%s%s", param->name,
                                 ITEMS_MAX, param->words ? ", of: " : " kinds of devices",
                                 param->words ? param->words : "");
        }
        base_buf_printf(&sql, "%s\"%.*s\"", count ? "," : "", (int)item.len, item.at);
    }
    base_buf_text(&sql, "}");
    return sql.err ? base_diag_set(diag, sql.err, "%s is too long", param->name)
                   : keep(call, base_buf_cstr(&sql), given, diag);
}

static enum base_err moment(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                            struct api_measure_given *given)
{
    char text[BASE_TIME_TEXT];
    int64_t time_us = 0;
    enum base_err err = api_query_time(call, param->name, base_clock_now_us(), diag, &time_us);
    err = err ? err : keep(call, base_time_out(time_us, text), given, diag);
    given->text = base_str_of(given->sql ? given->sql : "");
    return err;
}

static enum base_err campaign(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                              struct api_measure_given *given)
{
    (void)call;
    return given->text.len > 0 && given->text.len <= CODE_MAX
               ? BASE_OK
               : base_diag_set(diag, BASE_INVALID, "%s must be a campaign's code; /api/campaigns lists them",
                               param->name);
}

static enum base_err read_one(struct api_call *call, const struct api_measure_param *param, struct base_diag *diag,
                              struct api_measure_given *given)
{
    static reader *const readers[] = {number, number, number, word, word, list, list, moment, campaign};
    given->text = api_target_param(&call->target, param->name);
    if (!given->text.at && param->required) {
        return base_diag_set(diag, BASE_INVALID, "%s is missing", param->name);
    }
    if (!given->text.at && param->standard) {
        given->text = base_str_of(param->standard);
    }
    return given->text.at ? readers[param->type](call, param, diag, given) : BASE_OK;
}

/* --- which there may be --- */

static bool takes(const struct api_measure *measure, struct base_str name)
{
    bool found =
        base_str_is(name, "estate") || (!measure->moment && (base_str_is(name, "from") || base_str_is(name, "to")));
    for (size_t i = 0; i < API_MEASURE_PARAMS && measure->params[i].name && !found; i++) {
        found = base_str_is(name, measure->params[i].name);
    }
    return found;
}

static enum base_err names(const struct api_call *call, const struct api_measure *measure, struct base_diag *diag)
{
    for (size_t i = 0; i < call->target.param_count; i++) {
        struct base_str name = call->target.params[i].name;
        if (takes(measure, name)) {
            continue;
        }
        char text[256];
        size_t len = (size_t)snprintf(text, sizeof text, "estate%s", measure->moment ? "" : ", from, to");
        for (size_t k = 0; k < API_MEASURE_PARAMS && measure->params[k].name && len < sizeof text; k++) {
            len += (size_t)snprintf(text + len, sizeof text - len, ", %s", measure->params[k].name);
        }
        return base_diag_set(diag, BASE_INVALID, "unknown parameter \"%.*s\"; %s takes only %s",
                             (int)(name.len < 64 ? name.len : 64), name.at, measure->name, text);
    }
    return BASE_OK;
}

/* What is to come has left no facts: a period ends now at the latest. Without from and to: the last day. */
static enum base_err period(const struct api_call *call, struct base_diag *diag, struct api_measure_asked *asked)
{
    const int days = asked->measure->days_max;
    int64_t now_us = base_clock_now_us();
    enum base_err err = api_query_time(call, "to", now_us, diag, &asked->to_us);
    asked->to_us = asked->to_us < now_us ? asked->to_us : now_us;
    err = err ? err : api_query_time(call, "from", asked->to_us - DAY_US, diag, &asked->from_us);
    if (!err && (asked->to_us <= asked->from_us || asked->to_us - asked->from_us > days * DAY_US)) {
        err = base_diag_set(diag, BASE_INVALID, "to (now at the latest) must be after from, by %d days at most", days);
    }
    return err;
}

enum base_err api_measure_read(struct api_call *call, const struct api_measure *measure, struct base_diag *diag,
                               struct api_measure_asked *ret_asked)
{
    struct api_measure_asked asked = {.measure = measure};
    enum base_err err = names(call, measure, diag);
    err = err ? err : api_query_i64(call, "estate", diag, &asked.estate);
    err = err || measure->moment ? err : period(call, diag, &asked);
    for (size_t i = 0; i < API_MEASURE_PARAMS && measure->params[i].name && !err; i++) {
        err = read_one(call, &measure->params[i], diag, &asked.given[i]);
    }
    if (!err) {
        *ret_asked = asked;
    }
    return err;
}

/* --- and back --- */

static void told_list(struct base_json_out *out, struct base_str text)
{
    struct base_str item;
    base_json_out_array(out);
    while (base_str_next(&text, ',', &item)) {
        base_json_out_str(out, item);
    }
    base_json_out_array_end(out);
}

static void told_one(struct base_json_out *out, const struct api_measure_param *param,
                     const struct api_measure_given *given)
{
    base_json_out_key(out, param->name);
    if (!given->text.at) {
        base_json_out_null(out);
    } else if (param->type <= API_MEASURE_SPAN) {
        base_json_out_f64(out, given->number, 6);
    } else if (param->type == API_MEASURE_SWITCH) {
        base_json_out_bool(out, base_str_is(given->text, "true"));
    } else if (param->type == API_MEASURE_TYPES || param->type == API_MEASURE_KINDS) {
        told_list(out, given->text);
    } else {
        base_json_out_str(out, given->text);
    }
}

void api_measure_told(const struct api_measure_asked *asked, struct base_json_out *out)
{
    base_json_out_key(out, "parameters");
    base_json_out_object(out);
    for (size_t i = 0; i < API_MEASURE_PARAMS && asked->measure->params[i].name; i++) {
        told_one(out, &asked->measure->params[i], &asked->given[i]);
    }
    base_json_out_object_end(out);
}
