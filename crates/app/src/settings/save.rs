//! Saving a change of settings: the most important thing that Tessera does.

use serde_json::json;
use tessera_domain::{Error, Result, RevisionNote, Right};
use tessera_ids::OrgId;
use tessera_policy::{Change as SettingsChange, Edit, Layer, LayerName, apply, permitted};
use tracing::Instrument as _;

use super::{
    draft::Draft,
    team_defaults::{TeamDefault, changed_layers},
    write::{Next, Reach, Reason, write},
};
use crate::{Actor, App, models, trace};

/// How often a change without an expected revision is begun again when others save at the same time.
pub(crate) const ATTEMPTS: usize = 8;

/// What somebody wants to save.
#[derive(Clone, Debug)]
pub struct SaveRequest {
    /// Whose layer changes.
    pub layer: LayerName,
    /// What changes in it.
    pub edits: Vec<Edit>,
    /// Teams' own defaults that change with it, where the organization no longer allows what they name.
    pub team_defaults: Vec<TeamDefault>,
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
    save_as(app, actor, org, request, &Reach::AtOnce).await
}

/// The same, for whoever says how the revision reaches the devices.
///
/// # Errors
/// The same, and *Conflict* for stages while another rollout is under way.
pub async fn save_as(
    app: &App,
    actor: &Actor,
    org: OrgId,
    request: SaveRequest,
    reach: &Reach,
) -> Result<Saved> {
    let span = tracing::info_span!(target: trace::TARGET, "save settings", "tessera.org" = %org);
    try_to_save(app, actor, org, request, reach)
        .instrument(span)
        .await
}

async fn try_to_save(
    app: &App,
    actor: &Actor,
    org: OrgId,
    request: SaveRequest,
    reach: &Reach,
) -> Result<Saved> {
    permitted(request.layer, &request.edits).map_err(Error::invalid_fields)?;
    for _ in 0..ATTEMPTS {
        let base = super::load(app, actor, org, Right::ChangeSettings, None).await?;
        refuse_stale(request.expected, base.revision)?;
        if !base.exists(app, org, request.layer).await? {
            return Err(super::missing(request.layer));
        }
        let edits = models::complete(app, org, &base, request.layer, &request.edits).await?;
        let alter = move |layer: &Layer| {
            apply(&layer.document, &layer.websites, &edits).map_err(Error::invalid_fields)
        };
        let mut drafts = vec![Draft::make(app, org, &base, request.layer, None, alter).await?];
        for team in changed_layers(app, org, &base, request.layer, &request.team_defaults).await? {
            let name = team.name;
            let alter = move |_: &Layer| Ok((team.document, team.websites));
            drafts.push(Draft::make(app, org, &base, name, None, alter).await?);
        }
        let layers: Vec<Layer> = drafts.iter().map(|draft| draft.layer.clone()).collect();
        models::refuse_broken_defaults(app, org, &base, &layers).await?;
        let next = Next::new(&base, drafts, request.note.clone());
        let changes = next.changes();
        if changes.is_empty() {
            return Ok(Saved {
                revision: base.revision,
                changes,
            });
        }
        let reason = Reason::Saved { layer: request.layer };
        if let Some(revision) = write(app, actor, org, &base, next, reach, reason).await? {
            return Ok(Saved { revision, changes });
        }
    }
    Err(too_many_others())
}

pub(crate) fn too_many_others() -> Error {
    Error::conflict("Others saved at the same time. Nothing of yours was saved; try again.")
}

pub(crate) fn refuse_stale(expected: Option<u64>, newest: u64) -> Result<()> {
    match expected {
        Some(expected) if expected != newest => Err(Error::conflict(format!(
            "The settings were changed in the meantime: revision {newest} is the newest. Nothing of yours was saved yet."
        ))
        .with_current(json!({ "revision": newest }))),
        _ => Ok(()),
    }
}
