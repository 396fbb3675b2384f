//! Who may come in: sign-up, who creates organizations, who runs the installation.

use axum::response::Response;
use tessera_app::operator;
use tessera_domain::{EmailAddress, Error, Result};

use super::super::answer::{Refusal, again, go_refused, go_saying};
use super::super::pages::Operator;
use super::super::visit::Visit;
use super::{SCREEN, screen};
use crate::http::Answer;
use crate::http::extract::Fields;

/// What a form says by `yes` and `no`.
fn yes_or_no(fields: &Fields, name: &str) -> Result<bool> {
    match fields.get(name) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::field(format!("/{name}"), "Say yes or no.")),
    }
}

pub(super) async fn set_sign_up(visit: Visit, fields: Fields) -> Answer<Response> {
    let (open, actor) = (yes_or_no(&fields, "open")?, visit.owned()?);
    let set = visit
        .site
        .run(|app| async move { operator::set_open_sign_up(&app, &actor, open).await })
        .await;
    match set {
        Ok(()) => {
            let said = if open {
                "Sign-up is open."
            } else {
                "Sign-up is closed."
            };
            Ok(go_saying(&visit.site, SCREEN, said))
        }
        Err(error) => go_refused(&visit.site, SCREEN, error),
    }
}

/// Whom a form names, and whether to add or withdraw.
fn named(fields: &Fields) -> Result<(EmailAddress, bool)> {
    let email = fields.get("email").parse();
    let email = email
        .map_err(|error: tessera_domain::email::EmailError| Error::field("/email", error.to_string()))?;
    match fields.get("act") {
        "add" => Ok((email, true)),
        "withdraw" => Ok((email, false)),
        _ => Err(Error::field("/act", "Say add or withdraw.")),
    }
}

pub(super) async fn set_operator(visit: Visit, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let set = match named(&fields) {
        Err(error) => Err(error),
        Ok((email, runs_it)) => {
            visit
                .site
                .run(|app| async move { operator::set_operator(&app, &actor, &email, runs_it).await })
                .await
        }
    };
    match set {
        Ok(()) => Ok(go_saying(&visit.site, SCREEN, "The operators are saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let operator = refusal.input("/email", fields.get("email"));
            let problem = refusal.problem(&["/email"]);
            let shown = screen(&visit, "").await?;
            Ok(again(
                &refusal,
                Operator {
                    problem,
                    operator,
                    ..shown
                },
            ))
        }
    }
}

pub(super) async fn set_maker(visit: Visit, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let set = match named(&fields) {
        Err(error) => Err(error),
        Ok((email, may)) => {
            visit
                .site
                .run(|app| async move { operator::set_may_create(&app, &actor, &email, may).await })
                .await
        }
    };
    match set {
        Ok(()) => Ok(go_saying(
            &visit.site,
            SCREEN,
            "Who may create organizations is saved.",
        )),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let maker = refusal.input("/email", fields.get("email"));
            let problem = refusal.problem(&["/email"]);
            let shown = screen(&visit, "").await?;
            Ok(again(
                &refusal,
                Operator {
                    problem,
                    maker,
                    ..shown
                },
            ))
        }
    }
}
