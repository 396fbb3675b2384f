//! What became of the sections that a file owns since it was applied: a restored revision, a team's new name.

use bytes::Bytes;
use tessera_domain::{Result, Right, text};
use tessera_ids::OrgId;
use tessera_policy::{
    LayerName,
    file::{Bearer, FileSection, PolicyFile},
};
use tessera_store::Reader;

use super::{
    keys::{self, DriftedKey},
    names::Names,
    ownership::{OwnedSection, Ownership},
    plan::{LayerPlan, layer_plan},
    read,
};
use crate::{Actor, App, access, settings::Snapshot};

/// How what holds differs from what the last file said of the sections that it owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// What changed since, from the file's word to the present one.
    pub layers: Vec<LayerPlan>,
    /// Whose name is another now: what the file calls them, and what they are called.
    pub renamed: Vec<(Bearer, Bearer)>,
    /// Whom the file names and who is gone.
    pub gone: Vec<Bearer>,
    /// What became of its keys.
    pub keys: Vec<DriftedKey>,
}

impl Drift {
    /// Whether everything is as the file says.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.renamed.is_empty() && self.gone.is_empty() && self.keys.is_empty()
    }
}

/// What a file owns, and how it has drifted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What it owns.
    pub ownership: Ownership,
    /// How that has drifted.
    pub drift: Drift,
}

/// How the file that was applied last stands.
pub async fn standing(app: &App, actor: &Actor, org: OrgId) -> Result<Standing> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    Ok(Standing {
        ownership: Ownership::load(&mut tx, org).await?,
        drift: since_applied(&mut tx, app, org).await?,
    })
}

/// How the owned sections have drifted.
pub(super) async fn since_applied(tx: &mut Reader, app: &App, org: OrgId) -> Result<Drift> {
    let Ownership {
        file,
        sections: owned,
    } = Ownership::load(tx, org).await?;
    let applied = file;
    let mut drift = Drift::default();
    if owned.is_empty() {
        return Ok(drift);
    }
    let said = tx.policy_text(org).await?.unwrap_or_default();
    let Ok(file) = read(Bytes::from(said)).await else {
        // A newer version wrote it; this one cannot say how it has drifted.
        return Ok(drift);
    };
    let names = Names::load(tx, org).await?;
    let base = Snapshot::load(tx, &app.lists, org, None).await?;
    for of_layer in owned.chunk_by(|one, other| one.layer == other.layer) {
        let then = &of_layer[0].bearer;
        match names.bearer(tx, org, of_layer[0].layer).await? {
            None => drift.gone.push(then.clone()),
            Some(now) => {
                if !is_same(&now, then) {
                    drift.renamed.push((then.clone(), now.clone()));
                }
                let changed = changed(tx, org, &base, &file, of_layer, now).await?;
                drift.layers.extend(changed);
            }
        }
    }
    let owns_keys = owned
        .iter()
        .any(|owned| owned.section == FileSection::Credentials);
    if let (true, Some(words), Some(applied)) = (owns_keys, &file.keys, applied) {
        drift.keys = keys::drift(tx, org, words, applied.at).await?;
    }
    Ok(drift)
}

/// Whether two spellings name the same.
fn is_same(one: &Bearer, other: &Bearer) -> bool {
    text::fold(&one.to_string()) == text::fold(&other.to_string())
}

/// From what the file said of one layer's owned sections to what they say now.
async fn changed(
    tx: &mut Reader,
    org: OrgId,
    base: &Snapshot,
    file: &PolicyFile,
    owned: &[OwnedSection],
    now: Bearer,
) -> Result<Option<LayerPlan>> {
    let layer: LayerName = owned[0].layer;
    let present = base.layer(layer);
    let said = file.layers().find(|(bearer, _)| **bearer == owned[0].bearer);
    let mut then = present.clone();
    for owned in owned {
        let FileSection::Settings(section) = owned.section else {
            continue;
        };
        let words = said.and_then(|(_, sections)| sections.get(&section));
        if let Some(words) = words {
            then = words.over(then, section);
        }
    }
    layer_plan(tx, org, now, &then, &present).await
}
