-- Pictures, decoded and written anew as PNG, found by the digest of what is kept.
create table avatars (
    account uuid not null primary key references accounts (id) on delete cascade,
    digest bytea not null,
    bytes bytea not null,
    at bigint not null
);

create table logos (
    org uuid not null primary key references orgs (id) on delete cascade,
    digest bytea not null,
    bytes bytea not null,
    at bigint not null
);

-- The address that an account would like to have, until the link mailed there is used.
create table email_changes (
    account uuid not null primary key references accounts (id) on delete cascade,
    email text collate "C" not null,
    token_hash bytea not null constraint email_changes_token_unique unique,
    created_at bigint not null,
    expires_at bigint not null
);
create index email_changes_expiry on email_changes (expires_at);
