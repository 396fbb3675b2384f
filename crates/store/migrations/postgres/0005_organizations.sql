-- What an organization says of itself; the version tells an edit of something older.
alter table orgs add column contact_name text collate "C";
alter table orgs add column contact_email text collate "C";
alter table orgs add column phone text collate "C";
alter table orgs add column country text collate "C";
alter table orgs add column street text collate "C";
alter table orgs add column city text collate "C";
alter table orgs add column state text collate "C";
alter table orgs add column postal_code text collate "C";
alter table orgs add column profile_version bigint not null default 0;
alter table orgs add column profile_at bigint;
alter table orgs add column profile_by text collate "C";

-- How far the end of a deleted organization has gone. Its row stays, emptied, for its devices' tombstones.
alter table orgs add column purging_at bigint;
alter table orgs add column purged_at bigint;
create index orgs_deleted on orgs (deleted_at, id) where deleted_at is not null and purged_at is null;
