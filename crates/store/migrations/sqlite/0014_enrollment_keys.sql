-- Keys by which machines are enrolled without anybody typing a code. Kept when they have ended, so that a device
-- can say which key enrolled it. See docs/adr/0021.
create table enrollment_keys (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    key_hash blob not null constraint enrollment_keys_hash_unique unique,
    last_four text not null,
    name text not null,
    rule text not null,
    account blob references accounts (id) on delete cascade,
    domain text,
    max_uses integer not null,
    uses integer not null,
    created_at integer not null,
    created_by_name text not null,
    expires_at integer not null,
    used_at integer,
    revoked_at integer,
    revoked_by_name text
) strict;
create index enrollment_keys_org on enrollment_keys (org, created_at, id);
create index enrollment_keys_account on enrollment_keys (account);

-- The key that enrolled a device; none where a member typed its code.
alter table devices add column enrollment_key blob;
-- Where and by whom a device was ended: on the machine itself, or in the portal.
alter table devices add column ended_from text;
alter table devices add column ended_by_name text;
-- What its agent can read, as it said last: see tessera_wire::skill.
alter table devices add column wire integer not null default 1;
alter table enrollments add column wire integer not null default 1;
create index devices_enrollment_key on devices (org, enrollment_key) where enrollment_key is not null;
create index devices_signing_key on devices (org, signing_key);
