-- AI providers' keys. The secret is sealed for its table, row and column; a retired key has none. What is suspended
-- comes back with its organization.
create table credentials (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    created_at bigint not null,
    added_by uuid,
    added_by_name text collate "C" not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    provider text collate "C" not null,
    settings text collate "C" not null,
    delivery text collate "C" not null,
    scope text collate "C" not null,
    version bigint not null,
    secret bytea,
    fingerprint text collate "C" not null,
    last_four text collate "C" not null,
    state text collate "C" not null,
    drains_until bigint,
    successor uuid,
    retired_at bigint,
    suspended_at bigint,
    used_at bigint,
    tested_at bigint,
    test_problem text collate "C",
    constraint credentials_org_unique unique (org, id)
);
create unique index credentials_name_unique on credentials (org, name_key) where state = 'active';
create index credentials_draining on credentials (drains_until, id) where state = 'draining';

-- Whose a key is that is not everybody's.
create table credential_teams (
    org uuid not null,
    credential uuid not null,
    team uuid not null,
    primary key (org, credential, team),
    foreign key (org, credential) references credentials (org, id) on delete cascade,
    foreign key (org, team) references teams (org, id) on delete cascade
);
create index credential_teams_team on credential_teams (org, team);

-- A team with keys of its own makes audiences, as one with settings does.
alter table teams add column has_credentials bigint not null default 0;
