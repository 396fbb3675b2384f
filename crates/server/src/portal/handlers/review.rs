//! Looking at a change before it is saved, saving it, and what happens when somebody else was faster.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tessera_app::settings::{self, Reach, SaveRequest, Saved};
use tessera_app::{devices, orgs, policy_file};
use tessera_domain::{Kind, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Change, Edit, LayerName, Leaf, Redundant, Setting};

use super::answer::{Refusal, go_saying, local, page};
use super::edits::{self, Draft};
use super::layers::{self, planned};
use super::pages::{Conflict, Page, Review};
use super::view::{Input, Place};
use super::visit::{Visit, path};
use super::{reaching, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::limits;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post(
            "/o/{org}/review",
            Access::Member(Right::ChangeSettings),
            "Reviews a gathered change once more, saves it, or leads back to its page.",
            decide,
        )
        .up_to(limits::CSV)
        .takes_form(),
    ]
}

/// Redundant rules that a review names.
const SHOWN: usize = 20;

/// Which button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Review,
    Save,
    Back,
    Discard,
}

impl Intent {
    /// Enter in a field presses the first button, so anything unknown only looks.
    pub(super) fn of(fields: &Fields) -> Self {
        match fields.get("intent") {
            "save" => Self::Save,
            "back" => Self::Back,
            "discard" => Self::Discard,
            _ => Self::Review,
        }
    }
}

async fn decide(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::ChangeSettings).await?;
    let back = local(fields.get("back")).to_owned();
    let intent = Intent::of(&fields);
    if matches!(intent, Intent::Back | Intent::Discard) {
        return super::settings::typed_again(&visit, org, &back, &fields).await;
    }
    match act(&visit, org, &fields, &back, intent).await? {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            let text = refusal.problem(&[]).unwrap_or_default();
            Ok((
                refusal.status,
                Page(unsaved(&visit, org, &fields, &back, text).await?),
            )
                .into_response())
        }
    }
}

/// Reviews or saves what a form says. What is wrong with the form itself is for its own page to show.
pub(super) async fn act(
    visit: &Visit,
    org: OrgId,
    fields: &Fields,
    back: &str,
    intent: Intent,
) -> Answer<std::result::Result<Response, Refusal>> {
    let draft = match edits::read(visit, org, fields).await {
        Ok(draft) => draft,
        Err(error) => return Ok(Err(Refusal::of(error)?)),
    };
    if draft.edits.is_empty() {
        return Ok(Ok(go_saying(
            &visit.site,
            back,
            "Nothing was changed, so nothing was saved.",
        )));
    }
    let (app, actor) = (visit.app(), visit.actor()?);
    if let Err(error) = refuse_owned(visit, org, &draft).await {
        return Ok(Err(Refusal::of(error)?));
    }
    let newest = orgs::view(app, actor, org).await?.revision;
    if draft.base != newest {
        return Ok(Ok(conflict(visit, org, &draft, fields, back).await?));
    }
    if intent == Intent::Review {
        return Ok(Ok(page(review(visit, org, &draft, fields, back, None).await?)));
    }
    let reach = match reaching::read(fields) {
        Ok(reach) => reach,
        Err(error) => {
            let problem = Some(error.public.into_owned());
            let again = review(visit, org, &draft, fields, back, problem).await?;
            return Ok(Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(again)).into_response()));
        }
    };
    match save(visit, org, &draft, reach).await {
        Ok(saved) => Ok(Ok(saved_answer(visit, org, back, &saved))),
        Err(error) if error.kind == Kind::Conflict => {
            Ok(Ok(conflict(visit, org, &draft, fields, back).await?))
        }
        Err(error) => Ok(Err(Refusal::of(error)?)),
    }
}

/// Refuses what a policy file owns, in the layer itself and in the teams that change with it.
async fn refuse_owned(visit: &Visit, org: OrgId, draft: &Draft) -> Result<()> {
    let (app, actor) = (visit.app(), visit.actor()?);
    policy_file::refuse_edits(app, actor, org, draft.layer, &draft.edits).await?;
    for default in &draft.team_defaults {
        let team = LayerName::Team(default.team);
        policy_file::refuse_edits(app, actor, org, team, std::slice::from_ref(&default.edit)).await?;
    }
    Ok(())
}

async fn reviewed(visit: &Visit, org: OrgId, draft: &Draft) -> Result<settings::Review> {
    let (app, actor) = (visit.app(), visit.actor()?);
    settings::review(app, actor, org, draft.layer, &draft.edits, &draft.team_defaults).await
}

async fn save(visit: &Visit, org: OrgId, draft: &Draft, reach: Reach) -> Result<Saved> {
    let request = SaveRequest {
        layer: draft.layer,
        edits: draft.edits.clone(),
        team_defaults: draft.team_defaults.clone(),
        note: draft.note.clone(),
        expected: Some(draft.base),
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { settings::save_as(&app, &actor, org, request, &reach).await })
        .await
}

/// Goes back to the page, says what was saved, and offers to watch it arrive.
pub(super) fn saved_answer(visit: &Visit, org: OrgId, back: &str, saved: &Saved) -> Response {
    if saved.changes.is_empty() {
        return go_saying(
            &visit.site,
            back,
            "That was saved already, so there is no new revision.",
        );
    }
    let rollout = format!("{}/rollouts/{}", path(org), saved.revision);
    let text = format!(
        "Revision {} is saved: {}.",
        saved.revision,
        words::summary(&saved.changes)
    );
    super::answer::go_linking(&visit.site, back, text, "Watch it arrive", &rollout)
}

async fn review(
    visit: &Visit,
    org: OrgId,
    draft: &Draft,
    fields: &Fields,
    back: &str,
    problem: Option<String>,
) -> Result<Review> {
    let actor = visit.actor()?;
    let (_, frame) = visit.org_frame(org, place(back)).await?;
    let found = reviewed(visit, org, draft).await?;
    let states = devices::states(visit.app(), actor, org).await?;
    let silent = ["stale", "behind"]
        .iter()
        .filter_map(|word| states.get(*word))
        .sum::<u64>();
    let whom = (
        words::count(found.devices, "device"),
        words::count(found.members, "member"),
    );
    Ok(Review {
        frame,
        base_revision: draft.base,
        pending: draft.pending.clone(),
        diff: planned(&found.plan),
        teams: layers::plans(visit, org, &found.teams).await?,
        touches: format!(
            "{} of {} get this within a second of being connected.",
            whom.0, whom.1
        ),
        losses: found.losses,
        redundant: redundant(&found.redundant),
        redundant_more: found.redundant.count.saturating_sub(SHOWN as u64),
        unreachable: if silent == 0 {
            String::new()
        } else {
            format!(
                "{} cannot be reached now and will get it when back.",
                words::count(silent, "device")
            )
        },
        reaching: reaching::offer(visit, org, Some(fields), problem).await?,
        note: Input::new(draft.note.as_ref().map(ToString::to_string).unwrap_or_default()),
        back: back.to_owned(),
        problem: None,
    })
}

/// The page of a change that was refused as a whole, with everything that it takes to try again.
async fn unsaved(visit: &Visit, org: OrgId, fields: &Fields, back: &str, text: String) -> Result<Review> {
    let (_, frame) = visit.org_frame(org, place(back)).await?;
    let kept = |(name, value): (&str, &str)| super::pages::PendingField {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let ours = ["intent", "note", "back", "base_revision"];
    Ok(Review {
        frame,
        base_revision: fields.get("base_revision").parse().unwrap_or_default(),
        pending: fields
            .iter()
            .filter(|(name, _)| !ours.contains(name) && !name.starts_with("reach"))
            .map(kept)
            .collect(),
        reaching: reaching::offer(visit, org, Some(fields), None).await?,
        touches: "Nothing is saved yet.".to_owned(),
        note: Input::new(fields.get("note")),
        back: back.to_owned(),
        problem: Some(text),
        ..Review::default()
    })
}

async fn conflict(visit: &Visit, org: OrgId, draft: &Draft, fields: &Fields, back: &str) -> Result<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let (view, frame) = visit.org_frame(org, place(back)).await?;
    let newest = settings::revision(app, actor, org, view.revision).await?.summary;
    let between = settings::compare(app, actor, org, draft.base, view.revision).await?;
    let theirs: Vec<Change> = between.into_iter().flat_map(|(_, changes)| changes).collect();
    let mine = reviewed(visit, org, draft).await?;
    let conflict = Conflict {
        frame,
        other: newest.author.to_string(),
        at: words::moment(newest.at, app.clock.now()),
        current_revision: view.revision,
        their_note: newest.note.map(|note| note.to_string()).unwrap_or_default(),
        both: both(&theirs, &draft.edits),
        theirs: words::diff(&theirs),
        mine: planned(&mine.plan),
        mine_in_teams: layers::plans(visit, org, &mine.teams).await?,
        // How it was to reach the devices is not lost either: in stages must not become at once.
        pending: draft
            .pending
            .iter()
            .cloned()
            .chain(reaching::carried(visit, org, fields).await?)
            .collect(),
        note: Input::new(draft.note.as_ref().map(ToString::to_string).unwrap_or_default()),
        back: back.to_owned(),
    };
    Ok((StatusCode::CONFLICT, Page(conflict)).into_response())
}

/// Titles of what both changed, to different ends. Rows of a list unite, so a list never stands in the way.
fn both(theirs: &[Change], mine: &[Edit]) -> Vec<String> {
    let meets = |change: &&Change| match change {
        Change::Value { leaf, after, .. } => mine.iter().any(|edit| differs(edit, *leaf, after.as_ref())),
        Change::Websites { .. } | Change::Rows { .. } | Change::NotUnderstood { .. } => false,
    };
    let title = |change: &Change| match change {
        Change::Value { leaf, .. } | Change::Websites { leaf, .. } | Change::Rows { leaf, .. } => {
            leaf.title().to_owned()
        }
        Change::NotUnderstood { path } => path.clone(),
    };
    theirs.iter().filter(meets).map(title).collect()
}

fn differs(edit: &Edit, theirs: Leaf, after: Option<&Setting>) -> bool {
    match edit {
        Edit::Set { leaf, value, .. } => *leaf == theirs && after.is_none_or(|after| after.value != *value),
        Edit::Clear { leaf } => *leaf == theirs && after.is_some(),
        Edit::Rows { .. } | Edit::Websites { .. } => false,
    }
}

/// Rules that say nothing new, and what says it already.
fn redundant(found: &Redundant) -> Vec<(String, String)> {
    let shown = found.sample.iter().take(SHOWN);
    shown.map(|one| (one.rule.clone(), one.by.clone())).collect()
}

fn place(back: &str) -> Place {
    match back {
        back if back.contains("/teams/") => Place::Teams,
        back if back.contains("/members/") => Place::Members,
        back if back.contains("/memory/applications") => Place::Applications,
        back if back.ends_with("/memory") => Place::Memory,
        back if back.contains("/memory/websites") => Place::Websites,
        back if back.contains("/models") => Place::Models,
        back if back.contains("/settings/history") => Place::History,
        _ => Place::Features,
    }
}

#[cfg(test)]
mod tests {
    use tessera_policy::{Layer, LayerName, Plan, Side, Value, apply, plan};

    use super::*;

    fn plan_of(edits: &[Edit]) -> Plan {
        let before = Layer::empty(LayerName::Org);
        let (document, websites) = apply(&before.document, &before.websites, edits).unwrap();
        let side = Side {
            document: &before.document,
            websites: &before.websites,
        };
        plan(
            side,
            Side {
                document: &document,
                websites: &websites,
            },
        )
    }

    #[test]
    fn a_review_says_what_members_lose_and_not_what_they_gain() {
        let set = |leaf, value| Edit::Set {
            leaf,
            value,
            locked: None,
        };
        let edits = [
            set(Leaf::Telemetry, Value::Switch(false)),
            set(Leaf::ProcessingMode, Value::Choice("cloud")),
            Edit::Websites {
                add: vec!["bank.example".parse().unwrap()],
                remove: Vec::new(),
            },
        ];
        let losses: Vec<String> = plan_of(&edits)
            .changes
            .into_iter()
            .filter_map(|planned| planned.loss)
            .collect();
        assert_eq!(
            losses,
            [
                "Telemetry no longer lets the assistant send usage figures and error reports to its maker.",
                "1 website more is never captured.",
            ]
        );
    }

    #[test]
    fn both_names_only_what_two_people_changed() {
        let to = |leaf, on| Edit::Set {
            leaf,
            value: Value::Switch(on),
            locked: None,
        };
        let set = |leaf| to(leaf, false);
        let theirs: Vec<Change> = plan_of(&[set(Leaf::Telemetry), set(Leaf::AudioCapture)])
            .changes
            .into_iter()
            .map(|p| p.change)
            .collect();
        assert_eq!(
            both(
                &theirs,
                &[
                    to(Leaf::Telemetry, true),
                    set(Leaf::AudioCapture),
                    set(Leaf::Processing)
                ]
            ),
            ["Telemetry"]
        );
    }
}
