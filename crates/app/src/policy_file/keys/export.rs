//! The keys as a file says them.

use tessera_domain::{Result, credential::CredentialState};
use tessera_ids::OrgId;
use tessera_policy::file::KeyState;
use tessera_store::Reader;

use super::content::teams;
use crate::credentials;

/// Every active key. Those that drain go by themselves.
pub(in crate::policy_file) async fn states(tx: &mut Reader, org: OrgId) -> Result<Vec<KeyState>> {
    let views = credentials::views(tx, org).await?;
    let active = views.iter().filter(|view| view.state == CredentialState::Active);
    let state = |view: &credentials::CredentialView| KeyState {
        name: view.name.to_string(),
        kind: view.kind(),
        delivery: view.delivery,
        teams: teams(view),
        plain: view.settings.entries(),
    };
    Ok(active.map(state).collect())
}
