-- Statistics of the tables that an import fills in one transaction: plans made while they were empty would read them from
-- end to end for every line. Callers: cli import of tables.
analyze duty, shift, responsibility, estate_fee;
