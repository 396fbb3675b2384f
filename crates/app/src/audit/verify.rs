//! Checking the chain over an organization's audit log, from its first entry to its last.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tessera_domain::{Result, Right};
use tessera_ids::{AuditEntryId, OrgId, Timestamp, TypedId};
use tessera_store::{AuditHead, AuditLine, Reader};

use crate::{Actor, App, access};

/// Entries that are read at a time.
const STEP: u64 = 1_000;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The number of the newest entry that the chain should hold; 0 when it holds none yet.
    pub entries: u64,
    /// The digest that speaks for all of them; written down elsewhere, it also proves that the whole chain was not
    /// made anew.
    pub digest: Option<[u8; 32]>,
    /// Entries that are older than the chain and stand in none.
    pub older: u64,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// Where the chain is broken first.
    pub broken: Option<Break>,
}

/// How a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// This entry is not as it was written, or one before it is another.
    Changed {
        /// Its number.
        number: u64,
        /// Its id.
        id: AuditEntryId,
    },
    /// There is no entry with this number.
    Missing {
        /// The number.
        number: u64,
    },
    /// There is an entry after the last that was written.
    Added {
        /// Its number.
        number: u64,
    },
}

impl Break {
    /// The number at which it is.
    pub const fn number(self) -> u64 {
        match self {
            Self::Changed { number, .. } | Self::Missing { number } | Self::Added { number } => number,
        }
    }
}

/// What this process last found of each organization that somebody checked here.
#[derive(Debug, Default)]
pub(crate) struct Checks(Mutex<HashMap<OrgId, Verification>>);

impl Checks {
    fn keep(&self, org: OrgId, found: &Verification) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(org, found.clone());
    }

    fn of(&self, org: OrgId) -> Option<Verification> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&org).cloned()
    }
}

/// How an organization's chain stands, without checking it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it ends now; `checked_at` is when this was asked.
    pub now: Verification,
    /// What the last check here found, if there was one since the server started.
    pub checked: Option<Verification>,
}

/// Where an organization's chain ends, and what the last check found.
pub async fn standing(app: &App, actor: &Actor, org: OrgId) -> Result<Standing> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeAudit).await?;
    Ok(Standing {
        now: stand(app, &mut tx, org).await?,
        checked: app.checks.of(org),
    })
}

/// Checks every entry's digest, in pages, so that a log of any length fits in memory.
pub async fn verify(app: &App, actor: &Actor, org: OrgId) -> Result<Verification> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeAudit).await?;
    let stand = stand(app, &mut tx, org).await?;
    let mut walk = Walk {
        at: AuditHead::START,
        last: None,
    };
    let mut broken = None;
    loop {
        let lines = tx.audit_lines(org, walk.at.number, STEP).await?;
        if lines.is_empty() || broken.is_some() {
            break;
        }
        broken = lines.iter().find_map(|line| walk.step(line));
    }
    // Whoever wrote while this was read has moved the end as well.
    let end = tx.audit_head(org).await?.unwrap_or(AuditHead::START);
    let broken = broken.or_else(|| walk.end(stand.entries, &end));
    let whole = Verification {
        entries: walk.at.number,
        digest: (walk.at.number > 0).then_some(walk.at.digest),
        ..stand
    };
    let found = match broken {
        None => whole,
        Some(_) => Verification { broken, ..stand },
    };
    app.checks.keep(org, &found);
    Ok(found)
}

async fn stand(app: &App, tx: &mut Reader, org: OrgId) -> Result<Verification> {
    let head = tx.audit_head(org).await?;
    Ok(Verification {
        entries: head.as_ref().map_or(0, |head| head.number),
        digest: head.map(|head| head.digest),
        older: tx.count_audit_unchained(org).await?,
        checked_at: app.clock.now(),
        broken: None,
    })
}

/// The way along the chain.
struct Walk {
    at: AuditHead,
    last: Option<AuditEntryId>,
}

impl Walk {
    /// Goes on to the next line, or says what is wrong with it.
    fn step(&mut self, line: &AuditLine) -> Option<Break> {
        let (expected, id) = (self.at.number + 1, AuditEntryId::from_uuid(line.id));
        let number = u64::try_from(line.number).unwrap_or(0);
        if number > expected {
            return Some(Break::Missing { number: expected });
        }
        if number < expected {
            return Some(Break::Added { number });
        }
        match line.head() {
            Some(head) if head.digest == line.linked(&self.at.digest) => {
                self.at = head;
                self.last = Some(id);
                None
            }
            _ => Some(Break::Changed { number, id }),
        }
    }

    /// Compares where the lines end with where the chain should: at least at `wanted`, at most at `end`.
    fn end(&self, wanted: u64, end: &AuditHead) -> Option<Break> {
        let number = self.at.number;
        if number < wanted {
            return Some(Break::Missing { number: number + 1 });
        }
        if number > end.number {
            return Some(Break::Added {
                number: end.number + 1,
            });
        }
        let differs = number == end.number && self.at.digest != end.digest;
        let id = self.last.filter(|_| differs)?;
        Some(Break::Changed { number, id })
    }
}
