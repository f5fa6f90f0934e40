/* What each channel wants to read: our own JSON for webhooks, text for robots and gateways. */
#include "incident/deliver_private.h"

#include <string.h>

void incident_letter_key(const struct incident_letter *letter, struct base_buf *buf)
{
    for (size_t i = 0; i < BASE_ID_BYTES; i++) {
        base_buf_printf(buf, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", letter->key.bytes[i]);
    }
}

/* The same text in the header and in the body. */
static void key_out(struct base_json_out *out, const struct incident_letter *letter)
{
    AUTO_VALUE(base_buf) key;
    base_buf_init(&key, 64);
    incident_letter_key(letter, &key);
    base_json_out_key(out, "key");
    base_json_out_str(out, base_buf_str(&key));
}

static void text_out(struct base_json_out *out, const struct incident_letter *letter)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 13);
    base_buf_printf(&text, "%s%s%s", letter->line, letter->link ? "\n" : "", letter->link ? letter->link : "");
    base_json_out_str(out, base_buf_str(&text));
}

/* WeCom's and DingTalk's robots want the same. */
static void robot_out(struct base_json_out *out, const struct incident_letter *letter)
{
    base_json_out_key(out, "msgtype");
    base_json_out_text(out, "text");
    base_json_out_key(out, "text");
    base_json_out_object(out);
    base_json_out_key(out, "content");
    text_out(out, letter);
    base_json_out_object_end(out);
}

/* To whom stands in the gateway's address. */
static void sms_out(struct base_json_out *out, const struct incident_letter *letter)
{
    key_out(out, letter);
    base_json_out_key(out, "text");
    text_out(out, letter);
}

static void webhook_out(struct base_json_out *out, const struct incident_letter *letter)
{
    key_out(out, letter);
    base_json_out_key(out, "text");
    base_json_out_text(out, letter->line);
    base_json_out_key(out, "link");
    base_json_out_text(out, letter->link);
    base_json_out_key(out, "notice");
    base_json_out_raw(out, base_str_of(letter->body));
}

static bool is_robot(const char *channel)
{
    return strcmp(channel, "wecom") == 0 || strcmp(channel, "dingtalk") == 0;
}

void incident_letter_body(const struct incident_letter *letter, struct base_buf *buf)
{
    struct base_json_out out = base_json_out_of(buf);
    base_json_out_object(&out);
    if (is_robot(letter->channel)) {
        robot_out(&out, letter);
    } else if (strcmp(letter->channel, "sms") == 0) {
        sms_out(&out, letter);
    } else {
        webhook_out(&out, letter);
    }
    base_json_out_object_end(&out);
}

/* DingTalk's: base64 of the HMAC of "<milliseconds>\n<secret>" under the secret, escaped. */
static void ding_sign(const char *secret, int64_t now_us, struct base_buf *buf)
{
    char milliseconds[32], sign[BASE_HMAC_TEXT];
    snprintf(milliseconds, sizeof milliseconds, "%lld", (long long)(now_us / 1000));
    const struct base_str parts[] = {base_str_of(milliseconds), base_str_of("\n"), base_str_of(secret)};
    base_hmac_base64(base_hmac_of(base_str_of(secret), parts, BASE_COUNT(parts)), sign);
    base_buf_printf(buf, "&timestamp=%s&sign=", milliseconds);
    for (const char *at = sign; *at; at++) {
        if (strchr("+/=", *at)) {
            base_buf_printf(buf, "%%%02X", (unsigned)*at);
        } else {
            base_buf_u8(buf, (uint8_t)*at);
        }
    }
}

void incident_letter_url(const struct incident_letter *letter, int64_t now_us, struct base_buf *buf)
{
    base_buf_text(buf, letter->url);
    if (strcmp(letter->channel, "dingtalk") == 0 && letter->secret) {
        ding_sign(letter->secret, now_us, buf);
    }
}

void incident_letter_signature(const struct incident_letter *letter, struct base_str body, int64_t now_us,
                               struct base_buf *buf)
{
    char seconds[32], hex[BASE_HMAC_TEXT];
    snprintf(seconds, sizeof seconds, "%lld", (long long)(now_us / 1000000));
    const struct base_str parts[] = {base_str_of(seconds), base_str_of("."), body};
    base_hmac_hex(base_hmac_of(base_str_of(letter->secret), parts, BASE_COUNT(parts)), hex);
    base_buf_printf(buf, "t=%s,v1=%s", seconds, hex);
}

bool incident_letter_taken(const char *channel, struct base_str answer, int64_t *ret_code)
{
    AUTO(base_json) json = NULL;
    *ret_code = 0;
    if (!is_robot(channel)) {
        return true;
    }
    *ret_code = -1; /* no answer of a robot's: WeCom's own word for "busy" */
    if (base_json_in_parse(answer.at, answer.len, NULL, &json)) {
        return false;
    }
    return base_json_in_i64(base_json_in_get(json, "errcode"), ret_code) && *ret_code == 0;
}
