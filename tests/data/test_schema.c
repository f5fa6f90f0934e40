/* The schema can be distributed by estate_id (ARCHITECTURE.md, "Outgrowing one machine"). Every rule is looked up in
 * the catalogues, so that a new table is judged without anybody remembering to list it. */
#include "data_test.h"

#include "data/embedded.h"

/* Small tables that every node would hold in full. A table that grows must not be added here. */
#define REFERENCE_TABLES                                                                                  \
    "('schema_migration', 'place_version', 'worker', 'broker_state', 'district', 'street', 'community', " \
    "'organisation', 'estate', 'grid', "                                                                  \
    "'road', 'water', 'landuse', 'place', 'source', "                                                     \
    "'account', 'role_grant', 'role_look', 'session', 'token', 'shift_code', 'retention_drop', "          \
    "'calendar', 'calendar_day', 'campaign', 'judge_lease', 'ingest_alive', "                             \
    "'incident_category', 'incident_level', 'incident_move', 'sla_policy', 'clock_rule', 'rule', "        \
    "'rule_version', 'contact', 'level_organisation', 'notice_rule', 'notice_answer', 'joint_field', "    \
    "'field_organisation', 'photo_folder', 'incident_carry')"

static void expect_none(struct data_conn *conn, const char *sql)
{
    const char *found = test_value(conn, sql);
    if (*found) {
        fail_msg("breaks the rules of distribution: %s", found);
    }
}

static void every_growing_table_has_estate_id(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn,
                "select string_agg(relname, ', ') from pg_class c where relnamespace = 'hutong'::regnamespace and "
                "relkind in ('r', 'p') and relname not in " REFERENCE_TABLES " and not exists (select from "
                "pg_attribute where attrelid = c.oid and attname = 'estate_id' and attnotnull)");
}

static void every_unique_key_has_estate_id(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn,
                "select string_agg(i.indexrelid::regclass::text, ', ') from pg_index i join pg_class c on c.oid = "
                "i.indrelid where c.relnamespace = 'hutong'::regnamespace and c.relname not in " REFERENCE_TABLES
                " and i.indisunique and not exists (select from pg_attribute a where a.attrelid = c.oid and "
                "a.attname = 'estate_id' and a.attnum = any (i.indkey))");
}

static void foreign_keys_stay_within_an_estate(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn,
                "select string_agg(k.conname, ', ') from pg_constraint k join pg_class target on target.oid = "
                "k.confrelid join pg_class origin on origin.oid = k.conrelid where k.contype = 'f' and "
                "k.connamespace = 'hutong'::regnamespace and target.relname not in " REFERENCE_TABLES " and not "
                "exists (select from unnest(k.conkey, k.confkey) as pair (here, there) join pg_attribute a on "
                "a.attrelid = k.conrelid and a.attnum = pair.here and a.attname = 'estate_id' join pg_attribute b "
                "on b.attrelid = k.confrelid and b.attnum = pair.there and b.attname = 'estate_id')");
}

static void reference_tables_point_at_reference_tables_only(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn, "select string_agg(k.conname, ', ') from pg_constraint k join pg_class target on target.oid = "
                      "k.confrelid join pg_class origin on origin.oid = k.conrelid where k.contype = 'f' and "
                      "k.connamespace = 'hutong'::regnamespace and origin.relname in " REFERENCE_TABLES
                      " and target.relname not in " REFERENCE_TABLES);
}

static void no_row_triggers_no_gist_on_facts(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn, "select string_agg(tgname, ', ') from pg_trigger t join pg_class c on c.oid = t.tgrelid where "
                      "c.relnamespace = 'hutong'::regnamespace and not tgisinternal");
    expect_none(conn, "select string_agg(i.relname, ', ') from pg_class i join pg_index x on x.indexrelid = i.oid join "
                      "pg_class c on c.oid = x.indrelid join pg_am m on m.oid = i.relam where c.relkind = 'p' and "
                      "m.amname = 'gist'");
}

static void sequence_ids_are_bigint(void **state)
{
    (void)state;
    AUTO(data_conn) conn = test_conn();
    expect_none(conn,
                "select string_agg(attrelid::regclass || '.' || attname, ', ') from pg_attribute a join pg_class c "
                "on c.oid = a.attrelid where c.relnamespace = 'hutong'::regnamespace and attidentity <> '' and "
                "atttypid <> 'bigint'::regtype");
}

/* Stages belong to one session and are not distributed; all else stays where it was first put. */
static void no_query_moves_a_row_to_another_estate(void **state)
{
    (void)state;
    for (const struct data_embedded *query = data_embedded_queries; query->name; query++) {
        for (const char *update = query->sql; (update = strstr(update, "update ")); update++) {
            const char *set = strstr(update, "set ");
            bool moves = set && strncmp(set, "set estate_id", strlen("set estate_id")) == 0;
            if (moves && strncmp(update, "update import_stage ", strlen("update import_stage ")) != 0) {
                fail_msg("data/query/%s.sql updates estate_id", query->name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_growing_table_has_estate_id),
        cmocka_unit_test(every_unique_key_has_estate_id),
        cmocka_unit_test(foreign_keys_stay_within_an_estate),
        cmocka_unit_test(reference_tables_point_at_reference_tables_only),
        cmocka_unit_test(no_row_triggers_no_gist_on_facts),
        cmocka_unit_test(sequence_ids_are_bigint),
        cmocka_unit_test(no_query_moves_a_row_to_another_estate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
