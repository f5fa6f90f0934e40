-- Tells the planner how large the stage is. Callers: data/import_merge.c.
analyze import_stage;
