//! What one layer says at one revision, and over what it is laid.

use tessera_domain::{Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Effective, Layer, LayerName, Leaf, merge};

use super::{ListedApplication, below, load, missing, seen_from};
use crate::{Actor, App};

/// A layer over those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standpoint {
    /// The revision that was read.
    pub revision: u64,
    /// The layers below: the organization's, and for one member those of their teams too.
    pub below: Vec<Layer>,
    /// The layer itself.
    pub own: Layer,
}

impl Standpoint {
    /// What holds with the layer over the others.
    pub fn effective(&self) -> Effective {
        merge(&[self.below.clone(), vec![self.own.clone()]].concat())
    }

    /// Every application, as the layer sees it.
    pub fn applications(&self) -> Vec<ListedApplication> {
        seen_from(&self.below, &self.own)
    }

    /// Whether one of the layers has an application under this key.
    pub fn uses(&self, key: &str) -> bool {
        let mut layers = self.below.iter().chain([&self.own]);
        layers.any(|layer| layer.document.table(Leaf::Applications).get(key).is_some())
    }
}

/// Reads a layer at a revision, or at the newest; 0 stands for before the first.
///
/// # Errors
/// *Not found* for a layer that the organization does not have now.
pub async fn standpoint(
    app: &App,
    actor: &Actor,
    org: OrgId,
    name: LayerName,
    revision: Option<u64>,
) -> Result<Standpoint> {
    let snapshot = load(app, actor, org, Right::SeeSettings, revision).await?;
    if !snapshot.exists(app, org, name).await? {
        return Err(missing(name));
    }
    Ok(Standpoint {
        revision: snapshot.revision,
        below: below(app, &snapshot, org, name).await?,
        own: snapshot.layer(name),
    })
}
