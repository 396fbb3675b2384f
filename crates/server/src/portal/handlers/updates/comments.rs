//! Saying something to an update, and saying it better.

use axum::response::Response;
use tessera_app::updates;
use tessera_domain::{CommentText, Error, Result};
use tessera_ids::{CommentId, OrgId, UpdateId};

use super::super::answer::{Reading, Refusal, again, go, go_saying, page};
use super::super::pages::CommentEditor;
use super::super::view::{Input, Place};
use super::super::visit::Visit;
use super::card::update_path;
use super::show::{Later, update_page};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::portal::markdown::{self, Html};

fn read(fields: &Fields) -> Result<CommentText> {
    let mut reading = Reading::default();
    match reading.take("/text", fields.get("text").parse()) {
        Some(text) => Ok(text),
        None => Err(reading.error()),
    }
}

fn preview(fields: &Fields) -> Result<Option<Html>> {
    // Enter in a field presses the first button, so anything unknown only looks.
    if matches!(fields.get("intent"), "comment" | "save") {
        return Ok(None);
    }
    read(fields).map(|text| Some(markdown::member(text.as_str())))
}

pub(super) async fn say(
    visit: Visit,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    fields: Fields,
) -> Answer<Response> {
    let shown = update_page(&visit, org, id, &Later::default()).await?;
    let typed = Input::new(fields.get("text"));
    match try_say(&visit, org, id, &fields).await {
        Ok(None) => {
            let said = "Your comment is posted.";
            Ok(go_saying(&visit.site, &update_path(org, id), said))
        }
        Ok(preview) => Ok(page(super::super::pages::UpdatePage {
            preview,
            comment: Some(typed),
            ..shown
        })),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = super::super::pages::UpdatePage {
                problem: refusal.problem(&["/text"]),
                comment: Some(refusal.input("/text", &typed.value)),
                ..shown
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_say(visit: &Visit, org: OrgId, id: UpdateId, fields: &Fields) -> Result<Option<Html>> {
    if let Some(html) = preview(fields)? {
        return Ok(Some(html));
    }
    let (actor, text) = (visit.owned()?, read(fields)?);
    visit
        .site
        .run(|app| async move { updates::comment(&app, &actor, org, id, text).await })
        .await?;
    Ok(None)
}

/// The path of a comment: the update, the comment.
type Place2 = (OrgId, UpdateId, CommentId);

pub(super) async fn open(visit: Visit, Path(place): Path<Place2>) -> Answer<Response> {
    Ok(page(editor(&visit, place).await?))
}

async fn editor(visit: &Visit, (org, id, comment): Place2) -> Result<CommentEditor> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let update = updates::one(app, actor, org, id).await?.update;
    let view = updates::one_comment(app, actor, org, id, comment).await?;
    if !view.may_edit {
        return Err(Error::forbidden("Only its author edits a comment."));
    }
    let (_, frame) = visit.org_frame(org, Place::Updates).await?;
    let back = update_path(org, id);
    Ok(CommentEditor {
        frame,
        about: update.title.to_string(),
        action: format!("{back}/comments/{comment}/edit"),
        back,
        text: Input::new(view.comment.text.map(String::from).unwrap_or_default()),
        preview: None,
        problem: None,
    })
}

pub(super) async fn save(visit: Visit, Path(place): Path<Place2>, fields: Fields) -> Answer<Response> {
    let form = editor(&visit, place).await?;
    let typed = Input::new(fields.get("text"));
    match try_save(&visit, place, &fields).await {
        Ok(None) => Ok(go(&format!("{}#{}", form.back, place.2))),
        Ok(preview) => Ok(page(CommentEditor {
            preview,
            text: typed,
            ..form
        })),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = CommentEditor {
                problem: refusal.problem(&["/text"]),
                text: refusal.input("/text", &typed.value),
                ..form
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_save(visit: &Visit, (org, id, comment): Place2, fields: &Fields) -> Result<Option<Html>> {
    if let Some(html) = preview(fields)? {
        return Ok(Some(html));
    }
    let (actor, text) = (visit.owned()?, read(fields)?);
    visit
        .site
        .run(|app| async move { updates::edit_comment(&app, &actor, org, id, comment, &text).await })
        .await?;
    Ok(None)
}
