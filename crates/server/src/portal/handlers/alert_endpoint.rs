//! The form of an endpoint, its secret, and its end. A secret is shown in the answer to the form that made it, and never
//! again.

use std::time::Duration;

use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use tessera_app::alerts::{self, EndpointEdit, EndpointView, NewEndpoint};
use tessera_domain::{AlertFormat, AlertKind, EndpointName, Error, Kind, Result, Right, WebhookUrl};
use tessera_ids::{AlertEndpointId, OrgId};

use super::alerts::{alerts_path, choices, chosen, endpoint_path};
use super::answer::{Reading, Refusal, again, go_saying, page};
use super::pages::{AlertEndpoint, AlertRotation, AlertSecret, KeyDeletion};
use super::view::{Input, Opt, Place, Select};
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::routes::{Access, Route};

/// How long the secret before signs on, where nobody chose.
const A_DAY: &str = "86400";

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::ManageAlerts);
    let one = "/o/{org}/settings/alerts/endpoints/{endpoint}";
    let rotate_path = "/o/{org}/settings/alerts/endpoints/{endpoint}/rotate";
    let delete_path = "/o/{org}/settings/alerts/endpoints/{endpoint}/delete";
    vec![
        Route::get(
            "/o/{org}/settings/alerts/endpoints/new",
            may,
            "Asks for a new endpoint.",
            ask_new,
        ),
        Route::post(
            "/o/{org}/settings/alerts/endpoints",
            may,
            "Adds an endpoint.",
            add,
        )
        .takes_form(),
        Route::get(one, may, "Shows an endpoint to be edited.", ask_edit),
        Route::post(one, may, "Edits an endpoint.", edit).takes_form(),
        Route::get(
            rotate_path,
            may,
            "Asks how long the secret before signs on.",
            ask_rotate,
        ),
        Route::post(rotate_path, may, "Gives an endpoint a new secret.", rotate).takes_form(),
        Route::get(
            delete_path,
            may,
            "Asks before an endpoint is deleted.",
            ask_delete,
        ),
        Route::post(delete_path, may, "Deletes an endpoint.", delete).takes_form(),
    ]
}

async fn form(visit: &Visit, org: OrgId) -> Result<AlertEndpoint> {
    let (_, frame) = visit.org_frame(org, Place::Alerts).await?;
    Ok(AlertEndpoint {
        frame,
        back: alerts_path(org),
        ..AlertEndpoint::default()
    })
}

async fn new_form(visit: &Visit, org: OrgId) -> Result<AlertEndpoint> {
    let format = |format: AlertFormat| {
        let (title, summary) = (format.title().to_owned(), format.summary().to_owned());
        (format.to_string(), title, summary)
    };
    Ok(AlertEndpoint {
        action: alerts_path(org) + "/endpoints",
        formats: AlertFormat::ALL.map(format).to_vec(),
        format: AlertFormat::default().to_string(),
        kinds: choices(|_| true),
        ..form(visit, org).await?
    })
}

async fn edit_form(visit: &Visit, org: OrgId, view: &EndpointView) -> Result<AlertEndpoint> {
    Ok(AlertEndpoint {
        present: Some(view.name.to_string()),
        action: endpoint_path(org, view.id),
        name: Input::new(view.name.as_str()),
        address: view.address.clone(),
        is_signed: view.format.is_signed(),
        kinds: choices(|kind| view.kinds.contains(&kind)),
        ..form(visit, org).await?
    })
}

async fn ask_new(visit: Visit, Path(org): Path<OrgId>) -> Answer<Response> {
    Ok(page(new_form(&visit, org).await?))
}

async fn ask_edit(visit: Visit, Path((org, id)): Path<(OrgId, AlertEndpointId)>) -> Answer<Response> {
    let view = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?;
    Ok(page(edit_form(&visit, org, &view).await?))
}

/// The form again, with what was typed but for what is secret.
fn refused(error: Error, fields: &Fields, form: AlertEndpoint) -> Answer<Response> {
    let refusal = Refusal::of(error)?;
    let typed: Vec<&str> = fields.all("kind").collect();
    let mut kinds = form.kinds;
    for kind in &mut kinds {
        kind.chosen = typed.contains(&kind.value.as_str());
    }
    Ok(again(
        &refusal,
        AlertEndpoint {
            name: refusal.input("/name", fields.get("name")),
            format: fields.get("format").to_owned(),
            url: refusal.input("/url", ""),
            secret: refusal.input("/secret", ""),
            kinds,
            kinds_problem: refusal.field("/kinds"),
            problem: refusal.problem(&["/name", "/url", "/secret", "/kinds"]),
            ..form
        },
    ))
}

/// An address that this server would call.
fn address(visit: &Visit, text: &str) -> Result<WebhookUrl, String> {
    let url: WebhookUrl = text
        .parse()
        .map_err(|error: tessera_domain::alert::WebhookUrlError| error.to_string())?;
    let would = visit.site.outbound.would_call(&url);
    would.map_err(|why| format!("This address is not called from here: {why}."))?;
    Ok(url)
}

async fn add(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    let form = new_form(&visit, org).await?;
    match try_add(&visit, org, &fields).await {
        Ok((name, Some(secret))) => {
            let what = "Its messages are signed with this secret.";
            shown(&visit, org, name, what, &secret).await
        }
        Ok((name, None)) => {
            let text = format!("{name} is there. Send it a test alert, to see that it arrives.");
            Ok(go_saying(&visit.site, &alerts_path(org), text))
        }
        Err(error) => refused(error, &fields, form),
    }
}

async fn try_add(visit: &Visit, org: OrgId, fields: &Fields) -> Result<(EndpointName, Option<SecretString>)> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse());
    let format = reading.take("/format", fields.get("format").parse());
    let url = reading.take("/url", address(visit, fields.get("url")));
    let (Some(name), Some(format), Some(url)) = (name, format, url) else {
        return Err(reading.error());
    };
    let (kinds, actor) = (chosen(fields)?, visit.owned()?);
    let new = NewEndpoint {
        name: EndpointName::clone(&name),
        format,
        url,
        kinds,
    };
    let added = visit
        .site
        .run(|app| async move { alerts::add(&app, &actor, org, new).await })
        .await?;
    Ok((name, added.secret))
}

/// The page that shows a secret, this once.
async fn shown(
    visit: &Visit,
    org: OrgId,
    name: EndpointName,
    what: &str,
    secret: &SecretString,
) -> Answer<Response> {
    let (_, frame) = visit.org_frame(org, Place::Alerts).await?;
    Ok(page(AlertSecret {
        frame,
        name: name.to_string(),
        what: what.to_owned(),
        secret: secret.expose_secret().to_owned(),
        back: alerts_path(org),
    }))
}

async fn edit(
    visit: Visit,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    fields: Fields,
) -> Answer<Response> {
    let view = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?;
    let form = edit_form(&visit, org, &view).await?;
    match try_edit(&visit, org, id, &fields).await {
        Ok((name, Some(secret))) => {
            let what = "It has another address now, and its messages are signed with this new secret.";
            shown(&visit, org, name, what, &secret).await
        }
        Ok((name, None)) => Ok(go_saying(
            &visit.site,
            &alerts_path(org),
            format!("{name} is saved."),
        )),
        Err(error) => refused(error, &fields, form),
    }
}

async fn try_edit(
    visit: &Visit,
    org: OrgId,
    id: AlertEndpointId,
    fields: &Fields,
) -> Result<(EndpointName, Option<SecretString>)> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse());
    let url = match fields.get("url") {
        "" => Some(None),
        text => reading.take("/url", address(visit, text)).map(Some),
    };
    let (Some(name), Some(url)) = (name, url) else {
        return Err(reading.error());
    };
    let kinds: Vec<AlertKind> = chosen(fields)?;
    let edit = EndpointEdit {
        name: Some(EndpointName::clone(&name)),
        kinds: Some(kinds),
        url,
        secret: (!fields.get("secret").is_empty()).then(|| fields.secret("secret")),
    };
    let actor = visit.owned()?;
    let edited = visit
        .site
        .run(|app| async move { alerts::edit(&app, &actor, org, id, edit).await })
        .await?;
    Ok((name, edited.secret))
}

fn overlap(chosen: &str) -> Select {
    Select {
        options: vec![
            Opt::new("0", "no time"),
            Opt::new("3600", "an hour"),
            Opt::new(A_DAY, "a day"),
            Opt::new("604800", "7 days"),
        ],
        value: chosen.to_owned(),
        error: None,
    }
}

async fn rotation(visit: &Visit, org: OrgId, id: AlertEndpointId) -> Result<AlertRotation> {
    let view = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?;
    if !view.format.is_signed() {
        return Err(Error::conflict(
            "Messages to this endpoint are not signed, so it has no secret.",
        ));
    }
    let (_, frame) = visit.org_frame(org, Place::Alerts).await?;
    Ok(AlertRotation {
        frame,
        name: view.name.to_string(),
        action: endpoint_path(org, id) + "/rotate",
        overlap: overlap(A_DAY),
        back: alerts_path(org),
    })
}

async fn ask_rotate(visit: Visit, Path((org, id)): Path<(OrgId, AlertEndpointId)>) -> Answer<Response> {
    Ok(page(rotation(&visit, org, id).await?))
}

async fn rotate(
    visit: Visit,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    fields: Fields,
) -> Answer<Response> {
    let form = rotation(&visit, org, id).await?;
    let typed = fields.get("overlap");
    let rotated = match typed.parse::<u64>() {
        Err(_) => Err(Error::field("/overlap_seconds", "Choose how long.")),
        Ok(seconds) => {
            let (actor, overlap) = (visit.owned()?, Duration::from_secs(seconds));
            visit
                .site
                .run(|app| async move { alerts::rotate(&app, &actor, org, id, overlap).await })
                .await
        }
    };
    match rotated {
        Ok(secret) => {
            let name = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?.name;
            shown(
                &visit,
                org,
                name,
                "Its messages are signed with this secret from now on.",
                &secret,
            )
            .await
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let mut overlap = overlap(typed);
            overlap.error = refusal.field("/overlap_seconds");
            Ok(again(&refusal, AlertRotation { overlap, ..form }))
        }
    }
}

async fn ask_delete(visit: Visit, Path((org, id)): Path<(OrgId, AlertEndpointId)>) -> Answer<Response> {
    let view = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?;
    let (_, frame) = visit.org_frame(org, Place::Alerts).await?;
    Ok(page(KeyDeletion {
        frame,
        name: view.name.to_string(),
        what: format!("{} at {}", view.format.title(), view.address),
        action: endpoint_path(org, id) + "/delete",
        consequences: vec![
            "It is told nothing any more; what waits to be sent to it is dropped.".to_owned(),
            "Its address and secret are erased here.".to_owned(),
            "Owners and admins go on getting the mails that they chose.".to_owned(),
        ],
        back: alerts_path(org),
    }))
}

async fn delete(
    visit: Visit,
    Path((org, id)): Path<(OrgId, AlertEndpointId)>,
    fields: Fields,
) -> Answer<Response> {
    if fields.get("confirm") != "delete" {
        return Err(Error::invalid("Confirm that this endpoint is to be deleted.").into());
    }
    let name = alerts::endpoint(visit.app(), visit.actor()?, org, id).await?.name;
    let actor = visit.owned()?;
    let deleted: Result<()> = visit
        .site
        .run(|app| async move { alerts::delete(&app, &actor, org, id).await })
        .await;
    match deleted {
        // Somebody else deleted it in between, which is what was wanted.
        Err(error) if error.kind != Kind::NotFound => Err(error.into()),
        _ => Ok(go_saying(
            &visit.site,
            &alerts_path(org),
            format!("{name} is deleted."),
        )),
    }
}
