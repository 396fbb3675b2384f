//! Another address for the account, and the account's end.

use axum::http::header;
use axum::response::Response;
use tessera_app::accounts;
use tessera_domain::{EmailAddress, Kind, Result};

use super::account::{account_page, frame};
use super::account_access::secret;
use super::answer::{Reading, Refusal, again, go_saying, page};
use super::pages::{Account, ChangeEmail, DeleteAccount, OwnerlessOrg};
use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    let mailing = |route: Route| route.paced(Pace::Guessable).takes_form();
    vec![
        mailing(Route::post(
            "/account/email",
            own,
            "Mails a link to another address.",
            ask,
        )),
        Route::post(
            "/account/email/drop",
            own,
            "Gives up on another address.",
            drop_change,
        )
        .takes_form(),
        Route::get(
            "/change-email/{token}",
            own,
            "Asks whether the account is to have the address of the link.",
            opened,
        ),
        mailing(Route::post(
            "/change-email/{token}",
            own,
            "Gives the account the address of the link.",
            confirm,
        )),
        Route::get(
            "/account/delete",
            own,
            "Says what deleting the account does, and asks.",
            deletion,
        ),
        mailing(Route::post(
            "/account/delete",
            own,
            "Deletes the reader's account.",
            delete,
        )),
    ]
}

async fn ask(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_ask(&visit, &fields).await {
        Ok(to) => {
            let said = format!("A link is on its way to {to}. Your address changes once you use it.");
            Ok(go_saying(&visit.site, "/account", said))
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let mut new_email = refusal.input("/email", fields.get("email"));
            let whole = refusal.problem(&["/email", "/password"]);
            new_email.error = new_email.error.or(whole);
            let form = Account {
                new_email,
                email_password: secret(refusal.field("/password")),
                ..account_page(&visit).await?
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn try_ask(visit: &Visit, fields: &Fields) -> Result<EmailAddress> {
    let mut reading = Reading::default();
    let Some(email) = reading.take("/email", fields.get("email").parse::<EmailAddress>()) else {
        return Err(reading.error());
    };
    let (actor, password) = (visit.owned()?, fields.secret("email_password"));
    let to = email.clone();
    visit
        .site
        .run(|app| async move { accounts::ask_for_email(&app, &actor, &to, &password).await })
        .await?;
    Ok(email)
}

async fn drop_change(visit: Visit) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { accounts::drop_email(&app, &actor).await })
        .await?;
    Ok(go_saying(
        &visit.site,
        "/account",
        "Your address stays as it is. The link does not work any more.",
    ))
}

async fn change_page(visit: &Visit, token: &str) -> Result<ChangeEmail> {
    let actor = visit.actor()?;
    let wanted = match accounts::opened_email(visit.app(), actor, token).await {
        Ok(wanted) => Some(wanted.to_string()),
        Err(error) if error.kind == Kind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok(ChangeEmail {
        frame: visit.frame().await?,
        action: format!("/change-email/{token}"),
        present: accounts::me(visit.app(), actor).await?.email.to_string(),
        wanted,
        problem: None,
    })
}

async fn opened(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    Ok(page(change_page(&visit, &token).await?))
}

async fn confirm(visit: Visit, Path(token): Path<String>) -> Answer<Response> {
    let (actor, link) = (visit.owned()?, token.clone());
    match visit
        .site
        .run(|app| async move { accounts::confirm_email(&app, &actor, &link).await })
        .await
    {
        Ok(email) => {
            let said = format!("Your address is {email} now. Sign in with it from now on.");
            Ok(go_saying(&visit.site, "/account", said))
        }
        Err(error) if error.kind == Kind::NotFound => Ok(page(change_page(&visit, &token).await?)),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            let form = change_page(&visit, &token).await?;
            Ok(again(&refusal, ChangeEmail { problem, ..form }))
        }
    }
}

async fn deletion(visit: Visit) -> Answer<Response> {
    Ok(page(deletion_page(&visit).await?))
}

async fn deletion_page(visit: &Visit) -> Result<DeleteAccount> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let me = accounts::me(app, actor).await?;
    let mine = tessera_app::orgs::mine(app, actor).await?;
    let ownerless = accounts::last_owner_of(app, actor).await?;
    let shown = |org: accounts::LastOwnerOf| OwnerlessOrg {
        name: org.name.to_string(),
        transfer: path(org.org) + "/transfer",
        settings: path(org.org) + "/settings",
        is_deleted: org.is_deleted,
    };
    Ok(DeleteAccount {
        frame: frame(visit, &mine).await?,
        address: me.email.to_string(),
        consequences: consequences(mine.len(), me.is_operator),
        ownerless: ownerless.into_iter().map(shown).collect(),
        ..DeleteAccount::default()
    })
}

fn consequences(orgs: usize, is_operator: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if orgs > 0 {
        lines.push(format!(
            "You leave {}. Their owners and admins see it in the audit log.",
            super::words::count(orgs as u64, "organization")
        ));
        lines.push(
            "Each of your devices erases the settings, keys and memory of those organizations.".to_owned(),
        );
    }
    lines.extend([
        "You are signed out everywhere, and your personal access tokens stop working.".to_owned(),
        "Your name, picture, address and password are erased; updates and comments that you wrote keep your name.".to_owned(),
        "Invitations that you sent stay valid. Your address may be used for a new account.".to_owned(),
    ]);
    if is_operator {
        lines.push(
            "You run this installation: without another operator nobody can create organizations unless the configuration lets everybody."
                .to_owned(),
        );
    }
    lines
}

async fn delete(visit: Visit, fields: Fields) -> Answer<Response> {
    let (actor, typed, password) = (
        visit.owned()?,
        fields.get("email").trim().to_owned(),
        fields.secret("password"),
    );
    match visit
        .site
        .run(|app| async move { accounts::delete(&app, &actor, &typed, &password).await })
        .await
    {
        Ok(()) => {
            let mut response = go_saying(&visit.site, "/sign-in", "Your account is deleted.");
            response
                .headers_mut()
                .append(header::SET_COOKIE, visit.site.cookies.clear_session());
            Ok(response)
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = DeleteAccount {
                email: refusal.input("/email", fields.get("email")),
                password: secret(refusal.field("/password")),
                problem: refusal.problem(&["/email", "/password"]),
                ..deletion_page(&visit).await?
            };
            Ok(again(&refusal, form))
        }
    }
}
