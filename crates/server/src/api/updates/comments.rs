//! Comments on updates.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tessera_app::Actor;
use tessera_app::updates;
use tessera_domain::{CommentText, Result, Right, text::TextError};
use tessera_ids::{CommentId, OrgId, UpdateId};

use super::shapes::{Comments, OneComment, SaidComment};
use super::{place, say};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

const LISTING: &[Say] = &[
    say("after", "The `next` of the page before."),
    say("limit", "How many, at most 100."),
];

const LIST: &str = "/api/v1/orgs/{org}/updates/{update}/comments";
const ONE: &str = "/api/v1/orgs/{org}/updates/{update}/comments/{comment}";

pub(super) fn routes() -> Vec<Route> {
    let (see, comment) = (Access::Member(Right::SeeUpdates), Access::Member(Right::Comment));
    vec![
        Route::get(
            LIST,
            see,
            "Lists the comments on an update, the oldest first.",
            list,
        )
        .says(LISTING)
        .answers::<Comments>(),
        Route::post(LIST, comment, "Comments on an update.", create)
            .takes::<SaidComment>()
            .answers_as::<OneComment>(StatusCode::CREATED),
        Route::patch(ONE, comment, "Edits a comment of one's own.", change)
            .takes::<SaidComment>()
            .answers::<OneComment>(),
        Route::delete(
            ONE,
            comment,
            "Deletes a comment; of somebody else's a line stays.",
            delete,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

#[derive(Debug, Deserialize)]
struct Listing {
    after: Option<String>,
    limit: Option<u64>,
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, post)): Path<(OrgId, UpdateId)>,
    Query(listing): Query<Listing>,
) -> Answer<Json<Comments>> {
    let after = listing.after.as_deref().map(place).transpose()?;
    let limit = listing.limit.unwrap_or(50);
    let found = updates::comments(&site.app, &actor, org, post, after, limit).await?;
    Ok(Json(found.into()))
}

fn read(said: SaidComment) -> Result<CommentText> {
    said.text.try_into().map_err(|error: TextError| error.at("/text"))
}

async fn shown(
    site: &Site,
    actor: &Actor,
    (org, post, id): (OrgId, UpdateId, CommentId),
) -> Result<Json<OneComment>> {
    let found = updates::one_comment(&site.app, actor, org, post, id).await?;
    Ok(Json(found.into()))
}

async fn create(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, post)): Path<(OrgId, UpdateId)>,
    extract::Json(said): extract::Json<SaidComment>,
) -> Answer<(StatusCode, Json<OneComment>)> {
    let (by, text) = (actor.clone(), read(said)?);
    let id = site
        .run(|app| async move { updates::comment(&app, &by, org, post, text).await })
        .await?;
    Ok((StatusCode::CREATED, shown(&site, &actor, (org, post, id)).await?))
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, post, id)): Path<(OrgId, UpdateId, CommentId)>,
    extract::Json(said): extract::Json<SaidComment>,
) -> Answer<Json<OneComment>> {
    let (by, text) = (actor.clone(), read(said)?);
    site.run(|app| async move { updates::edit_comment(&app, &by, org, post, id, &text).await })
        .await?;
    Ok(shown(&site, &actor, (org, post, id)).await?)
}

async fn delete(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, post, id)): Path<(OrgId, UpdateId, CommentId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { updates::delete_comment(&app, &actor, org, post, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
