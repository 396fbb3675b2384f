//! The account page: who one is, where one belongs, which machines, tokens and browsers are one's own.

use axum::http::header;
use axum::response::Response;
use tessera_app::accounts::{self, ProfileEdit};
use tessera_app::{devices, members, orgs, picture, sessions, tokens};
use tessera_domain::{PersonName, Result, Right, Role, Zone};
use tessera_ids::Timestamp;
use tessera_store::{MemberQuery, OrgOfAccount};

use super::account_access::{self, LIVES};
use super::answer::{Reading, Refusal, again, go, go_saying, page};
use super::pages::{self, Account, JoinedOrg};
use super::pictures::avatar_path;
use super::view::{Frame, Input, Opt, Place, Select, Theme};
use super::visit::{Visit, path};
use super::{browser, ending, home, words};
use crate::http::extract::Fields;
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    let mut routes = vec![
        Route::get("/account", own, "Shows the reader's account.", show),
        Route::post(
            "/account",
            own,
            "Changes what the reader is called, and their time zone.",
            edit,
        )
        .takes_form(),
        Route::post(
            "/account/picture",
            own,
            "Gives the reader another picture.",
            set_picture,
        )
        .up_to(limits::PICTURE)
        .takes_form(),
        Route::post(
            "/account/picture/remove",
            own,
            "Takes the reader's picture away.",
            remove_picture,
        )
        .takes_form(),
        Route::post(
            "/account/theme",
            Access::Public,
            "Keeps the colours that the reader likes.",
            theme,
        )
        .takes_form(),
    ];
    routes.extend(account_access::routes());
    routes
}

async fn show(visit: Visit) -> Answer<Response> {
    Ok(page(account_page(&visit).await?))
}

/// The page as it is before anything is typed.
pub(super) async fn account_page(visit: &Visit) -> Result<Account> {
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
    let pictures = picture::avatars(app, &[me.id]).await?;
    let waiting = accounts::pending_email(app, actor).await?;
    Ok(Account {
        frame: frame(visit, &mine).await?,
        name: Input::new(me.name.as_str()),
        zone: zones(&me.zone),
        picture: pictures.get(&me.id).map(|digest| avatar_path(me.id, *digest)),
        email: me.email.to_string(),
        verified: me.verified_at.is_some(),
        email_change: waiting.map(|change| pages::EmailChange {
            email: change.email.to_string(),
            expires: words::moment(change.expires_at, now),
        }),
        orgs: joined(visit, &mine).await?,
        restorable: ending::restorable(visit).await?,
        may_create_org: orgs::may_create(app, actor).await?,
        devices: own_devices(visit, &mine, now).await?,
        tokens: tokens.iter().map(|token| listed_token(token, now)).collect(),
        token_life: Select {
            options: LIVES
                .iter()
                .map(|(days, label)| Opt::new(*days, *label))
                .collect(),
            value: account_access::USUAL_LIFE.to_owned(),
            error: None,
        },
        token_password: actor.require_recent().is_err().then(Input::default),
        sessions,
        ..Account::default()
    })
}

fn zones(current: &str) -> Select {
    let label = |name: &String| Opt::new(name.as_str(), name.replace('_', " "));
    Select {
        options: Zone::names().iter().map(label).collect(),
        value: Zone::kept(current).as_str().to_owned(),
        error: None,
    }
}

/// The frame of the first organization, so that its pages stay at hand; a bare one for who belongs to none.
pub(super) async fn frame(visit: &Visit, mine: &[OrgOfAccount]) -> Result<Frame> {
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
            manage: Right::SeeSettings
                .granted_to(org.role)
                .then(|| path(org.org) + "/settings"),
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
        since: words::moment(session.created_at, now),
        seen: words::moment(session.seen_at, now),
        current: listed.is_current,
    }
}

async fn edit(visit: Visit, fields: Fields) -> Answer<Response> {
    match try_edit(&visit, &fields).await {
        Ok(()) => Ok(go_saying(&visit.site, "/account", "Your profile is saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = account_page(&visit).await?;
            let form = Account {
                name: refusal.input("/name", fields.get("name")),
                zone: Select {
                    error: refusal.field("/zone"),
                    ..form.zone
                },
                ..form
            };
            Ok(again(&refusal, form))
        }
    }
}

/// A form without a zone leaves it as it is.
async fn try_edit(visit: &Visit, fields: &Fields) -> Result<()> {
    let mut reading = Reading::default();
    let name = reading.take("/name", fields.get("name").parse::<PersonName>());
    let zone = fields.find("zone").map(str::parse::<Zone>).transpose();
    let zone = reading.take("/zone", zone);
    let (Some(name), Some(zone)) = (name, zone) else {
        return Err(reading.error());
    };
    let (actor, wanted) = (
        visit.owned()?,
        ProfileEdit {
            name: Some(name),
            zone,
        },
    );
    visit
        .site
        .run(|app| async move { accounts::edit(&app, &actor, &wanted).await })
        .await
}

async fn set_picture(visit: Visit, fields: Fields) -> Answer<Response> {
    let actor = visit.owned()?;
    let upload = fields.file("picture").cloned().unwrap_or_default();
    match visit
        .site
        .run(|app| async move { picture::set_avatar(&app, &actor, upload).await })
        .await
    {
        Ok(_) => Ok(go_saying(&visit.site, "/account", "Your picture is saved.")),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.field("/picture").or_else(|| refusal.problem(&[]));
            let form = account_page(&visit).await?;
            Ok(again(
                &refusal,
                Account {
                    picture_problem: problem,
                    ..form
                },
            ))
        }
    }
}

async fn remove_picture(visit: Visit) -> Answer<Response> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { picture::remove_avatar(&app, &actor).await })
        .await?;
    Ok(go_saying(
        &visit.site,
        "/account",
        "Your picture is removed. Your initials stand in its place.",
    ))
}

async fn theme(visit: Visit, fields: Fields) -> Answer<Response> {
    let mut response = go(&visit.came_from("/"));
    let chosen = Theme::from_text(fields.get("theme"));
    response
        .headers_mut()
        .append(header::SET_COOKIE, visit.site.cookies.set_theme(chosen.text()));
    Ok(response)
}
