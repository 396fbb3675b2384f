//! Letting a machine in: its code is typed, what it says of itself is compared, then it is approved or denied.

use std::sync::Arc;

use axum::response::Response;
use tessera_app::sync::{self, EnrollmentView};
use tessera_app::{App, orgs};
use tessera_domain::{Error, Kind, Result};
use tessera_ids::OrgId;
use tessera_store::OrgOfAccount;
use tessera_wire::UserCode;

use super::answer::{Refusal, again, page};
use super::pages::{Activate, ActivateDone, ActivateReview};
use super::view::{Input, Opt, Select};
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::Fields;
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/activate",
            Access::SignedIn,
            "Asks for the code that a machine shows.",
            ask,
        ),
        Route::post(
            "/activate",
            Access::SignedIn,
            "Shows the machine behind a code.",
            look,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::post(
            "/activate/decide",
            Access::SignedIn,
            "Approves or denies a machine.",
            decide,
        )
        .paced(Pace::Guessable)
        .takes_form(),
    ]
}

async fn ask(visit: Visit) -> Answer<Response> {
    // No link fills the code in: it is typed by who stands before the machine.
    Ok(page(Activate {
        frame: visit.frame().await?,
        ..Activate::default()
    }))
}

async fn look(visit: Visit, fields: Fields) -> Answer<Response> {
    match look_up(&visit, &fields).await {
        Ok(found) => Ok(page(review_page(&visit, &found, &fields).await?)),
        Err(error) => wrong_code(&visit, &fields, error).await,
    }
}

async fn look_up(visit: &Visit, fields: &Fields) -> Result<EnrollmentView> {
    let code: UserCode = fields
        .get("code")
        .parse()
        .map_err(|error| Error::field("/code", format!("{error}")))?;
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { sync::look_up(&app, &actor, &code).await })
        .await
}

/// The page that asks for the code again. A code that no machine shows is a wrong one, not a missing page.
async fn wrong_code(visit: &Visit, fields: &Fields, error: Error) -> Answer<Response> {
    let error = match error.kind {
        Kind::NotFound => Error::field("/code", error.public.into_owned()),
        _ => error,
    };
    let refusal = Refusal::of(error)?;
    let form = Activate {
        frame: visit.frame().await?,
        code: refusal.input("/code", fields.get("code")),
        problem: refusal.problem(&["/code"]),
    };
    Ok(again(&refusal, form))
}

async fn review_page(visit: &Visit, found: &EnrollmentView, fields: &Fields) -> Result<ActivateReview> {
    let actor = visit.actor()?;
    let orgs = orgs::mine(visit.app(), actor).await?;
    let problem = orgs
        .is_empty()
        .then(|| "You belong to no organization yet. Accept an invitation first.".to_owned());
    Ok(ActivateReview {
        frame: visit.frame().await?,
        code: found.code.to_string(),
        host: found.host.to_string(),
        system: found.os.to_string(),
        agent: found.agent_version.to_string(),
        keys: found.key_storage.clone(),
        device_address: found.address.clone(),
        browser_address: visit.address.ip.to_string(),
        addresses_differ: found.elsewhere,
        key_words: found.key_words.iter().map(|word| (*word).to_owned()).collect(),
        orgs: choice(&orgs, fields.get("org")),
        ask_password: actor.require_recent().is_err(),
        password: Input::default(),
        problem,
    })
}

/// The organizations that a machine may be enrolled in; the only one is chosen already.
fn choice(orgs: &[OrgOfAccount], chosen: &str) -> Select {
    let only = match orgs {
        [only] => only.org.to_string(),
        _ => chosen.to_owned(),
    };
    let options = orgs
        .iter()
        .map(|org| Opt::new(org.org.to_string(), org.name.as_str()))
        .collect();
    Select {
        options,
        value: only,
        error: None,
    }
}

async fn decide(visit: Visit, fields: Fields) -> Answer<Response> {
    let found = match look_up(&visit, &fields).await {
        Ok(found) => found,
        Err(error) => return wrong_code(&visit, &fields, error).await,
    };
    let approves = fields.get("intent") == "approve";
    let decided = if approves {
        approve(&visit, &found, &fields).await
    } else {
        deny(&visit, &found).await
    };
    match decided {
        Ok((org_name, home)) => Ok(page(ActivateDone {
            frame: visit.frame().await?,
            host: found.host.to_string(),
            org_name,
            approved: approves,
            home,
        })),
        Err(error) => refused(&visit, &found, &fields, error).await,
    }
}

async fn refused(visit: &Visit, found: &EnrollmentView, fields: &Fields, error: Error) -> Answer<Response> {
    // Whose password is due is signed in all the same, so this is no matter of the sign-in page.
    let error = match error.kind {
        Kind::Unauthenticated => Error::field("/password", error.public.into_owned()),
        _ => error,
    };
    let refusal = Refusal::of(error)?;
    let form = review_page(visit, found, fields).await?;
    let form = ActivateReview {
        problem: refusal.problem(&["/password", "/org"]),
        password: refusal.input("/password", ""),
        orgs: Select {
            error: refusal.field("/org"),
            ..form.orgs
        },
        ask_password: form.ask_password || refusal.field("/password").is_some(),
        ..form
    };
    Ok(again(&refusal, form))
}

async fn approve(visit: &Visit, found: &EnrollmentView, fields: &Fields) -> Result<(String, String)> {
    let unset = |_| Error::field("/org", "Select the organization that this machine is to obey.");
    let org: OrgId = fields.get("org").parse().map_err(unset)?;
    let actor = visit.recent(fields).await?;
    let view = orgs::view(visit.app(), &actor, org).await?;
    let code = found.code;
    visit
        .site
        .run(|app: Arc<App>| async move { sync::approve(&app, &actor, org, &code).await })
        .await?;
    Ok((view.name.to_string(), path(org)))
}

async fn deny(visit: &Visit, found: &EnrollmentView) -> Result<(String, String)> {
    let (actor, code) = (visit.owned()?, found.code);
    visit
        .site
        .run(|app: Arc<App>| async move { sync::deny(&app, &actor, &code).await })
        .await?;
    Ok((String::new(), "/".to_owned()))
}
