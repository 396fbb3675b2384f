//! Updates: list, read, post, edit, delete them, and react to them.

mod comments;
mod shapes;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tessera_app::updates::{self, Draft, NewPost};
use tessera_domain::{Error, Reaction, Result, Right, Tags};
use tessera_ids::{AccountId, OrgId, Timestamp, UpdateId};
use tessera_store::{Feed, UpdateQuery};

use self::shapes::{ChangedUpdate, OneUpdate, PostedUpdate, Updates};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path, Query};
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// What narrows the list, and goes through it.
const LISTING: &[Say] = &[
    say("q", "Only updates whose title or text contains this."),
    say("tag", "Only updates with this tag."),
    say(
        "team",
        "Only updates of this team; `org` for the organization's own.",
    ),
    say("author", "Only updates by this account."),
    say("after", "The `next` of the page before."),
    say("limit", "How many, at most 100."),
];

const fn say(name: &'static str, text: &'static str) -> Say {
    Say {
        place: "query",
        name,
        text,
    }
}

const LIST: &str = "/api/v1/orgs/{org}/updates";
const ONE: &str = "/api/v1/orgs/{org}/updates/{update}";
const REACTION: &str = "/api/v1/orgs/{org}/updates/{update}/reactions/{reaction}";

pub(super) fn routes() -> Vec<Route> {
    let (see, post) = (Access::Member(Right::SeeUpdates), Access::Member(Right::Post));
    let (edit, react) = (Access::Member(Right::EditOwnPosts), Access::Member(Right::React));
    let own = vec![
        Route::get(LIST, see, "Lists updates, the newest first.", list)
            .says(LISTING)
            .answers::<Updates>(),
        Route::post(LIST, post, "Posts an update.", create)
            .takes::<PostedUpdate>()
            .answers_as::<OneUpdate>(StatusCode::CREATED),
        Route::get(ONE, see, "Shows an update.", one).answers::<OneUpdate>(),
        Route::patch(
            ONE,
            edit,
            "Edits an update; somebody else's is marked with your name.",
            change,
        )
        .takes::<ChangedUpdate>()
        .answers::<OneUpdate>(),
        Route::delete(
            ONE,
            edit,
            "Deletes an update with its comments and reactions.",
            delete,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::put(REACTION, react, "Gives a reaction.", give).answers_empty(StatusCode::NO_CONTENT),
        Route::delete(REACTION, react, "Takes a reaction back.", take_back)
            .answers_empty(StatusCode::NO_CONTENT),
    ];
    [own, comments::routes()].concat()
}

#[derive(Debug, Deserialize)]
struct Listing {
    q: Option<String>,
    tag: Option<String>,
    team: Option<String>,
    author: Option<AccountId>,
    after: Option<String>,
    limit: Option<u64>,
}

impl Listing {
    fn query(self) -> Result<UpdateQuery> {
        let tag = self.tag.map(|tag| tag.parse()).transpose();
        Ok(UpdateQuery {
            search: self.q.filter(|text| !text.is_empty()),
            feed: match self.team.as_deref() {
                None => Feed::All,
                Some("org") => Feed::Org,
                Some(team) => Feed::Team(
                    team.parse()
                        .map_err(|_| Error::invalid("`team` is not the id of a team."))?,
                ),
            },
            tag: tag.map_err(|error: tessera_domain::tag::TagError| Error::invalid(error.to_string()))?,
            author: self.author,
            after: self.after.as_deref().map(place).transpose()?,
            limit: self.limit.unwrap_or(20),
        })
    }
}

/// Reads the `next` of a page.
fn place<T: std::str::FromStr>(after: &str) -> Result<(Timestamp, T)> {
    let unknown = || Error::invalid("`after` is not the `next` of a page.");
    let (at, id) = after.split_once(' ').ok_or_else(unknown)?;
    let at = Timestamp::from_micros(at.parse().map_err(|_| unknown())?);
    Ok((at, id.parse().map_err(|_| unknown())?))
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    Query(listing): Query<Listing>,
) -> Answer<Json<Updates>> {
    let found = updates::list(&site.app, &actor, org, &listing.query()?).await?;
    Ok(Json(found.into()))
}

async fn shown(site: &Site, actor: &tessera_app::Actor, org: OrgId, id: UpdateId) -> Result<Json<OneUpdate>> {
    Ok(Json(updates::one(&site.app, actor, org, id).await?.into()))
}

async fn one(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, UpdateId)>,
) -> Answer<Json<OneUpdate>> {
    Ok(shown(&site, &actor, org, id).await?)
}

async fn create(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(new): extract::Json<PostedUpdate>,
) -> Answer<(StatusCode, Json<OneUpdate>)> {
    let new = NewPost {
        team: new.team,
        as_team: new.as_team,
        draft: shapes::draft(new.title, new.body, &new.tags)?,
    };
    let by = actor.clone();
    let id = site
        .run(|app| async move { updates::post(&app, &by, org, new).await })
        .await?;
    Ok((StatusCode::CREATED, shown(&site, &actor, org, id).await?))
}

async fn change(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, UpdateId)>,
    extract::Json(new): extract::Json<ChangedUpdate>,
) -> Answer<Json<OneUpdate>> {
    let before = updates::one(&site.app, &actor, org, id).await?;
    // What is left out stays as it was when this was read, so that a change in between is not undone unseen.
    let is_whole = new.title.is_some() && new.body.is_some() && new.tags.is_some();
    let base = new.version.or((!is_whole).then_some(before.update.version));
    let draft = match new.tags {
        Some(tags) => shapes::draft(
            new.title.unwrap_or_else(|| before.update.title.to_string()),
            new.body.unwrap_or_else(|| before.update.body.to_string()),
            &tags,
        )?,
        None => Draft {
            tags: Tags::new(before.tags).map_err(Error::internal)?,
            ..shapes::draft(
                new.title.unwrap_or_else(|| before.update.title.to_string()),
                new.body.unwrap_or_else(|| before.update.body.to_string()),
                &[],
            )?
        },
    };
    let by = actor.clone();
    site.run(|app| async move { updates::edit(&app, &by, org, id, base, draft).await })
        .await?;
    Ok(shown(&site, &actor, org, id).await?)
}

async fn delete(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, UpdateId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { updates::delete(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn give(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id, reaction)): Path<(OrgId, UpdateId, Reaction)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { updates::react(&app, &actor, org, id, reaction, true).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn take_back(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id, reaction)): Path<(OrgId, UpdateId, Reaction)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { updates::react(&app, &actor, org, id, reaction, false).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
