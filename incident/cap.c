/* A joint response as the Common Alerting Protocol tells it (OASIS CAP-v1.2, urn:oasis:names:tc:emergency:cap:1.2):
 * what kind of thing happened where, how bad it is and who is called. Never what somebody wrote about it. */
#include "incident/private.h"

#include <string.h>

enum { TEXT_MAX = 4096 };

/* Columns of cap_find. */
enum {
    JOINT,
    VERSION,
    SENT,
    REFERENCES,
    EXPIRES,
    OVER,
    DRILL,
    SENDER,
    CATEGORY,
    EVENT,
    EVENT_EN,
    GB_CLASS,
    CODE,
    SEVERITY,
    SEEN,
    ADDRESSES,
    CALLED,
    CALLED_EN,
    PLACE,
    PLACE_EN,
    POLYGONS,
    CIRCLE,
    ESTATE_CODE
};

struct cap {
    struct base_xml_out out;
    const struct data_rows *rows;
    const struct incident_key *key;
};

static const char *text(const struct cap *cap, int column)
{
    return data_rows_null(cap->rows, 0, column) ? NULL : data_rows_text(cap->rows, 0, column);
}

static bool is(const struct cap *cap, int column)
{
    return data_rows_bool(cap->rows, 0, column);
}

static void printed(struct cap *cap, const char *name, const char *format, ...) BASE_PRINTF(3, 4);
static void printed(struct cap *cap, const char *name, const char *format, ...)
{
    char value[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    base_xml_out_text(&cap->out, name, value);
}

static void named_value(struct cap *cap, const char *element, const char *name, const char *value)
{
    if (value) {
        base_xml_out_open(&cap->out, element, NULL);
        base_xml_out_text(&cap->out, "valueName", name);
        base_xml_out_text(&cap->out, "value", value);
        base_xml_out_close(&cap->out);
    }
}

/* --- how bad, in CAP's words --- */

static const struct severity {
    const char *severity, *cap, *urgency, *name, *name_en;
} severities[] = {{"small", "Minor", "Expected", "一般", "small"},
                  {"serious", "Severe", "Immediate", "严重", "serious"},
                  {"complex", "Moderate", "Expected", "复杂", "complex"},
                  {"special", "Extreme", "Immediate", "特殊", "special"}};

static const struct severity *severity_of(const struct cap *cap)
{
    size_t i = 0;
    while (i + 1 < BASE_COUNT(severities) && strcmp(severities[i].severity, text(cap, SEVERITY)) != 0) {
        i++;
    }
    return &severities[i];
}

/* --- parts --- */

static void area(struct cap *cap, const char *place)
{
    struct base_str rest = base_str_of(text(cap, POLYGONS)), ring;
    char id[32];
    base_xml_out_open(&cap->out, "area", NULL);
    base_xml_out_text(&cap->out, "areaDesc", place);
    while (rest.len && base_str_next(&rest, '\n', &ring)) {
        base_xml_out_str(&cap->out, "polygon", ring);
    }
    base_xml_out_text(&cap->out, "circle", text(cap, CIRCLE));
    snprintf(id, sizeof id, "%lld", (long long)cap->key->estate_id);
    named_value(cap, "geocode", "hutong:estate", id);
    named_value(cap, "geocode", "estate-code", text(cap, ESTATE_CODE));
    base_xml_out_close(&cap->out);
}

static void said(struct cap *cap, bool english)
{
    const char *event = text(cap, english ? EVENT_EN : EVENT), *place = text(cap, english ? PLACE_EN : PLACE);
    const char *drill = !is(cap, DRILL) ? "" : english ? "DRILL - " : "演练·";
    if (english) {
        printed(cap, "headline", "%s%s: %s (%s), %s", drill,
                is(cap, OVER) ? "Joint response stood down" : "Joint response", event, severity_of(cap)->name_en,
                place);
        printed(cap, "description", "%sCalled: %s.", drill, text(cap, CALLED_EN));
    } else {
        printed(cap, "headline", "%s%s:%s(%s) %s", drill, is(cap, OVER) ? "联合响应结束" : "联合响应", event,
                severity_of(cap)->name, place);
        printed(cap, "description", "%s已呼叫:%s。", drill, text(cap, CALLED));
    }
}

static void info(struct cap *cap, bool english)
{
    const struct severity *severity = severity_of(cap);
    base_xml_out_open(&cap->out, "info", NULL);
    base_xml_out_text(&cap->out, "language", english ? "en" : "zh-CN");
    base_xml_out_text(&cap->out, "category", text(cap, CATEGORY));
    base_xml_out_text(&cap->out, "event", text(cap, english ? EVENT_EN : EVENT));
    base_xml_out_text(&cap->out, "responseType", is(cap, OVER) ? "AllClear" : "Execute");
    base_xml_out_text(&cap->out, "urgency", is(cap, OVER) ? "Past" : severity->urgency);
    base_xml_out_text(&cap->out, "severity", severity->cap);
    base_xml_out_text(&cap->out, "certainty", is(cap, SEEN) ? "Observed" : "Likely");
    named_value(cap, "eventCode", "hutong:category", text(cap, CODE));
    named_value(cap, "eventCode", "GB/T 30428.2", text(cap, GB_CLASS));
    base_xml_out_text(&cap->out, "expires", text(cap, EXPIRES));
    said(cap, english);
    area(cap, text(cap, english ? PLACE_EN : PLACE));
    base_xml_out_close(&cap->out);
}

static const char *message_type(const struct cap *cap)
{
    return is(cap, OVER) ? "Cancel" : data_rows_i64(cap->rows, 0, VERSION) > 1 ? "Update" : "Alert";
}

static void alert(struct cap *cap)
{
    base_xml_out_open(&cap->out, "alert", "urn:oasis:names:tc:emergency:cap:1.2");
    printed(cap, "identifier", "HT-%lld-%lld-%lld", (long long)cap->key->estate_id,
            (long long)data_rows_i64(cap->rows, 0, JOINT), (long long)data_rows_i64(cap->rows, 0, VERSION));
    base_xml_out_text(&cap->out, "sender", text(cap, SENDER));
    base_xml_out_text(&cap->out, "sent", text(cap, SENT));
    base_xml_out_text(&cap->out, "status", is(cap, DRILL) ? "Exercise" : "Actual");
    base_xml_out_text(&cap->out, "msgType", message_type(cap));
    base_xml_out_text(&cap->out, "scope", "Private");
    base_xml_out_text(&cap->out, "addresses", text(cap, ADDRESSES));
    base_xml_out_text(&cap->out, "references", text(cap, REFERENCES));
    printed(cap, "incidents", "%lld-%lld", (long long)cap->key->estate_id, (long long)cap->key->id);
    info(cap, false);
    info(cap, true);
    base_xml_out_close(&cap->out);
}

enum base_err incident_cap_out(struct data_conn *conn, const struct incident_key *key, struct base_buf *buf,
                               struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_CAP_FIND, DATA_ARGS(data_i64(key->estate_id), data_i64(key->id)), diag, &rows);
    if (!err && data_rows_count(rows) == 0) {
        err = base_diag_set(diag, BASE_NOT_FOUND, "nobody was called to this incident");
    }
    if (err) {
        return err;
    }
    struct cap cap = {.out = base_xml_out_of(buf), .rows = rows, .key = key};
    alert(&cap);
    return buf->err ? base_diag_set(diag, buf->err, "the document is too large") : BASE_OK;
}
