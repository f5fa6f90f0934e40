-- What judge must remember of a subject to go on reading its positions where it stopped (judge_mark.tracked_to): the last
-- position that was believed, the shifts that it has sent in and that are not over, whether its tool is engaged; bytes as
-- duty/track_walk.c writes them. A person's row goes when the shift is over.
create table tracker_state (
    estate_id bigint not null,
    subject uuid not null,
    t_event timestamptz not null,
    state bytea not null,
    primary key (estate_id, subject)
);

-- A stretch of which all but passes that are still open has been derived again waits for these.
alter table stretch
    add column tried_at timestamptz,
    add column retry_at timestamptz;
comment on column stretch.retry_at is 'not before then, unless it was marked after tried_at; null: at once';
