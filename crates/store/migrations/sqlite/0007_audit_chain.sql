-- Names beside ids, an organization's own numbers, and the chain over them. See docs/adr/0012.
alter table audit add column actor_email text not null default '';
alter table audit add column actor_key text not null default '';
alter table audit add column target_name text not null default '';
-- 0 for what no chain holds: entries of no organization, and those from before this migration.
alter table audit add column number integer not null default 0;
alter table audit add column digest blob;
update audit set actor_key = lower(actor_name);
create unique index audit_number on audit (org, number) where number > 0;
create index audit_page on audit (org, number, at, id);
drop index audit_org;

-- Where each organization's chain ends. No reference to orgs: it outlives them, as the entries do.
create table audit_heads (
    org blob not null primary key,
    number integer not null,
    digest blob not null
) strict;

create trigger audit_keeps_its_lines before update on audit
begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_loses_no_line before delete on audit
begin select raise(abort, 'the audit log is append-only'); end;
