//! Credentials: AI providers' keys, sealed before they come here.

use serde::Serialize;
use tessera_domain::{
    CredentialName, PersonName, TeamName,
    credential::{CredentialState, Delivery, Drain, ProviderKind, Settings},
};
use tessera_ids::{AccountId, CredentialId, OrgId, TeamId, Timestamp, TypedId};

use crate::{
    Error, Reader, Result, Tx,
    column::{records, words},
    dialect::{Sql, bulk},
    hex,
};

words! {
    /// How far a key's life has gone, but for its organization's.
    pub enum CredentialLife {
        /// It is used.
        Active = "active",
        /// It was replaced and still works.
        Draining = "draining",
        /// Its secret is erased.
        Retired = "retired",
    }

    /// Whose a key is.
    pub enum CredentialReach {
        /// Everybody's.
        Organization = "organization",
        /// Of the teams that are named beside it.
        Teams = "teams",
    }
}

records! {
    /// A key, without what is secret of it.
    pub struct Credential {
        /// Its id.
        pub id: CredentialId,
        /// When it was added.
        pub created_at: Timestamp,
        /// By whom; the account may be gone.
        pub added_by: Option<AccountId>,
        /// What they were called.
        pub added_by_name: PersonName,
        /// What it is called.
        pub name: CredentialName,
        /// Whose key it is.
        pub provider: ProviderKind,
        /// What the provider is reached with.
        pub settings: Settings,
        /// How members use it.
        pub delivery: Delivery,
        /// Whether it is everybody's, or of the teams named beside it.
        pub scope: CredentialReach,
        /// Counts what devices get of it.
        pub version: u64,
        /// Of the secret, under a key of the organization.
        pub fingerprint: String,
        /// The end of it; may be empty.
        pub last_four: String,
        /// How far its life has gone.
        pub state: CredentialLife,
        /// When a draining one retires.
        pub drains_until: Option<Timestamp>,
        /// Which one takes over from a draining one.
        pub successor: Option<CredentialId>,
        /// When it retired.
        pub retired_at: Option<Timestamp>,
        /// When its organization was deleted.
        pub suspended_at: Option<Timestamp>,
        /// When the provider was last called with it, roughly.
        pub used_at: Option<Timestamp>,
        /// When it was last tested.
        pub tested_at: Option<Timestamp>,
        /// Why that test failed; none when it did not.
        pub test_problem: Option<String>,
    }

    /// A team that a key is of.
    pub struct CredentialTeam {
        /// The key.
        pub credential: CredentialId,
        /// The team.
        pub team: TeamId,
        /// What it is called.
        pub name: TeamName,
    }

    /// A key whose time to drain is over.
    pub struct DrainedCredential {
        /// Its tenant.
        pub org: OrgId,
        /// It.
        pub id: CredentialId,
    }

    struct SecretCell {
        secret: Option<Vec<u8>>,
    }
}

impl Credential {
    /// How far its life has gone.
    ///
    /// # Errors
    /// When the row does not say what such a state has.
    pub fn state(&self) -> Result<CredentialState> {
        let missing = |column| Error::unreadable(column, "it is null");
        let drain = match self.state {
            CredentialLife::Retired => {
                let at = self.retired_at.ok_or_else(|| missing("retired_at"))?;
                return Ok(CredentialState::Retired { at });
            }
            CredentialLife::Draining => Some(Drain {
                until: self.drains_until.ok_or_else(|| missing("drains_until"))?,
                successor: self.successor.ok_or_else(|| missing("successor"))?,
            }),
            CredentialLife::Active => None,
        };
        Ok(match (self.suspended_at, drain) {
            (Some(at), drain) => CredentialState::Suspended { at, drain },
            (None, Some(drain)) => CredentialState::Draining(drain),
            (None, None) => CredentialState::Active,
        })
    }
}

/// A key to be kept, active.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// Its id.
    pub id: CredentialId,
    /// When.
    pub created_at: Timestamp,
    /// By whom.
    pub added_by: Option<AccountId>,
    /// What they are called.
    pub added_by_name: PersonName,
    /// What it is and who may use it.
    pub content: CredentialContent,
    /// Its secret.
    pub secret: SealedSecret,
}

/// What of a key can be changed.
#[derive(Clone, Debug)]
pub struct CredentialContent {
    /// What it is called.
    pub name: CredentialName,
    /// What the provider is reached with.
    pub settings: Settings,
    /// How members use it.
    pub delivery: Delivery,
    /// Whose it is.
    pub scope: CredentialReach,
}

/// A secret under its seal, and what may be said of it.
#[derive(Clone, Debug)]
pub struct SealedSecret {
    /// Sealed for its row.
    pub sealed: Vec<u8>,
    /// Of the secret, under a key of the organization.
    pub fingerprint: String,
    /// The end of it; may be empty.
    pub last_four: String,
}

#[derive(Serialize)]
struct TeamRow {
    team: String,
}

fn team_rows(teams: impl IntoIterator<Item = TeamId>) -> Vec<TeamRow> {
    let row = |team: TeamId| TeamRow {
        team: hex(team.uuid().as_bytes()),
    };
    teams.into_iter().map(row).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select c.id, c.created_at, c.added_by, c.added_by_name, c.name, c.provider, c.settings, c.delivery,
                c.scope, c.version, c.fingerprint, c.last_four, c.state, c.drains_until, c.successor, c.retired_at,
                c.suspended_at, c.used_at, c.tested_at, c.test_problem
             from credentials c where c.org = $1 ",
            $rest
        )
    };
}

impl Reader {
    /// One key.
    pub async fn credential(&mut self, org: OrgId, id: CredentialId) -> Result<Option<Credential>> {
        self.query(select!("and c.id = $2"))
            .bind(org)
            .bind(id)
            .optional()
            .await
    }

    /// Every key, retired ones last, by name; at most 1,000.
    pub async fn credentials(&mut self, org: OrgId) -> Result<Vec<Credential>> {
        const SQL: &str = select!(
            "order by case c.state when 'active' then 0 when 'draining' then 1 else 2 end, c.name_key, c.id limit 1000"
        );
        self.query(SQL).bind(org).all().await
    }

    /// How many keys are not retired.
    pub async fn count_credentials(&mut self, org: OrgId) -> Result<u64> {
        const SQL: &str = "select count(*) as count from credentials where org = $1 and state <> 'retired'";
        self.query(SQL).bind(org).count().await
    }

    /// Which teams keys are of, by the teams' names.
    pub async fn credential_teams(&mut self, org: OrgId) -> Result<Vec<CredentialTeam>> {
        const SQL: &str = "select p.credential, p.team, t.name
            from credential_teams p join teams t on t.org = p.org and t.id = p.team
            where p.org = $1 order by t.name_key, t.id, p.credential";
        self.query(SQL).bind(org).all().await
    }

    /// A key's secret under its seal; none when it is retired.
    pub async fn credential_secret(&mut self, org: OrgId, id: CredentialId) -> Result<Option<Vec<u8>>> {
        const SQL: &str = "select secret from credentials where org = $1 and id = $2";
        let cell: Option<SecretCell> = self.query(SQL).bind(org).bind(id).optional().await?;
        Ok(cell.and_then(|cell| cell.secret))
    }

    /// The keys that members of these teams get onto their devices at `now`, by id.
    pub async fn delivered_credentials(
        &mut self,
        org: OrgId,
        teams: impl IntoIterator<Item = TeamId>,
        now: Timestamp,
    ) -> Result<Vec<Credential>> {
        const SQL: Sql = bulk!(
            "select c.id, c.created_at, c.added_by, c.added_by_name, c.name, c.provider, c.settings, c.delivery,
                c.scope, c.version, c.fingerprint, c.last_four, c.state, c.drains_until, c.successor, c.retired_at,
                c.suspended_at, c.used_at, c.tested_at, c.test_problem
             from credentials c
             where c.org = $1 and c.delivery = 'delivered' and c.suspended_at is null
                and (c.state = 'active' or (c.state = 'draining' and c.drains_until > $2))
                and (c.scope = 'organization' or exists (select 1 from credential_teams p
                    where p.org = c.org and p.credential = c.id and p.team in (select r.team from ",
            "$3" { team: uuid },
            "))) order by c.id"
        );
        self.query(SQL)
            .bind(org)
            .bind(now)
            .rows(&team_rows(teams))
            .all()
            .await
    }

    /// Keys whose time to drain is over, of every organization; at most 500.
    pub async fn drained_credentials(&mut self, now: Timestamp) -> Result<Vec<DrainedCredential>> {
        const SQL: &str = "select org, id from credentials
            where state = 'draining' and drains_until <= $1 order by drains_until, id limit 500";
        self.query(SQL).bind(now).all().await
    }
}

impl Tx {
    /// Keeps a new key; [`Unique::CredentialName`](crate::Unique::CredentialName) when an active one has its name.
    pub async fn insert_credential(&mut self, org: OrgId, new: &NewCredential) -> Result<()> {
        const SQL: &str =
            "insert into credentials (id, org, created_at, added_by, added_by_name, name, name_key,
                provider, settings, delivery, scope, version, secret, fingerprint, last_four, state)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, 'active')";
        let (content, secret) = (&new.content, &new.secret);
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.created_at)
            .bind(new.added_by)
            .bind(&new.added_by_name)
            .bind(&content.name)
            .bind(content.name.folded())
            .bind(content.settings.kind())
            .bind(&content.settings)
            .bind(content.delivery)
            .bind(content.scope)
            .bind(&secret.sealed)
            .bind(&secret.fingerprint)
            .bind(&secret.last_four)
            .run()
            .await
            .map(drop)
    }

    /// Changes a key and counts its version. False when it is not there.
    pub async fn change_credential(
        &mut self,
        org: OrgId,
        id: CredentialId,
        content: &CredentialContent,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set name = $3, name_key = $4, settings = $5, delivery = $6, scope = $7,
                version = version + 1
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(&content.name)
            .bind(content.name.folded())
            .bind(&content.settings)
            .bind(content.delivery)
            .bind(content.scope)
            .touched()
            .await
    }

    /// Puts another secret in a key's place, whose test is then nobody's.
    pub async fn set_credential_secret(
        &mut self,
        org: OrgId,
        id: CredentialId,
        secret: &SealedSecret,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set secret = $3, fingerprint = $4, last_four = $5, tested_at = null,
                test_problem = null
            where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(&secret.sealed)
            .bind(&secret.fingerprint)
            .bind(&secret.last_four)
            .touched()
            .await
    }

    /// Says which teams a key is of.
    pub async fn set_credential_teams(
        &mut self,
        org: OrgId,
        id: CredentialId,
        teams: impl IntoIterator<Item = TeamId>,
    ) -> Result<()> {
        const FORGET: &str = "delete from credential_teams where org = $1 and credential = $2";
        const SQL: Sql = bulk!(
            "insert into credential_teams (org, credential, team) select $1, $2, r.team from ",
            "$3" { team: uuid },
            " where true"
        );
        self.query(FORGET).bind(org).bind(id).run().await?;
        let rows = team_rows(teams);
        if rows.is_empty() {
            return Ok(());
        }
        self.query(SQL)
            .bind(org)
            .bind(id)
            .rows(&rows)
            .run()
            .await
            .map(drop)
    }

    /// Writes down which teams have keys on devices, and so make audiences; how many began or ceased to.
    pub async fn note_teams_with_credentials(&mut self, org: OrgId) -> Result<u64> {
        const SQL: &str = "update teams set has_credentials = 1 - has_credentials
            where org = $1 and has_credentials <> case when exists (
                select 1 from credential_teams p join credentials c on c.org = p.org and c.id = p.credential
                where p.org = teams.org and p.team = teams.id and c.delivery = 'delivered'
                    and c.state <> 'retired' and c.suspended_at is null) then 1 else 0 end";
        self.query(SQL).bind(org).run().await
    }

    /// Lets a replaced key go on beside its successor until an instant.
    pub async fn drain_credential(&mut self, org: OrgId, id: CredentialId, drain: Drain) -> Result<bool> {
        const SQL: &str = "update credentials set state = 'draining', drains_until = $3, successor = $4
            where org = $1 and id = $2 and state = 'active'";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(drain.until)
            .bind(drain.successor)
            .touched()
            .await
    }

    /// Ends a key and erases its secret.
    pub async fn retire_credential(&mut self, org: OrgId, id: CredentialId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update credentials set state = 'retired', retired_at = $3, secret = null
            where org = $1 and id = $2 and state <> 'retired'";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Suspends every key of a deleted organization, or lets them all go on; how many.
    pub async fn suspend_credentials(&mut self, org: OrgId, since: Option<Timestamp>) -> Result<u64> {
        const SQL: &str = "update credentials set suspended_at = $2 where org = $1 and state <> 'retired'";
        self.query(SQL).bind(org).bind(since).run().await
    }

    /// Notes that the provider was called with a key; never earlier than known.
    pub async fn touch_credential(&mut self, org: OrgId, id: CredentialId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update credentials set used_at = $3
            where org = $1 and id = $2 and (used_at is null or used_at < $3)";
        self.query(SQL).bind(org).bind(id).bind(at).touched().await
    }

    /// Notes how a test of a key went.
    pub async fn note_credential_test(
        &mut self,
        org: OrgId,
        id: CredentialId,
        at: Timestamp,
        problem: Option<&str>,
    ) -> Result<bool> {
        const SQL: &str =
            "update credentials set tested_at = $3, test_problem = $4 where org = $1 and id = $2";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(at)
            .bind(problem)
            .touched()
            .await
    }

    /// Deletes a key with its secret.
    pub async fn delete_credential(&mut self, org: OrgId, id: CredentialId) -> Result<bool> {
        self.query("delete from credentials where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }
}
