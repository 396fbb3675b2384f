//! Writing a revision: what every change of settings comes down to.

use std::collections::BTreeSet;

use serde_json::json;
use tessera_domain::{Error, Result, RevisionNote, Right, rollout::Plan};
use tessera_ids::OrgId;
use tessera_policy::{Change as SettingsChange, LayerName, SectionName};
use tessera_store::{NewBlob, NewRevision, StagedRollout};
use tessera_wire::Blob;

use super::{draft::Draft, snapshot::Snapshot, tree::Tree};
use crate::{
    Actor, App, AuditEntry, Change, Topic,
    policy_file::{self, Applying},
    rollouts,
};

/// How a revision reaches the devices.
#[derive(Clone, Debug, Default)]
pub enum Reach {
    /// Everybody at once; while a rollout is under way it joins that.
    #[default]
    AtOnce,
    /// In the stages of this plan.
    InStages(Plan),
}

/// Why a revision is written, which decides what the log says of it.
pub(crate) enum Reason<'a> {
    /// Somebody saved.
    Saved { layer: LayerName },
    /// Somebody went back to a revision, or to parts of it.
    Restored { revision: u64 },
    /// Somebody applied a policy file, which owns its sections from then on.
    Applied(&'a Applying<'a>),
    /// Somebody undid a rollout, which ends with this.
    RolledBack { rollout: &'a StagedRollout },
}

/// The next revision, prepared without holding the lock.
pub(crate) struct Next {
    tree: Tree,
    drafts: Vec<Draft>,
    note: Option<RevisionNote>,
}

impl Next {
    /// The settings of `base` with these layers in place of theirs.
    pub(crate) fn new(base: &Snapshot, drafts: Vec<Draft>, note: Option<RevisionNote>) -> Self {
        let tree = drafts
            .iter()
            .fold(base.tree.clone(), |tree, draft| tree.with(draft.entry.clone()));
        Self { tree, drafts, note }
    }

    /// What it changes, layer by layer.
    pub(crate) fn changes(&self) -> Vec<SettingsChange> {
        self.drafts
            .iter()
            .flat_map(|draft| draft.changes.iter().cloned())
            .collect()
    }

    /// The same, for each layer apart.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (LayerName, &[SettingsChange])> {
        self.drafts
            .iter()
            .map(|draft| (draft.layer.name, draft.changes.as_slice()))
    }

    /// The sections that it changes.
    fn sections(&self) -> BTreeSet<(LayerName, SectionName)> {
        let of_layer = |(layer, changes): (LayerName, &[SettingsChange])| {
            let sections = changes.iter().filter_map(SettingsChange::section);
            sections.map(|section| (layer, section)).collect::<Vec<_>>()
        };
        self.layers().flat_map(of_layer).collect()
    }
}

/// Writes the next revision under the lock; `None` when another was saved since it was prepared.
pub(crate) async fn write(
    app: &App,
    actor: &Actor,
    org: OrgId,
    base: &Snapshot,
    next: Next,
    reach: &Reach,
    reason: Reason<'_>,
) -> Result<Option<u64>> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    if change.org().revision != base.revision {
        return Ok(None);
    }
    let (number, now) = (base.revision + 1, change.now());
    check_layers(&mut change, &next).await?;
    if !is_fit(&mut change, &next, &reason).await? {
        return Ok(None);
    }
    let blobs: Vec<NewBlob> = next
        .drafts
        .iter()
        .flat_map(|draft| &draft.blobs)
        .map(new_blob)
        .collect();
    change.tx().insert_blobs(org, &blobs, now).await?;
    let (author, author_name) = super::author(actor, change.tx()).await?;
    let changes = next.changes();
    let row = NewRevision {
        number,
        author,
        author_name,
        at: now,
        note: next.note.clone(),
        tree: next.tree.to_bytes()?,
        changes: serde_json::to_value(&changes).map_err(Error::internal)?,
    };
    change.tx().insert_revision(org, &row).await?;
    if let Reason::Applied(applying) = &reason {
        applying.change_keys(&mut change).await?;
        applying.keep(actor, &mut change, number).await?;
    }
    let moved = route(&mut change, number, reach, &reason).await?;
    if moved || !base.tree.has_layers_of(&next.tree) {
        rollouts::settle(&mut change, &next.tree).await?;
    }
    change.take_serial(number).await?;
    change.touch(Topic::Settings);
    change.touch(Topic::Devices);
    change.commit(entry(org, number, &reason, &next)).await?;
    for draft in next.drafts {
        if let Some(index) = next.tree.websites(draft.layer.name) {
            app.lists.keep(org, index, draft.layer.websites);
        }
    }
    Ok(Some(number))
}

/// Whether the revision may be written for that reason; false when it must be prepared anew.
///
/// # Errors
/// *Conflict* when somebody would change what a policy file owns. Going back is not barred: it must work at any hour.
async fn is_fit(change: &mut Change<'_>, next: &Next, reason: &Reason<'_>) -> Result<bool> {
    let org = change.org().id;
    match reason {
        Reason::Saved { .. } => {
            policy_file::refuse_owned(change.tx(), org, &next.sections()).await?;
            Ok(true)
        }
        Reason::Applied(applying) => applying.still_stands(change).await,
        Reason::Restored { .. } | Reason::RolledBack { .. } => Ok(true),
    }
}

/// What the revision does to rollouts; true when devices are to be placed anew.
async fn route(change: &mut Change<'_>, number: u64, reach: &Reach, reason: &Reason<'_>) -> Result<bool> {
    let now = change.now();
    if let Reason::RolledBack { rollout } = reason {
        let found = rollouts::load(change, rollout.revision).await?;
        let ended = StagedRollout {
            state: found.state.clone().roll_back(number, now)?,
            ..found
        };
        change.tx().set_rollout(&ended).await?;
        return Ok(true);
    }
    let plan = match reach {
        Reach::AtOnce => None,
        Reach::InStages(plan) => Some(plan),
    };
    rollouts::follow(change, number, plan).await
}

/// A layer that is written must have its team or member still.
async fn check_layers(change: &mut Change<'_>, next: &Next) -> Result<()> {
    let org = change.org().id;
    for draft in &next.drafts {
        let says = next.tree.layer(draft.layer.name).is_some();
        if says && !super::is_there(change.tx(), org, draft.layer.name).await? {
            return Err(super::missing(draft.layer.name));
        }
    }
    Ok(())
}

fn entry(org: OrgId, number: u64, reason: &Reason<'_>, next: &Next) -> AuditEntry {
    let changes = next.changes();
    match reason {
        Reason::Applied(applying) => applying.entry(org, number, next.layers()),
        Reason::Saved { layer } => {
            let mut after = json!({ "revision": number, "layer": layer, "changes": changes });
            let beside = next.layers().filter(|(name, _)| name != layer);
            let beside: Vec<LayerName> = beside.map(|(name, _)| name).collect();
            if !beside.is_empty() {
                after["and_layers"] = json!(beside);
            }
            AuditEntry::new("settings.saved", &org)
                .named(&format!("Revision {number}"))
                .after(&after)
        }
        Reason::Restored { revision } => AuditEntry::new("settings.restored", &org)
            .named(&format!("Revision {number}"))
            .before(&json!({ "revision": revision }))
            .after(&json!({ "revision": number, "changes": changes })),
        Reason::RolledBack { rollout } => AuditEntry::new("rollout.rolled_back", &rollout.id)
            .named(&format!("Revision {}", rollout.revision))
            .before(&json!({ "revision": rollout.last_revision }))
            .after(&json!({ "revision": number, "baseline": rollout.baseline, "changes": changes })),
    }
}

fn new_blob(blob: &Blob) -> NewBlob {
    NewBlob {
        digest: *blob.digest().as_bytes(),
        bytes: blob.to_gzip(),
        size: blob.bytes().len() as u64,
    }
}
