//! Writing an update and editing one; nothing that was typed is ever lost.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::updates::{self, Draft, NewPost, UpdateView};
use tessera_domain::{Error, Kind, Result, Right, Tags, UpdateBody, UpdateTitle};
use tessera_ids::{OrgId, TeamId, UpdateId};

use super::super::answer::{Reading, Refusal, again, go_saying, page};
use super::super::pages::{TheirUpdate, UpdateEditor, UpdatePreview};
use super::super::view::{Input, Opt, Place, Select};
use super::super::visit::Visit;
use super::super::words;
use super::card::{update_path, updates_path};
use crate::http::extract::{Fields, Path, Query};
use crate::http::{Answer, Failure};
use crate::portal::markdown;

/// How a choice ends that speaks for the team.
const VOICE: &str = " voice";

/// Where a new update is to go.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Beginning {
    #[serde(default)]
    team: String,
}

/// Whether the form is to be looked at or carried out. Enter in a field presses the first button, so anything
/// unknown only looks.
fn is_meant(fields: &Fields) -> bool {
    fields.get("intent") == "post"
}

/// Reads the form and complains of all that is wrong at once.
fn read(fields: &Fields) -> Result<Draft> {
    let mut reading = Reading::default();
    let title = reading.take("/title", fields.get("title").parse::<UpdateTitle>());
    let body = reading.take("/body", fields.get("body").parse::<UpdateBody>());
    let tags = reading.take("/tags", fields.get("tags").parse::<Tags>());
    match (title, body, tags) {
        (Some(title), Some(body), Some(tags)) => Ok(Draft { title, body, tags }),
        _ => Err(reading.error()),
    }
}

fn preview(draft: &Draft) -> UpdatePreview {
    UpdatePreview {
        title: draft.title.to_string(),
        body: markdown::member(draft.body.as_str()),
        tags: draft.tags.as_slice().iter().map(ToString::to_string).collect(),
    }
}

/// The form as it was typed.
fn typed(fields: &Fields, form: UpdateEditor) -> UpdateEditor {
    let place = form.place.map(|place| Select {
        value: fields.get("place").to_owned(),
        ..place
    });
    UpdateEditor {
        title: Input::new(fields.get("title")),
        body: Input::new(fields.get("body")),
        tags: Input::new(fields.get("tags")),
        place,
        ..form
    }
}

/// The form as it was typed, with what was wrong.
fn refused(refusal: &Refusal, fields: &Fields, form: UpdateEditor) -> UpdateEditor {
    let input = |name: &str| refusal.input(&format!("/{name}"), fields.get(name));
    UpdateEditor {
        title: input("title"),
        body: input("body"),
        tags: input("tags"),
        problem: refusal.problem(&["/title", "/body", "/tags"]),
        ..typed(fields, form)
    }
}

/// The editor of an update that does not exist yet.
async fn new_form(visit: &Visit, org: OrgId, team: &str) -> Result<UpdateEditor> {
    let (_, frame) = visit.org_frame(org, Place::Updates).await?;
    let teams = updates::postable_teams(visit.app(), visit.actor()?, org).await?;
    let mut options = vec![Opt::new("", "The organization's")];
    for (team, leads) in &teams {
        options.push(Opt::new(team.id.to_string(), team.name.as_str()));
        if *leads {
            let spoken = format!("{}, as its voice", team.name);
            options.push(Opt::new(format!("{}{VOICE}", team.id), spoken));
        }
    }
    let action = updates_path(org) + "/new";
    Ok(UpdateEditor {
        frame,
        action,
        back: updates_path(org),
        place: (!teams.is_empty()).then(|| Select {
            options,
            value: team.to_owned(),
            error: None,
        }),
        ..UpdateEditor::default()
    })
}

/// The team that a choice names, and whether the update speaks for it.
fn chosen(place: &str) -> Result<(Option<TeamId>, bool)> {
    let (team, as_team) = place
        .strip_suffix(VOICE)
        .map_or((place, false), |team| (team, true));
    if team.is_empty() {
        return Ok((None, false));
    }
    let team = team.parse().map_err(|_| Error::not_found("team"))?;
    Ok((Some(team), as_team))
}

pub(super) async fn blank(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(beginning): Query<Beginning>,
) -> Answer<Response> {
    Ok(page(new_form(&visit, org, &beginning.team).await?))
}

pub(super) async fn post(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let form = new_form(&visit, org, "").await?;
    match read(&fields) {
        Ok(draft) if !is_meant(&fields) => Ok(page(UpdateEditor {
            preview: Some(preview(&draft)),
            ..typed(&fields, form)
        })),
        Ok(draft) => match try_post(&visit, org, draft, &fields).await {
            Ok(id) => Ok(go_saying(
                &visit.site,
                &update_path(org, id),
                "The update is posted.",
            )),
            Err(error) => not_done(error, &fields, form),
        },
        Err(error) => not_done(error, &fields, form),
    }
}

async fn try_post(visit: &Visit, org: OrgId, draft: Draft, fields: &Fields) -> Result<UpdateId> {
    let (team, as_team) = chosen(fields.get("place"))?;
    let (actor, new) = (visit.owned()?, NewPost { team, as_team, draft });
    visit
        .site
        .run(|app| async move { updates::post(&app, &actor, org, new).await })
        .await
}

/// The form again. That the team or the update went meanwhile must not cost the text either.
fn not_done(error: Error, fields: &Fields, form: UpdateEditor) -> Result<Response, Failure> {
    let error = match error.kind {
        Kind::NotFound => Error::conflict(format!("{} Your text is kept here.", error.public)),
        _ => error,
    };
    let refusal = Refusal::of(error)?;
    Ok(again(&refusal, refused(&refusal, fields, form)))
}

/// The editor of an update, filled with what is kept.
async fn edit_form(visit: &Visit, org: OrgId, view: &UpdateView) -> Result<UpdateEditor> {
    let (org_view, frame) = visit.org_frame(org, Place::Updates).await?;
    if !view.may_edit {
        Right::Moderate.require(org_view.role)?;
    }
    let update = &view.update;
    let back = update_path(org, update.id);
    let tags = Tags::new(view.tags.iter().cloned()).unwrap_or_default();
    Ok(UpdateEditor {
        frame,
        is_edit: true,
        action: back.clone() + "/edit",
        back,
        title: Input::new(update.title.as_str()),
        body: Input::new(update.body.as_str()),
        tags: Input::new(tags.to_string()),
        base: Some(update.version),
        whose: (!view.is_own).then(|| update.author_name.to_string()),
        ..UpdateEditor::default()
    })
}

pub(super) async fn open(visit: Visit, Path((org, id)): Path<(OrgId, UpdateId)>) -> Answer<Response> {
    let view = updates::one(visit.app(), visit.actor()?, org, id).await?;
    Ok(page(edit_form(&visit, org, &view).await?))
}

pub(super) async fn save(
    visit: Visit,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    fields: Fields,
) -> Answer<Response> {
    let view = match updates::one(visit.app(), visit.actor()?, org, id).await {
        Ok(view) => view,
        Err(error) if error.kind == Kind::NotFound && fields.find("body").is_some() => {
            let gone = Error::conflict(
                "This update was deleted meanwhile. Your text is kept here: post it as a new one.",
            );
            return not_done(gone, &fields, new_form(&visit, org, "").await?);
        }
        Err(error) => return Err(error.into()),
    };
    let form = UpdateEditor {
        base: fields.get("base").parse().ok().or(Some(view.update.version)),
        ..edit_form(&visit, org, &view).await?
    };
    match read(&fields) {
        Ok(draft) if !is_meant(&fields) => Ok(page(UpdateEditor {
            preview: Some(preview(&draft)),
            ..typed(&fields, form)
        })),
        Ok(draft) => match try_save(&visit, org, id, form.base, draft).await {
            Ok(()) => Ok(go_saying(&visit.site, &form.back, "The update is saved.")),
            Err(error) if error.kind == Kind::Conflict => overtaken(&visit, org, id, &fields, error).await,
            Err(error) => not_done(error, &fields, form),
        },
        Err(error) => not_done(error, &fields, form),
    }
}

async fn try_save(visit: &Visit, org: OrgId, id: UpdateId, base: Option<u64>, draft: Draft) -> Result<()> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { updates::edit(&app, &actor, org, id, base, draft).await })
        .await
        .map(drop)
}

/// Somebody else saved first: their version is shown beside what was typed, which goes on top of it when saved again.
async fn overtaken(
    visit: &Visit,
    org: OrgId,
    id: UpdateId,
    fields: &Fields,
    error: Error,
) -> Answer<Response> {
    let view = updates::one(visit.app(), visit.actor()?, org, id).await?;
    let form = edit_form(visit, org, &view).await?;
    let update = &view.update;
    let by = update
        .moderated_by_name
        .as_ref()
        .filter(|_| update.moderated_at == update.edited_at)
        .unwrap_or(&update.author_name);
    let shown = UpdatePreview {
        title: update.title.to_string(),
        body: markdown::member(update.body.as_str()),
        tags: view.tags.iter().map(ToString::to_string).collect(),
    };
    let at = update.edited_at.unwrap_or(update.created_at);
    let theirs = TheirUpdate {
        by: by.to_string(),
        at: words::moment(at, visit.app().clock.now()),
        shown,
        source: update.body.to_string(),
    };
    let form = UpdateEditor {
        theirs: Some(theirs),
        ..typed(fields, form)
    };
    Ok(again(&Refusal::of(error)?, form))
}
