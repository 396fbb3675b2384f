//! What opens the account: the password, personal access tokens, sessions.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use tessera_app::{App, accounts, sessions, tokens};
use tessera_domain::{Error, Kind, Result, TokenName};
use tessera_ids::{ApiTokenId, SessionId};

use super::account::account_page;
use super::answer::{Reading, Refusal, again, go_saying, page};
use super::pages::Account;
use super::view::{Input, Select};
use super::visit::Visit;
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

/// How long a token may work: days as the form sends them, and what people read.
pub(super) const LIVES: [(&str, &str); 5] = [
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "A year"),
    ("never", "Until it is revoked"),
];
/// The life that is preset, and that a form without one asks for.
pub(super) const USUAL_LIFE: &str = "90";

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::post(
            "/account/password",
            own,
            "Replaces the reader's password and signs them out elsewhere.",
            password,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::post(
            "/account/tokens",
            own,
            "Makes a personal access token.",
            make_token,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::post(
            "/account/tokens/{token}/revoke",
            own,
            "Deletes a personal access token.",
            revoke_token,
        )
        .takes_form(),
        Route::post(
            "/account/sessions/revoke-others",
            own,
            "Signs the reader out elsewhere.",
            end_others,
        )
        .takes_form(),
        Route::post(
            "/account/sessions/{session}/revoke",
            own,
            "Signs one browser out.",
            end_session,
        )
        .takes_form(),
    ]
}

async fn password(visit: Visit, fields: Fields) -> Answer<Response> {
    let (actor, present, new) = (
        visit.owned()?,
        fields.secret("present_password"),
        fields.secret("new_password"),
    );
    let work = |app: Arc<App>| async move { accounts::change_password(&app, &actor, &present, &new).await };
    match visit.site.run(work).await {
        Ok(()) => Ok(go_saying(
            &visit.site,
            "/account",
            "Your password is changed. Every other browser is signed out.",
        )),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let present = refusal.field("/present_password");
            let whole = refusal.problem(&["/present_password", "/password"]);
            let form = account_page(&visit).await?;
            let form = Account {
                present_password: secret(present.or(whole)),
                new_password: secret(refusal.field("/password")),
                ..form
            };
            Ok(again(&refusal, form))
        }
    }
}

/// A password's field, empty again, with what was wrong.
pub(super) fn secret(error: Option<String>) -> Input {
    Input {
        value: String::new(),
        error,
    }
}

async fn make_token(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_make_token(&visit, &fields).await {
        // The secret goes into this one answer and nowhere else, so there is no redirect that would have to keep it.
        Ok(secret) => Ok(page(Account {
            new_token: Some(secret),
            ..account_page(&visit).await?
        })),
        Err(error) => {
            let error = match error.kind {
                Kind::Unauthenticated => Error::field("/password", error.public.into_owned()),
                _ => error,
            };
            let refusal = Refusal::of(error)?;
            Ok(again(&refusal, refused_token(&visit, &fields, &refusal).await?))
        }
    }
}

/// The page again, with what was typed for the token.
async fn refused_token(visit: &Visit, fields: &Fields, refusal: &Refusal) -> Result<Account> {
    let form = account_page(visit).await?;
    let shown = ["/token_name", "/token_life", "/password"];
    let name_error = refusal.field("/token_name").or_else(|| refusal.problem(&shown));
    let wrong = refusal.field("/password").map(|error| secret(Some(error)));
    Ok(Account {
        token_name: Input {
            value: fields.get("token_name").to_owned(),
            error: name_error,
        },
        token_life: Select {
            value: fields.find("token_life").unwrap_or(USUAL_LIFE).to_owned(),
            error: refusal.field("/token_life"),
            ..form.token_life
        },
        token_password: wrong.or(form.token_password),
        ..form
    })
}

async fn try_make_token(visit: &Visit, fields: &Fields) -> Result<String> {
    let mut reading = Reading::default();
    let name = reading.take("/token_name", fields.get("token_name").parse::<TokenName>());
    let life = reading.take(
        "/token_life",
        lifetime(fields.find("token_life").unwrap_or(USUAL_LIFE)),
    );
    let (Some(name), Some(life)) = (name, life) else {
        return Err(reading.error());
    };
    let actor = visit.recent(fields).await?;
    let work = |app: Arc<App>| async move { tokens::create(&app, &actor, name, life).await };
    let (_, secret) = visit.site.run(work).await?;
    Ok(secret.reveal().to_owned())
}

/// How long a token shall work; nothing for one that works until it is revoked.
fn lifetime(chosen: &str) -> Result<Option<Duration>, &'static str> {
    let known = LIVES.iter().any(|(days, _)| *days == chosen);
    match chosen.parse::<u64>() {
        _ if !known => Err("Choose how long the token works."),
        Ok(days) => Ok(Some(Duration::from_hours(24 * days))),
        Err(_) => Ok(None),
    }
}

async fn revoke_token(visit: Visit, Path(id): Path<ApiTokenId>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { tokens::delete(&app, &actor, id).await })
        .await?;
    Ok(go_saying(
        &visit.site,
        "/account",
        "The token is deleted. Scripts that use it are refused from now on.",
    ))
}

async fn end_others(visit: Visit) -> Answer<Response> {
    let actor = visit.owned()?;
    let ended = visit
        .site
        .run(|app| async move { sessions::end_others(&app, &actor).await })
        .await?;
    Ok(go_saying(
        &visit.site,
        "/account",
        format!("{} signed out.", words::count(ended, "other browser")),
    ))
}

async fn end_session(visit: Visit, Path(id): Path<SessionId>) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { sessions::end(&app, &actor, id).await })
        .await?;
    Ok(go_saying(&visit.site, "/account", "That browser is signed out."))
}
