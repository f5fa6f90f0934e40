/* Many requests at once over one thread: whoever hangs costs nobody else anything. */
#include "incident/deliver_private.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNDER_WAY_MAX = 1024, ANSWER_MAX = 16 * 1024, BODY_MAX = 64 * 1024, URL_MAX = 4096 };

struct transfer {
    struct transfer *next;
    struct incident_sender *sender;
    struct incident_attempt attempt;
    char channel[16];
    CURL *easy;
    struct curl_slist *headers;
    struct base_buf body, answer;
    bool kept_out; /* the address is not on the public Internet */
};

struct incident_sender {
    CURLM *multi;
    struct transfer *first;
    size_t count;
    int connect_ms, total_ms;
    bool private_too;
};

static void transfer_free(struct transfer *transfer)
{
    if (transfer) {
        curl_easy_cleanup(transfer->easy);
        curl_slist_free_all(transfer->headers);
        base_buf_release(&transfer->body);
        base_buf_release(&transfer->answer);
        free(transfer);
    }
}

static void forget(struct transfer *transfer)
{
    struct incident_sender *sender = transfer->sender;
    struct transfer **at = &sender->first;
    while (*at != transfer) {
        at = &(*at)->next;
    }
    *at = transfer->next;
    sender->count--;
    curl_multi_remove_handle(sender->multi, transfer->easy);
    transfer_free(transfer);
}

enum base_err incident_sender_new(const struct incident_deliver_options *options, struct base_diag *diag,
                                  struct incident_sender **ret_sender)
{
    struct incident_sender *sender = calloc(1, sizeof *sender);
    if (sender && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        sender->multi = curl_multi_init();
    }
    if (!sender || !sender->multi) {
        free(sender);
        return base_diag_set(diag, BASE_NOMEM, "libcurl does not start");
    }
    sender->connect_ms = options->connect_ms;
    sender->total_ms = options->total_ms;
    sender->private_too = options->private_too;
    *ret_sender = sender;
    return BASE_OK;
}

void incident_sender_free(struct incident_sender *sender)
{
    if (!sender) {
        return;
    }
    while (sender->first) {
        forget(sender->first);
    }
    curl_multi_cleanup(sender->multi);
    free(sender);
}

/* --- what libcurl calls --- */
static curl_socket_t open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = of;
    (void)purpose;
    if (!transfer->sender->private_too && !incident_address_public(&address->addr)) {
        transfer->kept_out = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What is longer is cut: nobody reads it. */
static size_t take_answer(char *data, size_t size, size_t count, void *of)
{
    struct transfer *transfer = of;
    size_t room = ANSWER_MAX - transfer->answer.len, len = size * count;
    base_buf_append(&transfer->answer, data, len < room ? len : room);
    return len <= room ? len : CURL_WRITEFUNC_ERROR;
}

/* --- a request --- */
static bool add_header(struct transfer *transfer, const char *name, struct base_buf *value)
{
    AUTO_VALUE(base_buf) line;
    base_buf_init(&line, 512);
    base_buf_printf(&line, "%s: %s", name, base_buf_cstr(value));
    struct curl_slist *longer = line.err ? NULL : curl_slist_append(transfer->headers, base_buf_cstr(&line));
    transfer->headers = longer ? longer : transfer->headers;
    base_buf_reset(value);
    return longer != NULL;
}

static bool add_headers(struct transfer *transfer, const struct incident_letter *letter, int64_t now_us)
{
    AUTO_VALUE(base_buf) value;
    base_buf_init(&value, 256);
    base_buf_text(&value, "application/json; charset=utf-8");
    bool good = add_header(transfer, "Content-Type", &value);
    incident_letter_key(letter, &value);
    good = good && add_header(transfer, "Idempotency-Key", &value);
    if (letter->secret) {
        incident_letter_signature(letter, base_buf_str(&transfer->body), now_us, &value);
        good = good && add_header(transfer, "X-Hutong-Signature", &value);
    }
    return good;
}

/* Only what the address says is asked: no redirects, no other protocols, no proxy of the environment. QUICK_EXIT: a
 * name server that hangs is not waited for when the time is over. */
static bool set_options(struct transfer *transfer, const char *url)
{
    CURL *easy = transfer->easy;
    const struct incident_sender *sender = transfer->sender;
    return !curl_easy_setopt(easy, CURLOPT_URL, url) && !curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) && !curl_easy_setopt(easy, CURLOPT_PROXY, "") &&
           !curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) && !curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_USERAGENT, "hutong") &&
           !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)sender->connect_ms) &&
           !curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)sender->total_ms) &&
           !curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
           !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)transfer->body.len) &&
           !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static bool prepare(struct transfer *transfer, const struct incident_letter *letter)
{
    AUTO_VALUE(base_buf) url;
    const int64_t now_us = base_clock_now_us();
    base_buf_init(&url, URL_MAX);
    base_buf_init(&transfer->body, BODY_MAX);
    base_buf_init(&transfer->answer, ANSWER_MAX + 1);
    transfer->easy = curl_easy_init();
    incident_letter_body(letter, &transfer->body);
    incident_letter_url(letter, now_us, &url);
    return transfer->easy && !transfer->body.err && !url.err && add_headers(transfer, letter, now_us) &&
           set_options(transfer, base_buf_cstr(&url));
}

enum base_err incident_sender_start(struct incident_sender *sender, const struct incident_letter *letter,
                                    struct base_diag *diag)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer) {
        transfer->sender = sender;
        transfer->attempt = letter->attempt;
        snprintf(transfer->channel, sizeof transfer->channel, "%s", letter->channel);
    }
    if (!transfer || !prepare(transfer, letter) || curl_multi_add_handle(sender->multi, transfer->easy)) {
        transfer_free(transfer);
        return base_diag_set(diag, BASE_NOMEM, "a notice cannot be sent: no memory");
    }
    transfer->next = sender->first;
    sender->first = transfer;
    sender->count++;
    return BASE_OK;
}

/* --- what came of it --- */
static void judge_status(const struct transfer *transfer, long status, struct incident_reply *reply)
{
    int64_t code = 0;
    bool again = status >= 500 || status == 408 || status == 425 || status == 429;
    snprintf(reply->why, sizeof reply->why, "HTTP %ld", status);
    reply->outcome = again ? "retry" : "refused"; /* also 3xx: nobody goes where it points */
    if (status >= 200 && status < 300) {
        bool taken = incident_letter_taken(transfer->channel, base_buf_str(&transfer->answer), &code);
        reply->outcome = taken ? "sent" : "retry";
        reply->why[0] = '\0';
        if (!taken) {
            snprintf(reply->why, sizeof reply->why, "the robot says %lld", (long long)code);
        }
    }
}

static void judge(struct transfer *transfer, CURLcode result, struct incident_reply *reply)
{
    long status = 0;
    curl_off_t wait_s = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &wait_s);
    *reply = (struct incident_reply){.attempt = transfer->attempt,
                                     .wait_us = wait_s > 0 && wait_s < 3600 ? wait_s * 1000000 : 0};
    if (result == CURLE_OK || (result == CURLE_WRITE_ERROR && status)) {
        judge_status(transfer, status, reply);
    } else if (transfer->kept_out) {
        reply->outcome = "refused";
        snprintf(reply->why, sizeof reply->why, "its address is within a private network (HUTONG_WEBHOOK_PRIVATE)");
    } else {
        bool hopeless = result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_URL_MALFORMAT;
        reply->outcome = hopeless ? "refused" : "retry";
        snprintf(reply->why, sizeof reply->why, "%s", curl_easy_strerror(result));
    }
}

void incident_sender_wait(struct incident_sender *sender, int wait_ms)
{
    int running = 0;
    curl_multi_perform(sender->multi, &running);
    curl_multi_poll(sender->multi, NULL, 0, (size_t)running < sender->count ? 0 : wait_ms, NULL);
    curl_multi_perform(sender->multi, &running);
}

bool incident_sender_next(struct incident_sender *sender, struct incident_reply *ret_reply)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(sender->multi, &left))) {
        struct transfer *transfer = NULL;
        if (message->msg == CURLMSG_DONE &&
            !curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer)) {
            judge(transfer, message->data.result, ret_reply);
            forget(transfer);
            return true;
        }
    }
    return false;
}

size_t incident_sender_room(const struct incident_sender *sender)
{
    return UNDER_WAY_MAX - sender->count;
}

void incident_sender_busy(const struct incident_sender *sender, struct base_buf *buf)
{
    data_array_begin(buf, DATA_ARRAY_I64, sender->count);
    for (const struct transfer *transfer = sender->first; transfer; transfer = transfer->next) {
        data_array_i64(buf, transfer->attempt.contact_id);
    }
}
