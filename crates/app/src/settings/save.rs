//! Saving a change of settings: the most important thing that Tessera does.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use tessera_domain::{Error, Result, RevisionNote, Right};
use tessera_ids::OrgId;
use tessera_policy::{Change as SettingsChange, Edit, Layer, LayerName, Side, apply, diff, permitted};
use tessera_store::{NewBlob, NewRevision};
use tessera_wire::{Blob, Digest, ManifestLayer, Name, list};

use super::{
    snapshot::{Snapshot, read_blobs},
    tree::Tree,
};
use crate::{Actor, App, AuditEntry, Change, Topic, models, sync};

/// How often a change without an expected revision is begun again when others save at the same time.
const ATTEMPTS: usize = 8;

/// What somebody wants to save.
#[derive(Clone, Debug)]
pub struct SaveRequest {
    /// Whose layer changes.
    pub layer: LayerName,
    /// What changes in it.
    pub edits: Vec<Edit>,
    /// Why, for the history.
    pub note: Option<RevisionNote>,
    /// The revision that the author saw; when another is the newest by now, nothing is saved.
    pub expected: Option<u64>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The newest revision: a new one, or the present one when nothing changed.
    pub revision: u64,
    /// What changed.
    pub changes: Vec<SettingsChange>,
}

/// Saves edits of one layer as a new revision and tells the devices.
///
/// An edit that changes nothing makes no revision.
///
/// # Errors
/// *Conflict* with the newest revision when `expected` is not the newest; *Invalid* with a pointer per
/// refused edit.
pub async fn save(app: &App, actor: &Actor, org: OrgId, request: SaveRequest) -> Result<Saved> {
    permitted(request.layer, &request.edits).map_err(Error::invalid_fields)?;
    for _ in 0..ATTEMPTS {
        let base = super::load(app, actor, org, Right::ChangeSettings, None).await?;
        refuse_stale(request.expected, base.revision)?;
        if !base.exists(app, org, request.layer).await? {
            return Err(Error::not_found("team"));
        }
        let draft = Draft::make(app, org, &base, &request).await?;
        models::refuse_broken_defaults(app, org, &base, &draft.layer).await?;
        if draft.changes.is_empty() {
            return Ok(Saved {
                revision: base.revision,
                changes: Vec::new(),
            });
        }
        if let Some(saved) = write(app, actor, org, &base, draft, &request).await? {
            return Ok(saved);
        }
    }
    Err(Error::conflict(
        "Others saved at the same time. Nothing of yours was saved; try again.",
    ))
}

/// What a save will write, prepared without holding the lock.
struct Draft {
    layer: Layer,
    entry: ManifestLayer,
    blobs: Vec<Blob>,
    changes: Vec<SettingsChange>,
}

impl Draft {
    async fn make(app: &App, org: OrgId, base: &Snapshot, request: &SaveRequest) -> Result<Self> {
        let known = known_chunks(app, org, base.tree.websites(request.layer)).await?;
        let before = base.layer(request.layer);
        let index = base.tree.websites(request.layer);
        let edits = models::complete(app, org, base, request.layer, &request.edits).await?;
        // Cutting and hashing 100,000 rows takes tens of milliseconds, which no other request should wait for.
        tokio::task::spawn_blocking(move || Self::render(&before, index, &edits, &known))
            .await
            .map_err(Error::internal)?
    }

    fn render(
        before: &Layer,
        index: Option<Digest>,
        edits: &[Edit],
        known: &HashSet<Digest>,
    ) -> Result<Self> {
        let (document, websites) =
            apply(&before.document, &before.websites, edits).map_err(Error::invalid_fields)?;
        let changes = diff(
            Side {
                document: &before.document,
                websites: &before.websites,
            },
            Side {
                document: &document,
                websites: &websites,
            },
        );
        let mut blobs = Vec::new();
        let mut sections = BTreeMap::new();
        for (name, bytes) in document.sections() {
            let blob = Blob::new(bytes);
            sections.insert(wire_name(&name)?, blob.digest());
            blobs.push(blob);
        }
        let mut lists = BTreeMap::new();
        if websites == before.websites {
            lists.extend(index.map(|index| (Name::websites(), index)));
        } else if !websites.is_empty() {
            let cut = list::cut(websites.iter())
                .map_err(|error| Error::invalid(format!("The list cannot be kept: {error}.")))?;
            lists.insert(Name::websites(), cut.index.digest());
            blobs.extend(
                cut.chunks
                    .into_iter()
                    .filter(|chunk| !known.contains(&chunk.digest())),
            );
            blobs.push(cut.index);
        }
        metrics::counter!("tessera_layers_rendered_total").increment(1);
        let layer = Layer {
            name: before.name,
            document,
            websites,
        };
        let entry = ManifestLayer {
            layer: before.name,
            sections,
            lists,
        };
        Ok(Self {
            layer,
            entry,
            blobs,
            changes,
        })
    }
}

/// The chunks that the store has already, so that they are neither compressed nor written again.
async fn known_chunks(app: &App, org: OrgId, index: Option<Digest>) -> Result<HashSet<Digest>> {
    let Some(index) = index else {
        return Ok(HashSet::new());
    };
    let mut tx = app.store.read().await?;
    let bytes = read_blobs(&mut tx, org, &[index])
        .await?
        .remove(&index)
        .unwrap_or_default();
    let index = list::ListIndex::read(&bytes).map_err(Error::internal)?;
    Ok(index.chunks.into_iter().collect())
}

/// Writes the draft under the lock; `None` when another revision was saved since it was prepared.
async fn write(
    app: &App,
    actor: &Actor,
    org: OrgId,
    base: &Snapshot,
    draft: Draft,
    request: &SaveRequest,
) -> Result<Option<Saved>> {
    let number = base.revision + 1;
    let tree = base.tree.clone().with(draft.entry);
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    if change.org().revision != base.revision {
        refuse_stale(request.expected, change.org().revision)?;
        return Ok(None);
    }
    if let LayerName::Team(team) = request.layer
        && change.tx().team(org, team).await?.is_none()
    {
        return Err(Error::not_found("team"));
    }
    let now = change.now();
    let blobs: Vec<NewBlob> = draft.blobs.iter().map(new_blob).collect();
    change.tx().insert_blobs(org, &blobs, now).await?;
    let (author, author_name) = super::author(actor, change.tx()).await?;
    let row = NewRevision {
        number,
        author,
        author_name,
        at: now,
        note: request.note.clone(),
        tree: tree.to_bytes()?,
        changes: serde_json::to_value(&draft.changes).map_err(Error::internal)?,
    };
    change.tx().insert_revision(org, &row).await?;
    mark_team(&mut change, org, base, &tree, request.layer).await?;
    change.take_serial(number).await?;
    change.touch(Topic::Settings);
    change.touch(Topic::Devices);
    let entry = AuditEntry::new("settings.saved", &org)
        .named(&format!("Revision {number}"))
        .after(&json!({ "revision": number, "layer": request.layer, "changes": draft.changes }));
    change.commit(entry).await?;

    if let Some(index) = tree.websites(request.layer) {
        app.lists.keep(org, index, draft.layer.websites);
    }
    Ok(Some(Saved {
        revision: number,
        changes: draft.changes,
    }))
}

/// A team that begins or ceases to carry settings changes who is in which audience.
async fn mark_team(
    change: &mut Change<'_>,
    org: OrgId,
    base: &Snapshot,
    tree: &Tree,
    layer: LayerName,
) -> Result<()> {
    let LayerName::Team(team) = layer else {
        return Ok(());
    };
    let carries = tree.layer(layer).is_some();
    if base.tree.layer(layer).is_some() != carries {
        change.tx().set_team_has_settings(org, team, carries).await?;
        sync::reassign(change).await?;
    }
    Ok(())
}

fn refuse_stale(expected: Option<u64>, newest: u64) -> Result<()> {
    match expected {
        Some(expected) if expected != newest => Err(Error::conflict(format!(
            "The settings were changed in the meantime: revision {newest} is the newest. Nothing of yours was saved yet."
        ))
        .with_current(json!({ "revision": newest }))),
        _ => Ok(()),
    }
}

fn wire_name(name: &str) -> Result<Name> {
    name.parse().map_err(Error::internal)
}

fn new_blob(blob: &Blob) -> NewBlob {
    NewBlob {
        digest: *blob.digest().as_bytes(),
        bytes: blob.to_gzip(),
        size: blob.bytes().len() as u64,
    }
}
