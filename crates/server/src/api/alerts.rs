//! Alerts: what is open, what was, and where it goes. Secrets are given once, when they are made.

mod shapes;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use tessera_app::alerts::{self, EndpointEdit, NewEndpoint};
use tessera_domain::{AlertKind, Error, Right, WebhookUrl};
use tessera_ids::{AlertEndpointId, JobId, OrgId};

use self::shapes::{
    AlertChoices, AlertChoicesPatch, AlertEndpointBody, AlertEndpointPatch, AlertEndpointView,
    AlertEndpoints, AlertList, AlertTestAnswer, Deliveries, Rotation, Secret, WithSecret,
};
use crate::http::Answer;
use crate::http::caller::Signed;
use crate::http::extract::{self, Path};
use crate::portal::send_test;
use crate::routes::{Access, Route};
use crate::site::Site;

/// How long a rotated secret signs on where nobody says.
const OVERLAP: Duration = Duration::from_hours(24);

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageAlerts);
    let endpoints = "/api/v1/orgs/{org}/alerts/endpoints";
    let one = "/api/v1/orgs/{org}/alerts/endpoints/{endpoint}";
    let choices = "/api/v1/orgs/{org}/alerts/settings";
    vec![
        Route::get(
            "/api/v1/orgs/{org}/alerts",
            may,
            "Lists alerts that are open and that ended.",
            list,
        )
        .answers::<AlertList>(),
        Route::get(
            choices,
            may,
            "Reads when a device is silent and what the caller is mailed.",
            read_choices,
        )
        .answers::<AlertChoices>(),
        Route::patch(
            choices,
            may,
            "Says when a device is silent and what the caller is mailed.",
            choose,
        )
        .takes::<AlertChoicesPatch>()
        .answers::<AlertChoices>(),
        Route::get(
            endpoints,
            may,
            "Lists where alerts go besides mail.",
            list_endpoints,
        )
        .answers::<AlertEndpoints>(),
        Route::post(
            endpoints,
            may,
            "Adds an endpoint; its secret is given this once.",
            add,
        )
        .takes::<AlertEndpointBody>()
        .answers_as::<WithSecret>(StatusCode::CREATED),
        Route::get(one, may, "Reads an endpoint, without what is secret of it.", read)
            .answers::<AlertEndpointView>(),
        Route::patch(
            one,
            may,
            "Changes an endpoint. Led elsewhere, it gets a new secret unless the present one is given.",
            edit,
        )
        .takes::<AlertEndpointPatch>()
        .answers::<WithSecret>(),
        Route::delete(one, may, "Deletes an endpoint with what waits for it.", delete)
            .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            "/api/v1/orgs/{org}/alerts/endpoints/{endpoint}/test",
            may,
            "Sends an endpoint a test alert and says how it went.",
            test,
        )
        .answers::<AlertTestAnswer>(),
        Route::post(
            "/api/v1/orgs/{org}/alerts/endpoints/{endpoint}/rotate",
            may,
            "Gives an endpoint a new secret, beside which the old one signs for a while.",
            rotate,
        )
        .takes::<Rotation>()
        .answers::<Secret>(),
        Route::get(
            "/api/v1/orgs/{org}/alerts/deliveries",
            may,
            "Lists deliveries that were given up.",
            deliveries,
        )
        .answers::<Deliveries>(),
        Route::post(
            "/api/v1/orgs/{org}/alerts/deliveries/{delivery}/retry",
            may,
            "Tries a delivery anew that was given up.",
            retry,
        )
        .answers_empty(StatusCode::NO_CONTENT),
        Route::delete(
            "/api/v1/orgs/{org}/alerts/deliveries/{delivery}",
            may,
            "Forgets a delivery that was given up.",
            drop_delivery,
        )
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}

async fn list(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<AlertList>> {
    Ok(Json(alerts::overview(&site.app, &actor, org).await?.into()))
}

async fn list_endpoints(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<AlertEndpoints>> {
    let found = alerts::overview(&site.app, &actor, org).await?;
    let endpoints = found.endpoints.into_iter().map(Into::into).collect();
    Ok(Json(AlertEndpoints { endpoints }))
}

async fn deliveries(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<Deliveries>> {
    let found = alerts::overview(&site.app, &actor, org).await?;
    let given_up = found.given_up.into_iter().map(Into::into).collect();
    Ok(Json(Deliveries { given_up }))
}

async fn read_choices(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
) -> Answer<Json<AlertChoices>> {
    Ok(Json(alerts::overview(&site.app, &actor, org).await?.into()))
}

async fn choose(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(body): extract::Json<AlertChoicesPatch>,
) -> Answer<Json<AlertChoices>> {
    let mail = body.mail.map(kinds).transpose()?;
    let chosen = site
        .run(|app| async move {
            if let Some(days) = body.silent_days {
                alerts::choose_silent_days(&app, &actor, org, days).await?;
            }
            if let Some(mail) = mail {
                alerts::choose_mail(&app, &actor, org, &mail).await?;
            }
            alerts::overview(&app, &actor, org).await
        })
        .await?;
    Ok(Json(chosen.into()))
}

async fn add(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path(org): Path<OrgId>,
    extract::Json(body): extract::Json<AlertEndpointBody>,
) -> Answer<(StatusCode, Json<WithSecret>)> {
    let named = body.name.parse();
    let format = body.format.parse();
    let new = NewEndpoint {
        name: named.map_err(|error: tessera_domain::text::TextError| error.at("/name"))?,
        format: format.map_err(|error: tessera_domain::alert::UnknownFormat| {
            Error::field("/format", error.to_string())
        })?,
        url: address(&site, &body.url.0)?,
        kinds: body
            .kinds
            .map_or_else(|| Ok(AlertKind::of_orgs().collect()), kinds)?,
    };
    let (view, secret) = site
        .run(|app| async move {
            let added = alerts::add(&app, &actor, org, new).await?;
            let view = alerts::endpoint(&app, &actor, org, added.id).await?;
            Ok((view, added.secret))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(with_secret(view, secret.as_ref()))))
}

async fn read(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
) -> Answer<Json<AlertEndpointView>> {
    Ok(Json(alerts::endpoint(&site.app, &actor, org, id).await?.into()))
}

async fn edit(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    extract::Json(patch): extract::Json<AlertEndpointPatch>,
) -> Answer<Json<WithSecret>> {
    let named = patch.name.map(|name| name.parse()).transpose();
    let edit = EndpointEdit {
        name: named.map_err(|error: tessera_domain::text::TextError| error.at("/name"))?,
        kinds: patch.kinds.map(kinds).transpose()?,
        url: patch.url.map(|url| address(&site, &url.0)).transpose()?,
        secret: patch.secret.map(|secret| secret.0.into()),
    };
    let (view, secret) = site
        .run(|app| async move {
            let edited = alerts::edit(&app, &actor, org, id, edit).await?;
            match patch.paused {
                Some(true) => alerts::pause(&app, &actor, org, id).await?,
                Some(false) => alerts::resume(&app, &actor, org, id).await?,
                None => {}
            }
            Ok((alerts::endpoint(&app, &actor, org, id).await?, edited.secret))
        })
        .await?;
    Ok(Json(with_secret(view, secret.as_ref())))
}

async fn delete(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { alerts::delete(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn test(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
) -> Answer<Json<AlertTestAnswer>> {
    let problem = send_test(&site, actor, org, id).await?.problem();
    Ok(Json(AlertTestAnswer {
        works: problem.is_none(),
        problem,
    }))
}

async fn rotate(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    extract::Json(body): extract::Json<Rotation>,
) -> Answer<Json<Secret>> {
    let overlap = body.overlap_seconds.map_or(OVERLAP, Duration::from_secs);
    let secret = site
        .run(|app| async move { alerts::rotate(&app, &actor, org, id, overlap).await })
        .await?;
    let secret = secret.expose_secret().to_owned();
    Ok(Json(Secret { secret }))
}

async fn retry(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, JobId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { alerts::retry_delivery(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn drop_delivery(
    State(site): State<Site>,
    Signed(actor): Signed,
    Path((org, id)): Path<(OrgId, JobId)>,
) -> Answer<StatusCode> {
    site.run(|app| async move { alerts::drop_delivery(&app, &actor, org, id).await })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn with_secret(view: alerts::EndpointView, secret: Option<&SecretString>) -> WithSecret {
    WithSecret {
        endpoint: view.into(),
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
    }
}

fn kinds(words: Vec<String>) -> Result<Vec<AlertKind>, Error> {
    let read = |word: String| {
        word.parse()
            .map_err(|_| Error::field("/kinds", format!("{word} is no condition.")))
    };
    words.into_iter().map(read).collect()
}

/// An address that this server would call.
fn address(site: &Site, text: &str) -> Result<WebhookUrl, Error> {
    let url: WebhookUrl = text
        .parse()
        .map_err(|error: tessera_domain::alert::WebhookUrlError| Error::field("/url", error.to_string()))?;
    let would = site.outbound.would_call(&url);
    would.map_err(|why| Error::field("/url", format!("This address is not called from here: {why}.")))?;
    Ok(url)
}
