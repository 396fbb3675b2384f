//! A team's page: its news, who is in it, where its settings are.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::picture;
use tessera_app::teams::{self, TeamMemberPage};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{TeamMember, TeamMemberQuery};

use super::answer::{go_refused, go_saying, page};
use super::pages::{TeamMemberRow, TeamPage};
use super::pictures::avatar_path;
use super::teams::led_by;
use super::view::Pager;
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::extract::{Fields, Path, Query};
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};

/// Members on one page.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/teams/{team}",
            Access::Member(Right::SeeOrg),
            "Shows a team.",
            show,
        ),
        Route::post(
            "/o/{org}/teams/{team}/members",
            Access::Member(Right::LeadTeam),
            "Takes people out of a team, and says who leads it.",
            change,
        )
        .up_to(limits::PEOPLE)
        .takes_form(),
    ]
}

/// What of the members is shown.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

impl Listing {
    fn query(&self) -> Result<TeamMemberQuery> {
        Ok(TeamMemberQuery {
            search: words::searched(&self.q),
            after: words::place::<AccountId>(&self.after)?,
            limit: PAGE,
        })
    }

    fn pager(&self, found: &TeamMemberPage) -> Pager {
        let link = |after: &str| words::query(&[("q", &self.q), ("after", after)]);
        let last = found.members.last().filter(|_| found.more);
        Pager {
            shown: format!(
                "{} of {}",
                found.members.len(),
                words::count(found.total, "member")
            ),
            first: (!self.after.is_empty()).then(|| link("")),
            next: last.map(|last| link(&format!("{} {}", last.account, last.name_key))),
        }
    }
}

async fn show(
    visit: Visit,
    Path((org, team)): Path<(OrgId, TeamId)>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    let me = visit.actor()?.account()?;
    let found = teams::members(visit.app(), visit.actor()?, org, team, &listing.query()?).await?;
    let (feed, post) = super::updates::team_feed(&visit, org, team).await?;
    let frame = visit.team_frame(org, team).await?;
    let view = &found.view;
    let accounts: Vec<_> = found.members.iter().map(|member| member.account).collect();
    let pictures = picture::avatars(visit.app(), &accounts).await?;
    let row = |member: &TeamMember| TeamMemberRow {
        picture: pictures
            .get(&member.account)
            .map(|digest| avatar_path(member.account, *digest)),
        ..row(member, me)
    };
    Ok(page(TeamPage {
        frame,
        feed,
        post,
        name: view.team.name.to_string(),
        path: team_path(org, team),
        members: words::count(view.team.members, "member"),
        leads: led_by(&view.leads),
        rows: found.members.iter().map(row).collect(),
        pager: listing.pager(&found),
        may_manage: view.may_manage,
        may_assign: view.may_assign,
        has_settings: view.team.has_settings,
        settings: settings_link(org, team, Right::SeeSettings.granted_to(view.role)),
        query: listing.q,
    }))
}

fn row(member: &TeamMember, me: AccountId) -> TeamMemberRow {
    TeamMemberRow {
        account: member.account.to_string(),
        name: member.name.to_string(),
        picture: None,
        email: member.email.to_string(),
        role: member.role.title().to_owned(),
        lead: member.lead,
        can_lead: Right::LeadTeam.granted_to(member.role),
        own: member.account == me,
    }
}

fn settings_link(org: OrgId, team: TeamId, sees_settings: bool) -> (String, String) {
    if sees_settings {
        let settings = team_path(org, team) + "/settings";
        return ("Settings of this team".to_owned(), settings);
    }
    ("My settings".to_owned(), path(org) + "/my-settings")
}

async fn change(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>, fields: Fields) -> Answer<Response> {
    let back = visit.came_from(&team_path(org, team));
    match act(&visit, org, team, &fields).await {
        Ok(said) => Ok(go_saying(&visit.site, &back, said)),
        Err(error) => go_refused(&visit.site, &back, error),
    }
}

/// Does what the pressed button says: to the ticked rows, or to the button's own.
async fn act(visit: &Visit, org: OrgId, team: TeamId, fields: &Fields) -> Result<String> {
    let (verb, one) = fields
        .get("intent")
        .split_once('.')
        .unwrap_or((fields.get("intent"), ""));
    match verb {
        "remove" if one.is_empty() => remove(visit, org, team, ticked(fields)?).await,
        "remove" => remove(visit, org, team, vec![account(one)?]).await,
        "lead" => set_lead(visit, org, team, account(one)?, true).await,
        "unlead" => set_lead(visit, org, team, account(one)?, false).await,
        _ => Err(Error::invalid("Press one of the buttons.")),
    }
}

async fn remove(visit: &Visit, org: OrgId, team: TeamId, who: Vec<AccountId>) -> Result<String> {
    if who.is_empty() {
        return Err(Error::invalid("Tick at least one person."));
    }
    let actor = visit.owned()?;
    let removed = visit
        .site
        .run(|app| async move { teams::remove(&app, &actor, org, team, &who).await })
        .await?;
    Ok(match removed {
        0 => "Nobody of them was in the team any more.".to_owned(),
        1 => "One person is out of the team. They stay in the organization.".to_owned(),
        many => format!(
            "{} people are out of the team. They stay in the organization.",
            words::grouped(many)
        ),
    })
}

async fn set_lead(visit: &Visit, org: OrgId, team: TeamId, who: AccountId, lead: bool) -> Result<String> {
    let actor = visit.owned()?;
    visit
        .site
        .run(|app| async move { teams::set_lead(&app, &actor, org, team, who, lead).await })
        .await?;
    let said = if lead {
        "The team has a new lead, who may manage its members."
    } else {
        "They do not lead the team any more, and stay in it."
    };
    Ok(said.to_owned())
}

/// The accounts of the ticked rows.
pub(super) fn ticked(fields: &Fields) -> Result<Vec<AccountId>> {
    fields.all("account").map(account).collect()
}

fn account(text: &str) -> Result<AccountId> {
    text.parse().map_err(|_| Error::not_found("member"))
}
