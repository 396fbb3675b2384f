-- A list of people to invite, from its preview to a while after its end: kept here so that every replica serves it.
-- `session` and `address` are what the audit log says of who sends it; `expires_at` is when the list may go.
create table invitation_batches (
    id blob not null primary key,
    org blob not null references orgs (id) on delete cascade,
    created_at integer not null,
    created_by blob not null,
    session blob not null,
    address text not null,
    name text not null,
    state text not null,
    expires_at integer not null,
    sent_at integer,
    ended_at integer,
    reason text
) strict;
create index invitation_batches_creator on invitation_batches (org, created_by, created_at, id);
create index invitation_batches_sending on invitation_batches (sent_at, id) where state = 'sending';
create index invitation_batches_expiry on invitation_batches (expires_at);

-- One row of a list. `candidate` is whom it names, as JSON, and null when it is malformed.
create table invitation_batch_rows (
    batch blob not null references invitation_batches (id) on delete cascade,
    number integer not null,
    line integer not null,
    input text not null,
    candidate text,
    state text not null,
    reason text,
    chosen integer not null,
    settled integer not null,
    primary key (batch, number)
) strict;
create index invitation_batch_rows_state on invitation_batch_rows (batch, state, number);
create index invitation_batch_rows_open on invitation_batch_rows (batch, chosen, settled, number);
