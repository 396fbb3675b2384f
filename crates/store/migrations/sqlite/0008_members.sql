-- A role is a range of this index: the filter by it, the order by it, and the count of owners.
create index memberships_role on memberships (org, role, name_key, account);

-- That a membership ended, and what ended with it; the account may be gone since.
create table removals (
    org blob not null references orgs (id) on delete cascade,
    account blob not null,
    name text not null,
    email text not null,
    role text not null,
    at integer not null,
    removed_by text not null,
    sessions integer,
    tokens integer,
    primary key (org, account)
) strict;
create index removals_at on removals (org, at, account);
