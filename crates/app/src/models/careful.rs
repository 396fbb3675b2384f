//! What every save of settings minds about models: an allow-list starts from what is allowed, and a default never
//! points at a model that may not be used.

use std::collections::BTreeSet;

use tessera_domain::{Error, FieldError, Result};
use tessera_ids::OrgId;
use tessera_policy::{
    Edit, Kind, Layer, LayerName, Leaf, ModelName, SectionName, merge,
    models::{BrokenDefault, ModelReason, broken_defaults, known, with_everything_allowed},
};

use crate::{
    App,
    settings::{Snapshot, team_default_pointer},
};

/// The edits of a layer, with the rows of a list that they bring into force empty: see
/// [`with_everything_allowed`].
pub(crate) async fn complete(
    app: &App,
    org: OrgId,
    base: &Snapshot,
    layer: LayerName,
    edits: &[Edit],
) -> Result<Vec<Edit>> {
    let about_models = |edit: &Edit| edit.leaf().section() == SectionName::Models;
    if !edits.iter().any(about_models) {
        return Ok(edits.to_vec());
    }
    let found = super::found(&mut app.store.read().await?, org).await?;
    let others = others(base, layer);
    let own = base.layer(layer);
    let stack: Vec<Layer> = others.iter().cloned().chain([own.clone()]).collect();
    let known = known(&merge(&stack), &app.config.catalogue, &found);
    let names: Vec<ModelName> = known.into_iter().map(|known| known.model.name).collect();
    Ok(with_everything_allowed(&others, &own, edits, &names))
}

/// Refuses a change after which a default would point at a model that may not be used: the layer's own, and for the
/// organization's also those of each team. `changed` are the layer that changes and the teams' that change with it. What one member may not use breaks no default, since nobody chooses
/// defaults for one member.
///
/// # Errors
/// *Invalid* with a pointer per default.
pub(crate) async fn refuse_broken_defaults(
    app: &App,
    org: OrgId,
    base: &Snapshot,
    changed: &[Layer],
) -> Result<()> {
    let Some((changed, with_it)) = changed.split_first() else {
        return Ok(());
    };
    let org_layer = base.layer(LayerName::Org);
    let mut errors: Vec<FieldError> = Vec::new();
    let compare = |before: &[Layer], after: &[Layer]| broken_defaults(&merge(before), &merge(after));
    match changed.name {
        LayerName::Team(_) => {
            let before = [org_layer.clone(), base.layer(changed.name)];
            for broken in compare(&before, &[org_layer, changed.clone()]) {
                errors.push(own(&broken, &before));
            }
        }
        LayerName::Org => {
            let before = [org_layer.clone()];
            for broken in compare(&before, std::slice::from_ref(changed)) {
                errors.push(own(&broken, &before));
            }
            for name in teams(base, with_it) {
                let team = base.layer(name);
                let after = with_it.iter().find(|layer| layer.name == name);
                let after = after.cloned().unwrap_or_else(|| team.clone());
                let broken = compare(&[org_layer.clone(), team], &[changed.clone(), after]);
                for broken in broken.iter().filter(|broken| broken.source == name) {
                    errors.push(of_team(app, org, broken).await?);
                }
            }
        }
        LayerName::BuiltIn | LayerName::Tightened(_) | LayerName::Member => {}
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_fields(errors))
    }
}

/// The teams that say something, before or after.
fn teams(base: &Snapshot, changed: &[Layer]) -> BTreeSet<LayerName> {
    let said = base.layers().map(|layer| layer.name);
    let said = said.chain(changed.iter().map(|layer| layer.name));
    said.filter(|name| matches!(name, LayerName::Team(_))).collect()
}

/// The layers that speak beside one.
fn others(base: &Snapshot, layer: LayerName) -> Vec<Layer> {
    match layer {
        LayerName::Org => Vec::new(),
        _ => vec![base.layer(LayerName::Org)],
    }
}

fn own(broken: &BrokenDefault, before: &[Layer]) -> FieldError {
    let stood = before.iter().any(|layer| {
        let said = layer.document.get(broken.leaf);
        said.is_some_and(|said| said.value.as_model() == Some(&broken.model))
    });
    let message = if stood {
        format!(
            "{} is in use as “{}” and would not be allowed any more: {} Name its replacement.",
            broken.model,
            broken.leaf.title(),
            why(broken)
        )
    } else {
        format!(
            "{} is not allowed: {} Choose another model.",
            broken.model,
            why(broken)
        )
    };
    FieldError::new(pointer(broken.leaf), message)
}

async fn of_team(app: &App, org: OrgId, broken: &BrokenDefault) -> Result<FieldError> {
    let name = match broken.source {
        LayerName::Team(team) => app.store.read().await?.team(org, team).await?,
        _ => None,
    };
    let name = name.map_or_else(|| broken.source.to_string(), |team| team.name.to_string());
    let message = format!(
        "The team {name} uses {} as “{}”, and it would not be allowed any more: {} Name its replacement.",
        broken.model,
        broken.leaf.title(),
        why(broken)
    );
    Ok(FieldError::new(
        team_default_pointer(broken.source, broken.leaf),
        message,
    ))
}

const fn why(broken: &BrokenDefault) -> &'static str {
    match broken.verdict.reason {
        ModelReason::ProviderOff => "its provider is off.",
        ModelReason::Off => "it is off.",
        ModelReason::NewBlocked => "it is not on the list, and new models are blocked.",
        reason => reason.text(),
    }
}

fn pointer(leaf: Leaf) -> String {
    debug_assert!(leaf.kind() == Kind::Model);
    format!("/settings/{}/{}", leaf.section(), leaf.name())
}
