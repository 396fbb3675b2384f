-- Pictures, decoded and written anew as PNG, found by the digest of what is kept.
create table avatars (
    account blob not null primary key references accounts (id) on delete cascade,
    digest blob not null,
    bytes blob not null,
    at integer not null
) strict;

create table logos (
    org blob not null primary key references orgs (id) on delete cascade,
    digest blob not null,
    bytes blob not null,
    at integer not null
) strict;

-- The address that an account would like to have, until the link mailed there is used.
create table email_changes (
    account blob not null primary key references accounts (id) on delete cascade,
    email text not null,
    token_hash blob not null constraint email_changes_token_unique unique,
    created_at integer not null,
    expires_at integer not null
) strict;
create index email_changes_expiry on email_changes (expires_at);
