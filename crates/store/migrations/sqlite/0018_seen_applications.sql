-- Applications that some device of an organization was asked about and that no list speaks of. Neither whose device it was nor
-- how often is kept. They decide nothing: an admin may put one into a list.
create table seen_applications (
    org blob not null references orgs (id) on delete cascade,
    rules text not null,
    name text not null,
    first_seen integer not null,
    last_seen integer not null,
    primary key (org, rules)
) strict;
