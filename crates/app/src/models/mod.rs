//! Which models an organization knows, which of them may be used, and what providers' own lists show.

mod careful;
mod keys;
mod refresh;
mod view;

pub(crate) use self::careful::{complete, refuse_broken_defaults};
pub use self::keys::{ProviderKey, keys, with_keys};
pub use self::refresh::{Refreshed, refresh};
pub use self::view::{ModelsView, MyModels, mine, of_member, view};

use tessera_domain::Result;
use tessera_ids::OrgId;
use tessera_policy::ModelName;
use tessera_store::Reader;

/// The models that providers' own lists showed.
async fn found(tx: &mut Reader, org: OrgId) -> Result<Vec<ModelName>> {
    let rows = tx.found_models(org).await?.into_iter();
    let name = |row: tessera_store::FoundModel| format!("{}/{}", row.provider, row.model).parse().ok();
    Ok(rows.filter_map(name).collect())
}
