//! Rolling a rollout back: what it undoes first, then the deed.

use axum::response::{IntoResponse, Response};
use tessera_app::rollouts;
use tessera_domain::{Result, Right};
use tessera_ids::OrgId;

use super::answer::{Refusal, go_linking, page};
use super::pages::{Page, RollBack};
use super::view::{Input, Place};
use super::visit::{Visit, path};
use super::{edits, layers, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

const PATH: &str = "/o/{org}/rollouts/{revision}/roll-back";

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ChangeSettings);
    vec![
        Route::get(PATH, may, "Says what rolling a rollout back would undo.", ask),
        Route::post(PATH, may, "Rolls a rollout back by a new revision.", undo).takes_form(),
    ]
}

async fn ask(visit: Visit, Path((org, number)): Path<(OrgId, u64)>) -> Answer<Response> {
    Ok(page(asking(&visit, org, number).await?))
}

async fn asking(visit: &Visit, org: OrgId, number: u64) -> Result<RollBack> {
    let found = rollouts::undoing(visit.app(), visit.actor()?, org, number).await?;
    let (_, frame) = visit.org_frame(org, Place::Devices).await?;
    let (rollout, back) = (found.rollout, found.back);
    let undone = match (rollout.revision, rollout.last_revision) {
        (first, last) if first == last => format!("revision {first}"),
        (first, last) => format!("revisions {first} to {last}"),
    };
    Ok(RollBack {
        frame,
        number: rollout.revision,
        baseline: rollout.baseline,
        undone,
        layers: layers::plans(visit, org, &back.layers).await?,
        gone: layers::names(visit, org, &back.gone).await?,
        losses: layers::losses(&back.layers),
        touches: format!(
            "{} of {} get it within a second of being connected, also those that wait for their stage.",
            words::count(back.devices, "device"),
            words::count(back.members, "member")
        ),
        action: format!("{}/rollouts/{number}", path(org)),
        note: Input::default(),
        problem: None,
    })
}

async fn undo(visit: Visit, Path((org, number)): Path<(OrgId, u64)>, fields: Fields) -> Answer<Response> {
    match undone(&visit, org, number, &fields).await {
        Ok(by) => {
            let home = path(org);
            let here = format!("{home}/rollouts/{number}");
            let text = format!("Rolled back: revision {by} says what was before, for every device.");
            Ok(go_linking(
                &visit.site,
                &here,
                text,
                "Watch it arrive",
                &format!("{home}/rollouts/{by}"),
            ))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let mut again = asking(&visit, org, number).await?;
            again.note = refusal.input("/note", fields.get("note"));
            again.problem = refusal.problem(&["/note"]);
            Ok((refusal.status, Page(again)).into_response())
        }
    }
}

async fn undone(visit: &Visit, org: OrgId, number: u64, fields: &Fields) -> Result<u64> {
    let (actor, note) = (visit.owned()?, edits::note(fields)?);
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        rollouts::roll_back(&app, &actor, org, number, note).await
    };
    visit.site.run(work).await
}
