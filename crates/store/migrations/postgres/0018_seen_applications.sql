-- Applications that some device of an organization was asked about and that no list speaks of. Neither whose device it was nor
-- how often is kept. They decide nothing: an admin may put one into a list.
create table seen_applications (
    org uuid not null references orgs (id) on delete cascade,
    rules text collate "C" not null,
    name text collate "C" not null,
    first_seen bigint not null,
    last_seen bigint not null,
    primary key (org, rules)
);
