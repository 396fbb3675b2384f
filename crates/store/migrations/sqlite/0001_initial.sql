-- Types: ids are uuid, times are microseconds of UTC, truth is 0 or 1, text that is searched or
-- sorted has a folded twin (…_key) computed in Rust, what is hashed or signed is exact bytes.

-- The one row about this installation itself.
create table installation (
    id integer not null primary key check (id = 1),
    created_at integer not null,
    key_check blob not null,
    setup_token_hash blob,
    open_sign_up integer not null
) strict;

create table accounts (
    id blob not null primary key,
    created_at integer not null,
    email text not null,
    email_key text not null constraint accounts_email_unique unique,
    name text not null,
    name_key text not null,
    password_hash text,
    verified_at integer,
    zone text not null,
    is_operator integer not null,
    may_create_orgs integer not null
) strict;

-- One-time tokens of the mails that verify an address or reset a password.
create table account_tokens (
    token_hash blob not null primary key,
    account blob not null references accounts (id) on delete cascade,
    kind text not null,
    created_at integer not null,
    expires_at integer not null
) strict;
create index account_tokens_account on account_tokens (account, kind);
create index account_tokens_expiry on account_tokens (expires_at);

create table sessions (
    id blob not null primary key,
    token_hash blob not null constraint sessions_token_unique unique,
    account blob not null references accounts (id) on delete cascade,
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null,
    recent_auth_at integer not null,
    user_agent text not null,
    address text not null
) strict;
create index sessions_account on sessions (account, seen_at, id);
create index sessions_expiry on sessions (expires_at);

create table api_tokens (
    id blob not null primary key,
    token_hash blob not null constraint api_tokens_token_unique unique,
    account blob not null references accounts (id) on delete cascade,
    name text not null,
    created_at integer not null,
    expires_at integer,
    used_at integer
) strict;
create index api_tokens_account on api_tokens (account, created_at, id);

-- What rate limits count, by a key such as `sign_in:ada@example.com`.
create table attempts (
    key text not null,
    at integer not null
) strict;
create index attempts_key on attempts (key, at);
create index attempts_at on attempts (at);

create table orgs (
    id blob not null primary key,
    created_at integer not null,
    name text not null,
    name_key text not null,
    guard integer not null,
    seats integer,
    data_key blob not null,
    last_serial integer not null,
    audience_epoch integer not null,
    revision integer not null,
    deleted_at integer
) strict;

-- Signing keys; the secret half is sealed under the org's data key.
create table org_keys (
    org blob not null references orgs (id) on delete cascade,
    public blob not null,
    secret blob not null,
    created_at integer not null,
    retired_at integer,
    primary key (org, public)
) strict;

-- name_key and search repeat what the account says, so that a page of members is one index range.
create table memberships (
    org blob not null references orgs (id) on delete cascade,
    account blob not null references accounts (id),
    role text not null,
    joined_at integer not null,
    name_key text not null,
    search text not null,
    constraint memberships_unique primary key (org, account)
) strict;
create index memberships_name on memberships (org, name_key, account);
create index memberships_joined on memberships (org, joined_at, account);
create index memberships_account on memberships (account, org);

create table teams (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    created_at integer not null,
    name text not null,
    name_key text not null,
    has_settings integer not null,
    constraint teams_org_unique unique (org, id),
    constraint teams_name_unique unique (org, name_key)
) strict;

create table team_members (
    org blob not null,
    team blob not null,
    account blob not null,
    lead integer not null,
    joined_at integer not null,
    primary key (org, team, account),
    foreign key (org, team) references teams (org, id) on delete cascade,
    foreign key (org, account) references memberships (org, account) on delete cascade
) strict;
create index team_members_account on team_members (org, account, team);

-- invited_by outlives its account, and the name shown is the one at that time.
create table invitations (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    created_at integer not null,
    email text not null,
    email_key text not null,
    role text not null,
    teams text not null,
    token_hash blob not null constraint invitations_token_unique unique,
    invited_by blob not null,
    invited_by_name text not null,
    state text not null,
    expires_at integer not null,
    ended_at integer,
    ended_by blob,
    mail text not null
) strict;
create unique index invitations_pending_unique on invitations (org, email_key) where state = 'pending';
create index invitations_org on invitations (org, state, created_at, id);
create index invitations_email on invitations (email_key, state);

-- Content-addressed layers and list chunks, compressed, immutable.
create table blobs (
    org blob not null references orgs (id) on delete cascade,
    digest blob not null,
    bytes blob not null,
    size integer not null,
    created_at integer not null,
    primary key (org, digest)
) strict;

-- Append-only; the tree names blobs by layer and section.
create table revisions (
    org blob not null references orgs (id) on delete cascade,
    number integer not null,
    author blob,
    author_name text not null,
    at integer not null,
    note text,
    tree blob not null,
    changes text not null,
    constraint revisions_unique primary key (org, number)
) strict;

-- Who shares a manifest, and the newest manifest issued to them.
create table audiences (
    org blob not null references orgs (id) on delete cascade,
    id text not null,
    description text not null,
    created_at integer not null,
    serial integer not null,
    revision integer not null,
    digest blob,
    issued_at integer,
    primary key (org, id)
) strict;

-- Signed once, served as these bytes by every replica.
create table manifests (
    org blob not null references orgs (id) on delete cascade,
    audience text not null,
    serial integer not null,
    revision integer not null,
    digest blob not null,
    envelope blob not null,
    issued_at integer not null,
    primary key (org, audience, serial)
) strict;

-- The row and its public key stay when the device, its member or the account goes.
create table devices (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    account blob not null,
    member_name text not null,
    member_key text not null,
    created_at integer not null,
    state text not null,
    ended_at integer,
    wiped_at integer,
    host text not null,
    host_key text not null,
    search text not null,
    os text not null,
    agent_version text not null,
    key_storage text not null,
    address text not null,
    signing_key blob not null,
    sealing_key blob not null,
    audience text not null,
    last_contact integer not null,
    counter integer not null,
    receipt_serial integer,
    receipt_revision integer,
    receipt_matches integer,
    receipt_section text,
    receipt_reason text,
    receipt_at integer,
    tombstone blob,
    constraint devices_org_unique unique (org, id)
) strict;
create index devices_host on devices (org, host_key, id);
create index devices_member on devices (org, member_key, id);
create index devices_contact on devices (org, last_contact, id);
create index devices_account on devices (account, org);
create index devices_audience on devices (org, audience, state);

create table enrollments (
    id blob not null primary key,
    device_code_hash blob not null constraint enrollments_device_code_unique unique,
    user_code text not null constraint enrollments_user_code_unique unique,
    created_at integer not null,
    expires_at integer not null,
    state text not null,
    tries integer not null,
    polled_at integer,
    signing_key blob not null,
    sealing_key blob not null,
    host text not null,
    os text not null,
    agent_version text not null,
    key_storage text not null,
    address text not null,
    org blob references orgs (id) on delete cascade,
    account blob references accounts (id) on delete cascade,
    device blob
) strict;
create index enrollments_expiry on enrollments (expires_at);

create table device_tokens (
    token_hash blob not null primary key,
    org blob not null,
    device blob not null,
    created_at integer not null,
    expires_at integer not null,
    foreign key (org, device) references devices (org, id) on delete cascade
) strict;
create index device_tokens_device on device_tokens (org, device);
create index device_tokens_expiry on device_tokens (expires_at);

-- Assertions already used; a row may go once its assertion has expired.
create table assertion_ids (
    device blob not null references devices (id) on delete cascade,
    jti text not null,
    expires_at integer not null,
    primary key (device, jti)
) strict;
create index assertion_ids_expiry on assertion_ids (expires_at);

create table receipts (
    org blob not null,
    device blob not null,
    counter integer not null,
    serial integer not null,
    digest blob not null,
    envelope blob not null,
    at integer not null,
    primary key (org, device, counter),
    foreign key (org, device) references devices (org, id) on delete cascade
) strict;

-- Append-only. No reference to orgs or accounts: an entry outlives what it speaks of.
create table audit (
    id blob not null primary key,
    org blob,
    at integer not null,
    actor_kind text not null,
    actor blob,
    actor_name text not null,
    action text not null,
    target text not null,
    before text,
    after text,
    address text not null,
    search text not null
) strict;
create index audit_org on audit (org, at, id);

-- Jobs and mail, written by the transaction that causes them.
create table outbox (
    id blob not null primary key,
    org blob,
    kind text not null,
    subject blob,
    payload text not null,
    created_at integer not null,
    run_at integer not null,
    attempts integer not null,
    leased_until integer,
    failed_at integer,
    last_error text
) strict;
create index outbox_due on outbox (run_at, id) where failed_at is null;
create index outbox_org on outbox (org, kind, id);
create index outbox_subject on outbox (subject, kind);
