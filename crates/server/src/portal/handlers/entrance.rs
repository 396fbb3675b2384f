//! Signing in and out, and setting a new installation up.

use axum::http::header;
use axum::response::Response;
use tessera_app::{accounts, installation, operator, sessions};
use tessera_domain::{EmailAddress, OrgName, PersonName};

use super::answer::{Reading, Refusal, again, go, go_signed_in, local, page};
use super::pages::{SetUp, SignIn, SignOut};
use super::view::Input;
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/sign-in",
            Access::Public,
            "Asks for email and password.",
            sign_in_form,
        ),
        Route::post("/sign-in", Access::Public, "Signs in.", sign_in)
            .paced(Pace::Guessable)
            .takes_form(),
        Route::get(
            "/sign-out",
            Access::Public,
            "Asks whether to sign out.",
            sign_out_form,
        ),
        Route::post("/sign-out", Access::Public, "Signs out; always works.", sign_out).takes_form(),
        Route::get(
            "/setup/{token}",
            Access::Public,
            "Asks for the first owner and organization.",
            set_up_form,
        ),
        Route::post(
            "/setup/{token}",
            Access::Public,
            "Makes the first owner and organization.",
            set_up,
        )
        .paced(Pace::Guessable)
        .takes_form(),
    ]
}

#[derive(Debug, Default, serde::Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn sign_in_form(visit: Visit, Query(Next { next }): Query<Next>) -> Answer<Response> {
    if visit.caller.is_some() {
        return Ok(go(&next));
    }
    Ok(page(SignIn {
        next: local(&next).to_owned(),
        ..sign_in_page(&visit).await?
    }))
}

async fn sign_in_page(visit: &Visit) -> Answer<SignIn> {
    let open_sign_up = operator::sign_up_is_open(visit.app()).await?;
    Ok(SignIn {
        frame: visit.frame().await?,
        open_sign_up,
        ..SignIn::default()
    })
}

async fn sign_in(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_sign_in(&visit, &fields).await {
        Ok(token) => Ok(go_signed_in(&visit.site, fields.get("next"), &token)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = SignIn {
                problem: refusal.problem(&["/email"]),
                email: refusal.input("/email", fields.get("email")),
                next: local(fields.get("next")).to_owned(),
                ..sign_in_page(&visit).await?
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_sign_in(visit: &Visit, fields: &Fields) -> tessera_domain::Result<String> {
    let mut reading = Reading::default();
    let Some(email) = reading.take("/email", fields.get("email").parse::<EmailAddress>()) else {
        return Err(reading.error());
    };
    let (visitor, password) = (visit.visitor(), fields.secret("password"));
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        accounts::sign_in(&app, &visitor, &email, &password).await
    };
    Ok(visit.site.run(work).await?.token.reveal().to_owned())
}

async fn sign_out_form(visit: Visit) -> Answer<Response> {
    // A broken session must not keep anybody from leaving it, so this page asks for nothing.
    Ok(page(SignOut {
        frame: super::visit::plain_frame(&visit.site, &axum::http::HeaderMap::new()),
        done: false,
    }))
}

async fn sign_out(visit: Visit, fields: Fields) -> Answer<Response> {
    if let Some(token) = visit.session_token().map(str::to_owned) {
        let ended = visit
            .site
            .run(|app| async move { sessions::sign_out(&app, &token).await })
            .await;
        if let Err(error) = ended {
            tracing::warn!(
                internal = error.internal.as_deref(),
                "a session could not be ended"
            );
        }
    }
    let mut response = match fields.find("next").filter(|next| !next.is_empty()) {
        Some(next) => go(next),
        None => page(SignOut {
            frame: super::visit::plain_frame(&visit.site, &axum::http::HeaderMap::new()),
            done: true,
        }),
    };
    response
        .headers_mut()
        .append(header::SET_COOKIE, visit.site.cookies.clear_session());
    Ok(response)
}

async fn set_up_form(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    installation::check_link(visit.app(), &token).await?;
    Ok(page(SetUp {
        frame: visit.frame().await?,
        action: format!("/setup/{token}"),
        ..SetUp::default()
    }))
}

async fn set_up(visit: Visit, Path(token): Path<String>, fields: Fields) -> Answer<Response> {
    match try_set_up(&visit, &token, &fields).await {
        Ok((session, home)) => Ok(go_signed_in(&visit.site, &home, &session)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let typed = |name: &str, field: &str| refusal.input(name, fields.get(field));
            let form = SetUp {
                frame: visit.frame().await?,
                action: format!("/setup/{token}"),
                problem: refusal.problem(&["/name", "/email", "/password", "/org_name"]),
                name: typed("/name", "name"),
                email: typed("/email", "email"),
                password: Input {
                    value: String::new(),
                    error: refusal.field("/password"),
                },
                org_name: typed("/org_name", "org_name"),
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_set_up(visit: &Visit, token: &str, fields: &Fields) -> tessera_domain::Result<(String, String)> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse::<PersonName>());
    let email = reading.take("/email", fields.get("email").parse::<EmailAddress>());
    let org = reading.take("/org_name", fields.get("org_name").parse::<OrgName>());
    let (Some(name), Some(email), Some(org)) = (name, email, org) else {
        return Err(reading.error());
    };
    let wanted = installation::SetUp {
        name,
        email,
        password: fields.secret("password"),
        org: Some(org),
    };
    let (visitor, token) = (visit.visitor(), token.to_owned());
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        installation::set_up(&app, &visitor, &token, wanted).await
    };
    let (signed_in, org) = visit.site.run(work).await?;
    visit.site.mark_set_up();
    Ok((
        signed_in.token.reveal().to_owned(),
        org.map_or_else(|| "/".to_owned(), path),
    ))
}
