//! Putting people into a team: from a list that is searched and ticked, or by their addresses.

use std::collections::HashMap;

use axum::response::Response;
use serde::Deserialize;
use tessera_app::picture;
use tessera_app::teams::{self, CandidatePage, Placed};
use tessera_domain::address_list::{self, Pasted};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_store::{TeamCandidate, TeamMemberQuery};
use tessera_wire::Digest;

use super::answer::{Refusal, again, go_saying, page};
use super::pages::{Candidate, PlacedRow, TeamAssign};
use super::pictures::avatar_path;
use super::team::ticked;
use super::view::{Input, Tone};
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::extract::{Fields, Path, Query};
use crate::http::{Answer, limits};
use crate::routes::{Access, Route};

/// People on one page.
const PAGE: u64 = 50;
/// Results that are shown one by one.
const RESULTS: usize = 1_000;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::Member(Right::LeadTeam);
    vec![
        Route::get(
            "/o/{org}/teams/{team}/add",
            may,
            "Asks whom to put into a team.",
            ask,
        ),
        Route::post("/o/{org}/teams/{team}/add", may, "Puts people into a team.", add)
            .up_to(limits::PEOPLE)
            .takes_form(),
        Route::post(
            "/o/{org}/teams/{team}/paste",
            may,
            "Puts the people with these addresses into a team.",
            paste,
        )
        .up_to(limits::PEOPLE)
        .takes_form(),
    ]
}

/// What of the list is shown, and who is ticked.
#[derive(Clone, Debug, Default, Deserialize)]
struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
    #[serde(skip)]
    picked: Vec<AccountId>,
}

impl Listing {
    fn query(&self) -> Result<TeamMemberQuery> {
        Ok(TeamMemberQuery {
            search: words::searched(&self.q),
            after: words::place::<AccountId>(&self.after)?,
            limit: PAGE,
        })
    }
}

async fn ask(
    visit: Visit,
    Path((org, team)): Path<(OrgId, TeamId)>,
    Query(listing): Query<Listing>,
) -> Answer<Response> {
    Ok(page(assign_page(&visit, org, team, &listing).await?))
}

async fn assign_page(visit: &Visit, org: OrgId, team: TeamId, listing: &Listing) -> Result<TeamAssign> {
    let (query, picked) = (listing.query()?, &listing.picked);
    let found = teams::candidates(visit.app(), visit.actor()?, org, team, &query, picked).await?;
    let accounts: Vec<_> = found.people.iter().map(|person| person.account).collect();
    let pictures = picture::avatars(visit.app(), &accounts).await?;
    let may_invite = Right::Invite.granted_to(found.view.role);
    Ok(TeamAssign {
        frame: visit.team_frame(org, team).await?,
        name: found.view.team.name.to_string(),
        path: team_path(org, team),
        query: listing.q.clone(),
        rows: fresh(&found, &pictures),
        shown: format!("{} of {}", found.people.len(), people(found.total)),
        all: if found.more {
            words::grouped(found.total)
        } else {
            String::new()
        },
        next: found
            .people
            .last()
            .filter(|_| found.more)
            .map(|last| format!("{} {}", last.account, last.name_key))
            .unwrap_or_default(),
        picked: found.picked.iter().map(candidate).collect(),
        invite: may_invite.then(|| path(org) + "/members/invite"),
        ..TeamAssign::default()
    })
}

/// This page's people without those who stand among the picked.
fn fresh(found: &CandidatePage, pictures: &HashMap<AccountId, Digest>) -> Vec<Candidate> {
    let is_picked =
        |person: &&TeamCandidate| found.picked.iter().any(|picked| picked.account == person.account);
    let fresh = found.people.iter().filter(|person| !is_picked(person));
    let row = |person: &TeamCandidate| Candidate {
        picture: pictures
            .get(&person.account)
            .map(|digest| avatar_path(person.account, *digest)),
        ..candidate(person)
    };
    fresh.map(row).collect()
}

fn candidate(person: &TeamCandidate) -> Candidate {
    Candidate {
        account: person.account.to_string(),
        name: person.name.to_string(),
        picture: None,
        email: person.email.to_string(),
        role: person.role.title().to_owned(),
    }
}

fn people(number: u64) -> String {
    match number {
        1 => "1 person".to_owned(),
        many => format!("{} people", words::grouped(many)),
    }
}

async fn add(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>, fields: Fields) -> Answer<Response> {
    let listing = Listing {
        q: fields.get("q").to_owned(),
        after: String::new(),
        picked: ticked(&fields)?,
    };
    let shown = fields.get("shown").to_owned();
    match fields.get("intent") {
        "add" | "all" => {}
        "next" => {
            let after = fields.get("next").to_owned();
            let listing = Listing {
                q: shown,
                after,
                ..listing
            };
            return Ok(page(assign_page(&visit, org, team, &listing).await?));
        }
        _ => return Ok(page(assign_page(&visit, org, team, &listing).await?)),
    }
    match put(&visit, org, team, fields.get("intent"), &shown, &listing.picked).await {
        Ok(said) => Ok(go_saying(&visit.site, &team_path(org, team), said)),
        Err(error) => {
            let form = assign_page(&visit, org, team, &listing).await?;
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]);
            Ok(again(&refusal, TeamAssign { problem, ..form }))
        }
    }
}

/// Puts the ticked people in, or everybody whom the shown search finds.
async fn put(
    visit: &Visit,
    org: OrgId,
    team: TeamId,
    intent: &str,
    shown: &str,
    picked: &[AccountId],
) -> Result<String> {
    let (actor, who, search) = (visit.owned()?, picked.to_vec(), words::searched(shown));
    let everybody = intent == "all";
    if who.is_empty() && !everybody {
        return Err(Error::invalid("Tick at least one person."));
    }
    let work = move |app: std::sync::Arc<tessera_app::App>| async move {
        let found = if everybody {
            teams::add_matching(&app, &actor, org, team, search).await?
        } else {
            0
        };
        Ok(found + teams::add(&app, &actor, org, team, &who).await?)
    };
    let added = visit.site.run(work).await?;
    Ok(match added {
        0 => "All of them were in the team already.".to_owned(),
        1 => "One person is in the team now.".to_owned(),
        many => format!("{} people are in the team now.", words::grouped(many)),
    })
}

async fn paste(visit: Visit, Path((org, team)): Path<(OrgId, TeamId)>, fields: Fields) -> Answer<Response> {
    let typed = fields.get("addresses");
    let placed = place(&visit, org, team, typed).await;
    let form = assign_page(&visit, org, team, &Listing::default()).await?;
    match placed {
        Ok(results) => Ok(page(TeamAssign {
            pasted: Input::new(left_over(&results)),
            outcome: outcome(&results),
            results: rows(&results),
            ..form
        })),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let problem = refusal.problem(&[]).unwrap_or_default();
            let pasted = Input::refused(typed, problem);
            Ok(again(&refusal, TeamAssign { pasted, ..form }))
        }
    }
}

/// Each pasted entry with what became of it.
async fn place(visit: &Visit, org: OrgId, team: TeamId, typed: &str) -> Result<Vec<(Pasted, Placed)>> {
    let pasted = address_list::read(typed)?;
    if pasted.is_empty() {
        return Err(Error::invalid("Paste at least one address."));
    }
    let (actor, list) = (visit.owned()?, pasted.clone());
    let placed = visit
        .site
        .run(|app| async move { teams::add_addresses(&app, &actor, org, team, &list).await })
        .await?;
    Ok(pasted.into_iter().zip(placed).collect())
}

/// What found nobody stays in the field, to be mended.
fn left_over(results: &[(Pasted, Placed)]) -> String {
    let left = results.iter().filter(|(_, placed)| found_nobody(placed));
    left.map(|(entry, _)| entry.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

fn found_nobody(placed: &Placed) -> bool {
    matches!(placed, Placed::NoMember | Placed::Malformed(_))
}

fn outcome(results: &[(Pasted, Placed)]) -> String {
    let count = |fits: fn(&Placed) -> bool| results.iter().filter(|(_, placed)| fits(placed)).count() as u64;
    let parts = [
        (count(|placed| *placed == Placed::Added), "added"),
        (count(|placed| *placed == Placed::Inside), "in the team already"),
        (count(|placed| *placed == Placed::NoMember), "without a member"),
        (
            count(|placed| matches!(placed, Placed::Malformed(_))),
            "not an address",
        ),
        (count(|placed| *placed == Placed::Again), "twice"),
    ];
    let said = parts.iter().filter(|(number, _)| *number > 0);
    said.map(|(number, what)| format!("{} {what}", words::grouped(*number)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What found nobody comes first, since it wants a look.
fn rows(results: &[(Pasted, Placed)]) -> Vec<PlacedRow> {
    let row = |(entry, placed): &(Pasted, Placed)| {
        let (text, tone) = match placed {
            Placed::Added => ("added".to_owned(), Tone::Good),
            Placed::Inside => ("in the team already".to_owned(), Tone::Neutral),
            Placed::NoMember => ("no member of the organization".to_owned(), Tone::Warn),
            Placed::Again => ("stands further up".to_owned(), Tone::Neutral),
            Placed::Malformed(why) => (why.clone(), Tone::Bad),
        };
        PlacedRow {
            address: entry.text.clone(),
            text,
            tone,
        }
    };
    let (wrong, fine): (Vec<_>, Vec<_>) = results.iter().partition(|(_, placed)| found_nobody(placed));
    wrong.into_iter().chain(fine).take(RESULTS).map(row).collect()
}
