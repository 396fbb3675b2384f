//! Lists of people to invite, kept from their preview to a while after their end.

use serde::Serialize;
use tessera_domain::people_import::RowState;
use tessera_ids::{AccountId, InvitationBatchId, OrgId, SessionId, Timestamp};

use crate::{
    Reader, Result, Tx,
    column::{records, words},
    dialect::{Sql, bulk},
};

words! {
    /// Where a list stands.
    pub enum BatchState {
        /// It is looked at; nobody was invited by it.
        Preview = "preview",
        /// Its chosen rows are being invited.
        Sending = "sending",
        /// Every chosen row was dealt with.
        Done = "done",
        /// It ended before every chosen row was dealt with; `reason` says why.
        Stopped = "stopped",
    }
}

records! {
    /// A list of people to invite.
    pub struct InvitationBatch {
        /// Its id.
        pub id: InvitationBatchId,
        /// The organization.
        pub org: OrgId,
        /// When it was looked at first.
        pub created_at: Timestamp,
        /// Whose it is.
        pub created_by: AccountId,
        /// By which session, for the audit log.
        pub session: SessionId,
        /// From where, for the audit log; may be empty.
        pub address: String,
        /// What it is called: a file's name, say.
        pub name: String,
        /// Where it stands.
        pub state: BatchState,
        /// When it may be deleted, unless it is being sent.
        pub expires_at: Timestamp,
        /// When sending began.
        pub sent_at: Option<Timestamp>,
        /// When it ended.
        pub ended_at: Option<Timestamp>,
        /// Why it stopped.
        pub reason: Option<String>,
    }

    /// One row of a list.
    pub struct BatchRow {
        /// Its place in the list, counted from 0.
        pub number: u64,
        /// Its line, counted from 1.
        pub line: u64,
        /// What stands there.
        pub input: String,
        /// Whom it names; none when it is malformed.
        pub candidate: Option<serde_json::Value>,
        /// What would become of it, or became of it.
        pub state: RowState,
        /// What stands against it.
        pub reason: Option<String>,
        /// Whether it is to be sent.
        pub chosen: bool,
    }

    /// How many rows of a list are in one state.
    pub struct BatchCount {
        /// The state.
        pub state: RowState,
        /// How many rows.
        pub count: u64,
        /// How many of them are chosen.
        pub chosen: u64,
        /// How many of the chosen were dealt with.
        pub settled: u64,
    }

    struct Place {
        org: OrgId,
        id: InvitationBatchId,
    }
}

/// A list to be kept. It begins as a preview.
#[derive(Clone, Debug)]
pub struct NewInvitationBatch {
    /// Its id.
    pub id: InvitationBatchId,
    /// When it is looked at first.
    pub created_at: Timestamp,
    /// Whose it is.
    pub created_by: AccountId,
    /// By which session.
    pub session: SessionId,
    /// From where; may be empty.
    pub address: String,
    /// What it is called.
    pub name: String,
    /// Until when it is kept when it is not sent.
    pub expires_at: Timestamp,
}

/// A row to be kept, in the order of the list.
#[derive(Clone, Debug)]
pub struct NewBatchRow {
    /// Its line, counted from 1.
    pub line: u64,
    /// What stands there.
    pub input: String,
    /// Whom it names.
    pub candidate: Option<serde_json::Value>,
    /// What would become of it.
    pub state: RowState,
    /// What stands against it.
    pub reason: Option<String>,
}

/// Which rows a page of a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct BatchRowQuery {
    /// Only rows in this state.
    pub state: Option<RowState>,
    /// Only rows that nobody is or would be invited by.
    pub refused: bool,
    /// After that place.
    pub after: Option<u64>,
}

/// What became of a chosen row.
#[derive(Clone, Debug, Serialize)]
pub struct SettledRow {
    /// Its place.
    pub number: u64,
    /// What became of it.
    pub state: RowState,
    /// What stood against it.
    pub reason: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    number: usize,
    line: u64,
    input: &'a str,
    candidate: Option<String>,
    state: &'static str,
    reason: Option<&'a str>,
    chosen: i64,
}

#[derive(Serialize)]
struct NumberRow {
    number: u64,
}

macro_rules! rows_of {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " from invitation_batch_rows r join invitation_batches b on b.id = r.batch
             where b.org = $1 and b.id = $2 ",
            $rest
        )
    };
}

macro_rules! select_rows {
    ($rest:literal) => {
        rows_of!(
            "select r.number, r.line, r.input, r.candidate, r.state, r.reason, r.chosen",
            $rest
        )
    };
}

impl Reader {
    /// One list.
    pub async fn invitation_batch(
        &mut self,
        org: OrgId,
        id: InvitationBatchId,
    ) -> Result<Option<InvitationBatch>> {
        const SQL: &str = "select id, org, created_at, created_by, session, address, name, state, expires_at,
                sent_at, ended_at, reason
            from invitation_batches where org = $1 and id = $2";
        self.query(SQL).bind(org).bind(id).optional().await
    }

    /// A page of a list's rows, in their order.
    pub async fn invitation_batch_rows(
        &mut self,
        org: OrgId,
        id: InvitationBatchId,
        wanted: BatchRowQuery,
        limit: u64,
    ) -> Result<Vec<BatchRow>> {
        const SQL: &str = select_rows!(
            "and ($3 is null or r.state = $3) and ($4 = 0 or r.state not in ('ready', 'sent')) and r.number > $5
             order by r.number limit $6"
        );
        let after = wanted.after.and_then(|after| i64::try_from(after).ok());
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(wanted.state)
            .bind(wanted.refused)
            .bind(after.unwrap_or(-1))
            .bind(limit)
            .all()
            .await
    }

    /// The next chosen rows that were not dealt with, in their order.
    pub async fn open_invitation_batch_rows(
        &mut self,
        org: OrgId,
        id: InvitationBatchId,
        limit: u64,
    ) -> Result<Vec<BatchRow>> {
        const SQL: &str = select_rows!("and r.chosen = 1 and r.settled = 0 order by r.number limit $3");
        self.query(SQL).bind(org).bind(id).bind(limit).all().await
    }

    /// How many rows of a list are in each state.
    pub async fn invitation_batch_counts(
        &mut self,
        org: OrgId,
        id: InvitationBatchId,
    ) -> Result<Vec<BatchCount>> {
        const SQL: &str = rows_of!(
            "select r.state, count(*) as count, cast(sum(r.chosen) as bigint) as chosen,
                cast(sum(r.settled) as bigint) as settled",
            "group by r.state order by r.state"
        );
        self.query(SQL).bind(org).bind(id).all().await
    }

    /// The lists that are being sent, the longest first, over all organizations.
    pub async fn sending_invitation_batches(
        &mut self,
        limit: u64,
    ) -> Result<Vec<(OrgId, InvitationBatchId)>> {
        const SQL: &str =
            "select org, id from invitation_batches where state = 'sending' order by sent_at, id limit $1";
        let places: Vec<Place> = self.query(SQL).bind(limit).all().await?;
        Ok(places.into_iter().map(|place| (place.org, place.id)).collect())
    }
}

impl Tx {
    /// Keeps a list for its preview. Its ready rows are chosen.
    pub async fn insert_invitation_batch(
        &mut self,
        org: OrgId,
        batch: &NewInvitationBatch,
        rows: &[NewBatchRow],
    ) -> Result<()> {
        const BATCH: &str =
            "insert into invitation_batches (id, org, created_at, created_by, session, address,
                name, state, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, 'preview', $8)";
        const ROWS: Sql = bulk!(
            "insert into invitation_batch_rows (batch, number, line, input, candidate, state, reason, chosen, settled)
             select $1, r.number, r.line, r.input, r.candidate, r.state, r.reason, r.chosen, 0 from ",
            "$2" { number: int, line: int, input: text, candidate: text, state: text, reason: text, chosen: int },
            " where true"
        );
        self.query(BATCH)
            .bind(batch.id)
            .bind(org)
            .bind(batch.created_at)
            .bind(batch.created_by)
            .bind(batch.session)
            .bind(&batch.address)
            .bind(&batch.name)
            .bind(batch.expires_at)
            .run()
            .await?;
        let rows: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(number, row)| Row {
                number,
                line: row.line,
                input: &row.input,
                candidate: row.candidate.as_ref().map(ToString::to_string),
                state: row.state.as_str(),
                reason: row.reason.as_deref(),
                chosen: i64::from(row.state == RowState::Ready),
            })
            .collect();
        self.query(ROWS).bind(batch.id).rows(&rows).run().await.map(drop)
    }

    /// Chooses exactly these of a list's rows that could be invited, or of all of them none or every one.
    pub async fn choose_invitation_batch_rows(
        &mut self,
        id: InvitationBatchId,
        rows: &[u64],
        chosen: bool,
    ) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update invitation_batch_rows set chosen = $2
             where batch = $1 and state in ('ready', 'no_seat') and number in (select r.number from ",
            "$3" { number: int },
            ")"
        );
        let rows: Vec<_> = rows.iter().map(|number| NumberRow { number: *number }).collect();
        self.query(SQL).bind(id).bind(chosen).rows(&rows).run().await
    }

    /// Chooses every ready row of a list, or none at all.
    pub async fn choose_all_invitation_batch_rows(
        &mut self,
        id: InvitationBatchId,
        chosen: bool,
    ) -> Result<u64> {
        const SQL: &str =
            "update invitation_batch_rows set chosen = case when state = 'ready' then $2 else 0 end
            where batch = $1 and settled = 0";
        self.query(SQL).bind(id).bind(chosen).run().await
    }

    /// Moves a list on, and says until when it is kept; why it stopped, if it did.
    pub async fn move_invitation_batch(
        &mut self,
        org: OrgId,
        id: InvitationBatchId,
        state: BatchState,
        at: Timestamp,
        expires_at: Timestamp,
        reason: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str = "update invitation_batches set state = $3, expires_at = $5, reason = $6,
                sent_at = case when $3 = 'sending' then $4 else sent_at end,
                ended_at = case when $3 = 'sending' then ended_at else $4 end
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(state)
            .bind(at)
            .bind(expires_at)
            .bind(reason)
            .touched()
            .await
    }

    /// Writes what became of chosen rows.
    pub async fn settle_invitation_batch_rows(
        &mut self,
        id: InvitationBatchId,
        rows: &[SettledRow],
    ) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update invitation_batch_rows set state = r.state, reason = r.reason, settled = 1 from ",
            "$2" { number: int, state: text, reason: text },
            " where invitation_batch_rows.batch = $1 and invitation_batch_rows.number = r.number"
        );
        self.query(SQL).bind(id).rows(rows).run().await
    }

    /// Deletes a list that was not sent.
    pub async fn delete_invitation_batch(&mut self, org: OrgId, id: InvitationBatchId) -> Result<bool> {
        const SQL: &str = "delete from invitation_batches where org = $1 and id = $2 and state = 'preview'";
        self.query(SQL).bind(org).bind(id).touched().await
    }

    /// Deletes somebody's lists that were not sent, but for the newest few; how many there were.
    pub async fn prune_invitation_batches(&mut self, org: OrgId, by: AccountId, keep: u64) -> Result<u64> {
        const SQL: &str = "delete from invitation_batches
            where org = $1 and created_by = $2 and state = 'preview' and id not in (
                select id from invitation_batches where org = $1 and created_by = $2 and state = 'preview'
                order by created_at desc, id desc limit $3)";
        self.query(SQL).bind(org).bind(by).bind(keep).run().await
    }
}
