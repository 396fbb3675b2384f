//! Organizations: the lock, the counter of serials, seats.

use std::collections::BTreeSet;

use serde::Serialize;
use tessera_domain::{OrgName, seats::Ledger};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp, TypedId};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{self, Sql, bulk},
    hex,
};

records! {
    /// An organization.
    pub struct Org {
        /// Its id.
        pub id: OrgId,
        /// When it was made.
        pub created_at: Timestamp,
        /// What it is called.
        pub name: OrgName,
        /// How many seats it has; none means as many as wanted.
        pub seats: Option<u64>,
        /// The key of its secrets, wrapped by the master key.
        pub data_key: Vec<u8>,
        /// The last serial taken; 0 before the first.
        pub last_serial: u64,
        /// Counts changes of who is in which audience.
        pub audience_epoch: i64,
        /// The newest revision; 0 before the first.
        pub revision: u64,
        /// When it was deleted; it can be restored for a while.
        pub deleted_at: Option<Timestamp>,
        /// When its data began to go for good.
        pub purging_at: Option<Timestamp>,
        /// When all of it was gone; what is left is a husk for its devices' tombstones.
        pub purged_at: Option<Timestamp>,
    }

    /// Where an organization's counter stands.
    pub struct OrgSerial {
        /// The organization.
        pub org: OrgId,
        /// The last serial taken.
        pub serial: u64,
        /// Counts changes of who is in which audience.
        pub audience_epoch: i64,
    }

    /// How many people and machines a layer speaks to.
    pub struct Reach {
        /// Members.
        pub members: u64,
        /// Their active devices.
        pub devices: u64,
    }

    /// Seats used and held, each address counted once.
    pub struct Seats {
        /// How many there are; none means as many as wanted.
        pub total: Option<u64>,
        /// Members.
        pub used: u64,
        /// Live invitations of people who are not members.
        pub held: u64,
    }

    struct Serial {
        last_serial: u64,
    }

    struct Epoch {
        audience_epoch: i64,
    }
}

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrg {
    /// Its id.
    pub id: OrgId,
    /// When it is made.
    pub created_at: Timestamp,
    /// What it is called.
    pub name: OrgName,
    /// How many seats it has.
    pub seats: Option<u64>,
    /// The key of its secrets, wrapped by the master key.
    pub data_key: Vec<u8>,
}

macro_rules! columns {
    () => {
        "id, created_at, name, seats, data_key, last_serial, audience_epoch, revision, deleted_at,
            purging_at, purged_at"
    };
}

impl Seats {
    /// The ledger that decides whether one more fits.
    pub fn ledger(&self) -> Ledger {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Ledger {
            limit: self.total.map(small),
            used: small(self.used),
            held: small(self.held),
        }
    }
}

#[derive(Serialize)]
struct Whom {
    id: String,
}

impl Reader {
    /// The organization, also when it is deleted.
    pub async fn org(&mut self, id: OrgId) -> Result<Option<Org>> {
        self.query(concat!("select ", columns!(), " from orgs where id = $1"))
            .bind(id)
            .optional()
            .await
    }

    /// Every organization, for the operator, in the order they were made.
    pub async fn orgs(&mut self, after: Option<OrgId>, limit: u64) -> Result<Vec<Org>> {
        const SQL: &str = concat!(
            "select ",
            columns!(),
            " from orgs where ($1 is null or id > $1) order by id limit $2"
        );
        self.query(SQL).bind(after).bind(limit).all().await
    }

    /// Where every organization's counter stands, for the repair poll: a deleted one's devices listen on.
    pub async fn org_serials(&mut self) -> Result<Vec<OrgSerial>> {
        const SQL: &str = "select id as org, last_serial as serial, audience_epoch from orgs order by id";
        self.query(SQL).all().await
    }

    /// Whom the organization's settings speak to, or one team's.
    pub async fn reach(&mut self, org: OrgId, team: Option<TeamId>) -> Result<Reach> {
        const SQL: &str = "select count(*) as members,
                cast(coalesce(sum((select count(*) from devices d
                    where d.org = m.org and d.account = m.account and d.state = 'active')), 0) as bigint) as devices
            from memberships m where m.org = $1 and ($2 is null or exists (select 1 from team_members t
                where t.org = m.org and t.team = $2 and t.account = m.account))";
        self.query(SQL).bind(org).bind(team).one().await
    }

    /// The same of several teams and members together, each member counted once.
    pub async fn reach_of(&mut self, org: OrgId, teams: &[TeamId], members: &[AccountId]) -> Result<Reach> {
        const SQL: Sql = bulk!(
            "select count(*) as members,
                cast(coalesce(sum((select count(*) from devices d
                    where d.org = m.org and d.account = m.account and d.state = 'active')), 0) as bigint) as devices
            from memberships m where m.org = $1 and exists (select 1 from ",
            "$2" { id: uuid },
            " where r.id = m.account or exists (select 1 from team_members t
                where t.org = m.org and t.account = m.account and t.team = r.id))"
        );
        let teams = teams.iter().map(|team| team.uuid());
        let whom = teams.chain(members.iter().map(|member| member.uuid()));
        let rows: Vec<_> = whom
            .map(|id| Whom {
                id: hex(id.as_bytes()),
            })
            .collect();
        self.query(SQL).bind(org).rows(&rows).one().await
    }

    /// Seats used, and held by invitations that are live at `now`.
    pub async fn seats(&mut self, org: OrgId, now: Timestamp) -> Result<Option<Seats>> {
        const SQL: &str = "select o.seats as total,
                (select count(*) from memberships m where m.org = o.id) as used,
                (select count(*) from invitations i where i.org = o.id and i.state = 'pending' and i.expires_at > $2
                    and not exists (select 1 from memberships m join accounts a on a.id = m.account
                        where m.org = i.org and a.email_key = i.email_key)) as held
            from orgs o where o.id = $1";
        self.query(SQL).bind(org).bind(now).optional().await
    }
}

impl Tx {
    /// Makes an organization.
    pub async fn insert_org(&mut self, org: &NewOrg) -> Result<()> {
        const SQL: &str =
            "insert into orgs (id, created_at, name, name_key, guard, seats, data_key, last_serial,
                audience_epoch, revision)
            values ($1, $2, $3, $4, 0, $5, $6, 0, 0, 0)";
        self.query(SQL)
            .bind(org.id)
            .bind(org.created_at)
            .bind(&org.name)
            .bind(org.name.folded())
            .bind(org.seats)
            .bind(&org.data_key)
            .run()
            .await?;
        // Until the commit nobody else sees it.
        self.hold(org.id);
        Ok(())
    }

    /// Takes the organization's lock until this transaction ends, and reads it as it now is.
    /// Comes before anything is read that a decision about roles, seats, settings, serials or the
    /// audit log rests on.
    pub async fn lock_org(&mut self, id: OrgId) -> Result<Option<Org>> {
        const SQL: &str = concat!(
            "update orgs set guard = guard + 1 where id = $1 returning ",
            columns!()
        );
        let locked = self.query(SQL).bind(id).optional().await?;
        if locked.is_some() {
            self.hold(id);
        }
        Ok(locked)
    }

    /// Takes several locks, in an order that cannot deadlock.
    pub async fn lock_orgs(&mut self, ids: impl IntoIterator<Item = OrgId>) -> Result<Vec<Org>> {
        let mut locked = Vec::new();
        for id in BTreeSet::from_iter(ids) {
            locked.extend(self.lock_org(id).await?);
        }
        Ok(locked)
    }

    /// Sets how many seats there are.
    pub async fn set_seats(&mut self, id: OrgId, seats: Option<u64>) -> Result<bool> {
        self.query("update orgs set seats = $2 where id = $1")
            .bind(id)
            .bind(seats)
            .touched()
            .await
    }

    /// Replaces the wrapped data key, as when the master key changes.
    pub async fn set_data_key(&mut self, id: OrgId, data_key: &[u8]) -> Result<bool> {
        self.query("update orgs set data_key = $2 where id = $1")
            .bind(id)
            .bind(data_key)
            .touched()
            .await
    }

    /// Marks an organization as deleted, or restores it.
    pub async fn set_org_deleted(&mut self, id: OrgId, at: Option<Timestamp>) -> Result<bool> {
        self.query("update orgs set deleted_at = $2 where id = $1")
            .bind(id)
            .bind(at)
            .touched()
            .await
    }

    /// Takes the next serial: one more than the last, or the time if that is higher.
    pub async fn next_serial(&mut self, org: OrgId, now: Timestamp) -> Result<u64> {
        const SQL: &str = "update orgs
            set last_serial = case when last_serial >= $2 then last_serial + 1 else $2 end
            where id = $1 returning last_serial";
        let taken: Serial = self.query(SQL).bind(org).bind(now).one().await?;
        Ok(taken.last_serial)
    }

    /// Counts one more change of who is in which audience.
    pub async fn raise_audience_epoch(&mut self, org: OrgId) -> Result<i64> {
        const SQL: &str =
            "update orgs set audience_epoch = audience_epoch + 1 where id = $1 returning audience_epoch";
        let raised: Epoch = self.query(SQL).bind(org).one().await?;
        Ok(raised.audience_epoch)
    }

    /// Raises the counter to at least `serial`: this database was restored from before it.
    pub async fn raise_serial(&mut self, org: OrgId, serial: u64) -> Result<bool> {
        const SQL: &str = "update orgs set last_serial = $2 where id = $1 and last_serial < $2";
        self.query(SQL).bind(org).bind(serial).touched().await
    }

    /// Tells the other processes on this database, if this transaction commits, where the counter
    /// stands. This process's own hub is told by the caller, after the commit.
    pub async fn notify(&mut self, org: OrgId, serial: u64) -> Result<()> {
        let told = self.link.notify(&dialect::payload(org, serial)).await;
        self.checked(told)
    }
}
