-- A role is a range of this index: the filter by it, the order by it, and the count of owners.
create index memberships_role on memberships (org, role, name_key, account);

-- That a membership ended, and what ended with it; the account may be gone since.
create table removals (
    org uuid not null references orgs (id) on delete cascade,
    account uuid not null,
    name text collate "C" not null,
    email text collate "C" not null,
    role text collate "C" not null,
    at bigint not null,
    removed_by text collate "C" not null,
    sessions bigint,
    tokens bigint,
    primary key (org, account)
);
create index removals_at on removals (org, at, account);
