//! Providers' keys. What is secret goes in and never comes out.

pub(super) mod shapes;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tessera_app::credentials::{self, KeyEdit, NewKey, Tested};
use tessera_domain::credential::{Delivery, ProviderKind, Typed};
use tessera_domain::{CredentialName, Error, Right};
use tessera_ids::{CredentialId, OrgId};

use self::shapes::{Body, Listed, Models, OneCredential, Patch, Replacement, TestAnswer};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::routes::{Access, Route};
use crate::site::Site;

/// How long a replaced key drains where nobody says.
const OVERLAP: Duration = Duration::from_hours(24);

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageCredentials);
    let one = "/api/v1/orgs/{org}/credentials/{credential}";
    vec![
        Route::get(
            "/api/v1/orgs/{org}/credentials",
            may,
            "Lists the providers' keys, without what is secret of them.",
            list,
        )
        .answers::<Listed>(),
        Route::post(
            "/api/v1/orgs/{org}/credentials",
            may,
            "Adds a provider's key.",
            add,
        )
        .takes::<Body>()
        .answers_as::<OneCredential>(StatusCode::CREATED),
        Route::get(one, may, "Reads a key, without what is secret of it.", read).answers::<OneCredential>(),
        Route::patch(
            one,
            may,
            "Changes a key. Where it would be sent elsewhere or delivered otherwise, it must be typed again.",
            edit,
        )
        .takes::<Patch>()
        .answers::<OneCredential>(),
        Route::delete(one, may, "Deletes a key with its secret.", delete)
            .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/credentials/{credential}/replace",
            may,
            "Puts another key in the place of one that drains for a while and then retires.",
            replace,
        )
        .takes::<Replacement>()
        .answers_as::<OneCredential>(StatusCode::CREATED),
        Route::post(
            "/api/v1/orgs/{org}/credentials/{credential}/test",
            may,
            "Calls the provider with a key and says how it went.",
            test,
        )
        .answers::<TestAnswer>(),
        Route::get(
            "/api/v1/orgs/{org}/credentials/{credential}/models",
            may,
            "Asks the provider which models it offers for a key.",
            models,
        )
        .answers::<Models>(),
    ]
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Listed>> {
    let found = credentials::list(&site.app, &actor, org).await?;
    Ok(Json(Listed {
        credentials: found.into_iter().map(Into::into).collect(),
    }))
}

async fn add(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(body): extract::Json<Body>,
) -> Answer<(StatusCode, Json<OneCredential>)> {
    let new = NewKey {
        name: name(&body.name)?,
        kind: kind(&body.provider)?,
        delivery: delivery(body.delivery.as_deref())?.unwrap_or_default(),
        teams: body.teams.into_iter().collect(),
        typed: typed(body.settings, body.secret),
    };
    let added = site
        .run(|app| async move {
            let id = credentials::add(&app, &actor, org, new).await?;
            credentials::one(&app, &actor, org, id).await
        })
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

async fn read(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
) -> Answer<Json<OneCredential>> {
    Ok(Json(credentials::one(&site.app, &actor, org, id).await?.into()))
}

async fn edit(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    extract::Json(patch): extract::Json<Patch>,
) -> Answer<Json<OneCredential>> {
    let edit = KeyEdit {
        base: patch.version,
        name: patch.name.as_deref().map(name).transpose()?,
        delivery: delivery(patch.delivery.as_deref())?,
        teams: patch.teams.map(|teams| teams.into_iter().collect()),
        typed: typed(patch.settings, patch.secret),
    };
    let edited = site
        .run(|app| async move { credentials::edit(&app, &actor, org, id, edit).await })
        .await?;
    Ok(Json(edited.into()))
}

async fn replace(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
    extract::Json(body): extract::Json<Replacement>,
) -> Answer<(StatusCode, Json<OneCredential>)> {
    let overlap = body.overlap_seconds.map_or(OVERLAP, Duration::from_secs);
    let typed = typed(body.settings, body.secret);
    let successor = site
        .run(|app| async move {
            let id = credentials::replace(&app, &actor, org, id, typed, overlap).await?;
            credentials::one(&app, &actor, org, id).await
        })
        .await?;
    Ok((StatusCode::CREATED, Json(successor.into())))
}

async fn test(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
) -> Answer<Json<TestAnswer>> {
    let kind = credentials::one(&site.app, &actor, org, id).await?.kind();
    let tested = site
        .run(|app| async move { credentials::test(&app, &actor, org, id).await })
        .await?;
    let (works, models, problem) = match tested {
        Tested::Works { models } => (true, models, None),
        Tested::Fails { problem } => (false, None, Some(problem)),
    };
    let words = kind.trial();
    Ok(Json(TestAnswer {
        works,
        models,
        problem,
        proves: words.proves,
        leaves_open: words.leaves_open,
    }))
}

async fn models(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
) -> Answer<Json<Models>> {
    let models = credentials::list_models(&site.app, &actor, org, id).await?;
    Ok(Json(Models { models }))
}

async fn delete(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, CredentialId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { credentials::delete(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn name(text: &str) -> Result<CredentialName, Error> {
    text.parse()
        .map_err(|error: tessera_domain::text::TextError| Error::field("/name", error.to_string()))
}

fn kind(text: &str) -> Result<ProviderKind, Error> {
    let known = || ProviderKind::ALL.map(ProviderKind::as_str).join(", ");
    text.parse()
        .map_err(|_| Error::field("/provider", format!("Choose one of {}.", known())))
}

fn delivery(text: Option<&str>) -> Result<Option<Delivery>, Error> {
    let read = |text: &str| {
        text.parse()
            .map_err(|_| Error::field("/delivery", "Choose relayed or delivered."))
    };
    text.map(read).transpose()
}

fn typed(settings: shapes::Plain, secret: shapes::Secrets) -> Typed {
    let typed = settings
        .0
        .into_iter()
        .fold(Typed::default(), |typed, (name, text)| typed.with(name, text));
    secret
        .0
        .into_iter()
        .fold(typed, |typed, (name, text)| typed.with(name, text))
}
