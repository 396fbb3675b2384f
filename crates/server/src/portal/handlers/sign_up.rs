//! Making an account: with an invitation's link, which proves the address, or where everybody may.

use std::sync::Arc;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::invitations::{self, Fit, InvitedSignUp, LinkState};
use tessera_app::{App, accounts};
use tessera_domain::{EmailAddress, PersonName, Result};

use super::answer::{Reading, Refusal, again, go, go_signed_in, page};
use super::pages::{SignUp, VerifyEmail, VerifyState};
use super::view::Input;
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Query};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-up", Access::Public, "Asks for what an account needs.", ask),
        Route::post(
            "/sign-up",
            Access::Public,
            "Makes an account, to be proven by mail.",
            make,
        )
        .paced(Pace::Guessable)
        .takes_form(),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Invited {
    #[serde(default)]
    invitation: String,
}

async fn ask(visit: Visit, Query(Invited { invitation }): Query<Invited>) -> Answer<Response> {
    match form(&visit, &invitation).await? {
        Some(form) => Ok(page(form)),
        None => Ok(go(&format!("/invitations/{invitation}"))),
    }
}

/// The form as the invitation fills it; nothing where that is not for making an account with.
async fn form(visit: &Visit, invitation: &str) -> Result<Option<SignUp>> {
    let form = SignUp {
        frame: visit.frame().await?,
        ..SignUp::default()
    };
    if invitation.is_empty() {
        return Ok(Some(form));
    }
    let found = invitations::open(visit.app(), visit.caller.as_ref(), invitation).await?;
    let LinkState::Open(Fit::SignUp { email }) = found.state else {
        return Ok(None);
    };
    Ok(Some(SignUp {
        email: Input::new(email.as_str()),
        email_fixed: true,
        invitation: invitation.to_owned(),
        org_name: Some(found.org_name.to_string()),
        ..form
    }))
}

async fn make(visit: Visit, fields: Fields) -> Answer<Response> {
    let invitation = fields.get("invitation");
    let made = if invitation.is_empty() {
        make_open(&visit, &fields).await
    } else {
        make_invited(&visit, &fields, invitation).await
    };
    let refusal = match made {
        Ok(answer) => return Ok(answer),
        Err(failure) => Refusal::of(failure.0)?,
    };
    let Some(form) = form(&visit, invitation).await? else {
        return Ok(go(&format!("/invitations/{invitation}")));
    };
    let email = if form.email_fixed {
        form.email
    } else {
        refusal.input("/email", fields.get("email"))
    };
    let form = SignUp {
        problem: refusal.problem(&["/name", "/email", "/password"]),
        name: refusal.input("/name", fields.get("name")),
        email,
        password: refusal.input("/password", ""),
        ..form
    };
    Ok(again(&refusal, form))
}

async fn make_open(visit: &Visit, fields: &Fields) -> Answer<Response> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse::<PersonName>());
    let email = reading.take("/email", fields.get("email").parse::<EmailAddress>());
    let (Some(name), Some(email)) = (name, email) else {
        return Err(reading.error().into());
    };
    let sent_to = email.to_string();
    let wanted = accounts::SignUp {
        name,
        email,
        password: fields.secret("password"),
    };
    let visitor = visit.visitor();
    visit
        .site
        .run(|app: Arc<App>| async move { accounts::sign_up(&app, &visitor, wanted).await })
        .await?;
    let sent = super::link::verify_page(visit, VerifyState::Ask).await?;
    Ok(page(VerifyEmail {
        email: sent_to,
        ..sent
    }))
}

async fn make_invited(visit: &Visit, fields: &Fields, invitation: &str) -> Answer<Response> {
    let mut reading = Reading::default();
    let Some(name) = reading.take("/name", fields.get("name").parse::<PersonName>()) else {
        return Err(reading.error().into());
    };
    let wanted = InvitedSignUp {
        name,
        password: fields.secret("password"),
    };
    let (visitor, link) = (visit.visitor(), invitation.to_owned());
    let work = |app: Arc<App>| async move { invitations::sign_up(&app, &visitor, &link, wanted).await };
    let (signed_in, org) = visit.site.run(work).await?;
    Ok(go_signed_in(&visit.site, &path(org), signed_in.token.reveal()))
}
