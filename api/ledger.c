/* GET /api/ledgers/{problems|surveys|rectifications}: a ledger page by page, or all of it as a file (?f=csv, ?f=xlsx).
 */
#include "api/ledger.h"

#include "sensors/sensors.h"

#include <string.h>

enum { PAGE = 1000, ABOUT_MAX = 1024, WHEN_MAX = 24 };

const struct api_ledger *const api_ledgers[API_LEDGERS] = {&api_ledger_problem, &api_ledger_survey,
                                                           &api_ledger_rectification};

const struct api_ledger *api_ledger_of(const struct api_call *call)
{
    size_t i = 0;
    while (i + 1 < API_LEDGERS && !base_str_is(call->target.segments[2], api_ledgers[i]->list->name)) {
        i++;
    }
    return api_ledgers[i];
}

/* --- pages --- */

enum base_err api_ledger_page(struct data_conn *conn, const struct api_ledger *ledger,
                              const struct api_ledger_asked *asked, struct base_diag *diag, struct data_rows **ret_rows)
{
    const struct api_page *page = &asked->page;
    return data_run(conn, ledger->page,
                    DATA_ARGS(asked->estate, asked->manager, asked->organisation, data_time(asked->from_us),
                              data_time(asked->to_us), data_text(asked->state), data_text(asked->overdue), asked->id,
                              page->after[0], page->after[1], page->after[2], data_i64(page->limit)),
                    diag, ret_rows);
}

struct api_ledger_asked api_ledger_all(void)
{
    return (struct api_ledger_asked){.estate = data_null(),
                                     .manager = data_null(),
                                     .organisation = data_null(),
                                     .id = data_null(),
                                     .from_us = INT64_MIN,
                                     .to_us = INT64_MAX,
                                     .state = "all",
                                     .page = {.limit = PAGE, .after = {data_null(), data_i64(0), data_i64(0)}}};
}

static enum base_err asked_in(const struct api_call *call, const struct api_ledger *ledger, struct base_diag *diag,
                              struct api_ledger_asked *asked)
{
    *asked = api_ledger_all();
    enum base_err err = api_query_i64(call, "estate", diag, &asked->estate);
    err = err ? err : api_query_i64(call, "manager", diag, &asked->manager);
    err = err ? err : api_query_i64(call, "organisation", diag, &asked->organisation);
    err = err ? err : api_query_time(call, "from", INT64_MIN, diag, &asked->from_us);
    err = err ? err : api_query_time(call, "to", INT64_MAX, diag, &asked->to_us);
    err = err ? err : api_query_word(call, "state", ledger->states, "all", diag, &asked->state);
    return err ? err : api_query_word(call, "overdue", "true false", NULL, diag, &asked->overdue);
}

/* --- what a file is about: which rows, of when, made when --- */

struct about {
    struct base_buf *text;
    enum api_sheet_lang lang;
    const struct sensors_zone *zone;
};

static const char *when(const struct about *about, int64_t time_us, char text[WHEN_MAX])
{
    char rfc[BASE_TIME_TEXT] = ""; /* and stays so for what no calendar has */
    base_time_out(sensors_zone_to_local(about->zone, time_us), rfc);
    snprintf(text, WHEN_MAX, "%.10s %.5s", rfc, rfc + 11);
    return text;
}

static void say(const struct about *about, const char *zh, const char *en, const char *value)
{
    base_buf_printf(about->text, "%s%s: %s", about->text->len ? " | " : "", about->lang == API_SHEET_EN ? en : zh,
                    value);
}

static void say_id(const struct about *about, const char *zh, const char *en, struct data_arg id)
{
    char text[24];
    if (id.type != DATA_ARG_NULL) {
        snprintf(text, sizeof text, "%lld", (long long)id.i64);
        say(about, zh, en, text);
    }
}

static void say_period(const struct about *about, const struct api_ledger *ledger, const struct api_ledger_asked *asked)
{
    char from[WHEN_MAX] = "…", to[WHEN_MAX] = "…", text[WHEN_MAX * 2 + 8];
    if (asked->from_us != INT64_MIN) {
        when(about, asked->from_us, from);
    }
    if (asked->to_us != INT64_MAX) {
        when(about, asked->to_us, to);
    }
    snprintf(text, sizeof text, "%s – %s", from, to);
    say(about, ledger->period_title, ledger->period_title_en, text);
}

/* The estate by its name, which the first row has. */
static void say_estate(const struct about *about, const struct api_ledger *ledger, const struct api_ledger_asked *asked,
                       const struct data_rows *rows)
{
    const char *member = about->lang == API_SHEET_EN ? "estate_en" : "estate";
    if (asked->estate.type == DATA_ARG_NULL || data_rows_count(rows) == 0) {
        say_id(about, "小区", "Estate", asked->estate);
        return;
    }
    for (size_t i = 0; i < ledger->sheet->count; i++) {
        if (strcmp(ledger->sheet->columns[i].name, member) == 0) {
            say(about, "小区", "Estate", data_rows_text(rows, 0, ledger->sheet->columns[i].column));
        }
    }
}

static void say_all(const struct about *about, const struct api_ledger *ledger, const struct api_ledger_asked *asked,
                    const struct data_rows *rows)
{
    char now[WHEN_MAX];
    say_period(about, ledger, asked);
    say_estate(about, ledger, asked, rows);
    say_id(about, "物业企业", "Managed by", asked->manager);
    say_id(about, "单位", "Organisation", asked->organisation);
    say(about, "状态", "State", api_sheet_word(ledger->words, asked->state, about->lang));
    if (asked->overdue) {
        bool late = asked->overdue[0] == 't';
        say(about, "超时", "Overdue", about->lang == API_SHEET_EN ? late ? "yes" : "no" : late ? "是" : "否");
    }
    say(about, "制表时间", "Made", when(about, base_clock_now_us(), now));
}

static enum base_err table(struct data_conn *conn, const struct api_ledger *ledger,
                           const struct api_ledger_asked *asked, struct api_sheet_file *file, enum api_sheet_lang lang,
                           const struct data_rows *rows, struct base_buf *text, struct base_diag *diag)
{
    AUTO(data_rows) zone_rows = NULL;
    AUTO(sensors_zone) zone = NULL;
    enum base_err err = data_run(conn, DATA_CAMPAIGN_ZONE, DATA_NO_ARGS, diag, &zone_rows);
    err = err ? err : sensors_zone_open(data_rows_text(zone_rows, 0, 0), diag, &zone);
    if (!err) {
        say_all(&(struct about){text, lang, zone}, ledger, asked, rows);
        api_sheet_table(file, ledger->sheet, base_buf_cstr(text));
    }
    return err;
}

/* --- files --- */

static void go_on(const struct api_ledger *ledger, const struct data_rows *rows, struct api_page *page)
{
    size_t last = data_rows_count(rows) - 1;
    page->after[0] = data_time(data_rows_time(rows, last, ledger->list->order[0]));
    page->after[1] = data_i64(data_rows_i64(rows, last, ledger->list->order[1]));
    page->after[2] = data_i64(data_rows_i64(rows, last, ledger->list->order[2]));
}

enum base_err api_ledger_file(struct data_conn *conn, const struct api_ledger *ledger, struct api_ledger_asked *asked,
                              struct api_sheet_file *file, enum api_sheet_lang lang, struct base_diag *diag)
{
    AUTO_VALUE(base_buf) about;
    base_buf_init(&about, ABOUT_MAX);
    enum base_err err = BASE_OK;
    bool more = true, begun = false;
    asked->page.limit = PAGE;
    while (more && !err) {
        AUTO(data_rows) rows = NULL;
        err = api_ledger_page(conn, ledger, asked, diag, &rows);
        err = err || begun ? err : table(conn, ledger, asked, file, lang, rows, &about, diag);
        err = err ? err : api_sheet_rows(file, rows, diag);
        begun = true;
        more = !err && data_rows_count(rows) == PAGE;
        if (more) {
            go_on(ledger, rows, &asked->page);
        }
    }
    return err;
}

static enum base_err download(struct api_call *call, struct data_conn *conn, const struct api_ledger *ledger,
                              struct api_ledger_asked *asked, const struct api_sheet_asked *form,
                              struct base_diag *diag)
{
    AUTO(api_sheet_file) file = NULL;
    enum base_err err = api_sheet_open(call, form, diag, &file);
    if (err || !file) {
        return err;
    }
    err = data_begin_snapshot(conn, diag);
    err = err ? err : api_ledger_file(conn, ledger, asked, file, form->lang, diag);
    data_rollback(conn);
    return err ? err : api_sheet_answer(file, ledger->sheet->name, diag);
}

/* --- handlers --- */

static enum base_err list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    const struct api_ledger *ledger = api_ledger_of(call);
    struct data_conn *conn;
    struct api_ledger_asked asked;
    struct api_sheet_asked form;
    AUTO(data_rows) rows = NULL;
    enum base_err err = asked_in(call, ledger, diag, &asked);
    err = err ? err : api_sheet_asked(call, "json csv xlsx", diag, &form);
    err = err ? err : api_list_page(call, ledger->list, diag, &asked.page);
    err = err ? err : api_worker_conn(worker, diag, &conn);
    if (err || form.form != API_SHEET_JSON) {
        return err ? err : download(call, conn, ledger, &asked, &form, diag);
    }
    err = api_ledger_page(conn, ledger, &asked, diag, &rows);
    if (!err) {
        api_list_out(call, ledger->list, &asked.page, rows);
    }
    return err;
}

enum base_err api_ledger_list(struct api_call *call, struct api_worker *worker, struct base_diag *diag)
{
    return call->method == API_GET ? list(call, worker, diag) : api_ledger_write_new(call, worker, diag);
}
