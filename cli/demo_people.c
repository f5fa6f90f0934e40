/* The demo's organisations: a group with two property companies, each with a few estates; one estate has nobody, there
 * a committee and volunteers stand in. */
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
