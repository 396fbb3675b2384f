-- Whether an admin tightened the settings for this one member.
alter table memberships add column tightened bigint not null default 0;
