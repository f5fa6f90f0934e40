-- What is wrong with who may see what: roles, grants and policies as 0018_row_security.sql makes them, found by asking the
-- catalogues, so that a table, a grant or a policy that came beside it is found, too. Columns: problem; no row: all is well.
-- Callers: cli doctor.
with serving (name) as (
    values ('hutong_serve'), ('hutong_district'), ('hutong_planner'), ('hutong_auditor')
), role as materialized (
    select r.* from pg_roles r join serving s on s.name = r.rolname
), open_table (name) as ( -- reference and background, the same for everybody
    values ('place_version'), ('district'), ('street'), ('community'), ('organisation'), ('grid'), ('road'), ('water'),
           ('landuse'), ('place'), ('calendar'), ('calendar_day'), ('campaign'), ('incident_move'), ('incident_level'), ('incident_category'),
           ('clock_rule'), ('joint_field'), ('incident_carry')
), relation as materialized (
    select c.oid, c.relname, c.relrowsecurity, c.relispartition, c.relkind
    from pg_class c
    where c.relnamespace = 'hutong'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
)
select 'the role ' || name || ' is missing' as problem
from serving where to_regrole(name) is null
union all
select rolname || ' may ' || concat_ws(', ', case when rolsuper then 'do everything (superuser)' end,
                                       case when rolbypassrls then 'pass by row security' end,
                                       case when rolcanlogin then 'log in' end, case when rolcreaterole then 'make roles' end,
                                       case when rolcreatedb then 'make databases' end,
                                       case when rolreplication then 'replicate' end)
from role where rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb or rolreplication
union all
select r.rolname || ' is a member of ' || pg_get_userbyid(m.roleid) from role r join pg_auth_members m on m.member = r.oid
union all
select current_user || ' may not become ' || rolname from role where not pg_has_role(current_user, oid, 'member')
union all
select r.rolname || ' may make things in schema hutong' from role r where has_schema_privilege(r.oid, 'hutong', 'create')
union all
select r.rolname || ' may write ' || t.relname
from role r cross join relation t
where has_table_privilege(r.oid, t.oid, 'update, delete, truncate, references, trigger')
   or has_any_column_privilege(r.oid, t.oid, 'update')
   or (has_any_column_privilege(r.oid, t.oid, 'insert') and t.relname <> 'audit')
union all
select r.rolname || ' may not write down what it looks at: audit'
from role r join relation t on t.relname = 'audit' where not has_table_privilege(r.oid, t.oid, 'insert')
union all
select r.rolname || ' reads ' || t.relname || case when t.relispartition then ', a partition, past its table''s row security'
                                                  else ', which has no row security' end
from role r cross join relation t
where has_any_column_privilege(r.oid, t.oid, 'select') and (t.relispartition or not t.relrowsecurity)
  and t.relname not in (select name from open_table)
  and not (t.relname = 'source' and not has_table_privilege(r.oid, t.oid, 'select'))
union all
select r.rolname || ' reads the audit'
from role r join relation t on t.relname = 'audit'
where r.rolname <> 'hutong_auditor' and has_any_column_privilege(r.oid, t.oid, 'select')
union all
select 'the policy ' || p.policyname || ' of ' || p.tablename || ' lets '
       || case when 'public' = any (p.roles) then 'everybody' else 'hutong_serve' end || ' see every row'
from pg_policies p
where p.schemaname = 'hutong' and p.permissive = 'PERMISSIVE' and p.cmd in ('SELECT', 'ALL')
  and ('public' = any (p.roles) or ('hutong_serve' = any (p.roles) and p.qual not like '%scope_estates%'))
union all
select 'hutong_serve has no policy on ' || t.relname || ' and sees nothing of it'
from relation t
where t.relrowsecurity and not t.relispartition and has_table_privilege(to_regrole('hutong_serve'), t.oid, 'select')
  and not exists (select from pg_policies p where p.schemaname = 'hutong' and p.tablename = t.relname
                  and 'hutong_serve' = any (p.roles))
union all
select current_user || ' is not the owner of ' || t.relname || ': row security hides rows from ingest'
from relation t where row_security_active(t.oid)
union all
select 'everybody may run ' || p.oid::regprocedure::text || ', which runs as its owner'
from pg_proc p
where p.pronamespace = 'hutong'::regnamespace and p.prosecdef and has_function_privilege('public', p.oid, 'execute')
limit 50;
