//! Rollouts in stages: one at most is under way in an organization. How far they came is counted in [`crate::rollouts`].

use tessera_domain::{
    PersonName,
    rollout::{Answers, Plan, RolloutState},
};
use tessera_ids::{AccountId, OrgId, RolloutId, Timestamp};

use crate::{
    Error, Reader, Result, Tx,
    column::{Column, records, words},
    dialect::AnyRow,
};

words! {
    enum Word {
        Running = "running",
        Paused = "paused",
        Halted = "halted",
        Finished = "finished",
        RolledBack = "rolled_back",
    }
}

records! {
    struct Row {
        id: RolloutId,
        org: OrgId,
        revision: u64,
        last_revision: u64,
        baseline: u64,
        plan: Plan,
        state: Word,
        stage: u64,
        since: Timestamp,
        counted_from: u64,
        why: Option<String>,
        rolled_back_by: Option<u64>,
        author: Option<AccountId>,
        author_name: PersonName,
        created_at: Timestamp,
    }

    struct Aim {
        serial: u64,
        audience_epoch: i64,
        newest: u64,
        baseline: Option<u64>,
        stage: Option<u64>,
    }

    struct Counted {
        answered: u64,
        failed: u64,
        in_stage: u64,
        in_stage_answered: u64,
    }

    struct Running {
        org: OrgId,
    }
}

/// A revision on its way in stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedRollout {
    /// Its id, which decides the places of devices.
    pub id: RolloutId,
    /// The organization.
    pub org: OrgId,
    /// The revision that began it.
    pub revision: u64,
    /// The newest revision that joined it.
    pub last_revision: u64,
    /// What those have who wait.
    pub baseline: u64,
    /// Its stages.
    pub plan: Plan,
    /// Where it stands.
    pub state: RolloutState,
    /// Receipts of an earlier serial do not count any more.
    pub counted_from: u64,
    /// Who began it.
    pub author: Option<AccountId>,
    /// What they were called.
    pub author_name: PersonName,
    /// When.
    pub created_at: Timestamp,
}

/// A rollout to be begun: its first stage is released.
pub type NewRollout = StagedRollout;

/// What the devices of an organization shall have, read in one statement: all of it is of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedRevision {
    /// The last serial.
    pub serial: u64,
    /// Counts changes of who is in which audience.
    pub audience_epoch: i64,
    newest: u64,
    /// The baseline and the released stage of the rollout that is under way.
    rollout: Option<(u64, u64)>,
}

impl WantedRevision {
    /// The revision for the devices of a wave.
    pub fn for_wave(&self, wave: u32) -> u64 {
        match self.rollout {
            Some((baseline, stage)) if u64::from(wave) > stage => baseline,
            _ => self.newest,
        }
    }
}

impl Column for Plan {
    fn read(row: &AnyRow, column: &str) -> Result<Option<Self>> {
        let read = |text: String| serde_json::from_str(&text);
        let plan = row.text(column)?.map(read).transpose();
        plan.map_err(|error| Error::unreadable(column, error))
    }
}

impl TryFrom<Row> for StagedRollout {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let stage = u32::try_from(row.stage).map_err(|error| Error::unreadable("stage", error))?;
        let at = row.since;
        let state = match (row.state, row.rolled_back_by) {
            (Word::Running, _) => RolloutState::Running { stage, since: at },
            (Word::Paused, _) => RolloutState::Paused { stage, at },
            (Word::Halted, _) => RolloutState::Halted {
                stage,
                at,
                why: row.why.unwrap_or_default(),
            },
            (Word::Finished, _) => RolloutState::Finished { at },
            (Word::RolledBack, Some(by)) => RolloutState::RolledBack { at, by },
            (Word::RolledBack, None) => return Err(Error::unreadable("rolled_back_by", "it is null")),
        };
        Ok(Self {
            id: row.id,
            org: row.org,
            revision: row.revision,
            last_revision: row.last_revision,
            baseline: row.baseline,
            plan: row.plan,
            state,
            counted_from: row.counted_from,
            author: row.author,
            author_name: row.author_name,
            created_at: row.created_at,
        })
    }
}

/// A rollout's columns, for those that `$rest` chooses.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, org, revision, last_revision, baseline, plan, state, stage, since, counted_from, why,
                rolled_back_by, author, author_name, created_at from rollouts where org = $1 ",
            $rest
        )
    };
}

impl Reader {
    /// The rollout that is under way.
    pub async fn rollout_under_way(&mut self, org: OrgId) -> Result<Option<StagedRollout>> {
        const SQL: &str = select!("and state in ('running', 'paused', 'halted')");
        let row: Option<Row> = self.query(SQL).bind(org).optional().await?;
        row.map(TryInto::try_into).transpose()
    }

    /// The rollout that a revision belongs to, having begun or joined it; none for one that went to everybody at once.
    pub async fn rollout_of(&mut self, org: OrgId, revision: u64) -> Result<Option<StagedRollout>> {
        const SQL: &str = select!("and baseline < $2 and last_revision >= $2 and revision <= $2");
        let row: Option<Row> = self.query(SQL).bind(org).bind(revision).optional().await?;
        row.map(TryInto::try_into).transpose()
    }

    /// The organizations whose rollout is running, but for deleted ones.
    pub async fn running_rollouts(&mut self) -> Result<Vec<OrgId>> {
        const SQL: &str = "select r.org from rollouts r join orgs o on o.id = r.org and o.deleted_at is null
            where r.state = 'running' order by r.org";
        let rows: Vec<Running> = self.query(SQL).all().await?;
        Ok(rows.into_iter().map(|row| row.org).collect())
    }

    /// What the organization's devices shall have at this moment.
    pub async fn wanted_revision(&mut self, org: OrgId) -> Result<Option<WantedRevision>> {
        const SQL: &str =
            "select o.last_serial as serial, o.audience_epoch, o.revision as newest, r.baseline, r.stage
            from orgs o left join rollouts r on r.org = o.id and r.state in ('running', 'paused', 'halted')
            where o.id = $1";
        let aim: Option<Aim> = self.query(SQL).bind(org).optional().await?;
        Ok(aim.map(|aim| WantedRevision {
            serial: aim.serial,
            audience_epoch: aim.audience_epoch,
            newest: aim.newest,
            rollout: aim.baseline.zip(aim.stage),
        }))
    }

    /// What the released devices of a rollout answered about a revision or a later one.
    pub async fn rollout_answers(&mut self, rollout: &StagedRollout, revision: u64) -> Result<Answers> {
        const SQL: &str = "select count(*) filter (where s.answered = 1) as answered,
                count(*) filter (where s.answered = 1 and s.good = 0) as failed,
                count(*) filter (where s.wave = $4) as in_stage,
                count(*) filter (where s.wave = $4 and s.answered = 1) as in_stage_answered
            from (select a.wave,
                    case when d.receipt_revision >= $2 and d.receipt_serial >= $3 then 1 else 0 end as answered,
                    case when d.receipt_section is null and d.receipt_matches = 1 then 1 else 0 end as good
                from devices d join audiences a on a.org = d.org and a.id = d.audience
                where d.org = $1 and d.state = 'active' and a.wave between 1 and $4) s";
        let stage = rollout.state.released().unwrap_or_default();
        let counted: Counted = self
            .query(SQL)
            .bind(rollout.org)
            .bind(revision)
            .bind(rollout.counted_from)
            .bind(u64::from(stage))
            .one()
            .await?;
        Ok(Answers {
            answered: counted.answered,
            failed: counted.failed,
            in_stage: counted.in_stage,
            in_stage_answered: counted.in_stage_answered,
        })
    }
}

impl Tx {
    /// Begins a rollout under the organization's lock.
    /// [`Unique::Other`](crate::Unique::Other) while another is under way.
    pub async fn insert_rollout(&mut self, new: &NewRollout) -> Result<()> {
        const SQL: &str =
            "insert into rollouts (id, org, revision, last_revision, baseline, plan, state, stage, since,
                counted_from, author, author_name, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let plan = serde_json::to_string(&new.plan).map_err(|error| Error::Internal(error.to_string()))?;
        self.query(SQL)
            .bind(new.id)
            .bind(new.org)
            .bind(new.revision)
            .bind(new.last_revision)
            .bind(new.baseline)
            .bind(plan)
            .bind(new.state.as_str())
            .bind(u64::from(new.state.released().unwrap_or_default()))
            .bind(new.state.since())
            .bind(new.counted_from)
            .bind(new.author)
            .bind(&new.author_name)
            .bind(new.created_at)
            .run()
            .await
            .map(drop)
    }

    /// Writes down where a rollout stands now, which revision joined it last, and from where receipts count.
    pub async fn set_rollout(&mut self, rollout: &StagedRollout) -> Result<bool> {
        const SQL: &str = "update rollouts set state = $3, stage = coalesce($4, stage), since = $5, why = $6,
                rolled_back_by = $7, last_revision = $8, counted_from = $9
            where org = $1 and id = $2";
        let (why, by) = match &rollout.state {
            RolloutState::Halted { why, .. } => (Some(why), None),
            RolloutState::RolledBack { by, .. } => (None, Some(*by)),
            _ => (None, None),
        };
        self.query(SQL)
            .bind(rollout.org)
            .bind(rollout.id)
            .bind(rollout.state.as_str())
            .bind(rollout.state.released().map(u64::from))
            .bind(rollout.state.since())
            .bind(why)
            .bind(by)
            .bind(rollout.last_revision)
            .bind(rollout.counted_from)
            .touched()
            .await
    }
}
