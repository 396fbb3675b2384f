//! What makes a condition, in a statement over all orgs, so that looking costs the same for one device as for 10,000:
//! each branch reads an index that holds little beside what is wrong.

use tessera_domain::AlertKind;
use tessera_ids::{AlertId, OrgId, Timestamp};
use uuid::Uuid;

use crate::{Reader, Result, column::records};

records! {
    /// A condition that holds and has no open alert.
    pub struct Condition {
        /// Whose.
        pub org: OrgId,
        /// Which.
        pub kind: AlertKind,
        /// What it is about.
        pub subject: Uuid,
        /// What that is called.
        pub name: String,
        /// What is known of why, in somebody's words.
        pub why: Option<String>,
        /// The time that matters: of the last contact, of a key's end.
        pub at: Option<Timestamp>,
        /// The number that matters: a revision, the seats.
        pub number: Option<u64>,
    }

    /// How the queue stands, as operators are alerted of it.
    pub struct QueueTrouble {
        /// Mails that fail since before the time asked for.
        pub stuck: u64,
        /// What one of them met with.
        pub stuck_why: Option<String>,
        /// Jobs of any kind that were given up.
        pub given_up: u64,
    }

    struct Ended {
        id: AlertId,
    }
}

/// Days in microseconds.
macro_rules! days {
    () => {
        "coalesce(s.silent_days, 7) * 86400000000"
    };
}

/// Every condition that holds: `$1` is now, `$2` until when a key's end is near. `$on` joins the open alerts.
const STANDING: &str = concat!(
    "select c.org, c.kind, c.subject, c.name, c.why, c.at, c.number from (
        select d.org, 'device_failing' as kind, d.id as subject, d.host as name,
            case when d.receipt_section is null then 'Its receipt does not match what was sent.'
                else d.receipt_section || ': ' || coalesce(d.receipt_reason, '') end as why,
            d.receipt_at as at, d.receipt_revision as number
        from devices d
        where d.state = 'active' and (d.receipt_section is not null or d.receipt_matches = 0)
        union all
        select d.org, 'device_silent', d.id, d.host, null, d.last_contact, null
        from orgs o left join alert_settings s on s.org = o.id
            join devices d on d.org = o.id and d.last_contact <= $1 - ",
    days!(),
    "
        where d.state = 'active'
        union all
        select c.org, 'key_failing', c.id, c.name, c.test_problem, c.tested_at, null
        from credentials c
        where c.state = 'active' and c.suspended_at is null and c.test_problem is not null
        union all
        select c.org, 'key_expiring', c.id, c.name, null, c.expires_at, null
        from credentials c
        where c.expires_at is not null and c.expires_at <= $2 and c.state = 'active' and c.suspended_at is null
        union all
        select r.org, 'rollout_halted', r.id, 'Revision ' || r.last_revision, r.why, r.since, r.last_revision
        from rollouts r where r.state = 'halted'
        union all
        select o.id, 'seats_full', o.id, o.name, null, null, o.seats
        from orgs o
        where o.seats is not null and o.deleted_at is null and o.seats <=
            (select count(*) from memberships m where m.org = o.id)
            + (select count(*) from invitations i where i.org = o.id and i.state = 'pending' and i.expires_at > $1
                and not exists (select 1 from memberships m join accounts a on a.id = m.account
                    where m.org = i.org and a.email_key = i.email_key))
    ) c
    join orgs o on o.id = c.org and o.deleted_at is null
    where not exists (select 1 from alerts a
        where a.org = c.org and a.kind = c.kind and a.subject = c.subject and a.closed_at is null)
    limit $3"
);

/// Open alerts of orgs whose condition holds no longer. The same conditions, each looked up by what it is about.
const ENDED: &str = concat!(
    "select a.id from alerts a join orgs o on o.id = a.org left join alert_settings s on s.org = a.org
    where a.closed_at is null and a.org is not null and (o.deleted_at is not null or case a.kind
        when 'device_failing' then not exists (select 1 from devices d where d.org = a.org and d.id = a.subject
            and d.state = 'active' and (d.receipt_section is not null or d.receipt_matches = 0))
        when 'device_silent' then not exists (select 1 from devices d where d.org = a.org and d.id = a.subject
            and d.state = 'active' and d.last_contact <= $1 - ",
    days!(),
    ")
        when 'key_failing' then not exists (select 1 from credentials c where c.org = a.org and c.id = a.subject
            and c.state = 'active' and c.suspended_at is null and c.test_problem is not null)
        when 'key_expiring' then not exists (select 1 from credentials c where c.org = a.org and c.id = a.subject
            and c.state = 'active' and c.suspended_at is null and c.expires_at <= $2)
        when 'rollout_halted' then not exists (select 1 from rollouts r where r.org = a.org and r.id = a.subject
            and r.state = 'halted')
        when 'seats_full' then o.seats is null or o.seats >
            (select count(*) from memberships m where m.org = o.id)
            + (select count(*) from invitations i where i.org = o.id and i.state = 'pending' and i.expires_at > $1
                and not exists (select 1 from memberships m join accounts b on b.id = m.account
                    where m.org = i.org and b.email_key = i.email_key))
        else 1 = 0 end)
    limit $3"
);

impl Reader {
    /// Conditions of every living org that hold at `now` and have no open alert; at most `limit`. A key's end is near
    /// when it comes before `soon`.
    pub async fn new_conditions(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u64,
    ) -> Result<Vec<Condition>> {
        self.query(STANDING).bind(now).bind(soon).bind(limit).all().await
    }

    /// Open alerts of orgs whose condition ended; at most `limit`.
    pub async fn ended_alerts(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u64,
    ) -> Result<Vec<AlertId>> {
        let found: Vec<Ended> = self.query(ENDED).bind(now).bind(soon).bind(limit).all().await?;
        Ok(found.into_iter().map(|ended| ended.id).collect())
    }

    /// What is wrong with the queue: mails that fail and were queued before `since`, and what was given up.
    pub async fn queue_trouble(&mut self, since: Timestamp) -> Result<QueueTrouble> {
        const SQL: &str =
            "select count(*) filter (where kind = 'mail' and failed_at is null and last_error is not null
                    and created_at <= $1) as stuck,
                max(case when kind = 'mail' and failed_at is null and created_at <= $1 then last_error end)
                    as stuck_why,
                count(*) filter (where failed_at is not null) as given_up
            from outbox";
        self.query(SQL).bind(since).one().await
    }
}
