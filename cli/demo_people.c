/* The demo's organisations: a group with two property companies, each with a few estates; one estate has nobody, there
 * a committee and volunteers stand in. And the departments that answer when they are called to an incident. */
#include "cli/demo.h"

static const struct organisation {
    const char *code, *name, *name_en, *kind, *parent;
} organisations[] = {
    {"demo-group", "云栖物业集团", "Yunqi Property Group", "group", NULL},
    {"demo-anju", "安居物业", "Anju Property", "company", "demo-group"},
    {"demo-hemu", "和睦物业", "Hemu Property", "company", "demo-group"},
    {"demo-clean", "云栖环卫", "Yunqi Sanitation", "company", NULL},
    {"demo-committee", "清风三村业委会", "Qingfeng No. 3 owners' committee", "committee", NULL},
    {"demo-volunteers", "清风志愿队", "Qingfeng volunteers", "volunteers", NULL},
};
static const struct department {
    const char *code, *name, *name_en, *field;
} departments[] = {
    {"demo-construction", "区建管委", "District construction office", "construction"},
    {"demo-governance", "街道综治中心", "Sub-district governance centre", "social_governance"},
    {"demo-management", "街道城管中队", "Sub-district urban management", "urban_management"},
    {"demo-police", "派出所", "Police station", "police"},
    {"demo-fire", "消防救援站", "Fire and rescue station", "fire"},
    {"demo-emergency", "区应急局", "District emergency office", "emergency"},
    {"demo-social", "社区志愿服务中心", "Community volunteer centre", "social_organisations"},
};
enum { RESIDENTS = 10 }; /* the estate that keeps itself: number 10 of 0 ... */

const char *cli_demo_company(size_t estate)
{
    return estate == RESIDENTS ? "demo-committee" : estate % 2 ? "demo-hemu" : "demo-anju";
}

const char *cli_demo_volunteers(void)
{
    return "demo-volunteers";
}

const char *cli_demo_contract(size_t estate)
{
    return estate == RESIDENTS ? "业主自治公约，第四条：巡逻由志愿队值守"
                               : "物业服务合同，附件二，第3条：每两小时巡楼一次，夜间每小时一次";
}

/* Everywhere. */
static enum base_err make_department(struct data_conn *conn, const struct department *one, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(
        conn, DATA_ORGANISATION_PUT,
        DATA_ARGS(data_text(one->code), data_text(one->name), data_text("department"), data_text(one->name_en)), diag,
        &rows);
    return err ? err
               : data_run(conn, DATA_FIELD_ORGANISATION_PUT,
                          DATA_ARGS(data_text(one->field), data_null(), data_null(),
                                    data_i64(data_rows_i64(rows, 0, 0)), data_null()),
                          diag, NULL);
}

enum base_err cli_demo_people(struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) estates = NULL;
    enum base_err err = data_run(conn, DATA_DEMO_ESTATE, DATA_NO_ARGS, diag, &estates);
    for (size_t i = 0; i < BASE_COUNT(organisations) && !err; i++) {
        const struct organisation *one = &organisations[i];
        err = data_run(
            conn, DATA_ORGANISATION_PUT,
            DATA_ARGS(data_text(one->code), data_text(one->name), data_text(one->kind), data_text(one->name_en)), diag,
            NULL);
        err = err ? err
                  : data_run(conn, DATA_ORGANISATION_PLACE, DATA_ARGS(data_text(one->code), data_text(one->parent)),
                             diag, NULL);
    }
    for (size_t i = 0; i < BASE_COUNT(departments) && !err; i++) {
        err = make_department(conn, &departments[i], diag);
    }
    for (size_t i = 0; !err && i < data_rows_count(estates); i++) {
        char id[32];
        snprintf(id, sizeof id, "%lld", (long long)data_rows_i64(estates, i, 0));
        err = data_run(conn, DATA_ORGANISATION_ESTATE, DATA_ARGS(data_text(cli_demo_company(i)), data_text(id)), diag,
                       NULL);
    }
    const char *home = !err && data_rows_count(estates) > RESIDENTS ? data_rows_text(estates, RESIDENTS, 1) : NULL;
    return err ? err
               : data_run(conn, DATA_DEMO_POST,
                          DATA_ARGS(data_text("demo-committee"), data_text(cli_demo_volunteers()), data_text(home)),
                          diag, NULL);
}
