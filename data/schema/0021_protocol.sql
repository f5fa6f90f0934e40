-- What the broker spoke with a source's session last. Without it a worker that starts while a proxy's broker is away would
-- take the hanging up for an old broker's, and go on with MQTT 3.1.1.
alter table source_stat add column protocol smallint check (protocol in (4, 5));
comment on column source_stat.protocol is 'MQTT: 5, or 4 for 3.1.1; null until a worker was connected';
