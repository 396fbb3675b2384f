//! What layers are called on pages that show several of them.

use tessera_app::{members, teams};
use tessera_domain::{Kind, Result};
use tessera_ids::OrgId;
use tessera_policy::{Change, LayerName, Plan};

use super::pages::LayerDiff;
use super::view::Diff;
use super::visit::Visit;
use super::words;

/// What a layer is called. Its team or member may be gone.
pub(super) async fn name(visit: &Visit, org: OrgId, layer: LayerName) -> Result<String> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let found = match layer {
        LayerName::Org => return Ok("The organization".to_owned()),
        LayerName::BuiltIn | LayerName::Member => return Ok(layer.to_string()),
        LayerName::Team(team) => teams::team(app, actor, org, team)
            .await
            .map(|team| format!("The team {}", team.name)),
        LayerName::Tightened(account) => members::member(app, actor, org, account)
            .await
            .map(|member| format!("Only {}", member.name)),
    };
    match found {
        Err(error) if error.kind == Kind::NotFound => Ok(match layer {
            LayerName::Team(_) => "A team that was deleted".to_owned(),
            _ => "Somebody who is no member any more".to_owned(),
        }),
        found => found,
    }
}

/// The same for several.
pub(super) async fn names(visit: &Visit, org: OrgId, layers: &[LayerName]) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(layers.len());
    for layer in layers {
        names.push(name(visit, org, *layer).await?);
    }
    Ok(names)
}

/// What is different, layer by layer.
pub(super) async fn diffs(
    visit: &Visit,
    org: OrgId,
    layers: &[(LayerName, Vec<Change>)],
) -> Result<Vec<LayerDiff>> {
    let mut diffs = Vec::with_capacity(layers.len());
    for (layer, changes) in layers {
        diffs.push(LayerDiff {
            name: name(visit, org, *layer).await?,
            diff: words::diff(changes),
        });
    }
    Ok(diffs)
}

/// What is planned, layer by layer.
pub(super) async fn plans(visit: &Visit, org: OrgId, layers: &[(LayerName, Plan)]) -> Result<Vec<LayerDiff>> {
    let mut diffs = Vec::with_capacity(layers.len());
    for (layer, plan) in layers {
        diffs.push(LayerDiff {
            name: name(visit, org, *layer).await?,
            diff: planned(plan),
        });
    }
    Ok(diffs)
}

/// A planned change says what to know before saving, where there is something.
pub(super) fn planned(plan: &Plan) -> Diff {
    let changes: Vec<Change> = plan
        .changes
        .iter()
        .map(|planned| planned.change.clone())
        .collect();
    let mut diff = words::diff(&changes);
    for (shown, planned) in diff.changes.iter_mut().zip(&plan.changes) {
        if let Some(warning) = &planned.warning {
            shown.effect.clone_from(warning);
        }
    }
    diff
}

/// What members lose by all of it.
pub(super) fn losses(layers: &[(LayerName, Plan)]) -> Vec<String> {
    let changes = layers.iter().flat_map(|(_, plan)| &plan.changes);
    changes.filter_map(|planned| planned.loss.clone()).collect()
}
