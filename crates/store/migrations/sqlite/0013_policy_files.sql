-- The policy file that was applied last, as it was sent. See docs/adr/0019.
create table policy_files (
    org blob not null primary key references orgs (id) on delete cascade,
    text text not null,
    source text not null,
    revision integer not null,
    applied_at integer not null,
    applied_by blob,
    applied_by_name text not null
) strict;

-- Which sections of which layers that file owns, and what it called their bearers.
create table policy_sections (
    org blob not null references orgs (id) on delete cascade,
    layer text not null,
    section text not null,
    name text not null,
    primary key (org, layer, section)
) strict;
