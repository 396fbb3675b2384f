//! Which providers there is a key for, and what their models' names begin with.

use std::collections::BTreeSet;

use tessera_domain::{Result, Right, credential::Settings};
use tessera_ids::{CredentialId, OrgId};
use tessera_policy::models::{Catalogue, Dialect};

use crate::{Actor, App, access};

/// A key that works now, by the provider that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderKey {
    /// The first part of the names of the models that it opens.
    pub provider: String,
    /// The key.
    pub credential: CredentialId,
    /// What it is called.
    pub name: String,
}

/// Every key that works now.
pub async fn keys(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<ProviderKey>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let now = app.clock.now();
    let mut keys = Vec::new();
    for row in tx.credentials(org).await? {
        if row.state()?.is_usable(now) {
            keys.push(ProviderKey {
                provider: provider_of(&app.config.catalogue, &row.settings, row.name.as_ref()),
                credential: row.id,
                name: row.name.to_string(),
            });
        }
    }
    keys.sort_by(|one, other| (&one.provider, &one.name).cmp(&(&other.provider, &other.name)));
    Ok(keys)
}

/// The providers that members can use, since there is a key for them.
pub async fn with_keys(app: &App, actor: &Actor, org: OrgId) -> Result<BTreeSet<String>> {
    let keys = keys(app, actor, org).await?.into_iter();
    Ok(keys.map(|key| key.provider).collect())
}

/// What the names of a key's models begin with.
pub(super) fn provider_of(catalogue: &Catalogue, settings: &Settings, name: &str) -> String {
    let address = match settings {
        Settings::OpenAiCompatible { base_url } => Some(base_url.to_string()),
        _ => None,
    };
    let dialect = settings
        .kind()
        .as_str()
        .parse()
        .unwrap_or(Dialect::OpenAiCompatible);
    catalogue.provider_of_key(dialect, address.as_deref(), name)
}
