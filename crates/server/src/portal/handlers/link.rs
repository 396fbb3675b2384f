//! What mails link to: a new password, a proven address. Opening a link does nothing; a button does.

use axum::response::Response;
use tessera_app::accounts;
use tessera_domain::{EmailAddress, Kind};

use super::answer::{Reading, Refusal, again, go_signed_in, page};
use super::pages::{ForgotPassword, ResetPassword, VerifyEmail, VerifyState};
use super::view::Input;
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/forgot-password",
            Access::Public,
            "Asks for the address whose password is forgotten.",
            forgot_form,
        ),
        Route::post(
            "/forgot-password",
            Access::Public,
            "Mails a link to a new password.",
            forgot,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::get(
            "/reset-password/{token}",
            Access::Public,
            "Asks for a new password.",
            reset_form,
        ),
        Route::post(
            "/reset-password/{token}",
            Access::Public,
            "Replaces a password.",
            reset,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::get(
            "/verify-email/{token}",
            Access::Public,
            "Asks for the password of the account to be proven.",
            verify_form,
        ),
        Route::post(
            "/verify-email/{token}",
            Access::Public,
            "Proves an account's address.",
            verify,
        )
        .paced(Pace::Guessable)
        .takes_form(),
    ]
}

/// Where mails go when no server is named; nothing otherwise.
pub(super) fn mail_folder(visit: &Visit) -> Option<String> {
    let config = &visit.site.config;
    let folder = crate::jobs::mail::folder(&config.data);
    config
        .mail
        .smtp_url
        .is_none()
        .then(|| folder.display().to_string())
}

async fn forgot_form(visit: Visit) -> Answer<Response> {
    Ok(page(ForgotPassword {
        frame: visit.frame().await?,
        ..ForgotPassword::default()
    }))
}

async fn forgot(visit: Visit, fields: Fields) -> Answer<Response> {
    let typed = fields.get("email");
    let asked = ask_for_reset(&visit, typed).await;
    let form = ForgotPassword {
        frame: visit.frame().await?,
        mail_folder: mail_folder(&visit),
        ..ForgotPassword::default()
    };
    match asked {
        Ok(()) => Ok(page(ForgotPassword {
            email: Input::new(typed),
            sent: true,
            ..form
        })),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let error = refusal.field("/email").or_else(|| refusal.problem(&[]));
            Ok(again(
                &refusal,
                ForgotPassword {
                    email: Input {
                        value: typed.to_owned(),
                        error,
                    },
                    ..form
                },
            ))
        }
    }
}

async fn ask_for_reset(visit: &Visit, typed: &str) -> tessera_domain::Result<()> {
    let mut reading = Reading::default();
    let Some(email) = reading.take("/email", typed.parse::<EmailAddress>()) else {
        return Err(reading.error());
    };
    let visitor = visit.visitor();
    visit
        .site
        .run(|app| async move { accounts::ask_for_reset(&app, &visitor, &email).await })
        .await
}

async fn reset_page(visit: &Visit, token: &str) -> Answer<ResetPassword> {
    let (email, dead) = match accounts::reset_account(visit.app(), token).await {
        Ok(email) => (email.to_string(), false),
        Err(error) if error.kind == Kind::NotFound => (String::new(), true),
        Err(error) => return Err(error.into()),
    };
    let action = format!("/reset-password/{token}");
    Ok(ResetPassword {
        frame: visit.frame().await?,
        action,
        email,
        password: Input::default(),
        dead,
    })
}

async fn reset_form(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    Ok(page(reset_page(&visit, &token).await?))
}

async fn reset(visit: Visit, Path(token): Path<String>, fields: Fields) -> Answer<Response> {
    let (visitor, password, link) = (visit.visitor(), fields.secret("password"), token.clone());
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        accounts::reset_password(&app, &visitor, &link, &password).await
    };
    match visit.site.run(work).await {
        Ok(signed_in) => Ok(go_signed_in(&visit.site, "/", signed_in.token.reveal())),
        Err(error) if error.kind == Kind::NotFound => Ok(page(reset_page(&visit, &token).await?)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let error = refusal.field("/password").or_else(|| refusal.problem(&[]));
            let password = Input {
                value: String::new(),
                error,
            };
            Ok(again(
                &refusal,
                ResetPassword {
                    password,
                    ..reset_page(&visit, &token).await?
                },
            ))
        }
    }
}

/// A page about proving an address.
pub(super) async fn verify_page(visit: &Visit, state: VerifyState) -> Answer<VerifyEmail> {
    Ok(VerifyEmail {
        frame: visit.frame().await?,
        email: String::new(),
        state,
        mail_folder: mail_folder(visit),
    })
}

async fn verify_form(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    let state = VerifyState::Confirm {
        action: format!("/verify-email/{token}"),
        password: Input::default(),
    };
    match accounts::verifying_account(visit.app(), &token).await {
        Ok(email) => Ok(page(VerifyEmail {
            email: email.to_string(),
            ..verify_page(&visit, state).await?
        })),
        Err(error) if error.kind == Kind::NotFound => Ok(page(verify_page(&visit, VerifyState::Dead).await?)),
        Err(error) => Err(error.into()),
    }
}

async fn verify(visit: Visit, Path(token): Path<String>, fields: Fields) -> Answer<Response> {
    let (visitor, password, link) = (visit.visitor(), fields.secret("password"), token.clone());
    let work = |app: std::sync::Arc<tessera_app::App>| async move {
        accounts::verify_email(&app, &visitor, &link, &password).await
    };
    match visit.site.run(work).await {
        Ok(signed_in) => Ok(go_signed_in(&visit.site, "/", signed_in.token.reveal())),
        Err(error) if error.kind == Kind::NotFound => Ok(page(verify_page(&visit, VerifyState::Dead).await?)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let error = refusal.field("/password").or_else(|| refusal.problem(&[]));
            let password = Input {
                value: String::new(),
                error,
            };
            let state = VerifyState::Confirm {
                action: format!("/verify-email/{token}"),
                password,
            };
            Ok(again(&refusal, verify_page(&visit, state).await?))
        }
    }
}
