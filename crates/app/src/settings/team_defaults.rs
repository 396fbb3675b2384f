//! Teams' own default models that change together with the organization's settings: what the organization no longer
//! allows cannot stay a team's default, so its replacement is saved in the same revision.

use std::collections::BTreeMap;

use tessera_domain::{Error, FieldError, Result};
use tessera_ids::{OrgId, TeamId};
use tessera_policy::{Edit, Kind, Layer, LayerName, apply, permitted};

use super::Snapshot;
use crate::App;

/// Another default for a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamDefault {
    /// Which team.
    pub team: TeamId,
    /// The model that it names from now on, or that it says nothing any more.
    pub edit: Edit,
}

impl TeamDefault {
    /// Where a body or a form says it.
    pub fn pointer(&self) -> String {
        pointer(LayerName::Team(self.team), self.edit.leaf())
    }
}

/// Where a body or a form says what becomes of a team's default.
pub(crate) fn pointer(team: LayerName, leaf: tessera_policy::Leaf) -> String {
    format!("/team_defaults/{team}/{}/{}", leaf.section(), leaf.name())
}

/// The teams' layers as these defaults make them.
///
/// # Errors
/// *Invalid* for what is no default of a team, *Not found* for a team that is not there.
pub(super) async fn changed_layers(
    app: &App,
    org: OrgId,
    base: &Snapshot,
    layer: LayerName,
    defaults: &[TeamDefault],
) -> Result<Vec<Layer>> {
    if layer != LayerName::Org && !defaults.is_empty() {
        return Err(Error::field(
            "/team_defaults",
            "Only a change of the organization's settings replaces teams' defaults.",
        ));
    }
    let mut by_team: BTreeMap<TeamId, Vec<Edit>> = BTreeMap::new();
    for default in defaults {
        if default.edit.leaf().kind() != Kind::Model {
            return Err(Error::field(
                default.pointer(),
                "Only default models are replaced here.",
            ));
        }
        by_team
            .entry(default.team)
            .or_default()
            .push(default.edit.clone());
    }
    let mut changed = Vec::with_capacity(by_team.len());
    for (team, edits) in by_team {
        let name = LayerName::Team(team);
        permitted(name, &edits).map_err(|errors| refused(name, errors))?;
        if !base.exists(app, org, name).await? {
            return Err(super::missing(name));
        }
        let before = base.layer(name);
        let (document, websites) =
            apply(&before.document, &before.websites, &edits).map_err(|errors| refused(name, errors))?;
        changed.push(Layer {
            name,
            document,
            websites,
        });
    }
    Ok(changed)
}

/// What is wrong with a team's defaults stands where they were said.
fn refused(team: LayerName, errors: Vec<FieldError>) -> Error {
    let moved = errors.into_iter().map(|mut error| {
        if let Some(rest) = error.pointer.strip_prefix("/settings/") {
            error.pointer = format!("/team_defaults/{team}/{rest}");
        }
        error
    });
    Error::invalid_fields(moved.collect())
}
