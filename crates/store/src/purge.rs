//! The end of a deleted organization's data, in steps that can be cut short anywhere and taken up again.
//!
//! Every table with an `org` column is either in [`GOES`] or in [`STAYS`]; a test reads the schema for it.

use tessera_ids::{OrgId, Timestamp};

use crate::{Device, Reader, Result, Tx, column::records, devices};

records! {
    struct Due {
        id: OrgId,
    }

    /// What goes with an organization, for the page that asks before it is deleted.
    pub struct OrgContents {
        /// Members.
        pub members: u64,
        /// Teams.
        pub teams: u64,
        /// Active devices.
        pub devices: u64,
        /// Invitations that wait for an answer.
        pub invitations: u64,
        /// Posts.
        pub updates: u64,
        /// Saved revisions of the settings.
        pub revisions: u64,
    }
}

/// Names tables, each with the statement that deletes an organization's rows from it.
macro_rules! goes {
    ($($table:literal),+ $(,)?) => {
        /// Tables whose rows go with their organization, children before what they belong to.
        pub const GOES: &[&str] = &[$($table),+];
        const DELETE: &[&str] = &[$(concat!("delete from ", $table, " where org = $1")),+];
    };
}

goes! {
    "outbox",
    "alerts",
    "alert_endpoints",
    "alert_settings",
    "alert_mutes",
    "enrollments",
    "enrollment_keys",
    "receipts",
    "manifests",
    "audiences",
    "rollouts",
    "revisions",
    "blobs",
    "policy_sections",
    "policy_files",
    "invitation_batches",
    "invitations",
    "removals",
    "update_reactions",
    "update_comments",
    "update_tags",
    "updates",
    "credential_teams",
    "credentials",
    "team_members",
    "teams",
    "memberships",
    "org_keys",
    "logos",
    "seen_applications",
    "provider_models",
    "provider_lists",
}

/// Tables whose rows stay: the audit log with the end of its chain, and what a device needs to be told its end (its row, emptied of what it
/// says of people, and its tokens, which end by themselves within minutes).
pub const STAYS: &[&str] = &["audit", "audit_heads", "devices", "device_tokens"];

/// Tables with more rows than one transaction should delete, by their keys.
const MANY: [&str; 3] = [
    "delete from receipts where org = $1
        and (device, counter) in (select device, counter from receipts where org = $1 limit $2)",
    "delete from manifests where org = $1
        and (audience, serial) in (select audience, serial from manifests where org = $1 limit $2)",
    "delete from blobs where org = $1 and digest in (select digest from blobs where org = $1 limit $2)",
];

impl Reader {
    /// Organizations that were deleted no later than `since` and still have data, the first deleted first.
    pub async fn orgs_to_purge(&mut self, since: Timestamp) -> Result<Vec<OrgId>> {
        const SQL: &str = "select id from orgs where deleted_at <= $1 and purged_at is null
            order by deleted_at, id limit 100";
        let due: Vec<Due> = self.query(SQL).bind(since).all().await?;
        Ok(due.into_iter().map(|due| due.id).collect())
    }

    /// Some devices of an organization that have not ended, whoever's they are.
    pub async fn living_devices(&mut self, org: OrgId, limit: u64) -> Result<Vec<Device>> {
        const SQL: &str =
            devices::select!("where d.org = $1 and d.state in ('active', 'cloned') order by d.id limit $2");
        self.query(SQL).bind(org).bind(limit).all().await
    }

    /// How much there is that would go.
    pub async fn org_contents(&mut self, org: OrgId, now: Timestamp) -> Result<OrgContents> {
        const SQL: &str = "select
                (select count(*) from memberships m where m.org = o.id) as members,
                (select count(*) from teams t where t.org = o.id) as teams,
                (select count(*) from devices d where d.org = o.id and d.state = 'active') as devices,
                (select count(*) from invitations i
                    where i.org = o.id and i.state = 'pending' and i.expires_at > $2) as invitations,
                (select count(*) from updates u where u.org = o.id) as updates,
                o.revision as revisions
            from orgs o where o.id = $1";
        self.query(SQL).bind(org).bind(now).one().await
    }
}

impl Tx {
    /// Notes that a deleted organization's data begins to go, after which nothing restores it. False when that was
    /// noted before.
    pub async fn set_org_purging(&mut self, org: OrgId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update orgs set purging_at = $2
            where id = $1 and deleted_at is not null and purging_at is null";
        self.query(SQL).bind(org).bind(at).touched().await
    }

    /// Deletes up to `limit` rows of each table that may have very many; how many those were.
    pub async fn purge_some(&mut self, org: OrgId, limit: u64) -> Result<u64> {
        let mut gone = 0;
        for sql in MANY {
            gone += self.query(sql).bind(org).bind(limit).run().await?;
        }
        Ok(gone)
    }

    /// Deletes whatever is left of an organization and empties the rows that stay.
    pub async fn purge_org(&mut self, org: OrgId, at: Timestamp) -> Result<()> {
        const DEVICES: &str = "update devices set member_name = 'Former member', member_key = 'former member',
                host = 'erased', host_key = 'erased', search = '', os = 'erased', key_storage = '', address = '',
                receipt_section = null, receipt_reason = null, ended_by_name = null
            where org = $1";
        const ORG: &str = "update orgs set name = 'Deleted organization', name_key = 'deleted organization',
                data_key = $3, contact_name = null, contact_email = null, phone = null, country = null,
                street = null, city = null, state = null, postal_code = null, profile_by = null, purged_at = $2
            where id = $1";
        for sql in DELETE {
            self.query(*sql).bind(org).run().await?;
        }
        self.query(DEVICES).bind(org).run().await?;
        self.query(ORG)
            .bind(org)
            .bind(at)
            .bind(Vec::<u8>::new())
            .run()
            .await?;
        Ok(())
    }
}
