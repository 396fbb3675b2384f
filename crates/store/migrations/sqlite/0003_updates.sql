-- Updates: posts of an org or of a team. Columns call an update `post`, since `update` is a word of SQL.

-- author outlives its account, and author_name is what they were called then. A team's posts go with the team.
create table updates (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    team blob,
    created_at integer not null,
    author blob not null,
    author_name text not null,
    as_team integer not null,
    title text not null,
    body text not null,
    search text not null,
    version integer not null,
    edited_at integer,
    moderated_at integer,
    moderated_by blob,
    moderated_by_name text,
    constraint updates_org_unique unique (org, id),
    foreign key (org, team) references teams (org, id) on delete cascade
) strict;
create index updates_feed on updates (org, created_at, id);
create index updates_team on updates (org, team, created_at, id);
create index updates_author on updates (org, author, created_at, id);

create table update_tags (
    org blob not null,
    post blob not null,
    tag text not null,
    place integer not null,
    primary key (org, post, tag),
    foreign key (org, post) references updates (org, id) on delete cascade
) strict;
create index update_tags_tag on update_tags (org, tag, post);

-- A comment that a moderator deleted stays as a line without its text.
create table update_comments (
    id blob not null primary key,
    org blob not null,
    post blob not null,
    created_at integer not null,
    author blob not null,
    author_name text not null,
    text text,
    edited_at integer,
    removed_at integer,
    removed_by blob,
    removed_by_name text,
    foreign key (org, post) references updates (org, id) on delete cascade
) strict;
create index update_comments_post on update_comments (org, post, created_at, id);

-- Who leaves the org takes their reactions along.
create table update_reactions (
    org blob not null,
    post blob not null,
    account blob not null,
    reaction text not null,
    at integer not null,
    primary key (org, post, account, reaction),
    foreign key (org, post) references updates (org, id) on delete cascade,
    foreign key (org, account) references memberships (org, account) on delete cascade
) strict;
create index update_reactions_account on update_reactions (org, account);
