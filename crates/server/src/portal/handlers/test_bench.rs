//! Long-Term Memory → Test bench: asks the device's own code what it would answer.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::settings::{self, Tried, Whom};
use tessera_app::{members, teams};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::applications::ApplicationIdentity;
use tessera_policy::{LayerName, Subject, websites};
use tessera_store::MemberQuery;

use super::answer::{Refusal, again, page};
use super::pages::{TestAnswer, TestBench};
use super::scope::{Names, Scope};
use super::view::{Input, Opt, Place, Select};
use super::visit::Visit;
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

/// The most bytes of a question.
const MOST: usize = 8_192;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/memory/test",
        Access::Member(Right::SeeSettings),
        "Asks whether a page or an application may be captured.",
        show,
    )]
}

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    what: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    whom: String,
    #[serde(default)]
    member: String,
}

impl Asked {
    fn subject(&self) -> Result<Subject> {
        let what = self.what.trim();
        if what.len() > MOST {
            return Err(Error::field("/what", "That is longer than any address."));
        }
        Ok(if self.kind == "application" {
            Subject::application(ApplicationIdentity::called(what))
        } else {
            Subject::page(websites::typed_address(what))
        })
    }
}

async fn show(visit: Visit, Path(org): Path<OrgId>, Query(asked): Query<Asked>) -> Answer<Response> {
    let form = form(&visit, org, &asked).await?;
    if asked.what.trim().is_empty() {
        return Ok(page(form));
    }
    match answer(&visit, org, &asked).await {
        Ok(answer) => Ok(page(TestBench {
            answer: Some(answer),
            ..form
        })),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let form = TestBench {
                what: refusal.input("/what", &asked.what),
                member: refusal.input("/member", &asked.member),
                problem: refusal.problem(&["/what", "/member"]),
                ..form
            };
            Ok(again(&refusal, form))
        }
    }
}

async fn form(visit: &Visit, org: OrgId, asked: &Asked) -> Result<TestBench> {
    let (_, frame) = visit.org_frame(org, Place::TestBench).await?;
    let teams = teams::list(visit.app(), visit.actor()?, org).await?;
    let option = |team: &tessera_store::Team| Opt::new(team.id.to_string(), team.name.as_str());
    Ok(TestBench {
        frame,
        what: Input::new(&asked.what),
        application: asked.kind == "application",
        whom: Select {
            options: teams.iter().map(option).collect(),
            value: asked.whom.clone(),
            error: None,
        },
        member: Input::new(&asked.member),
        ..TestBench::default()
    })
}

async fn answer(visit: &Visit, org: OrgId, asked: &Asked) -> Result<TestAnswer> {
    let (whom, said) = whom(visit, org, asked).await?;
    let subject = asked.subject()?;
    let read = subject
        .url
        .clone()
        .unwrap_or_else(|| asked.what.trim().to_owned());
    let Tried { revision, verdict } =
        settings::try_out(visit.app(), visit.actor()?, org, whom, subject).await?;
    let names = Names::of(visit, org).await?;
    Ok(TestAnswer {
        asked: read,
        allowed: verdict.is_allow(),
        reason: verdict.reason.text().to_owned(),
        source: Scope::of_org(org).source(verdict.layer, false, &names),
        rule: verdict.rule.unwrap_or_default(),
        revision,
        whom: said,
    })
}

/// For whom it is asked, and how to say so.
async fn whom(visit: &Visit, org: OrgId, asked: &Asked) -> Result<(Whom, String)> {
    let (app, actor) = (visit.app(), visit.actor()?);
    if !asked.member.trim().is_empty() {
        let (account, name) = member(visit, org, asked.member.trim()).await?;
        return Ok((Whom::Member(account), name));
    }
    if asked.whom.is_empty() {
        return Ok((Whom::Everybody, "a member of no team".to_owned()));
    }
    let Ok(LayerName::Team(team)) = asked.whom.parse() else {
        return Err(Error::not_found("team"));
    };
    let found = teams::team(app, actor, org, team).await?;
    Ok((Whom::Team(team), format!("a member of {} alone", found.name)))
}

/// The member with this address.
async fn member(visit: &Visit, org: OrgId, address: &str) -> Result<(AccountId, String)> {
    let wanted = MemberQuery {
        search: Some(address.to_owned()),
        limit: 100,
        ..MemberQuery::default()
    };
    let found = members::list(visit.app(), visit.actor()?, org, &wanted).await?;
    let mut members = found.members.iter().map(|listed| &listed.member);
    members
        .find(|member| member.email.as_str().eq_ignore_ascii_case(address))
        .map(|member| (member.account, member.name.to_string()))
        .ok_or_else(|| Error::field("/member", "No member has this address."))
}
