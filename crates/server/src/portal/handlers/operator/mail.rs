//! A mail at once, to see whether mails leave.

use axum::response::Response;
use tessera_app::operator;
use tessera_domain::Error;

use super::super::answer::{go_refused, go_saying};
use super::super::visit::Visit;
use super::SCREEN;
use crate::http::Answer;
use crate::jobs::mail::Letter;

/// Sends the reader one, and says what the mail server said.
pub(super) async fn test(visit: Visit) -> Answer<Response> {
    let actor = visit.owned()?;
    let asked = visit
        .site
        .run(|app| async move { operator::test_mail(&app, &actor).await })
        .await;
    let mail = match asked {
        Ok(mail) => mail,
        Err(error) => return go_refused(&visit.site, SCREEN, error),
    };
    let to = mail.to.clone();
    let letter = Letter {
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
    };
    match visit.site.postman.deliver(&letter).await {
        Ok(()) => Ok(go_saying(
            &visit.site,
            SCREEN,
            format!("The mail server took a mail to {to}."),
        )),
        Err(error) => {
            let error = Error::invalid(format!("The mail to {to} did not leave: {error}."));
            go_refused(&visit.site, SCREEN, error)
        }
    }
}
