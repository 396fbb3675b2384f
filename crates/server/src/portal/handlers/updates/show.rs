//! One update with its comments, and reacting to updates.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::updates::{self, CommentPage, CommentView, PAGE_LIMIT};
use tessera_domain::{Error, Reaction, Result, Right};
use tessera_ids::{CommentId, OrgId, Timestamp, UpdateId};

use super::super::answer::{go, page};
use super::super::pages::UpdatePage;
use super::super::view::{Input, Pager, Place};
use super::super::visit::Visit;
use super::super::words;
use super::card::{Desk, update_path, updates_path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};

/// From where on comments are shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Later {
    #[serde(default)]
    after: String,
}

impl Later {
    fn place(&self) -> Result<Option<(Timestamp, CommentId)>> {
        let unknown =
            || Error::invalid("This page of the comments is not understood. Begin at the first one.");
        if self.after.is_empty() {
            return Ok(None);
        }
        let (at, id) = self.after.split_once(' ').ok_or_else(unknown)?;
        let at = Timestamp::from_micros(at.parse().map_err(|_| unknown())?);
        Ok(Some((at, id.parse().map_err(|_| unknown())?)))
    }

    fn pager(&self, found: &CommentPage) -> Option<Pager> {
        if !found.more && self.after.is_empty() {
            return None;
        }
        let after = |last: &CommentView| {
            let place = format!("{} {}", last.comment.created_at.as_micros(), last.comment.id);
            words::query(&[("after", &place)])
        };
        let last = found.comments.last().filter(|_| found.more);
        Some(Pager {
            shown: words::count(found.comments.len() as u64, "comment"),
            first: (!self.after.is_empty()).then(|| "?".to_owned()),
            next: last.map(after),
        })
    }
}

pub(super) async fn one(
    visit: Visit,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    Query(later): Query<Later>,
) -> Answer<Response> {
    Ok(page(update_page(&visit, org, id, &later).await?))
}

/// The page of an update, with an empty comment where one may be written.
pub(super) async fn update_page(
    visit: &Visit,
    org: OrgId,
    id: UpdateId,
    later: &Later,
) -> Result<UpdatePage> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let update = updates::one(app, actor, org, id).await?;
    let found = updates::comments(app, actor, org, id, later.place()?, PAGE_LIMIT).await?;
    let (view, frame) = visit.org_frame(org, Place::Updates).await?;
    let speakers = found.comments.iter().map(|view| view.comment.author);
    let authors: Vec<_> = speakers.chain([update.update.author]).collect();
    let desk = Desk::with(visit, org, view.role, &authors).await?;
    Ok(UpdatePage {
        frame,
        card: desk.whole(&update),
        comments: found.comments.iter().map(|view| desk.comment(view)).collect(),
        pager: later.pager(&found),
        comment: Right::Comment.granted_to(view.role).then(Input::default),
        preview: None,
        problem: None,
        back: updates_path(org),
    })
}

pub(super) async fn react(
    visit: Visit,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    fields: Fields,
) -> Answer<Response> {
    let (word, wanted) = fields.get("reaction").split_once(' ').unwrap_or_default();
    let reaction: Reaction = word
        .parse()
        .map_err(|error: tessera_domain::reaction::ParseReactionError| Error::invalid(error.to_string()))?;
    let (actor, given) = (visit.owned()?, wanted == "on");
    visit
        .site
        .run(|app| async move { updates::react(&app, &actor, org, id, reaction, given).await })
        .await?;
    let back = visit.came_from(&update_path(org, id));
    Ok(go(&format!("{back}#{id}")))
}
