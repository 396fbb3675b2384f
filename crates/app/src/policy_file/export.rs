//! Writing a file of what holds now.

use std::collections::{BTreeMap, BTreeSet};

use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{
    Layer, LayerName,
    file::{self, Bearer, Head, PolicyFile, PolicyState},
};
use tessera_store::Reader;

use super::{keys, names::Names, ownership::Ownership};
use crate::{Actor, App, access, settings::Snapshot};

/// The settings as a file. Where one was applied before, its text is brought up to date, with its comments.
pub async fn export(app: &App, actor: &Actor, org: OrgId) -> Result<String> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let row = tx
        .org(org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let base = Snapshot::load(&mut tx, &app.lists, org, None).await?;
    let previous = tx.policy_text(org).await?;
    let head = Head {
        id: Some(org),
        name: Some(row.name.to_string()),
        revision: Some(base.revision),
    };
    let (layers, renamed) = layers(&mut tx, org, &base, previous.as_deref()).await?;
    let keys = if Right::ManageCredentials.granted_to(role) {
        Some(keys::states(&mut tx, org).await?)
    } else {
        None
    };
    let state = PolicyState {
        head,
        layers,
        keys,
        renamed,
    };
    let written = tokio::task::spawn_blocking(move || file::write(&state, previous.as_deref()));
    written.await.map_err(Error::internal)
}

type Layers = (Vec<(Bearer, Layer)>, BTreeMap<Bearer, Bearer>);

/// The layers to write, and whom the text before calls otherwise.
async fn layers(tx: &mut Reader, org: OrgId, base: &Snapshot, previous: Option<&str>) -> Result<Layers> {
    let names = Names::load(tx, org).await?;
    let mut renamed = BTreeMap::new();
    let mut speak: BTreeSet<LayerName> = base.layers().map(|layer| layer.name).collect();
    speak.insert(LayerName::Org);
    for owned in Ownership::load(tx, org).await?.sections {
        if let Some(now) = names.bearer(tx, org, owned.layer).await? {
            speak.insert(owned.layer);
            if now != owned.bearer {
                renamed.insert(owned.bearer, now);
            }
        }
    }
    // Whom the text names stays in it, also where there is nothing left to say.
    let text = previous.and_then(|text| PolicyFile::read(text.as_bytes()).ok());
    for (bearer, _) in text.iter().flat_map(PolicyFile::layers) {
        if let Ok(layer) = names.layer(tx, org, bearer).await? {
            speak.insert(layer);
        }
    }
    let mut layers = Vec::new();
    for name in speak {
        if let Some(bearer) = names.bearer(tx, org, name).await? {
            layers.push((bearer, base.layer(name)));
        }
    }
    Ok((layers, renamed))
}
