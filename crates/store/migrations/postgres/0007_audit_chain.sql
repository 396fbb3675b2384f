-- Names beside ids, an organization's own numbers, and the chain over them. See docs/adr/0012.
alter table audit add column actor_email text collate "C" not null default '';
alter table audit add column actor_key text collate "C" not null default '';
alter table audit add column target_name text collate "C" not null default '';
-- 0 for what no chain holds: entries of no organization, and those from before this migration.
alter table audit add column number bigint not null default 0;
alter table audit add column digest bytea;
update audit set actor_key = lower(actor_name);
create unique index audit_number on audit (org, number) where number > 0;
create index audit_page on audit (org, number, at, id);
drop index audit_org;

-- Where each organization's chain ends. No reference to orgs: it outlives them, as the entries do.
create table audit_heads (
    org uuid not null primary key,
    number bigint not null,
    digest bytea not null
);

create function audit_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'the audit log is append-only'; end $$;
create trigger audit_keeps_its_lines before update or delete on audit
for each row execute function audit_is_append_only();
create trigger audit_is_never_emptied before truncate on audit
for each statement execute function audit_is_append_only();
