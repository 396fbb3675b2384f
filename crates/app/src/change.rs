//! The one way to change something on behalf of an actor: under the organization's lock, with the
//! right checked, and with an audit entry. See docs/adr/0002.

use std::collections::BTreeSet;

use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{Org, Tx};
use tessera_wire::Serial;
use tracing::Instrument as _;

use crate::{
    Actor, App, AuditEntry, audit,
    hub::{Pulse, Topic},
    trace,
};

/// An open transaction that holds an organization's lock. Dropping it changes nothing.
#[derive(Debug)]
pub struct Change<'a> {
    app: &'a App,
    actor: &'a Actor,
    tx: Tx,
    org: Org,
    role: Option<Role>,
    now: Timestamp,
    pulse: Option<Pulse>,
    topics: Vec<Topic>,
    /// Whether an entry was written for the organization at hand.
    recorded: bool,
    /// What the organizations that were gone through before are told once the change is there.
    told: Vec<News>,
}

/// What is told of one organization once the change is there.
#[derive(Debug)]
struct News {
    org: OrgId,
    serial: Serial,
    pulse: Option<Pulse>,
    topics: Vec<Topic>,
}

impl<'a> Change<'a> {
    /// Opens the transaction, takes the lock, and checks that the actor has the right.
    ///
    /// # Errors
    /// *Not found* when the organization does not exist, was deleted, or the actor is no member, *Forbidden*
    /// when their role lacks the right.
    pub async fn begin(app: &'a App, actor: &'a Actor, org: OrgId, right: Right) -> Result<Self> {
        let change = Self::begin_as_anyone(app, actor, org).await?;
        match actor {
            Actor::System(_) => Ok(change),
            Actor::Account(_) => {
                let role = change.role.ok_or_else(|| Error::not_found("organization"))?;
                right.require(role)?;
                Ok(change)
            }
        }
    }

    /// The same for the few acts that need no membership, such as accepting an invitation. The use case
    /// decides by itself what the actor may do.
    pub async fn begin_as_anyone(app: &'a App, actor: &'a Actor, org: OrgId) -> Result<Self> {
        let change = Self::begin_beyond_deletion(app, actor, org).await?;
        match change.org.deleted_at {
            None => Ok(change),
            Some(_) => Err(Error::not_found("organization")),
        }
    }

    /// The same for what goes on in a deleted organization: its devices' words, its return, its end. Nothing
    /// that a member asks for belongs here.
    pub(crate) async fn begin_beyond_deletion(app: &'a App, actor: &'a Actor, org: OrgId) -> Result<Self> {
        let mut tx = app.store.begin().await?;
        let row = tx
            .lock_org(org)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let role = role_in(&mut tx, actor, org).await?;
        let now = app.clock.now();
        Ok(Self {
            app,
            actor,
            tx,
            org: row,
            role,
            now,
            pulse: None,
            topics: Vec::new(),
            recorded: false,
            told: Vec::new(),
        })
    }

    /// Opens one transaction over several organizations, takes their locks in an order that cannot deadlock,
    /// and begins in the first; nothing without any. [`Self::go_on_in`] leads to the next. The use case
    /// decides by itself what the actor may do.
    ///
    /// # Errors
    /// *Not found* when one does not exist.
    pub(crate) async fn begin_in_each(
        app: &'a App,
        actor: &'a Actor,
        orgs: &BTreeSet<OrgId>,
    ) -> Result<Option<Self>> {
        let Some(first) = orgs.first() else {
            return Ok(None);
        };
        let mut change = Self::begin_beyond_deletion(app, actor, *first).await?;
        // The first lock is held and has the lowest id, so the others follow in order.
        change.tx.lock_orgs(orgs.iter().copied()).await?;
        Ok(Some(change))
    }

    /// Goes on in another organization whose lock is held, within the same transaction.
    ///
    /// # Errors
    /// *Not found* when it does not exist; *Internal* when the one at hand was told nothing in its log.
    pub(crate) async fn go_on_in(&mut self, org: OrgId) -> Result<()> {
        self.close_org()?;
        let row = self.tx.lock_org(org).await?;
        self.org = row.ok_or_else(|| Error::not_found("organization"))?;
        self.role = role_in(&mut self.tx, self.actor, org).await?;
        Ok(())
    }

    /// The transaction. Only SQL may be awaited while it is open.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The application that this change is made in.
    pub(crate) const fn app(&self) -> &'a App {
        self.app
    }

    /// Who makes it.
    pub(crate) const fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// The organization as it was when the lock was taken.
    pub const fn org(&self) -> &Org {
        &self.org
    }

    /// The actor's role; none for Tessera itself and for who is no member.
    pub const fn role(&self) -> Option<Role> {
        self.role
    }

    /// The instant at which this change happens, the same for all its rows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Takes the next serial, since what some audience gets changes. `revision` is the newest from now on; who
    /// waits for their wave of a rollout keeps its baseline.
    pub async fn take_serial(&mut self, revision: u64) -> Result<Serial> {
        let serial = self.tx.next_serial(self.org.id, self.now).await?;
        self.tx
            .want_serial(self.org.id, serial, revision, self.now)
            .await?;
        let mut pulse = self.present_pulse();
        pulse.serial = Serial::new(serial);
        self.pulse = Some(pulse);
        Ok(pulse.serial)
    }

    /// Makes every stream look its device up again, since who is in which audience changes.
    pub async fn raise_audience_epoch(&mut self) -> Result<()> {
        let epoch = self.tx.raise_audience_epoch(self.org.id).await?;
        let mut pulse = self.present_pulse();
        pulse.audience_epoch = epoch;
        self.pulse = Some(pulse);
        Ok(())
    }

    /// Tells open pages of this topic once the change is there.
    pub fn touch(&mut self, topic: Topic) {
        self.topics.push(topic);
    }

    /// Writes the audit entry, commits, and tells whoever listens.
    pub async fn commit(mut self, entry: AuditEntry) -> Result<()> {
        let span = tracing::info_span!(
            target: trace::TARGET, "commit", "tessera.org" = %self.org.id, "tessera.action" = entry.action
        );
        let committed = async {
            self.record(entry).await?;
            self.commit_recorded().await
        };
        committed.instrument(span).await
    }

    /// Commits what [`Self::record`] told already, and tells whoever listens. For changes after which the
    /// actor cannot be named any more.
    pub(crate) async fn commit_recorded(mut self) -> Result<()> {
        self.close_org()?;
        for news in &self.told {
            // Without a new serial too: open pages on other replicas move.
            self.tx.notify(news.org, news.serial.get()).await?;
        }
        self.tx.commit().await?;
        for news in self.told {
            if let Some(pulse) = news.pulse {
                self.app.announce(news.org, pulse).await;
            }
            for topic in news.topics.into_iter().chain([Topic::Audit]) {
                self.app.hub.touch(news.org, topic);
            }
        }
        Ok(())
    }

    /// Refuses to go on from an organization whose log was told nothing.
    fn close_org(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.recorded) {
            return Err(Error::internal(
                "a change would be committed without an audit entry",
            ));
        }
        self.told.push(News {
            org: self.org.id,
            serial: self.present_pulse().serial,
            pulse: self.pulse.take(),
            topics: std::mem::take(&mut self.topics),
        });
        Ok(())
    }

    /// Writes a further entry, for changes that the log should tell one by one.
    pub async fn record(&mut self, entry: AuditEntry) -> Result<()> {
        audit::write(
            self.app,
            &mut self.tx,
            self.actor,
            Some(self.org.id),
            self.now,
            entry,
        )
        .await?;
        self.recorded = true;
        Ok(())
    }

    /// Writes any number of further entries in one pass, in this order.
    pub async fn record_many(&mut self, entries: Vec<AuditEntry>) -> Result<()> {
        self.recorded |= !entries.is_empty();
        audit::write_many(self.app, &mut self.tx, self.actor, self.org.id, self.now, entries).await
    }

    fn present_pulse(&self) -> Pulse {
        self.pulse.unwrap_or(Pulse {
            serial: Serial::new(self.org.last_serial),
            audience_epoch: self.org.audience_epoch,
        })
    }
}

/// What the actor is in an organization.
async fn role_in(tx: &mut Tx, actor: &Actor, org: OrgId) -> Result<Option<Role>> {
    let Actor::Account(person) = actor else {
        return Ok(None);
    };
    let membership = tx.membership(org, person.account).await?;
    Ok(membership.map(|membership| membership.role))
}
