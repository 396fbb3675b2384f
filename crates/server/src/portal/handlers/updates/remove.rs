//! Asking before an update or a comment is deleted.

use axum::response::Response;
use tessera_app::updates;
use tessera_domain::{Error, Result, Right};
use tessera_ids::{CommentId, OrgId, UpdateId};

use super::super::answer::{go_refused, go_saying, page};
use super::super::pages::ConfirmDelete;
use super::super::view::Place;
use super::super::visit::Visit;
use super::super::words;
use super::card::{update_path, updates_path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};

fn confirmed(fields: &Fields) -> Result<()> {
    if fields.get("confirm") == "delete" {
        Ok(())
    } else {
        Err(Error::invalid("Confirm that this is to be deleted."))
    }
}

pub(super) async fn ask(visit: Visit, Path((org, id)): Path<(OrgId, UpdateId)>) -> Answer<Response> {
    let view = updates::one(visit.app(), visit.actor()?, org, id).await?;
    let (org_view, frame) = visit.org_frame(org, Place::Updates).await?;
    if !view.may_edit {
        Right::Moderate.require(org_view.role)?;
    }
    let update = view.update;
    let mut consequences =
        vec!["It is gone for everybody, with its reactions. This cannot be undone.".to_owned()];
    if update.comments > 0 {
        consequences.push(format!(
            "{} go with it.",
            words::count(update.comments, "comment")
        ));
    }
    if !view.is_own {
        consequences.push(format!(
            "It is by {}. The audit log keeps its title.",
            update.author_name
        ));
    }
    let back = update_path(org, id);
    Ok(page(ConfirmDelete {
        frame,
        heading: format!("Delete “{}”", update.title),
        button: "Delete update".to_owned(),
        consequences,
        action: format!("{back}/delete"),
        back,
        problem: None,
    }))
}

pub(super) async fn delete(
    visit: Visit,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    fields: Fields,
) -> Answer<Response> {
    confirmed(&fields)?;
    let actor = visit.owned()?;
    let done = visit
        .site
        .run(|app| async move { updates::delete(&app, &actor, org, id).await })
        .await;
    match done {
        Ok(()) => Ok(go_saying(
            &visit.site,
            &updates_path(org),
            "The update is deleted.",
        )),
        Err(error) => go_refused(&visit.site, &update_path(org, id), error),
    }
}

pub(super) async fn ask_comment(
    visit: Visit,
    Path((org, id, comment)): Path<(OrgId, UpdateId, CommentId)>,
) -> Answer<Response> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let update = updates::one(app, actor, org, id).await?.update;
    let view = updates::one_comment(app, actor, org, id, comment).await?;
    let (org_view, frame) = visit.org_frame(org, Place::Updates).await?;
    if !view.may_delete {
        Right::Moderate.require(org_view.role)?;
    }
    let author = &view.comment.author_name;
    let (heading, line) = if view.may_edit {
        (
            "Delete your comment".to_owned(),
            "It is gone for everybody. This cannot be undone.".to_owned(),
        )
    } else {
        let line = "Its text is gone for everybody; a line stays that says that you deleted it.";
        (format!("Delete the comment by {author}"), line.to_owned())
    };
    let back = update_path(org, id);
    Ok(page(ConfirmDelete {
        frame,
        heading,
        button: "Delete comment".to_owned(),
        consequences: vec![format!("It is a comment on “{}”.", update.title), line],
        action: format!("{back}/comments/{comment}/delete"),
        back: format!("{back}#{comment}"),
        problem: None,
    }))
}

pub(super) async fn delete_comment(
    visit: Visit,
    Path((org, id, comment)): Path<(OrgId, UpdateId, CommentId)>,
    fields: Fields,
) -> Answer<Response> {
    confirmed(&fields)?;
    let actor = visit.owned()?;
    let done = visit
        .site
        .run(|app| async move { updates::delete_comment(&app, &actor, org, id, comment).await })
        .await;
    let back = update_path(org, id);
    match done {
        Ok(()) => Ok(go_saying(&visit.site, &back, "The comment is deleted.")),
        Err(error) => go_refused(&visit.site, &back, error),
    }
}
