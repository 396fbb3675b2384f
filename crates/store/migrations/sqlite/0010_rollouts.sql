-- Revisions that reach devices in stages. While one is under way its org is in no other; `stage` is the last
-- released one, `since` the beginning of its state, and only receipts from the serial `counted_from` on count.
create table rollouts (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    revision integer not null,
    last_revision integer not null,
    baseline integer not null,
    plan text not null,
    state text not null,
    stage integer not null,
    since integer not null,
    counted_from integer not null,
    why text,
    rolled_back_by integer,
    author blob,
    author_name text not null,
    created_at integer not null
) strict;
create unique index rollouts_under_way on rollouts (org) where state in ('running', 'paused', 'halted');
create index rollouts_revision on rollouts (org, last_revision);
create index rollouts_running on rollouts (state) where state = 'running';

-- The stage of a rollout in which these devices get the new settings; 0 without one.
alter table audiences add column wave integer not null default 0;
