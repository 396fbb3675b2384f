-- What an organization says of itself; the version tells an edit of something older.
alter table orgs add column contact_name text;
alter table orgs add column contact_email text;
alter table orgs add column phone text;
alter table orgs add column country text;
alter table orgs add column street text;
alter table orgs add column city text;
alter table orgs add column state text;
alter table orgs add column postal_code text;
alter table orgs add column profile_version integer not null default 0;
alter table orgs add column profile_at integer;
alter table orgs add column profile_by text;

-- How far the end of a deleted organization has gone. Its row stays, emptied, for its devices' tombstones.
alter table orgs add column purging_at integer;
alter table orgs add column purged_at integer;
create index orgs_deleted on orgs (deleted_at, id) where deleted_at is not null and purged_at is null;
