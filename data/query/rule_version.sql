-- The version of the rules. Parameters: none. Columns: it. Callers: ingest/store_rule.c.
select version from rule_version;
