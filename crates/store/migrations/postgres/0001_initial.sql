-- Types: ids are uuid, times are microseconds of UTC, truth is 0 or 1, text that is searched or
-- sorted has a folded twin (…_key) computed in Rust, what is hashed or signed is exact bytes.

-- The one row about this installation itself.
create table installation (
    id bigint not null primary key check (id = 1),
    created_at bigint not null,
    key_check bytea not null,
    setup_token_hash bytea,
    open_sign_up bigint not null
);

create table accounts (
    id uuid not null primary key,
    created_at bigint not null,
    email text collate "C" not null,
    email_key text collate "C" not null constraint accounts_email_unique unique,
    name text collate "C" not null,
    name_key text collate "C" not null,
    password_hash text collate "C",
    verified_at bigint,
    zone text collate "C" not null,
    is_operator bigint not null,
    may_create_orgs bigint not null
);

-- One-time tokens of the mails that verify an address or reset a password.
create table account_tokens (
    token_hash bytea not null primary key,
    account uuid not null references accounts (id) on delete cascade,
    kind text collate "C" not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index account_tokens_account on account_tokens (account, kind);
create index account_tokens_expiry on account_tokens (expires_at);

create table sessions (
    id uuid not null primary key,
    token_hash bytea not null constraint sessions_token_unique unique,
    account uuid not null references accounts (id) on delete cascade,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null,
    recent_auth_at bigint not null,
    user_agent text collate "C" not null,
    address text collate "C" not null
);
create index sessions_account on sessions (account, seen_at, id);
create index sessions_expiry on sessions (expires_at);

create table api_tokens (
    id uuid not null primary key,
    token_hash bytea not null constraint api_tokens_token_unique unique,
    account uuid not null references accounts (id) on delete cascade,
    name text collate "C" not null,
    created_at bigint not null,
    expires_at bigint,
    used_at bigint
);
create index api_tokens_account on api_tokens (account, created_at, id);

-- What rate limits count, by a key such as `sign_in:ada@example.com`.
create table attempts (
    key text collate "C" not null,
    at bigint not null
);
create index attempts_key on attempts (key, at);
create index attempts_at on attempts (at);

create table orgs (
    id uuid not null primary key,
    created_at bigint not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    guard bigint not null,
    seats bigint,
    data_key bytea not null,
    last_serial bigint not null,
    audience_epoch bigint not null,
    revision bigint not null,
    deleted_at bigint
);

-- Signing keys; the secret half is sealed under the org's data key.
create table org_keys (
    org uuid not null references orgs (id) on delete cascade,
    public bytea not null,
    secret bytea not null,
    created_at bigint not null,
    retired_at bigint,
    primary key (org, public)
);

-- name_key and search repeat what the account says, so that a page of members is one index range.
create table memberships (
    org uuid not null references orgs (id) on delete cascade,
    account uuid not null references accounts (id),
    role text collate "C" not null,
    joined_at bigint not null,
    name_key text collate "C" not null,
    search text collate "C" not null,
    constraint memberships_unique primary key (org, account)
);
create index memberships_name on memberships (org, name_key, account);
create index memberships_joined on memberships (org, joined_at, account);
create index memberships_account on memberships (account, org);

create table teams (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    created_at bigint not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    has_settings bigint not null,
    constraint teams_org_unique unique (org, id),
    constraint teams_name_unique unique (org, name_key)
);

create table team_members (
    org uuid not null,
    team uuid not null,
    account uuid not null,
    lead bigint not null,
    joined_at bigint not null,
    primary key (org, team, account),
    foreign key (org, team) references teams (org, id) on delete cascade,
    foreign key (org, account) references memberships (org, account) on delete cascade
);
create index team_members_account on team_members (org, account, team);

-- invited_by outlives its account, and the name shown is the one at that time.
create table invitations (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    created_at bigint not null,
    email text collate "C" not null,
    email_key text collate "C" not null,
    role text collate "C" not null,
    teams text collate "C" not null,
    token_hash bytea not null constraint invitations_token_unique unique,
    invited_by uuid not null,
    invited_by_name text collate "C" not null,
    state text collate "C" not null,
    expires_at bigint not null,
    ended_at bigint,
    ended_by uuid,
    mail text collate "C" not null
);
create unique index invitations_pending_unique on invitations (org, email_key) where state = 'pending';
create index invitations_org on invitations (org, state, created_at, id);
create index invitations_email on invitations (email_key, state);

-- Content-addressed layers and list chunks, compressed, immutable.
create table blobs (
    org uuid not null references orgs (id) on delete cascade,
    digest bytea not null,
    bytes bytea not null,
    size bigint not null,
    created_at bigint not null,
    primary key (org, digest)
);

-- Append-only; the tree names blobs by layer and section.
create table revisions (
    org uuid not null references orgs (id) on delete cascade,
    number bigint not null,
    author uuid,
    author_name text collate "C" not null,
    at bigint not null,
    note text collate "C",
    tree bytea not null,
    changes text collate "C" not null,
    constraint revisions_unique primary key (org, number)
);

-- Who shares a manifest, and the newest manifest issued to them.
create table audiences (
    org uuid not null references orgs (id) on delete cascade,
    id text collate "C" not null,
    description text collate "C" not null,
    created_at bigint not null,
    serial bigint not null,
    revision bigint not null,
    digest bytea,
    issued_at bigint,
    primary key (org, id)
);

-- Signed once, served as these bytes by every replica.
create table manifests (
    org uuid not null references orgs (id) on delete cascade,
    audience text collate "C" not null,
    serial bigint not null,
    revision bigint not null,
    digest bytea not null,
    envelope bytea not null,
    issued_at bigint not null,
    primary key (org, audience, serial)
);

-- The row and its public key stay when the device, its member or the account goes.
create table devices (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    account uuid not null,
    member_name text collate "C" not null,
    member_key text collate "C" not null,
    created_at bigint not null,
    state text collate "C" not null,
    ended_at bigint,
    wiped_at bigint,
    host text collate "C" not null,
    host_key text collate "C" not null,
    search text collate "C" not null,
    os text collate "C" not null,
    agent_version text collate "C" not null,
    key_storage text collate "C" not null,
    address text collate "C" not null,
    signing_key bytea not null,
    sealing_key bytea not null,
    audience text collate "C" not null,
    last_contact bigint not null,
    counter bigint not null,
    receipt_serial bigint,
    receipt_revision bigint,
    receipt_matches bigint,
    receipt_section text collate "C",
    receipt_reason text collate "C",
    receipt_at bigint,
    tombstone bytea,
    constraint devices_org_unique unique (org, id)
);
create index devices_host on devices (org, host_key, id);
create index devices_member on devices (org, member_key, id);
create index devices_contact on devices (org, last_contact, id);
create index devices_account on devices (account, org);
create index devices_audience on devices (org, audience, state);

create table enrollments (
    id uuid not null primary key,
    device_code_hash bytea not null constraint enrollments_device_code_unique unique,
    user_code text collate "C" not null constraint enrollments_user_code_unique unique,
    created_at bigint not null,
    expires_at bigint not null,
    state text collate "C" not null,
    tries bigint not null,
    polled_at bigint,
    signing_key bytea not null,
    sealing_key bytea not null,
    host text collate "C" not null,
    os text collate "C" not null,
    agent_version text collate "C" not null,
    key_storage text collate "C" not null,
    address text collate "C" not null,
    org uuid references orgs (id) on delete cascade,
    account uuid references accounts (id) on delete cascade,
    device uuid
);
create index enrollments_expiry on enrollments (expires_at);

create table device_tokens (
    token_hash bytea not null primary key,
    org uuid not null,
    device uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    foreign key (org, device) references devices (org, id) on delete cascade
);
create index device_tokens_device on device_tokens (org, device);
create index device_tokens_expiry on device_tokens (expires_at);

-- Assertions already used; a row may go once its assertion has expired.
create table assertion_ids (
    device uuid not null references devices (id) on delete cascade,
    jti text collate "C" not null,
    expires_at bigint not null,
    primary key (device, jti)
);
create index assertion_ids_expiry on assertion_ids (expires_at);

create table receipts (
    org uuid not null,
    device uuid not null,
    counter bigint not null,
    serial bigint not null,
    digest bytea not null,
    envelope bytea not null,
    at bigint not null,
    primary key (org, device, counter),
    foreign key (org, device) references devices (org, id) on delete cascade
);

-- Append-only. No reference to orgs or accounts: an entry outlives what it speaks of.
create table audit (
    id uuid not null primary key,
    org uuid,
    at bigint not null,
    actor_kind text collate "C" not null,
    actor uuid,
    actor_name text collate "C" not null,
    action text collate "C" not null,
    target text collate "C" not null,
    before text collate "C",
    after text collate "C",
    address text collate "C" not null,
    search text collate "C" not null
);
create index audit_org on audit (org, at, id);

-- Jobs and mail, written by the transaction that causes them.
create table outbox (
    id uuid not null primary key,
    org uuid,
    kind text collate "C" not null,
    subject uuid,
    payload text collate "C" not null,
    created_at bigint not null,
    run_at bigint not null,
    attempts bigint not null,
    leased_until bigint,
    failed_at bigint,
    last_error text collate "C"
);
create index outbox_due on outbox (run_at, id) where failed_at is null;
create index outbox_org on outbox (org, kind, id);
create index outbox_subject on outbox (subject, kind);
