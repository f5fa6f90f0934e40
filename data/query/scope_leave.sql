-- The connection is the owner's again. Callers: data/scope.c.
select set_config('role', 'none', false);
