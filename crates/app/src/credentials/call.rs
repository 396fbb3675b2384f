//! Calling a provider with a key: to test it, and to ask which models there are.

use serde_json::json;
use tessera_domain::{
    Result, Right,
    credential::{Secret, Settings},
};
use tessera_ids::{CredentialId, OrgId};

use super::{read::load, seal::open_secret};
use crate::{Actor, App, AuditEntry, Change, Topic, access, limits::CALL_PROVIDER};

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// The provider took the key.
    Works {
        /// How many models it lists; none where the deployments that were named stand for its list.
        models: Option<u64>,
    },
    /// It did not.
    Fails {
        /// Why, in words that may be shown.
        problem: String,
    },
}

/// Calls the provider with a key and notes how it went.
///
/// # Errors
/// *Conflict* for a key that is retired or suspended, *Rate limited* for testing over and over.
pub async fn test(app: &App, actor: &Actor, org: OrgId, id: CredentialId) -> Result<Tested> {
    let (settings, secret) = opened(app, actor, org, id).await?;
    let listed = app.providers.list_models(&settings, &secret).await;
    drop(secret);
    let names_its_own =
        matches!(&settings, Settings::AzureOpenAi { deployments, .. } if !deployments.is_empty());
    let tested = match listed {
        Ok(models) => Tested::Works {
            models: (!names_its_own).then_some(models.len() as u64),
        },
        Err(error) => Tested::Fails {
            problem: error.to_string(),
        },
    };
    note(app, actor, org, id, &tested).await?;
    Ok(tested)
}

/// The ids of the models that the provider lists for a key, as it names them, sorted and each once.
///
/// A real call over the network, so never within a transaction.
///
/// # Errors
/// *Conflict* for a key that is retired or suspended, *Rate limited*, and *Invalid* with the provider's refusal in
/// words that may be shown.
pub async fn list_models(app: &App, actor: &Actor, org: OrgId, id: CredentialId) -> Result<Vec<String>> {
    let (settings, secret) = opened(app, actor, org, id).await?;
    let mut models = app.providers.list_models(&settings, &secret).await?;
    drop(secret);
    models.sort_unstable();
    models.dedup();
    let mut tx = app.store.begin().await?;
    tx.touch_credential(org, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(models)
}

/// Opens a key that may be used, and counts the call that comes.
async fn opened(app: &App, actor: &Actor, org: OrgId, id: CredentialId) -> Result<(Settings, Secret)> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageCredentials).await?;
    let view = load(&mut tx, org, id).await?;
    if !view.state.is_usable(now) {
        return Err(view.state.not_active());
    }
    let row = tx
        .org(org)
        .await?
        .ok_or_else(|| tessera_domain::Error::not_found("organization"))?;
    let secret = open_secret(app, &mut tx, &row, id).await?;
    drop(tx);
    let mut tx = app.store.begin().await?;
    CALL_PROVIDER.take(&mut tx, &org, now).await?;
    tx.commit().await?;
    Ok((view.settings, secret))
}

async fn note(app: &App, actor: &Actor, org: OrgId, id: CredentialId, tested: &Tested) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let (before, now) = (load(change.tx(), org, id).await?, change.now());
    let (problem, outcome) = match tested {
        Tested::Works { .. } => (None, "it works"),
        Tested::Fails { problem } => (Some(problem.as_str()), "it failed"),
    };
    change.tx().note_credential_test(org, id, now, problem).await?;
    change.tx().touch_credential(org, id, now).await?;
    change.touch(Topic::Credentials);
    let entry = AuditEntry::new("credential.tested", &id).named(&before.name);
    let told = json!({ "outcome": outcome, "problem": problem });
    change.commit(entry.after(&told)).await
}
