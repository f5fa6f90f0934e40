-- Empties the stage. Callers: data/import_stage.c.
truncate import_stage, import_area, import_group;
