-- AI providers' keys. The secret is sealed for its table, row and column; a retired key has none. What is suspended
-- comes back with its organization.
create table credentials (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    created_at integer not null,
    added_by blob,
    added_by_name text not null,
    name text not null,
    name_key text not null,
    provider text not null,
    settings text not null,
    delivery text not null,
    scope text not null,
    version integer not null,
    secret blob,
    fingerprint text not null,
    last_four text not null,
    state text not null,
    drains_until integer,
    successor blob,
    retired_at integer,
    suspended_at integer,
    used_at integer,
    tested_at integer,
    test_problem text,
    constraint credentials_org_unique unique (org, id)
) strict;
create unique index credentials_name_unique on credentials (org, name_key) where state = 'active';
create index credentials_draining on credentials (drains_until, id) where state = 'draining';

-- Whose a key is that is not everybody's.
create table credential_teams (
    org blob not null,
    credential blob not null,
    team blob not null,
    primary key (org, credential, team),
    foreign key (org, credential) references credentials (org, id) on delete cascade,
    foreign key (org, team) references teams (org, id) on delete cascade
) strict;
create index credential_teams_team on credential_teams (org, team);

-- A team with keys of its own makes audiences, as one with settings does.
alter table teams add column has_credentials integer not null default 0;
