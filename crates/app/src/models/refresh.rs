//! *Refresh from provider*: reading a provider's own list of models with the organization's key.

use serde_json::json;
use tessera_domain::{Result, Right};
use tessera_ids::{CredentialId, OrgId};
use tessera_policy::{LayerName, Leaf, ModelName};
use tessera_store::ProviderList;

use super::keys::provider_of;
use crate::{Actor, App, AuditEntry, Change, Topic, credentials, settings::Snapshot};

/// The most models of one list that are kept.
const MOST: usize = 2_000;

/// What a provider's list came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The provider's id.
    pub provider: String,
    /// How many models its list has.
    pub listed: u64,
    /// How many of them nobody knew before.
    pub new: u64,
}

/// Reads a provider's list with a key, and keeps what neither the catalogue nor the organization knows. What is kept
/// decides nothing: such a model is *new* until a list allows it.
///
/// # Errors
/// *Not found* for another key than the organization's, *Conflict* for one that is retired, *Invalid* with what the
/// provider said.
pub async fn refresh(app: &App, actor: &Actor, org: OrgId, credential: CredentialId) -> Result<Refreshed> {
    let key = credentials::one(app, actor, org, credential).await?;
    let provider = provider_of(&app.config.catalogue, &key.settings, key.name.as_ref());
    let listed = credentials::list_models(app, actor, org, credential).await?;
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let snapshot = Snapshot::load(change.tx(), &app.lists, org, None).await?;
    let custom = snapshot.layer(LayerName::Org).document.table(Leaf::CustomModels);
    let unknown =
        |name: &ModelName| app.config.catalogue.model(name).is_none() && custom.get(name.as_str()).is_none();
    let names = listed.iter().filter_map(|model| own_name(&provider, model));
    let unknown: Vec<String> = names
        .filter(unknown)
        .map(|name| name.model().to_owned())
        .take(MOST)
        .collect();
    let list = ProviderList {
        provider: provider.clone(),
        asked_at: change.now(),
        models: listed.len() as u64,
    };
    let new = change.tx().set_provider_list(org, &list, &unknown).await?;
    change.touch(Topic::Settings);
    let told = json!({ "provider": provider, "models": list.models, "new": new });
    let entry = AuditEntry::new("models.refreshed", &credential)
        .named(&key.name)
        .after(&told);
    change.commit(entry).await?;
    Ok(Refreshed {
        provider,
        listed: list.models,
        new,
    })
}

/// A model as we call it. Gemini writes `models/` before each.
fn own_name(provider: &str, model: &str) -> Option<ModelName> {
    let bare = model.strip_prefix("models/").unwrap_or(model);
    format!("{provider}/{bare}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_becomes_a_name() {
        let name = |model| own_name("gemini", model).map(|name| name.to_string());
        assert_eq!(name("models/gemini-9").as_deref(), Some("gemini/gemini-9"));
        assert_eq!(name("gemini-9").as_deref(), Some("gemini/gemini-9"));
        assert_eq!(name("<script>"), None);
        assert_eq!(name(""), None);
    }
}
