-- In what a source's texts are written: what is not UTF-8 is refused, or read as GB 18030. Its key for encrypted messages
-- is a file beside the other keys, never here.
alter table source add column charset text not null default 'utf-8' check (charset in ('utf-8', 'gb18030'));
