/* data/scope.c and row security: what each role sees of each table, over a connection that has entered the scope of a
 * real account. The expected matrix is tests/data/scope_matrix.tsv; HUTONG_SCOPE_MATRIX=write writes what was found, to
 * be read by a person before it is believed. */
#include "data_test.h"

#include "data/embedded.h"

enum { COLUMNS_MAX = 24, TABLES_MAX = 160, OWN = 101, FOREIGN = 102 };

static struct {
    struct data_conn *owner, *conn; /* conn goes from scope to scope */
} kit;

static int set_up(void **state)
{
    (void)state;
    static const char *const facts[] = {"fix",           "event",       "pass",   "coverage", "rule_hit",
                                        "incident_step", "notice",      "waiver", "outage",   "audit",
                                        "dead_letter",   "duty_window", "verdict"};
    const char *database = fixture_database();
    char path[4096];
    AUTO_VALUE(base_buf) rows;
    base_buf_init(&rows, 1 << 20);
    test_ok(data_conn_open(database, "test", &test_diag, &kit.owner));
    test_ok(data_conn_open(database, "test", &test_diag, &kit.conn));
    for (size_t i = 0; i < BASE_COUNT(facts); i++) {
        test_ok(data_partition_ensure(kit.owner, facts[i], base_clock_now_us(), &test_diag));
    }
    snprintf(path, sizeof path, "%s/tests/data/scope_rows.sql", fixture_source());
    test_ok(base_file_read(path, 1 << 20, &test_diag, &rows));
    test_sql(kit.owner, base_buf_cstr(&rows));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_conn_free(kit.conn);
    data_conn_free(kit.owner);
    return 0;
}

static int64_t number(const char *sql)
{
    int64_t value = 0;
    assert_true(base_str_i64(base_str_of(test_value(kit.owner, sql)), &value));
    return value;
}

static struct data_scope *scope_of(const char *account)
{
    char sql[128];
    struct data_scope *scope = NULL;
    if (strcmp(account, "everything") == 0) {
        test_ok(data_scope_everything(&test_diag, &scope));
    } else if (strcmp(account, "shift") == 0) {
        test_ok(data_scope_shift(kit.owner, OWN, OWN, &test_diag, &scope));
    } else {
        snprintf(sql, sizeof sql, "select id from account where name = '%s'", account);
        test_ok(data_scope_account(kit.owner, number(sql), &test_diag, &scope));
    }
    return scope;
}

/* kit.conn in the scope of that account. */
static void enter(const char *account)
{
    AUTO(data_scope) scope = scope_of(account);
    test_ok(data_scope_enter(kit.conn, scope, &test_diag));
}

/* SQLSTATE of what the statement does, "" when it works; nothing of it stays. */
static const char *tried(struct data_conn *conn, const char *sql)
{
    static char code[8];
    PQclear(PQexec(conn->pg, "begin"));
    PGresult *result = PQexec(conn->pg, sql);
    const char *found = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(code, sizeof code, "%s", found ? found : "");
    PQclear(result);
    PQclear(PQexec(conn->pg, "rollback"));
    return code;
}

/* --- the matrix --- */
static const char *const columns[] = {
    "district",         "street",          "community",       "department",    "company", "committee",  "field_worker",
    "planner",          "device_admin",    "auditor",         "administrator", "shift",   "everything", "planner.own",
    "device_admin.own", "company.planner", "company.auditor", "expired",       "nobody",
};

struct table {
    char name[64];
    char column[16]; /* that tells the estate; "" without one */
};

static size_t tables_list(struct table *tables)
{
    PGresult *found = PQexec(
        kit.owner->pg, "select c.relname, case when c.relname in ('estate', 'source') then 'id' when exists (select "
                       "from pg_attribute a where a.attrelid = c.oid and a.attname = 'estate_id' and a.attnotnull) "
                       "then 'estate_id' else '' end from pg_class c where relnamespace = 'hutong'::regnamespace and "
                       "relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition order by relname collate \"C\"");
    assert_int_equal(PQresultStatus(found), PGRES_TUPLES_OK);
    size_t count = (size_t)PQntuples(found);
    assert_in_range(count, 40, TABLES_MAX);
    for (size_t i = 0; i < count; i++) {
        snprintf(tables[i].name, sizeof tables[i].name, "%s", PQgetvalue(found, (int)i, 0));
        snprintf(tables[i].column, sizeof tables[i].column, "%s", PQgetvalue(found, (int)i, 1));
    }
    PQclear(found);
    return count;
}

static const char *visible(struct data_conn *conn, const struct table *table)
{
    char sql[400];
    if (*table->column) {
        snprintf(sql, sizeof sql, "select count(*) filter (where %s = 101), count(*) filter (where %s = 102) from %s",
                 table->column, table->column, table->name);
    } else {
        snprintf(sql, sizeof sql, "select count(*), count(*) from %s", table->name);
    }
    PGresult *result = PQexec(conn->pg, sql);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *cell = "none";
    if (state) {
        cell = strcmp(state, "42501") == 0 ? "denied" : PQresultErrorMessage(result);
    } else {
        bool own = strcmp(PQgetvalue(result, 0, 0), "0") != 0, foreign = strcmp(PQgetvalue(result, 0, 1), "0") != 0;
        cell = own && foreign ? (*table->column ? "both" : "rows") : own ? "own" : foreign ? "foreign" : "none";
    }
    if (state && strcmp(cell, "denied") != 0) {
        fail_msg("%s: %s", table->name, cell);
    }
    PQclear(result);
    return cell;
}

static void matrix_find(struct base_buf *text)
{
    static const char *cells[TABLES_MAX][COLUMNS_MAX];
    struct table tables[TABLES_MAX];
    size_t count = tables_list(tables);
    for (size_t column = 0; column < BASE_COUNT(columns); column++) {
        enter(columns[column]);
        for (size_t row = 0; row < count; row++) {
            cells[row][column] = visible(kit.conn, &tables[row]);
        }
    }
    base_buf_text(text, "table");
    for (size_t column = 0; column < BASE_COUNT(columns); column++) {
        base_buf_printf(text, "\t%s", columns[column]);
    }
    for (size_t row = 0; row < count; row++) {
        base_buf_printf(text, "\n%s", tables[row].name);
        for (size_t column = 0; column < BASE_COUNT(columns); column++) {
            base_buf_printf(text, "\t%s", cells[row][column]);
        }
    }
    base_buf_text(text, "\n");
}

static void every_role_sees_of_every_table_what_the_matrix_says(void **state)
{
    (void)state;
    char path[4096];
    AUTO_VALUE(base_buf) found;
    AUTO_VALUE(base_buf) expected;
    base_buf_init(&found, 1 << 20);
    base_buf_init(&expected, 1 << 20);
    matrix_find(&found);
    assert_int_equal(found.err, BASE_OK);
    snprintf(path, sizeof path, "%s/tests/data/scope_matrix.tsv", fixture_source());
    const char *mode = getenv("HUTONG_SCOPE_MATRIX");
    if (mode && strcmp(mode, "write") == 0) {
        test_ok(base_file_write(path, 0644, found.data, found.len, &test_diag));
    }
    test_ok(base_file_read(path, 1 << 20, &test_diag, &expected));
    struct base_str there = base_buf_str(&found), wanted = base_buf_str(&expected), here, line;
    while (base_str_next(&there, '\n', &here)) {
        bool more = base_str_next(&wanted, '\n', &line);
        if (!more || !base_str_equal(here, line)) {
            fail_msg("found    %.*s\nexpected %.*s\n(HUTONG_SCOPE_MATRIX=write writes %s anew; read it then)",
                     (int)here.len, here.at, more ? (int)line.len : 0, line.at, path);
        }
    }
    assert_int_equal(wanted.len, 0);
}

/* Else the matrix says "none" where nothing was to be seen. */
static void every_table_has_rows_of_both_estates(void **state)
{
    (void)state;
    struct table tables[TABLES_MAX];
    size_t count = tables_list(tables);
    for (size_t i = 0; i < count; i++) {
        const char *cell = visible(kit.owner, &tables[i]);
        if (strcmp(cell, *tables[i].column ? "both" : "rows") != 0) {
            fail_msg("%s: %s; add rows to tests/data/scope_rows.sql", tables[i].name, cell);
        }
    }
}

static void nobody_who_serves_writes(void **state)
{
    (void)state;
    static const char *const scopes[] = {"district", "company", "planner", "auditor"}; /* one a serving role */
    static const char *const verbs[] = {"delete from %s", "truncate %s", "insert into %s default values",
                                        "lock table %s in row exclusive mode"};
    struct table tables[TABLES_MAX];
    size_t count = tables_list(tables);
    for (size_t scope = 0; scope < BASE_COUNT(scopes); scope++) {
        enter(scopes[scope]);
        for (size_t i = 0; i < count * BASE_COUNT(verbs); i++) {
            const struct table *table = &tables[i / BASE_COUNT(verbs)];
            const char *verb = verbs[i % BASE_COUNT(verbs)];
            char sql[200];
            snprintf(sql, sizeof sql, verb, table->name);
            bool audit = strcmp(table->name, "audit") == 0 && strchr("il", verb[0]);
            const char *code = tried(kit.conn, sql);
            if (!audit && strcmp(code, "42501") != 0) {
                fail_msg("as %s: %s: \"%s\"", scopes[scope], sql, code);
            }
        }
        assert_string_equal(tried(kit.conn, "update building set name = name"), "42501");
        assert_string_equal(tried(kit.conn, "create table hutong.mine (id int)"), "42501");
        assert_string_equal(tried(kit.conn, "select * from fix_20200101"), "42P01"); /* no such partition */
    }
    enter("district");
    char sql[200];
    snprintf(
        sql, sizeof sql, "select 1 from %s",
        test_value(kit.owner, "select inhrelid::regclass from pg_inherits where inhparent = 'fix'::regclass limit 1"));
    assert_string_equal(tried(kit.conn, sql), "42501"); /* a partition by its own name */
}

static void the_audit_takes_rows_and_gives_none(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) estates;
    base_buf_init(&estates, 1024);
    data_array_begin(&estates, DATA_ARRAY_I64, 2);
    data_array_i64(&estates, OWN);
    data_array_i64(&estates, FOREIGN);
    struct base_id session = {{4}};
    const struct data_arg look[] = {data_id(session),
                                    data_text("zhang"),
                                    data_text("incident"),
                                    data_text("assets"),
                                    data_bytes(base_buf_str(&estates)),
                                    data_time(base_clock_now_us())};
    const int64_t before = number("select count(*) from audit");
    enter("company");
    for (int i = 0; i < 3; i++) { /* one row a session, layer, estate and hour */
        test_ok(data_run(kit.conn, DATA_AUDIT_LOOK, look, BASE_COUNT(look), &test_diag, NULL));
    }
    const int64_t looks = number("select count(*) from audit") - before;
    assert_int_equal(looks, 2);
    test_ok(data_run(kit.conn, DATA_AUDIT_ACT,
                     DATA_ARGS(data_null(), data_text("zhang"), data_text("sign-in"), data_null(), data_null()),
                     &test_diag, NULL));
    assert_int_equal(number("select count(*) from audit") - before, looks + 1);
    assert_string_equal(tried(kit.conn, "select count(*) from audit"), "42501");
    assert_string_equal(tried(kit.conn, "update audit set actor = 'other'"), "42501");
    assert_string_equal(tried(kit.conn, "delete from audit"), "42501");
}

static void an_auditor_reads_the_audit(void **state)
{
    (void)state;
    AUTO(data_scope) auditor = scope_of("company.auditor");
    AUTO(data_scope) company = scope_of("company");
    assert_int_equal(data_scope_enter_audit(kit.conn, company, &test_diag), BASE_CONFLICT);
    test_ok(data_scope_enter_audit(kit.conn, auditor, &test_diag));
    AUTO(data_rows) rows = NULL;
    test_ok(data_run(kit.conn, DATA_AUDIT_LIST,
                     DATA_ARGS(data_time(0), data_time(INT64_MAX), data_null(), data_null(), data_i64(10), data_null()),
                     &test_diag, &rows));
    assert_true(data_rows_count(rows) > 0);
    assert_string_equal(test_value(kit.conn, "select count(*) from building"), "0");
    assert_string_equal(tried(kit.conn, "delete from audit"), "42501");
    test_ok(data_scope_enter(kit.conn, auditor, &test_diag));
    assert_string_equal(test_value(kit.conn, "select count(*) from building"), "1");
}

/* --- scopes --- */
static void a_scope_is_left_again(void **state)
{
    (void)state;
    AUTO(data_scope) company = scope_of("company");
    test_ok(data_scope_enter(kit.conn, company, &test_diag));
    assert_string_equal(test_value(kit.conn, "select current_user"), "hutong_serve");
    assert_string_equal(test_value(kit.conn, "select count(*) from building"), "1");
    test_ok(data_scope_enter(kit.conn, company, &test_diag));
    test_sql(kit.conn, "begin");
    assert_int_equal(data_scope_leave(kit.conn, &test_diag), BASE_CONFLICT);
    test_sql(kit.conn, "rollback");
    test_ok(data_scope_leave(kit.conn, &test_diag));
    assert_string_equal(test_value(kit.conn, "select current_user = session_user"), "t");
    assert_string_equal(test_value(kit.conn, "select count(*) from building"), "2");
    test_ok(data_scope_leave(kit.conn, &test_diag));
}

/* A prepared query must not keep the plan, and so the rows, of the role that ran it first. */
static void a_prepared_query_follows_the_scope(void **state)
{
    (void)state;
    static const char *const who[] = {"district", "company", "planner", "shift", "nobody", "district", "company"};
    static const size_t seen[] = {2, 1, 2, 1, 0, 2, 1};
    for (size_t i = 0; i < BASE_COUNT(who); i++) {
        size_t count = 0;
        for (int64_t building = OWN; building <= FOREIGN; building++) {
            AUTO(data_rows) rows = NULL;
            AUTO_VALUE(base_buf) ids;
            base_buf_init(&ids, 100);
            data_array_begin(&ids, DATA_ARRAY_I64, 1);
            data_array_i64(&ids, building);
            enter(who[i]);
            test_ok(data_run(kit.conn, DATA_DOSSIER_BUILDING,
                             DATA_ARGS(data_bytes(base_buf_str(&ids)), data_time(base_clock_now_us())), &test_diag,
                             &rows));
            count += data_rows_count(rows);
        }
        assert_int_equal(count, seen[i]);
    }
}

static void a_company_s_tree_and_its_looks(void **state)
{
    (void)state;
    AUTO(data_scope) company = scope_of("company"); /* of the parent: the estate is its site office's */
    const int64_t *ids = NULL;
    assert_int_equal(data_scope_estates(company, DATA_LOOK_UNIT, &ids), 1);
    assert_int_equal(ids[0], OWN);
    assert_true(data_scope_holds(company, DATA_LOOK_RECORD, OWN));
    assert_false(data_scope_holds(company, DATA_LOOK_RECORD, FOREIGN));
    assert_false(data_scope_all(company, DATA_LOOK_PLACE));
    assert_false(data_scope_any(company, DATA_LOOK_OPERATE));
    test_sql(kit.owner,
             "insert into organisation (id, parent_id, kind, code, name) values (103, 101, 'team', 'team', 'team')");
    test_sql(kit.owner, "update estate set organisation_id = 103 where id = 102");
    AUTO(data_scope) larger = scope_of("company");
    assert_true(data_scope_holds(larger, DATA_LOOK_RECORD, FOREIGN)); /* a grandchild's */
    test_sql(kit.owner, "update estate set organisation_id = 102 where id = 102");
    assert_false(base_id_equal(data_scope_key(company), data_scope_key(larger)));
}

/* Its organisation says what it is sent, and takes no estates away; which these are says the rest of the grant. */
static void a_department_carries_what_its_organisation_is_sent(void **state)
{
    (void)state;
    AUTO(data_scope) everywhere = scope_of("department");
    assert_true(data_scope_all(everywhere, DATA_LOOK_CARRY));
    assert_string_equal(data_scope_sent(everywhere), "[{\"organisation_id\" : 102, \"estate_ids\" : null}]");
    test_sql(kit.owner, "update role_grant set community_id = 101 where role = 'department'");
    AUTO(data_scope) here = scope_of("department");
    assert_true(data_scope_holds(here, DATA_LOOK_PLACE, OWN) && data_scope_holds(here, DATA_LOOK_CARRY, OWN));
    assert_false(data_scope_holds(here, DATA_LOOK_PLACE, FOREIGN) || data_scope_any(here, DATA_LOOK_INCIDENT));
    test_ok(data_scope_enter(kit.conn, here, &test_diag));
    assert_string_equal(test_value(kit.conn, "select count(*) from incident"), "0"); /* it was sent one elsewhere */
    test_sql(kit.owner, "update task set organisation_id = 102");
    assert_string_equal(test_value(kit.conn, "select string_agg(id::text, ' ') from incident"), "101");
    test_sql(kit.owner, "update task set organisation_id = estate_id");
    test_sql(kit.owner, "update role_grant set community_id = null where role = 'department'");
    AUTO(data_scope) nobody = scope_of("field_worker"); /* of no organisation */
    assert_null(data_scope_sent(nobody));
    assert_false(data_scope_any(nobody, DATA_LOOK_CARRY));
}

static void a_circle_of_organisations_ends(void **state)
{
    (void)state;
    test_sql(kit.owner, "update organisation set parent_id = 101 where id = 100");
    AUTO(data_scope) company = scope_of("company");
    assert_true(data_scope_holds(company, DATA_LOOK_PLACE, OWN));
    test_sql(kit.owner, "update organisation set parent_id = null where id = 100");
}

static void only_valid_grants_count(void **state)
{
    (void)state;
    static const char *const nothing[] = {"expired", "early", "revoked", "nobody"};
    for (size_t i = 0; i < BASE_COUNT(nothing); i++) {
        AUTO(data_scope) scope = scope_of(nothing[i]);
        for (int look = 0; look < DATA_LOOK_KINDS; look++) {
            assert_false(data_scope_any(scope, (enum data_look)look));
        }
    }
    test_sql(kit.owner,
             "update role_grant set valid_to = now() + interval '1 day' where account_id = (select id from account "
             "where name = 'expired')");
    AUTO(data_scope) again = scope_of("expired");
    assert_true(data_scope_all(again, DATA_LOOK_PLACE));
    test_sql(kit.owner,
             "update role_grant set valid_to = now() - interval '1 day' where account_id = (select id from account "
             "where name = 'expired')");
}

static void a_shift_ends_with_its_time(void **state)
{
    (void)state;
    AUTO(data_scope) now = scope_of("shift");
    assert_true(data_scope_holds(now, DATA_LOOK_PLACE, OWN));
    assert_false(data_scope_any(now, DATA_LOOK_UNIT));
    test_sql(kit.owner, "update shift set ends_at = now() where id = 101");
    AUTO(data_scope) later = scope_of("shift");
    assert_false(data_scope_any(later, DATA_LOOK_PLACE));
    test_sql(kit.owner, "update shift set ends_at = now() + interval '1 hour' where id = 101");
}

static void equal_scopes_have_equal_keys(void **state)
{
    (void)state;
    AUTO(data_scope) one = scope_of("street");
    AUTO(data_scope) same = scope_of("community"); /* the same looks in the same estate, come by another way */
    assert_true(base_id_equal(data_scope_key(one), data_scope_key(same)));
    for (size_t i = 0; i < 14; i++) { /* of the roles, street and community are equal */
        for (size_t j = 0; j < i; j++) {
            bool alike = i == 2 && j == 1;
            AUTO(data_scope) a = scope_of(columns[i]);
            AUTO(data_scope) b = scope_of(columns[j]);
            if (base_id_equal(data_scope_key(a), data_scope_key(b)) != alike) {
                fail_msg("%s and %s", columns[i], columns[j]);
            }
        }
    }
    struct data_scope *more = data_scope_ref(one);
    data_scope_free(more);
    assert_true(data_scope_any(one, DATA_LOOK_PLACE));
}

static void looks_have_names(void **state)
{
    (void)state;
    assert_string_equal(data_look_name(DATA_LOOK_PLACE), "place");
    assert_string_equal(data_look_name(DATA_LOOK_AUDIT), "audit");
    AUTO(data_scope) all = scope_of("everything");
    for (int look = 0; look < DATA_LOOK_KINDS; look++) {
        assert_int_equal(data_scope_all(all, (enum data_look)look), look != DATA_LOOK_AUDIT);
    }
}

/* --- what row security lets through --- */
static void a_foreign_source_s_event_at_the_own_building_is_seen(void **state)
{
    (void)state;
    test_sql(kit.owner,
             "insert into event (estate_id, t_event, dedup, t_recv, t_source, source_id, kind, phase, place_method, "
             "building_id, building_estate_id) values (102, now(), '00000000-0000-0000-0000-000000000007', now(), "
             "'device', 102, 'alarm', 'pulse', 'inside', 101, 101)");
    enter("company");
    assert_string_equal(
        test_value(kit.conn, "select count(*) from event where dedup = '00000000-0000-0000-0000-000000000007'"), "1");
    assert_string_equal(test_value(kit.conn, "select count(*) from device where id = 102"), "0");
    test_sql(kit.owner, "delete from event where dedup = '00000000-0000-0000-0000-000000000007'");
}

/* passes, units, events of the own building as that scope is told; -1: null */
static void counts(const char *who, int64_t building, int64_t ret[3])
{
    AUTO(data_rows) rows = NULL;
    enter(who);
    test_ok(data_run(kit.conn, DATA_BUILDING_COUNT, DATA_ARGS(data_i64(building)), &test_diag, &rows));
    assert_int_equal(data_rows_count(rows), 1);
    for (int i = 0; i < 3; i++) {
        ret[i] = data_rows_null(rows, 0, i) ? -1 : data_rows_i64(rows, 0, i);
    }
}

static void passes_of(int subjects)
{
    char sql[600];
    snprintf(
        sql, sizeof sql,
        "delete from pass where estate_id = 101; insert into pass (estate_id, t_event, subject, place_kind, place_id, "
        "t_to, subject_type, nearest_m, fixes) select 101, date_trunc('hour', now()) - n * interval '1 second', "
        "md5((n %% %d)::text)::uuid, 'building', 101, now(), 'guard', 1, 1 from generate_series(1, 20) n",
        subjects);
    test_sql(kit.owner, sql);
}

static void planners_get_counts_of_five_or_more(void **state)
{
    (void)state;
    int64_t found[3];
    test_ok(data_partition_ensure(kit.owner, "pass", base_clock_now_us() - INT64_C(3600000000), &test_diag));
    passes_of(4);
    counts("planner", OWN, found);
    assert_int_equal(found[0], -1);
    assert_int_equal(found[1], -1);
    assert_int_equal(found[2], -1); /* one device's events */
    passes_of(5);
    counts("planner", OWN, found);
    assert_int_equal(found[0], 20);
    assert_int_equal(found[1], 5);
    test_sql(kit.owner, "insert into pass (estate_id, t_event, subject, place_kind, place_id, t_to, subject_type, "
                        "nearest_m, fixes) values (101, now(), md5('next')::uuid, 'building', 101, now(), 'guard', 1, "
                        "1)"); /* nobody sees it at the moment it happens */
    counts("planner", OWN, found);
    assert_int_equal(found[0], 20);
    assert_int_equal(found[1], 5);
    counts("planner.own", OWN, found);
    assert_int_equal(found[1], 5);
    counts("company.planner", OWN, found);
    assert_int_equal(found[1], 5);
    counts("planner.own", FOREIGN, found);
    assert_int_equal(found[1], -1);
    counts("company", OWN, found); /* has no counts, but the rows */
    assert_int_equal(found[1], -1);
    enter("district");
    assert_string_equal(tried(kit.conn, "select * from building_count(101)"), "42501");
}

/* --- plans --- */
static bool plan_has(const char *who, const char *sql, const char *what)
{
    enter(who);
    PGresult *plan = PQexec(kit.conn->pg, sql);
    assert_int_equal(PQresultStatus(plan), PGRES_TUPLES_OK);
    bool found = false;
    for (int row = 0; row < PQntuples(plan); row++) {
        found = found || strstr(PQgetvalue(plan, row, 0), what);
    }
    PQclear(plan);
    return found;
}

static void the_indexes_still_serve(void **state)
{
    (void)state;
#define BOX "st_makeenvelope(121.2, 31.2, 121.202, 31.202, 4326)"
    static const char in_box[] = "explain select id from building where valid_to is null and geom && " BOX;
    test_sql(kit.owner, "insert into building (estate_id, dataset, key, levels, levels_source, height_m, "
                        "height_source, area_m2, lon, lat, "
                        "geom) select 1000 + n / 100, 'many', n, 6, 'given', 18, 'levels', 900, 0, 0, "
                        "st_multi(st_expand(st_point(121 + n % 200 * 0.002, 31 + n / 200 * 0.002, 4326), 0.0005)) "
                        "from generate_series(1, 20000) n; analyze building");
    assert_true(plan_has("district", in_box, "building_geom"));
    assert_true(plan_has("planner", in_box, "building_geom"));
    assert_true(plan_has("company", in_box, "building_pkey"));
    assert_false(plan_has("company", in_box, "Seq Scan"));
    assert_true(plan_has("company", in_box, "InitPlan")); /* the settings are read once */
    assert_true(plan_has("company", "explain select from building where id = 101", "Index"));
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&tile, 1 << 16);
    base_buf_printf(&tile, "prepare tile as %s", data_embedded_queries[DATA_TILE_BUILDINGS].sql);
    test_sql(kit.conn, base_buf_cstr(&tile));
    static const char tile_plan[] = "explain execute tile (15, 27412, 13296, 121.2, 31.2, 121.202, 31.202, null)";
    assert_true(plan_has("district", tile_plan, "building_geom"));
    assert_true(plan_has("company", tile_plan, "building_pkey"));
    assert_false(plan_has("company", tile_plan, "Seq Scan on building"));
    test_sql(kit.owner, "delete from building where dataset = 'many'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_rows_of_both_estates),
        cmocka_unit_test(every_role_sees_of_every_table_what_the_matrix_says),
        cmocka_unit_test(nobody_who_serves_writes),
        cmocka_unit_test(the_audit_takes_rows_and_gives_none),
        cmocka_unit_test(an_auditor_reads_the_audit),
        cmocka_unit_test(a_scope_is_left_again),
        cmocka_unit_test(a_prepared_query_follows_the_scope),
        cmocka_unit_test(a_company_s_tree_and_its_looks),
        cmocka_unit_test(a_department_carries_what_its_organisation_is_sent),
        cmocka_unit_test(a_circle_of_organisations_ends),
        cmocka_unit_test(only_valid_grants_count),
        cmocka_unit_test(a_shift_ends_with_its_time),
        cmocka_unit_test(equal_scopes_have_equal_keys),
        cmocka_unit_test(looks_have_names),
        cmocka_unit_test(a_foreign_source_s_event_at_the_own_building_is_seen),
        cmocka_unit_test(planners_get_counts_of_five_or_more),
        cmocka_unit_test(the_indexes_still_serve),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
