-- Revisions that reach devices in stages. While one is under way its org is in no other; `stage` is the last
-- released one, `since` the beginning of its state, and only receipts from the serial `counted_from` on count.
create table rollouts (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    revision bigint not null,
    last_revision bigint not null,
    baseline bigint not null,
    plan text collate "C" not null,
    state text collate "C" not null,
    stage bigint not null,
    since bigint not null,
    counted_from bigint not null,
    why text collate "C",
    rolled_back_by bigint,
    author uuid,
    author_name text collate "C" not null,
    created_at bigint not null
);
create unique index rollouts_under_way on rollouts (org) where state in ('running', 'paused', 'halted');
create index rollouts_revision on rollouts (org, last_revision);
create index rollouts_running on rollouts (state) where state = 'running';

-- The stage of a rollout in which these devices get the new settings; 0 without one.
alter table audiences add column wave bigint not null default 0;
