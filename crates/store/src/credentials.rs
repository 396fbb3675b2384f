//! Credentials: AI providers' keys, sealed before they come here.

mod change;
pub(crate) mod expiry;

use tessera_domain::{
    CredentialName, PersonName, TeamName,
    credential::{CredentialState, Delivery, Drain, ProviderKind, Settings},
};
use tessera_ids::{AccountId, CredentialId, OrgId, TeamId, Timestamp};

use crate::{
    Error, Reader, Result,
    column::{records, words},
    dialect::{Sql, bulk},
    teams::team_rows,
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
