/* /api/incidents/{estate}/{incident}/contact and /words: what only who handles an incident may see, for a purpose, and
 * each look at it is written down in the transaction that it is taken in. */
#include "api/incident.h"
#include "incident/incident.h"

enum { SHORT_MAX = 200, NAME_MAX = 60, PHONE_MAX = 40, CONTACT_MAX = 4096, ANSWER_MAX = 1 << 24, NOTE_LEN = 64 };

enum base_err api_incident_seal(const struct api_call *call, struct base_diag *diag, struct base_key *key,
                                const struct base_key **ret_seal)
{
    const char *var = call->server->config.var;
    enum base_err err = var ? incident_seal_key(var, diag, key) : BASE_OK;
    *ret_seal = err || !var ? NULL : key;
    return err;
}

/* --- what a body says --- */

static void member_out(struct base_json_out *out, const char *key, const char *text)
{
    if (text) {
        base_json_out_key(out, key);
        base_json_out_text(out, text);
    }
}

static void members_in(struct api_input *input, const struct base_json *contact, struct base_json_out *out)
{
    static const char *const members[] = {"name", "phone", NULL};
    const struct base_json *body = input->object;
    if (!api_input_known(input, contact, members)) {
        return;
    }
    input->object = contact;
    const char *name = api_input_text(input, "name", API_OPTIONAL, NAME_MAX);
    const char *phone = api_input_text(input, "phone", API_OPTIONAL, PHONE_MAX);
    input->object = body;
    if (!input->bad && !name && !phone) {
        api_input_wrong(input, "contact", "says neither name nor phone");
    }
    member_out(out, "name", name);
    member_out(out, "phone", phone);
}

const char *api_incident_contact_in(struct api_input *input, enum api_need need)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, CONTACT_MAX);
    const struct base_json *contact = base_json_in_get(input->object, "contact");
    if (input->bad || (!api_input_has(input, "contact") && need == API_OPTIONAL)) {
        return NULL;
    }
    struct base_json_out out = base_json_out_of(&text);
    base_json_out_object(&out);
    if (contact && base_json_in_is_object(contact)) {
        members_in(input, contact, &out);
    } else {
        member_out(&out, "text", api_input_text(input, "contact", API_REQUIRED, SHORT_MAX));
    }
    base_json_out_object_end(&out);
    if (!input->bad && !input->call->server->config.var) {
        api_input_wrong(input, "contact", "this server has no key to lock it by (HUTONG_VAR)");
    }
    return input->bad ? NULL : base_arena_text(&input->call->arena, base_buf_str(&text));
}

/* --- reading --- */

struct look {
    const char *action;
    enum base_err (*out)(struct data_conn *conn, const struct base_key *seal, int64_t estate_id, int64_t id,
                         struct base_diag *diag, struct base_json_out *out);
};
static const struct look at_contact = {"read contact", incident_contact_out};
static const struct look at_words = {"read dispute", incident_words_out};

static enum base_err answer(struct api_write *write, const struct look *look, const int64_t ids[2],
                            struct base_diag *diag)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, ANSWER_MAX);
    struct base_key key;
    const struct base_key *seal;
    struct base_json_out inner = base_json_out_of(&text);
    enum base_err err = api_incident_seal(write->call, diag, &key, &seal);
    err = err ? err : look->out(write->conn, seal, ids[0], ids[1], diag, &inner);
    if (!err) {
        struct base_json_out out = api_answer_json(write->call);
        base_json_out_object(&out);
        base_json_out_key(&out, look == &at_contact ? "contacts" : "words");
        base_json_out_raw(&out, base_buf_str(&text));
        base_json_out_object_end(&out);
        write->call->answer.cache = "no-store";
    }
    return err;
}

static enum base_err see(struct api_call *call, struct api_worker *worker, const struct look *look,
                         const int64_t ids[2], struct base_diag *diag)
{
    struct api_write write;
    char note[NOTE_LEN];
    enum data_look by = api_incident_one_look(call, ids[0]);
    if (!api_write_may(call, by, ids[0])) {
        return BASE_OK;
    }
    if (!call->identity->purpose[0]) {
        api_problem_purpose(call);
        return BASE_OK;
    }
    enum base_err err = api_write_begin(call, worker, by, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = api_incident_one_mine(call, write.conn, ids, diag);
    err = err ? err : answer(&write, look, ids, diag);
    snprintf(note, sizeof note, "incident %lld", (long long)ids[1]);
    return api_write_end(&write, err, look->action, note, diag);
}

/* --- adding --- */

static enum base_err store(struct api_write *write, const int64_t ids[2], const char *contact, struct base_diag *diag)
{
    struct base_key key;
    const struct base_key *seal;
    const struct incident_act of = {.estate_id = ids[0], .id = ids[1], .at_us = write->now_us};
    enum base_err err = api_incident_seal(write->call, diag, &key, &seal);
    err = err ? err : incident_contact_add(write->conn, seal, &of, contact, diag);
    if (!err) {
        api_write_located(write->call, MHD_HTTP_CREATED, "/api/incidents/%lld/%lld/contact", (long long)ids[0],
                          (long long)ids[1]);
    }
    return err;
}

static enum base_err add(struct api_call *call, struct api_worker *worker, const int64_t ids[2], struct base_diag *diag)
{
    static const char *const members[] = {"contact", NULL};
    struct api_input input;
    struct api_write write = {.conn = NULL};
    char note[NOTE_LEN];
    if (!api_write_may(call, DATA_LOOK_HANDLE, ids[0]) || !api_input_open(call, members, &input)) {
        return BASE_OK;
    }
    const char *contact = api_incident_contact_in(&input, API_REQUIRED);
    bool bad = input.bad;
    api_input_release(&input);
    enum base_err err = bad ? BASE_OK : api_write_begin(call, worker, DATA_LOOK_HANDLE, ids[0], NULL, diag, &write);
    if (err || !write.conn) {
        return err;
    }
    err = store(&write, ids, contact, diag);
    snprintf(note, sizeof note, "incident %lld", (long long)ids[1]);
    return api_write_end(&write, err, "add contact", note, diag);
}

enum base_err api_incident_sealed_contact(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    if (err) {
        return err;
    }
    return call->method == API_GET ? see(call, worker, &at_contact, ids, diag) : add(call, worker, ids, diag);
}

enum base_err api_incident_sealed_words(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    int64_t ids[API_CAPTURES_MAX];
    enum base_err err = api_query_path(call, 2, diag, ids);
    return err ? err : see(call, worker, &at_words, ids, diag);
}
