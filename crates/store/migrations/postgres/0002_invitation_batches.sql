-- A list of people to invite, from its preview to a while after its end: kept here so that every replica serves it.
-- `session` and `address` are what the audit log says of who sends it; `expires_at` is when the list may go.
create table invitation_batches (
    id uuid not null primary key,
    org uuid not null references orgs (id) on delete cascade,
    created_at bigint not null,
    created_by uuid not null,
    session uuid not null,
    address text collate "C" not null,
    name text collate "C" not null,
    state text collate "C" not null,
    expires_at bigint not null,
    sent_at bigint,
    ended_at bigint,
    reason text collate "C"
);
create index invitation_batches_creator on invitation_batches (org, created_by, created_at, id);
create index invitation_batches_sending on invitation_batches (sent_at, id) where state = 'sending';
create index invitation_batches_expiry on invitation_batches (expires_at);

-- One row of a list. `candidate` is whom it names, as JSON, and null when it is malformed.
create table invitation_batch_rows (
    batch uuid not null references invitation_batches (id) on delete cascade,
    number bigint not null,
    line bigint not null,
    input text collate "C" not null,
    candidate text collate "C",
    state text collate "C" not null,
    reason text collate "C",
    chosen bigint not null,
    settled bigint not null,
    primary key (batch, number)
);
create index invitation_batch_rows_state on invitation_batch_rows (batch, state, number);
create index invitation_batch_rows_open on invitation_batch_rows (batch, chosen, settled, number);
