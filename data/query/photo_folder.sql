-- By what name a folder of photos is this database's. Columns: name. Callers: api/photo_folder.c.
select id::text from photo_folder;
