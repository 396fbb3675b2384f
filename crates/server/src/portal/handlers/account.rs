//! The account: who one is, where one belongs, which machines, tokens and browsers are one's own.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use axum::response::Response;
use tessera_app::{App, accounts, devices, members, orgs, sessions, tokens};
use tessera_domain::{Error, Kind, PersonName, Result, Role, TokenName};
use tessera_ids::{ApiTokenId, SessionId, Timestamp};
use tessera_store::{MemberQuery, OrgOfAccount};

use super::answer::{Reading, Refusal, again, go, go_refused, go_saying, page};
use super::pages::{self, Account, JoinedOrg};
use super::view::{Frame, Input, Place, Theme};
use super::visit::{Visit, path};
use super::{browser, home, words};
use crate::http::Answer;
use crate::http::extract::{Fields, Path};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

/// How long a token that was made here works.
const TOKEN_LIFETIME: Duration = Duration::from_hours(365 * 24);

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::get("/account", own, "Shows the reader's account.", show),
        Route::post("/account", own, "Changes what the reader is called.", rename).takes_form(),
        Route::post(
            "/account/password",
            own,
            "Mails a link to a new password.",
            password,
        )
        .paced(Pace::Guessable)
        .takes_form(),
        Route::post(
            "/account/theme",
            Access::Public,
            "Keeps the colours that the reader likes.",
            theme,
        )
        .takes_form(),
        Route::post("/account/tokens", own, "Makes an API token.", make_token)
            .paced(Pace::Guessable)
            .takes_form(),
        Route::post(
            "/account/tokens/{token}/revoke",
            own,
            "Deletes an API token.",
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

async fn show(visit: Visit) -> Answer<Response> {
    Ok(page(account_page(&visit).await?))
}

async fn account_page(visit: &Visit) -> Result<Account> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let (me, now) = (accounts::me(app, actor).await?, app.clock.now());
    let mine = orgs::mine(app, actor).await?;
    let tokens = tokens::list(app, actor).await?;
    let mut sessions: Vec<pages::Session> = sessions::list(app, actor)
        .await?
        .iter()
        .map(|listed| session(listed, now))
        .collect();
    sessions.sort_by_key(|session| !session.current);
    Ok(Account {
        frame: frame(visit, &mine).await?,
        name: Input::new(me.name.as_str()),
        email: me.email.to_string(),
        verified: me.verified_at.is_some(),
        orgs: joined(visit, &mine).await?,
        may_create_org: orgs::may_create(app, actor).await?,
        devices: own_devices(visit, &mine, now).await?,
        tokens: tokens.iter().map(|token| listed_token(token, now)).collect(),
        token_name: Input::default(),
        token_password: actor.require_recent().is_err().then(Input::default),
        new_token: None,
        sessions,
    })
}

/// The frame of the first organization, so that its pages stay at hand; a bare one for who belongs to none.
async fn frame(visit: &Visit, mine: &[OrgOfAccount]) -> Result<Frame> {
    match mine.first() {
        Some(org) => Ok(visit.org_frame(org.org, Place::Account).await?.1),
        None => visit.frame().await,
    }
}

async fn joined(visit: &Visit, mine: &[OrgOfAccount]) -> Result<Vec<JoinedOrg>> {
    let mut joined = Vec::with_capacity(mine.len());
    for org in mine {
        let may_leave = org.role != Role::Owner || owners(visit, org).await? > 1;
        joined.push(JoinedOrg {
            name: org.name.to_string(),
            href: path(org.org),
            role: org.role.title().to_owned(),
            leave: may_leave.then(|| path(org.org) + "/leave"),
        });
    }
    Ok(joined)
}

async fn owners(visit: &Visit, org: &OrgOfAccount) -> Result<u64> {
    let query = MemberQuery {
        role: Some(Role::Owner),
        limit: 1,
        ..MemberQuery::default()
    };
    Ok(members::list(visit.app(), visit.actor()?, org.org, &query)
        .await?
        .total)
}

async fn own_devices(visit: &Visit, mine: &[OrgOfAccount], now: Timestamp) -> Result<Vec<pages::OwnDevice>> {
    let mut all = Vec::new();
    for org in mine {
        let own = devices::own(visit.app(), visit.actor()?, org.org).await?;
        all.extend(
            own.iter()
                .map(|(device, state)| home::own_device(device, state, org.name.as_str(), now)),
        );
    }
    Ok(all)
}

fn listed_token(token: &tessera_store::ApiToken, now: Timestamp) -> pages::ApiToken {
    pages::ApiToken {
        id: token.id.to_string(),
        name: token.name.to_string(),
        created: words::moment(token.created_at, now),
        used: token.used_at.map(|at| words::moment(at, now)),
        expires: token.expires_at.map(|at| words::moment(at, now)),
    }
}

fn session(listed: &sessions::ListedSession, now: Timestamp) -> pages::Session {
    let session = &listed.session;
    pages::Session {
        id: session.id.to_string(),
        browser: browser::name(&session.user_agent),
        address: session.address.clone(),
        seen: words::moment(session.seen_at, now),
        current: listed.is_current,
    }
}

async fn rename(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_rename(&visit, fields.get("name")).await {
        Ok(()) => Ok(go_saying(&visit.site, "/account", "Your name is saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let name = refusal.input("/name", fields.get("name"));
            Ok(again(
                &refusal,
                Account {
                    name,
                    ..account_page(&visit).await?
                },
            ))
        }
    }
}

async fn try_rename(visit: &Visit, typed: &str) -> Result<()> {
    let mut reading = Reading::default();
    let Some(name) = reading.take("/name", typed.parse::<PersonName>()) else {
        return Err(reading.error());
    };
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { accounts::rename(&app, &actor, &name).await })
        .await
}

async fn password(visit: Visit) -> Answer<Response> {
    let email = accounts::me(visit.app(), visit.actor()?).await?.email;
    let (visitor, to) = (visit.visitor(), email.clone());
    match visit
        .site
        .run(|app| async move { accounts::ask_for_reset(&app, &visitor, &to).await })
        .await
    {
        Ok(()) => {
            let said = format!("A link to a new password is on its way to {email}. It works for an hour.");
            Ok(go_saying(&visit.site, "/account", said))
        }
        Err(error) => go_refused(&visit.site, "/account", error),
    }
}

async fn theme(visit: Visit, fields: Fields) -> Answer<Response> {
    let mut response = go(&visit.came_from("/"));
    let chosen = Theme::from_text(fields.get("theme"));
    response
        .headers_mut()
        .append(header::SET_COOKIE, visit.site.cookies.set_theme(chosen.text()));
    Ok(response)
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
            let form = account_page(&visit).await?;
            let typed = fields.get("token_name");
            let name_error = refusal
                .field("/token_name")
                .or_else(|| refusal.problem(&["/token_name", "/password"]));
            let token_name = Input {
                value: typed.to_owned(),
                error: name_error,
            };
            let wrong = refusal.field("/password").map(|error| Input::refused("", error));
            Ok(again(
                &refusal,
                Account {
                    token_name,
                    token_password: wrong.or(form.token_password),
                    ..form
                },
            ))
        }
    }
}

async fn try_make_token(visit: &Visit, fields: &Fields) -> Result<String> {
    let mut reading = Reading::default();
    let Some(name) = reading.take("/token_name", fields.get("token_name").parse::<TokenName>()) else {
        return Err(reading.error());
    };
    let actor = visit.recent(fields).await?;
    let work = |app: Arc<App>| async move { tokens::create(&app, &actor, name, Some(TOKEN_LIFETIME)).await };
    let (_, secret) = visit.site.run(work).await?;
    Ok(secret.reveal().to_owned())
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
