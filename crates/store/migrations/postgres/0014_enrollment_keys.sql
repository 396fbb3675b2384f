-- Keys by which machines are enrolled without anybody typing a code. Kept when they have ended, so that a device
-- can say which key enrolled it. See docs/adr/0021.
create table enrollment_keys (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    key_hash bytea not null constraint enrollment_keys_hash_unique unique,
    last_four text collate "C" not null,
    name text collate "C" not null,
    rule text collate "C" not null,
    account uuid references accounts (id) on delete cascade,
    domain text collate "C",
    max_uses bigint not null,
    uses bigint not null,
    created_at bigint not null,
    created_by_name text collate "C" not null,
    expires_at bigint not null,
    used_at bigint,
    revoked_at bigint,
    revoked_by_name text collate "C"
);
create index enrollment_keys_org on enrollment_keys (org, created_at, id);
create index enrollment_keys_account on enrollment_keys (account);

-- The key that enrolled a device; none where a member typed its code.
alter table devices add column enrollment_key uuid;
-- Where and by whom a device was ended: on the machine itself, or in the portal.
alter table devices add column ended_from text collate "C";
alter table devices add column ended_by_name text collate "C";
-- What its agent can read, as it said last: see tessera_wire::skill.
alter table devices add column wire bigint not null default 1;
alter table enrollments add column wire bigint not null default 1;
create index devices_enrollment_key on devices (org, enrollment_key) where enrollment_key is not null;
create index devices_signing_key on devices (org, signing_key);
