//! Keys as their admins see them: everything but the secret.

use std::collections::{BTreeMap, BTreeSet};

use tessera_domain::{
    CredentialName, Error, PersonName, Result, Right, TeamName,
    credential::{CredentialState, Delivery, ProviderKind, Scope, Settings},
};
use tessera_ids::{CredentialId, OrgId, TeamId, Timestamp};
use tessera_store::{Credential, CredentialReach, CredentialTeam, Reader};

use crate::{Actor, App, access};

/// A key, without what is secret of it.
#[derive(Clone, Debug)]
pub struct CredentialView {
    /// Its id.
    pub id: CredentialId,
    /// What it is called.
    pub name: CredentialName,
    /// What the provider is reached with.
    pub settings: Settings,
    /// How members use it.
    pub delivery: Delivery,
    /// Whose it is.
    pub scope: Scope,
    /// The names of the teams that it is of.
    pub teams: Vec<(TeamId, TeamName)>,
    /// Counts its changes.
    pub version: u64,
    /// By which two keys are told apart: 16 hexadecimal digits.
    pub fingerprint: String,
    /// The end of it; empty for a short one.
    pub last_four: String,
    /// How far its life has gone.
    pub state: CredentialState,
    /// When it was added.
    pub created_at: Timestamp,
    /// Who added it.
    pub added_by: PersonName,
    /// When the provider was last called with it.
    pub used_at: Option<Timestamp>,
    /// How its last test went.
    pub test: Option<LastTest>,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTest {
    /// When.
    pub at: Timestamp,
    /// Why it failed; none when it did not.
    pub problem: Option<String>,
}

impl CredentialView {
    /// Whose key it is.
    pub const fn kind(&self) -> ProviderKind {
        self.settings.kind()
    }

    pub(super) fn new(row: Credential, named: &[CredentialTeam]) -> Result<Self> {
        let own = named.iter().filter(|named| named.credential == row.id);
        let teams: Vec<_> = own.map(|named| (named.team, named.name.clone())).collect();
        Ok(Self {
            state: row.state()?,
            scope: match row.scope {
                CredentialReach::Organization => Scope::Organization,
                CredentialReach::Teams => Scope::Teams(teams.iter().map(|(team, _)| *team).collect()),
            },
            teams,
            id: row.id,
            name: row.name,
            settings: row.settings,
            delivery: row.delivery,
            version: row.version,
            fingerprint: row.fingerprint,
            last_four: row.last_four,
            created_at: row.created_at,
            added_by: row.added_by_name,
            used_at: row.used_at,
            test: row.tested_at.map(|at| LastTest {
                at,
                problem: row.test_problem,
            }),
        })
    }

    /// What the audit log is told of it.
    pub(super) fn told(&self) -> serde_json::Value {
        let teams: BTreeMap<String, &TeamName> = self
            .teams
            .iter()
            .map(|(team, name)| (team.to_string(), name))
            .collect();
        serde_json::json!({
            "name": self.name, "settings": self.settings, "delivery": self.delivery, "teams": teams,
            "everybody": self.scope == Scope::Organization, "fingerprint": self.fingerprint,
            "last_four": self.last_four,
        })
    }
}

/// Every key, the active ones first, then by name.
pub async fn list(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<CredentialView>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
    views(&mut tx, org).await
}

/// The same, for who may see them already.
pub(crate) async fn views(tx: &mut Reader, org: OrgId) -> Result<Vec<CredentialView>> {
    let named = tx.credential_teams(org).await?;
    let rows = tx.credentials(org).await?;
    rows.into_iter()
        .map(|row| CredentialView::new(row, &named))
        .collect()
}

/// One key.
///
/// # Errors
/// *Not found* when the organization has no such key.
pub async fn one(app: &App, actor: &Actor, org: OrgId, id: CredentialId) -> Result<CredentialView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
    load(&mut tx, org, id).await
}

/// The providers that members can use, since there is a key for them.
pub async fn providers_with_keys(app: &App, actor: &Actor, org: OrgId) -> Result<BTreeSet<ProviderKind>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let now = app.clock.now();
    let mut kinds = BTreeSet::new();
    for row in tx.credentials(org).await? {
        if row.state()?.is_usable(now) {
            kinds.insert(row.settings.kind());
        }
    }
    Ok(kinds)
}

pub(super) async fn load(tx: &mut Reader, org: OrgId, id: CredentialId) -> Result<CredentialView> {
    let row = tx
        .credential(org, id)
        .await?
        .ok_or_else(|| Error::not_found("key"))?;
    let named = tx.credential_teams(org).await?;
    CredentialView::new(row, &named)
}
