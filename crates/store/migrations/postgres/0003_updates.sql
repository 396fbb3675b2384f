-- Updates: posts of an org or of a team. Columns call an update `post`, since `update` is a word of SQL.

-- author outlives its account, and author_name is what they were called then. A team's posts go with the team.
create table updates (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    team uuid,
    created_at bigint not null,
    author uuid not null,
    author_name text collate "C" not null,
    as_team bigint not null,
    title text collate "C" not null,
    body text collate "C" not null,
    search text collate "C" not null,
    version bigint not null,
    edited_at bigint,
    moderated_at bigint,
    moderated_by uuid,
    moderated_by_name text collate "C",
    constraint updates_org_unique unique (org, id),
    foreign key (org, team) references teams (org, id) on delete cascade
);
create index updates_feed on updates (org, created_at, id);
create index updates_team on updates (org, team, created_at, id);
create index updates_author on updates (org, author, created_at, id);

create table update_tags (
    org uuid not null,
    post uuid not null,
    tag text collate "C" not null,
    place bigint not null,
    primary key (org, post, tag),
    foreign key (org, post) references updates (org, id) on delete cascade
);
create index update_tags_tag on update_tags (org, tag, post);

-- A comment that a moderator deleted stays as a line without its text.
create table update_comments (
    id uuid not null primary key,
    org uuid not null,
    post uuid not null,
    created_at bigint not null,
    author uuid not null,
    author_name text collate "C" not null,
    text text collate "C",
    edited_at bigint,
    removed_at bigint,
    removed_by uuid,
    removed_by_name text collate "C",
    foreign key (org, post) references updates (org, id) on delete cascade
);
create index update_comments_post on update_comments (org, post, created_at, id);

-- Who leaves the org takes their reactions along.
create table update_reactions (
    org uuid not null,
    post uuid not null,
    account uuid not null,
    reaction text collate "C" not null,
    at bigint not null,
    primary key (org, post, account, reaction),
    foreign key (org, post) references updates (org, id) on delete cascade,
    foreign key (org, account) references memberships (org, account) on delete cascade
);
create index update_reactions_account on update_reactions (org, account);
