//! Current Members: who belongs, found by name, role, team and device, with what may be done to each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::response::Response;
use serde::Deserialize;
use tessera_app::members::{self, ListedMember, MemberPage};
use tessera_app::orgs::OrgView;
use tessera_app::{picture, teams};
use tessera_domain::seats::Ledger;
use tessera_domain::{Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::{DeviceStanding, MemberQuery, Team};
use tessera_wire::Digest;

use super::answer::{go, page};
use super::pages::{Bulk, Filter, MemberRow, Members};
use super::pictures::avatar_path;
use super::view::{Meter, Opt, Pager, Place, Select, Sort, Tab, Tone};
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
    picked: BTreeSet<AccountId>,
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
    let reader = Reader {
        pictures: picture::avatars(app, &accounts).await?,
        ..Reader::of(visit, &view)?
    };
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

fn role_options(roles: impl IntoIterator<Item = Role>) -> Vec<Opt> {
    roles
        .into_iter()
        .map(|role| Opt::new(role.as_str(), role.title()))
        .collect()
}

pub(super) fn team_options(teams: &[Team]) -> Vec<Opt> {
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

/// How devices stand, in words and in tone.
pub(super) fn standing_words(standing: DeviceStanding) -> (&'static str, Tone) {
    match standing {
        DeviceStanding::Current => ("up to date", Tone::Good),
        DeviceStanding::Behind => ("behind", Tone::Warn),
        DeviceStanding::Failing => ("failing", Tone::Bad),
        DeviceStanding::None => ("no device", Tone::Neutral),
    }
}

/// Who looks at the list, which says what each row offers.
pub(super) struct Reader {
    org: OrgId,
    me: AccountId,
    pictures: HashMap<AccountId, Digest>,
    role: Role,
    now: Timestamp,
}

impl Reader {
    pub(super) fn of(visit: &Visit, view: &OrgView) -> Result<Self> {
        Ok(Self {
            org: view.id,
            me: visit.actor()?.account()?,
            pictures: HashMap::new(),
            role: view.role,
            now: visit.app().clock.now(),
        })
    }

    fn row(&self, listed: &ListedMember, typed: &Typed) -> MemberRow {
        let member = &listed.member;
        let id = member.account;
        let home = path(self.org);
        let own = id == self.me;
        let manages = Right::RemoveMembers.granted_to(self.role);
        let touches = manages && !own && role::may_touch(self.role, member.role).is_ok();
        let may_see_devices = Right::ManageDevices.granted_to(self.role) && member.devices > 0;
        let hands_over = Right::TransferOwnership.granted_to(self.role) && !own && member.role != Role::Owner;
        let value = typed.roles.get(&id).copied().unwrap_or(member.role).as_str();
        let (state, tone) = standing_words(member.standing());
        let below = |rest: &str| format!("{home}/members/{id}{rest}");
        MemberRow {
            account: id.to_string(),
            path: below(""),
            name: member.name.to_string(),
            email: member.email.to_string(),
            picture: self.pictures.get(&id).map(|digest| avatar_path(id, *digest)),
            role: member.role.title().to_owned(),
            was: member.role.as_str().to_owned(),
            roles: Select {
                options: self.roles(member.role),
                value: value.to_owned(),
                error: None,
            },
            picked: typed.picked.contains(&id),
            teams: team_names(listed),
            devices: words::count(member.devices, "device"),
            state: state.to_owned(),
            tone,
            devices_href: may_see_devices.then(|| format!("{home}/devices?member={id}")),
            joined: words::moment(member.joined_at, self.now),
            own,
            settings: Right::SeeSettings
                .granted_to(self.role)
                .then(|| below("/settings")),
            sign_out: touches.then(|| below("/sign-out")),
            transfer: hands_over.then(|| format!("{home}/transfer?to={id}")),
            remove: touches.then(|| below("/remove")),
        }
    }

    /// What a member of that role may be made, the present role included; nothing where they may not be touched.
    pub(super) fn roles(&self, current: Role) -> Vec<Opt> {
        if role::may_touch(self.role, current).is_err() {
            return Vec::new();
        }
        role_options(
            Role::ALL
                .into_iter()
                .filter(|new| role::may_change_role(self.role, current, *new).is_ok()),
        )
    }
}

/// A few teams by name; of many, how many more.
fn team_names(listed: &ListedMember) -> String {
    const SHOWN: usize = 2;
    let names: Vec<&str> = listed.teams.iter().map(|team| team.name.as_str()).collect();
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{} and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
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
