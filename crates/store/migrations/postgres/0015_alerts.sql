-- Conditions that people are told of. One is open for each org, kind and subject; those without an org are the
-- installation's. `untold` is 1 while its opening or its end waits to be told.
create table alerts (
    id uuid not null primary key,
    org uuid references orgs (id) on delete cascade,
    kind text collate "C" not null,
    subject uuid not null,
    name text collate "C" not null,
    detail text collate "C" not null,
    link text collate "C" not null,
    opened_at bigint not null,
    told_at bigint,
    closed_at bigint,
    untold bigint not null
);
create unique index alerts_open_unique on alerts (org, kind, subject) where closed_at is null and org is not null;
create unique index alerts_open_here_unique on alerts (kind, subject) where closed_at is null and org is null;
create index alerts_org on alerts (org, opened_at, id);
create index alerts_told on alerts (org, kind, told_at);
create index alerts_untold on alerts (org, kind) where untold = 1;
create index alerts_closed on alerts (closed_at) where closed_at is not null;

-- Where alerts go besides mail. Address and secrets are sealed for their row and column.
create table alert_endpoints (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    created_at bigint not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    format text collate "C" not null,
    kinds text collate "C" not null,
    address bytea not null,
    shown_address text collate "C" not null,
    secret bytea,
    old_secret bytea,
    old_secret_until bigint,
    paused_at bigint,
    tried_at bigint,
    outcome text collate "C",
    problem text collate "C",
    constraint alert_endpoints_org_unique unique (org, id)
);

create table alert_settings (
    org uuid not null primary key references orgs (id) on delete cascade,
    silent_days bigint not null
);

-- What an owner or admin does not want mails of.
create table alert_mutes (
    org uuid not null references orgs (id) on delete cascade,
    account uuid not null references accounts (id) on delete cascade,
    kind text collate "C" not null,
    primary key (org, account, kind)
);
create index alert_mutes_account on alert_mutes (account);

-- When the provider ends a key, as people noted it.
alter table credentials add column expires_at bigint;
create index credentials_expiry on credentials (expires_at) where expires_at is not null;

create index devices_failing on devices (org, id)
    where state = 'active' and (receipt_section is not null or receipt_matches = 0);
create index outbox_failed on outbox (failed_at) where failed_at is not null;

-- When a mail last left. Sign-up is open by the configuration, or since an operator opened it; the column repeated the
-- configuration so far.
alter table installation add column mail_sent_at bigint;
update installation set open_sign_up = 0;
