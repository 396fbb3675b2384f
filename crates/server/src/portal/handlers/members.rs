//! Current Members: who belongs, found by name, role, team and device, with what may be done to each.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use serde::Deserialize;
use tessera_app::members::{self, MemberPage};
use tessera_app::orgs::OrgView;
use tessera_app::{picture, teams};
use tessera_domain::seats::Ledger;
use tessera_domain::{Result, Right, Role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{DeviceStanding, MemberQuery, Team};

use super::answer::{go, page};
use super::member_rows::{Reader, standing_words};
use super::pages::{Bulk, Filter, Members};
use super::view::{Meter, Opt, Pager, Place, Select, Sort, Tab};
use super::visit::{Visit, path};
use super::words;
use crate::api::MemberList;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Members on one page.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/members",
        Access::Member(Right::SeeOrg),
        "Shows who belongs.",
        list,
    )]
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(flatten)]
    pub(super) list: MemberList,
    /// `pending` leads to the invitations, as older links have it.
    #[serde(default)]
    tab: String,
}

impl Listing {
    pub(super) fn query(&self) -> Result<MemberQuery> {
        self.list.query(PAGE)
    }

    /// The query of the same list with another order or place.
    pub(super) fn to(&self, sort: &str, after: &str) -> String {
        let list = &self.list;
        words::query(&[
            ("q", &list.q),
            ("role", &list.role),
            ("team", &list.team),
            ("device", &list.device),
            ("sort", sort),
            ("after", after),
        ])
    }

    /// The query of the page at hand.
    pub(super) fn here(&self) -> String {
        self.to(&self.list.sort, &self.list.after)
    }

    fn is_narrowed(&self) -> bool {
        let list = &self.list;
        [&list.q, &list.role, &list.team, &list.device]
            .iter()
            .any(|filter| !filter.is_empty())
    }

    fn pager(&self, found: &MemberPage) -> Pager {
        let list = &self.list;
        let last = found.members.last().filter(|_| found.more);
        Pager {
            shown: format!(
                "{} of {}",
                found.members.len(),
                words::count(found.total, "member")
            ),
            first: (!list.after.is_empty()).then(|| self.to(&list.sort, "")),
            next: last.map(|last| self.to(&list.sort, &list.next(&last.member))),
        }
    }

    fn sort(&self, name: &str, order: &str) -> Sort {
        let is_current = self.list.sort == name;
        Sort {
            href: self.to(name, ""),
            order: if is_current { order } else { "none" }.to_owned(),
        }
    }
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    if listing.tab == "pending" || listing.tab == "invitations" {
        return Ok(go(&(path(org) + "/invitations")));
    }
    Ok(page(
        members_page(&visit, org, &listing, &Typed::default()).await?,
    ))
}

/// What somebody chose on the page and has not saved.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) roles: BTreeMap<AccountId, Role>,
    pub(super) picked: BTreeSet<AccountId>,
    scope: String,
    role: String,
    join: String,
    leave: String,
}

impl Typed {
    /// What the page's form says.
    pub(super) fn of(fields: &Fields) -> Self {
        let row = |(name, value): (&str, &str)| {
            let account = name.strip_prefix("role.")?.parse().ok()?;
            Some((account, value.parse().ok()?))
        };
        Self {
            roles: fields.iter().filter_map(row).collect(),
            picked: fields.all("pick").filter_map(|id| id.parse().ok()).collect(),
            scope: fields.get("scope").to_owned(),
            role: fields.get("bulk_role").to_owned(),
            join: fields.get("bulk_join").to_owned(),
            leave: fields.get("bulk_leave").to_owned(),
        }
    }
}

pub(super) async fn members_page(
    visit: &Visit,
    org: OrgId,
    listing: &Listing,
    typed: &Typed,
) -> Result<Members> {
    let (app, actor) = (visit.app(), visit.actor()?);
    let found = members::list(app, actor, org, &listing.query()?).await?;
    let teams = teams::list(app, actor, org).await?;
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let accounts: Vec<_> = found.members.iter().map(|listed| listed.member.account).collect();
    let mut reader = Reader::of(visit, &view)?;
    reader.pictures = picture::avatars(app, &accounts).await?;
    let may_manage = Right::ChangeRoles.granted_to(view.role);
    let home = path(org);
    Ok(Members {
        frame,
        seats: Right::Invite.granted_to(view.role).then(|| seats(&found.seats)),
        tabs: tabs(org, view.role, found.seats, true),
        query: listing.list.q.clone(),
        narrowed: listing.is_narrowed(),
        sort: listing.list.sort.clone(),
        filters: filters(listing, &teams),
        by_name: listing.sort("", "ascending"),
        by_role: listing.sort("role", "descending"),
        by_joined: listing.sort("joined", "descending"),
        bulk: may_manage.then(|| bulk(&view, &teams, found.total, listing, typed)),
        action: format!("{home}/members{}", listing.here()),
        export: may_manage.then(|| format!("{home}/members.csv{}", listing.to(&listing.list.sort, ""))),
        removals: may_manage.then(|| format!("{home}/removals")),
        pager: listing.pager(&found),
        rows: found
            .members
            .iter()
            .map(|member| reader.row(member, typed))
            .collect(),
        may_manage,
        problem: None,
    })
}

fn filters(listing: &Listing, teams: &[Team]) -> Vec<Filter> {
    let list = &listing.list;
    let filter = |name: &str, label: &str, all: &str, options: Vec<Opt>, value: &str| Filter {
        name: name.to_owned(),
        label: label.to_owned(),
        all: all.to_owned(),
        options,
        value: value.to_owned(),
    };
    let standing =
        |standing: DeviceStanding| Opt::new(standing.as_str(), words::capital(standing_words(standing).0));
    vec![
        filter("role", "Role", "All roles", role_options(Role::ALL), &list.role),
        filter("team", "Team", "All teams", team_options(teams), &list.team),
        filter(
            "device",
            "Devices",
            "All devices",
            DeviceStanding::ALL.map(standing).to_vec(),
            &list.device,
        ),
    ]
    .into_iter()
    .filter(|filter| !filter.options.is_empty())
    .collect()
}

pub(super) fn role_options(roles: impl IntoIterator<Item = Role>) -> Vec<Opt> {
    roles
        .into_iter()
        .map(|role| Opt::new(role.as_str(), role.title()))
        .collect()
}

fn team_options(teams: &[Team]) -> Vec<Opt> {
    teams
        .iter()
        .map(|team| Opt::new(team.id.to_string(), team.name.as_str()))
        .collect()
}

fn bulk(view: &OrgView, teams: &[Team], total: u64, listing: &Listing, typed: &Typed) -> Bulk {
    let select = |options: Vec<Opt>, value: &str| Select {
        options,
        value: value.to_owned(),
        error: None,
    };
    let all = if listing.is_narrowed() {
        format!("all {} that match", words::count(total, "member"))
    } else {
        format!("all {}", words::count(total, "member"))
    };
    let scopes = vec![Opt::new("picked", "the ticked members"), Opt::new("all", all)];
    Bulk {
        scope: select(scopes, &typed.scope),
        role: select(role_options(view.role.may_give()), &typed.role),
        join: select(team_options(teams), &typed.join),
        leave: select(team_options(teams), &typed.leave),
        open: !typed.picked.is_empty() || typed.scope == "all",
    }
}

/// Current Members and, for who invites, Pending Invites.
pub(super) fn tabs(org: OrgId, role: Role, seats: Ledger, current: bool) -> Vec<Tab> {
    let home = path(org);
    let tab = |label: &str, place: &str, count: u32, current: bool| Tab {
        label: label.to_owned(),
        href: home.clone() + place,
        count: Some(u64::from(count)),
        current,
    };
    let mut tabs = vec![tab("Current Members", "/members", seats.used, current)];
    if Right::Invite.granted_to(role) {
        tabs.push(tab("Pending Invites", "/invitations", seats.held, !current));
    }
    tabs
}

/// Seat Usage: a bar where seats end, else the plain number.
pub(super) fn seats(ledger: &Ledger) -> Meter {
    let (used, held) = (u64::from(ledger.used), u64::from(ledger.held));
    let of = ledger.limit.map_or_else(
        || format!("{} used, without a limit", words::count(used, "seat")),
        |limit| {
            format!(
                "{} of {} used",
                words::grouped(used),
                words::count(u64::from(limit), "seat")
            )
        },
    );
    let held_text = if held == 0 {
        String::new()
    } else {
        format!(", {} held by invitations", words::grouped(held))
    };
    Meter {
        label: "Seats used".to_owned(),
        used,
        held,
        total: ledger.limit.map_or(0, u64::from),
        text: of + &held_text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_said_with_and_without_a_limit() {
        let ledger = |limit, held| Ledger {
            limit,
            used: 12,
            held,
        };
        assert_eq!(
            seats(&ledger(Some(20), 3)).text,
            "12 of 20 seats used, 3 held by invitations"
        );
        assert_eq!(seats(&ledger(None, 0)).text, "12 seats used, without a limit");
    }

    #[test]
    fn a_link_to_the_list_says_what_it_shows() {
        let listing = Listing {
            list: MemberList {
                q: "a b".to_owned(),
                device: "behind".to_owned(),
                ..MemberList::default()
            },
            tab: String::new(),
        };
        assert_eq!(listing.to("role", ""), "?q=a%20b&device=behind&sort=role");
        assert!(listing.is_narrowed() && !Listing::default().is_narrowed());
        assert_eq!(Listing::default().here(), "?");
    }
}
