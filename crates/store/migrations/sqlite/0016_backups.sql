-- When the last backup was finished that this database knows of, and how large its file is.
alter table installation add column backup_at integer;
alter table installation add column backup_size integer;
