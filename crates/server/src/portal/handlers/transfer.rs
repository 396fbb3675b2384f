//! Handing the organization over to another member.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::members::{self, ListedMember};
use tessera_domain::{Kind, Result, Right, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{MemberQuery, MemberSort};

use super::answer::{Refusal, again, go_saying, page};
use super::pages::{Heir, Transfer};
use super::view::{Input, Place};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::http::pace::Pace;
use crate::routes::{Access, Route};

/// Members to choose from at once; a search finds the others.
const OFFERED: u64 = 20;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::TransferOwnership);
    vec![
        Route::get(
            "/o/{org}/transfer",
            may,
            "Lets an owner choose who owns the organization next.",
            ask,
        ),
        Route::post(
            "/o/{org}/transfer",
            may,
            "Hands the organization over.",
            hand_over,
        )
        .paced(Pace::Guessable)
        .takes_form(),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    to: String,
    #[serde(default)]
    q: String,
}

async fn ask(visit: Visit, Path(org): Path<OrgId>, Query(asked): Query<Asked>) -> Answer<Response> {
    Ok(page(transfer_page(&visit, org, &asked).await?))
}

async fn transfer_page(visit: &Visit, org: OrgId, asked: &Asked) -> Result<Transfer> {
    let (app, actor) = (visit.app(), visit.actor()?);
    members::may_transfer(app, actor, org).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let action = path(org) + "/transfer";
    let to = match asked.to.parse::<AccountId>() {
        Ok(to) => Some(heir(visit, org, to).await?),
        Err(_) => None,
    };
    Ok(Transfer {
        org_name: view.name.to_string(),
        from: frame
            .person
            .as_ref()
            .map(|person| person.name.clone())
            .unwrap_or_default(),
        choices: if to.is_none() {
            choices(visit, org, &action, &asked.q).await?
        } else {
            Vec::new()
        },
        to,
        query: asked.q.clone(),
        password: actor.require_recent().is_err().then(Input::default),
        action,
        problem: None,
        back: path(org) + "/members",
        frame,
    })
}

async fn heir(visit: &Visit, org: OrgId, to: AccountId) -> Result<Heir> {
    let member = members::member(visit.app(), visit.actor()?, org, to).await?;
    Ok(Heir {
        account: to.to_string(),
        name: member.name.to_string(),
        email: member.email.to_string(),
        role: member.role.title().to_owned(),
    })
}

/// Members who are no owners, admins first.
async fn choices(
    visit: &Visit,
    org: OrgId,
    action: &str,
    search: &str,
) -> Result<Vec<(String, String, String, String)>> {
    let query = MemberQuery {
        search: Some(search.trim().to_owned()).filter(|text| !text.is_empty()),
        sort: MemberSort::Role(None),
        limit: members::PAGE,
        ..MemberQuery::default()
    };
    let found = members::list(visit.app(), visit.actor()?, org, &query).await?;
    let choice = |listed: &ListedMember| {
        let member = &listed.member;
        (
            action.to_owned() + &words::query(&[("to", &member.account.to_string())]),
            member.name.to_string(),
            member.email.to_string(),
            member.role.title().to_owned(),
        )
    };
    let others = found
        .members
        .iter()
        .filter(|listed| listed.member.role != Role::Owner);
    Ok(others
        .take(usize::try_from(OFFERED).unwrap_or(usize::MAX))
        .map(choice)
        .collect())
}

async fn hand_over(visit: Visit, Path(org): Path<OrgId>, fields: Fields) -> Answer<Response> {
    visit.require(org, Right::TransferOwnership).await?;
    let asked = Asked {
        to: fields.get("to").to_owned(),
        q: String::new(),
    };
    let form = transfer_page(&visit, org, &asked).await?;
    let Some(heir) = form.to.clone() else {
        return Ok(page(form));
    };
    match act(&visit, org, &heir, &fields).await {
        Ok(()) => {
            let said = format!("{} owns {} now. Your role is Admin.", heir.name, form.org_name);
            Ok(go_saying(&visit.site, &form.back, said))
        }
        Err(error) => {
            let wants_password = error.kind == Kind::Unauthenticated;
            let mut refusal = Refusal::of(error)?;
            if wants_password {
                refusal.status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            }
            let password = form.password.as_ref().map(|_| refusal.input("/password", ""));
            let problem = refusal.problem(&["/password"]);
            Ok(again(
                &refusal,
                Transfer {
                    password,
                    problem,
                    ..form
                },
            ))
        }
    }
}

async fn act(visit: &Visit, org: OrgId, heir: &Heir, fields: &Fields) -> Result<()> {
    let actor = visit.recent(fields).await?;
    let to: AccountId = heir.account.parse().map_err(tessera_domain::Error::internal)?;
    visit
        .site
        .run(|app| async move { members::transfer(&app, &actor, org, to, None).await })
        .await
}
