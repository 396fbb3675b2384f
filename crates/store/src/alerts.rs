//! Alerts: conditions that are open or were, and what of them waits to be told. What makes a condition stands in
//! [`conditions`], where they go in [`endpoints`].

pub(crate) mod conditions;
pub(crate) mod endpoints;

use serde::Serialize;
use tessera_domain::{AlertKind, EmailAddress};
use tessera_ids::{AccountId, AlertId, OrgId, Timestamp, TypedId};
use uuid::Uuid;

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A condition that is open, or was.
    pub struct Alert {
        /// Its id.
        pub id: AlertId,
        /// Whose; none for the installation's.
        pub org: Option<OrgId>,
        /// Which condition.
        pub kind: AlertKind,
        /// What it is about: a device, a key, a rollout, the org itself; nil for the installation.
        pub subject: Uuid,
        /// What people called that when it opened.
        pub name: String,
        /// What is wrong with it, in a sentence.
        pub detail: String,
        /// The path where more is to be seen.
        pub link: String,
        /// Since when.
        pub opened_at: Timestamp,
        /// When people were last told of it.
        pub told_at: Option<Timestamp>,
        /// When it ended.
        pub closed_at: Option<Timestamp>,
    }

    /// Alerts of one kind that wait to be told.
    pub struct Untold {
        /// Whose; none for the installation's.
        pub org: Option<OrgId>,
        /// Which condition.
        pub kind: AlertKind,
        /// When anything of this kind was last told.
        pub last_told: Option<Timestamp>,
    }

    /// How many alerts of a kind are open.
    pub struct AlertCount {
        /// Which condition.
        pub kind: AlertKind,
        /// How many.
        pub count: u64,
    }

    struct Whom {
        email: EmailAddress,
    }

    struct Muted {
        kind: AlertKind,
    }

    struct Days {
        silent_days: u64,
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    org: Option<String>,
    kind: &'static str,
    subject: String,
    name: String,
    detail: String,
    link: String,
}

#[derive(Serialize)]
struct Id {
    id: String,
}

#[derive(Serialize)]
struct KindRow {
    kind: &'static str,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, org, kind, subject, name, detail, link, opened_at, told_at, closed_at from alerts ",
            $rest
        )
    };
}

impl Reader {
    /// The alerts of an org that are open, or the installation's, the newest first; at most `limit`.
    pub async fn open_alerts(&mut self, org: Option<OrgId>, limit: u64) -> Result<Vec<Alert>> {
        const OF_ORG: &str =
            select!("where org = $1 and closed_at is null order by opened_at desc, id desc limit $2");
        const HERE: &str =
            select!("where org is null and closed_at is null order by opened_at desc, id desc limit $1");
        match org {
            Some(org) => self.query(OF_ORG).bind(org).bind(limit).all().await,
            None => self.query(HERE).bind(limit).all().await,
        }
    }

    /// The alerts of an org that ended, or the installation's, the last ended first.
    pub async fn closed_alerts(&mut self, org: Option<OrgId>, limit: u64) -> Result<Vec<Alert>> {
        const OF_ORG: &str =
            select!("where org = $1 and closed_at is not null order by closed_at desc, id desc limit $2");
        const HERE: &str =
            select!("where org is null and closed_at is not null order by closed_at desc, id desc limit $1");
        match org {
            Some(org) => self.query(OF_ORG).bind(org).bind(limit).all().await,
            None => self.query(HERE).bind(limit).all().await,
        }
    }

    /// How many alerts are open, by kind: of one org, or of everybody with the installation's.
    pub async fn alert_counts(&mut self, org: Option<OrgId>) -> Result<Vec<AlertCount>> {
        const SQL: &str = "select kind, count(*) as count from alerts
            where closed_at is null and ($1 is null or org = $1) group by kind order by kind";
        self.query(SQL).bind(org).all().await
    }

    /// What waits to be told, by org and kind.
    pub async fn untold_alerts(&mut self) -> Result<Vec<Untold>> {
        const SQL: &str = "select u.org, u.kind,
                (select max(t.told_at) from alerts t
                    where t.kind = u.kind and (t.org = u.org or (t.org is null and u.org is null))) as last_told
            from (select distinct org, kind from alerts where untold = 1) u";
        self.query(SQL).all().await
    }

    /// The owners and admins of an org who want mails of a condition.
    pub async fn alert_recipients(&mut self, org: OrgId, kind: AlertKind) -> Result<Vec<EmailAddress>> {
        const SQL: &str = "select a.email from memberships m join accounts a on a.id = m.account
            where m.org = $1 and m.role in ('owner', 'admin')
                and not exists (select 1 from alert_mutes u
                    where u.org = m.org and u.account = m.account and u.kind = $2)
            order by m.name_key, m.account";
        let found: Vec<Whom> = self.query(SQL).bind(org).bind(kind).all().await?;
        Ok(found.into_iter().map(|whom| whom.email).collect())
    }

    /// The conditions of which somebody wants no mails.
    pub async fn alert_mutes(&mut self, org: OrgId, account: AccountId) -> Result<Vec<AlertKind>> {
        const SQL: &str = "select kind from alert_mutes where org = $1 and account = $2 order by kind";
        let found: Vec<Muted> = self.query(SQL).bind(org).bind(account).all().await?;
        Ok(found.into_iter().map(|muted| muted.kind).collect())
    }

    /// After how many days an org calls a device silent, if it chose.
    pub async fn silent_days(&mut self, org: OrgId) -> Result<Option<u64>> {
        const SQL: &str = "select silent_days from alert_settings where org = $1";
        let row: Option<Days> = self.query(SQL).bind(org).optional().await?;
        Ok(row.map(|row| row.silent_days))
    }
}

impl Tx {
    /// Opens alerts, but for those that are open already, all since the first one's instant; how many that were. They
    /// wait to be told.
    pub async fn open_new_alerts(&mut self, alerts: &[Alert]) -> Result<u64> {
        const SQL: Sql = bulk!(
            "insert into alerts (id, org, kind, subject, name, detail, link, opened_at, untold)
             select r.id, r.org, r.kind, r.subject, r.name, r.detail, r.link, $2, 1 from ",
            "$1" { id: uuid, org: uuid, kind: text, subject: uuid, name: text, detail: text, link: text },
            " where true on conflict do nothing"
        );
        let Some(first) = alerts.first() else {
            return Ok(0);
        };
        let rows: Vec<_> = alerts.iter().map(Alert::row).collect();
        self.query(SQL).rows(&rows).bind(first.opened_at).run().await
    }

    /// Closes alerts whose condition ended; how many that were. What nobody was told of ends untold.
    pub async fn close_alerts(&mut self, ids: &[AlertId], at: Timestamp) -> Result<u64> {
        const SQL: Sql = bulk!(
            "update alerts set closed_at = $2, untold = case when told_at is null then 0 else 1 end
             where closed_at is null and id in (select r.id from ",
            "$1" { id: uuid },
            ")"
        );
        if ids.is_empty() {
            return Ok(0);
        }
        let rows: Vec<_> = ids
            .iter()
            .map(|id| Id {
                id: hex(id.uuid().as_bytes()),
            })
            .collect();
        self.query(SQL).rows(&rows).bind(at).run().await
    }

    /// Takes what waits to be told of a kind, as told at `at`. Whatever two workers do at once, each is taken once.
    pub async fn take_untold(
        &mut self,
        org: Option<OrgId>,
        kind: AlertKind,
        at: Timestamp,
    ) -> Result<Vec<Alert>> {
        const OF_ORG: &str = "update alerts set untold = 0, told_at = $3
            where untold = 1 and org = $1 and kind = $2
            returning id, org, kind, subject, name, detail, link, opened_at, told_at, closed_at";
        const HERE: &str = "update alerts set untold = 0, told_at = $2
            where untold = 1 and org is null and kind = $1
            returning id, org, kind, subject, name, detail, link, opened_at, told_at, closed_at";
        let mut taken: Vec<Alert> = match org {
            Some(org) => self.query(OF_ORG).bind(org).bind(kind).bind(at).all().await?,
            None => self.query(HERE).bind(kind).bind(at).all().await?,
        };
        taken.sort_by_key(|alert| (alert.opened_at, alert.id));
        Ok(taken)
    }

    /// Forgets alerts that ended before `before`; how many that were.
    pub async fn forget_alerts(&mut self, before: Timestamp) -> Result<u64> {
        self.query("delete from alerts where closed_at is not null and closed_at < $1")
            .bind(before)
            .run()
            .await
    }

    /// Says after how many days an org calls a device silent.
    pub async fn set_silent_days(&mut self, org: OrgId, days: u64) -> Result<()> {
        const SQL: &str = "insert into alert_settings (org, silent_days) values ($1, $2)
            on conflict (org) do update set silent_days = excluded.silent_days";
        self.query(SQL).bind(org).bind(days).run().await.map(drop)
    }

    /// Says of which conditions somebody wants no mails.
    pub async fn set_alert_mutes(
        &mut self,
        org: OrgId,
        account: AccountId,
        kinds: &[AlertKind],
    ) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into alert_mutes (org, account, kind) select $1, $2, r.kind from ",
            "$3" { kind: text },
            " where true"
        );
        self.query("delete from alert_mutes where org = $1 and account = $2")
            .bind(org)
            .bind(account)
            .run()
            .await?;
        let rows: Vec<_> = kinds.iter().map(|kind| KindRow { kind: kind.as_str() }).collect();
        self.query(SQL)
            .bind(org)
            .bind(account)
            .rows(&rows)
            .run()
            .await
            .map(drop)
    }
}

impl Alert {
    fn row(&self) -> Row {
        Row {
            id: hex(self.id.uuid().as_bytes()),
            org: self.org.map(|org| hex(org.uuid().as_bytes())),
            kind: self.kind.as_str(),
            subject: hex(self.subject.as_bytes()),
            name: self.name.clone(),
            detail: self.detail.clone(),
            link: self.link.clone(),
        }
    }
}
