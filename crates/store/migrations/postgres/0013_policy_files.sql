-- The policy file that was applied last, as it was sent. See docs/adr/0019.
create table policy_files (
    org uuid not null primary key references orgs (id) on delete cascade,
    text text collate "C" not null,
    source text collate "C" not null,
    revision bigint not null,
    applied_at bigint not null,
    applied_by uuid,
    applied_by_name text collate "C" not null
);

-- Which sections of which layers that file owns, and what it called their bearers.
create table policy_sections (
    org uuid not null references orgs (id) on delete cascade,
    layer text collate "C" not null,
    section text collate "C" not null,
    name text collate "C" not null,
    primary key (org, layer, section)
);
