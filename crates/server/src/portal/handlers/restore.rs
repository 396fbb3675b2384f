//! Settings → History: two revisions beside each other, and going back to one as a whole or in parts.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tessera_app::settings::{self, Part, Restorable, RestoreRequest};
use tessera_domain::{Error, Kind, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Change, LayerName, Leaf, Plan, SectionName};

use super::answer::{Refusal, go_saying, page};
use super::pages::{Compare, Page, Restore, RestoreChange, RestoreLayer, RestoreReview, RestoreSection};
use super::review::{Intent, saved_answer};
use super::view::{Input, Opt, Place, Select};
use super::visit::{Visit, path};
use super::{edits, layers, reaching, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Revisions that can be chosen, besides those that are shown.
const CHOICE: u64 = 100;
const PATH: &str = "/o/{org}/settings/history/{revision}/restore";

pub(super) fn routes() -> Vec<Route> {
    let (see, change) = (
        Access::Member(Right::SeeSettings),
        Access::Member(Right::ChangeSettings),
    );
    vec![
        Route::get(
            "/o/{org}/settings/history/compare",
            see,
            "Shows what is different between two revisions.",
            compare,
        ),
        Route::get(
            PATH,
            change,
            "Offers to go back to a revision or to parts of it.",
            choose,
        ),
        Route::post(PATH, change, "Reviews going back, or does it.", decide).takes_form(),
    ]
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Between {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

async fn compare(visit: Visit, Path(org): Path<OrgId>, Query(between): Query<Between>) -> Answer<Response> {
    let (view, frame) = visit.org_frame(org, Place::History).await?;
    let number = |text: &str, or: u64| text.parse().unwrap_or(or).min(view.revision);
    let to = number(&between.to, view.revision);
    let from = number(&between.from, to.saturating_sub(1));
    let found = settings::compare(visit.app(), visit.actor()?, org, from, to).await?;
    let options = revisions(&visit, org, [from, to]).await?;
    let select = |value: u64| Select {
        options: options.clone(),
        value: value.to_string(),
        error: None,
    };
    Ok(page(Compare {
        frame,
        from: select(from),
        to: select(to),
        layers: layers::diffs(&visit, org, &found).await?,
        restore: (Right::ChangeSettings.granted_to(view.role) && from < view.revision)
            .then(|| (from, restore_path(org, from))),
    }))
}

/// The newest revisions to choose from, those that are shown, and before the first.
async fn revisions(visit: &Visit, org: OrgId, shown: [u64; 2]) -> Result<Vec<Opt>> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let newest = settings::history(app, actor, org, None, CHOICE).await?;
    let now = app.clock.now();
    let mut options: BTreeMap<u64, String> = BTreeMap::new();
    for row in newest.revisions {
        let label = format!(
            "{} · {} · {}",
            row.number,
            words::moment(row.at, now).relative,
            row.author
        );
        options.insert(row.number, label);
    }
    for number in shown {
        options.entry(number).or_insert_with(|| number.to_string());
    }
    options.insert(0, "Before the first".to_owned());
    let option = |(number, label): (u64, String)| Opt::new(number.to_string(), label);
    Ok(options.into_iter().rev().map(option).collect())
}

/// Where somebody chooses what to go back to.
pub(super) fn restore_path(org: OrgId, revision: u64) -> String {
    format!("{}/settings/history/{revision}/restore", path(org))
}

async fn choose(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    Ok(page(choice(&visit, org, number, None).await?))
}

async fn choice(visit: &Visit, org: OrgId, number: u64, problem: Option<String>) -> Result<Restore> {
    let found = settings::restorable(visit.app(), visit.actor()?, org, number, &[]).await?;
    let (_, frame) = visit.org_frame(org, Place::History).await?;
    let mut shown = Vec::with_capacity(found.layers.len());
    for (layer, plan) in &found.layers {
        shown.push(RestoreLayer {
            part: Part::Layer(*layer).to_string(),
            name: layers::name(visit, org, *layer).await?,
            sections: sections(*layer, plan),
        });
    }
    Ok(Restore {
        frame,
        number,
        newest: found.newest,
        layers: shown,
        gone: layers::names(visit, org, &found.gone).await?,
        action: restore_path(org, number),
        back: revision_path(org, number),
        problem,
    })
}

/// A layer's differences, by section.
fn sections(layer: LayerName, plan: &Plan) -> Vec<RestoreSection> {
    let changes: Vec<Change> = plan
        .changes
        .iter()
        .map(|planned| planned.change.clone())
        .collect();
    let mut sections: BTreeMap<String, RestoreSection> = BTreeMap::new();
    for (change, shown) in changes.iter().zip(words::diff(&changes).changes) {
        let leaf = leaf_of(change);
        let name = leaf.map_or_else(
            || shown.path.split('.').next().unwrap_or_default().to_owned(),
            |leaf| leaf.section().as_str().to_owned(),
        );
        let known = name.parse::<SectionName>().ok();
        let section = sections.entry(name.clone()).or_insert_with(|| RestoreSection {
            part: known.map(|section| Part::Section(layer, section).to_string()),
            title: words::capital(&name),
            changes: Vec::new(),
        });
        section.changes.push(RestoreChange {
            part: leaf.map(|leaf| Part::Leaf(layer, leaf).to_string()),
            change: super::view::Diff { changes: vec![shown] },
        });
    }
    sections.into_values().collect()
}

fn leaf_of(change: &Change) -> Option<Leaf> {
    match change {
        Change::Value { leaf, .. } | Change::Websites { leaf, .. } | Change::Rows { leaf, .. } => Some(*leaf),
        Change::NotUnderstood { .. } => None,
    }
}

fn revision_path(org: OrgId, number: u64) -> String {
    match number {
        0 => format!("{}/settings/history", path(org)),
        number => format!("{}/settings/history/{number}", path(org)),
    }
}

async fn decide(visit: Visit, Path((org, number)): Path<(OrgId, u64)>, fields: Fields) -> Answer<Response> {
    match decided(&visit, org, number, &fields).await {
        Ok(answer) => Ok(answer),
        Err(error) if error.kind == Kind::Conflict => {
            let again = choice(&visit, org, number, Some(error.public.into_owned())).await?;
            Ok((StatusCode::CONFLICT, Page(again)).into_response())
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]).unwrap_or_default();
            let again = review(&visit, org, number, &fields, Some(problem)).await?;
            Ok((refusal.status, Page(again)).into_response())
        }
    }
}

async fn decided(visit: &Visit, org: OrgId, number: u64, fields: &Fields) -> Result<Response> {
    if Intent::of(fields) != Intent::Save {
        return Ok(page(review(visit, org, number, fields, None).await?));
    }
    let reach = reaching::read(fields)?;
    let base = fields.get("base_revision").parse();
    let request = RestoreRequest {
        revision: number,
        parts: parts(fields)?,
        note: edits::note(fields)?,
        expected: Some(base.map_err(|_| Error::invalid("Reload the page and choose again."))?),
    };
    let actor = visit.owned()?;
    let saved = visit
        .site
        .run(|app| async move { settings::restore(&app, &actor, org, request, &reach).await })
        .await?;
    let back = format!("{}/settings/history", path(org));
    if saved.changes.is_empty() {
        let text = format!("All of that is as revision {number} said already.");
        return Ok(go_saying(&visit.site, &back, text));
    }
    Ok(saved_answer(visit, org, &back, &saved))
}

/// What was ticked; nothing means all of it, which has a button of its own.
fn parts(fields: &Fields) -> Result<Vec<Part>> {
    if fields.get("what") == "all" {
        return Ok(Vec::new());
    }
    let parts = fields
        .all("part")
        .map(str::parse)
        .collect::<Result<Vec<Part>>>()?;
    if parts.is_empty() {
        return Err(Error::field(
            "/parts",
            "Tick what should come back, or take all of it.",
        ));
    }
    Ok(parts)
}

async fn review(
    visit: &Visit,
    org: OrgId,
    number: u64,
    fields: &Fields,
    problem: Option<String>,
) -> Result<RestoreReview> {
    let chosen = parts(fields);
    let (problem, chosen) = match chosen {
        Ok(chosen) => (problem, chosen),
        // Nothing was ticked: all of it is shown, and nothing is done by it.
        Err(error) => (Some(error.public.into_owned()), Vec::new()),
    };
    let found = settings::restorable(visit.app(), visit.actor()?, org, number, &chosen).await?;
    let (_, frame) = visit.org_frame(org, Place::History).await?;
    Ok(RestoreReview {
        frame,
        number,
        base_revision: found.newest,
        parts: chosen.iter().map(ToString::to_string).collect(),
        layers: layers::plans(visit, org, &found.layers).await?,
        touches: touches(&found),
        losses: layers::losses(&found.layers),
        reaching: reaching::offer(visit, org, Some(fields), None).await?,
        note: Input::new(fields.get("note")),
        action: restore_path(org, number),
        problem,
    })
}

fn touches(found: &Restorable) -> String {
    format!(
        "Up to {} of {} get this within a second of being connected.",
        words::count(found.devices, "device"),
        words::count(found.members, "member")
    )
}
