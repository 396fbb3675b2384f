//! Current Members and Pending Invites: who belongs, who is invited, and role edits behind the save bar.

use std::collections::{BTreeMap, HashMap};

use axum::response::Response;
use serde::Deserialize;
use tessera_app::members::{self, ListedMember, MemberPage};
use tessera_app::picture;
use tessera_domain::seats::Ledger;
use tessera_domain::{Error, Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::{MemberQuery, MemberSort};
use tessera_wire::Digest;

use super::answer::{Refusal, again, go, go_saying, page};
use super::pages::{MemberRow, Members, RoleFilter};
use super::pictures::avatar_path;
use super::view::{Meter, Opt, Pager, Place, Select, Sort, Tab};
use super::visit::{Visit, path};
use super::words;
use crate::http::Answer;
use crate::http::extract::{Fields, Path, Query};
use crate::routes::{Access, Route};

/// Members on one page.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/o/{org}/members",
            Access::Member(Right::SeeOrg),
            "Shows who belongs.",
            list,
        ),
        Route::post(
            "/o/{org}/members",
            Access::Member(Right::ChangeRoles),
            "Changes roles.",
            change,
        )
        .takes_form(),
    ]
}

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    after: String,
    /// `pending` leads to the invitations, as older links have it.
    #[serde(default)]
    tab: String,
}

impl Listing {
    fn query(&self) -> Result<MemberQuery> {
        let unknown = || Error::invalid("This page of the list is not understood. Begin at the first one.");
        let after = if self.after.is_empty() {
            None
        } else {
            let (id, key) = self.after.split_once(' ').ok_or_else(unknown)?;
            Some((key.to_owned(), id.parse::<AccountId>().map_err(|_| unknown())?))
        };
        let sort = match (self.sort.as_str(), after) {
            ("newest", None) => MemberSort::Newest(None),
            ("newest", Some((key, id))) => {
                let micros = key.parse().map_err(|_| unknown())?;
                MemberSort::Newest(Some((Timestamp::from_micros(micros), id)))
            }
            (_, after) => MemberSort::Name(after),
        };
        Ok(MemberQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            role: self.role.parse().ok(),
            team: None,
            sort,
            limit: PAGE,
        })
    }

    /// A link to the same list with another order or place.
    fn to(&self, sort: &str, after: &str) -> String {
        words::query(&[
            ("q", &self.q),
            ("role", &self.role),
            ("sort", sort),
            ("after", after),
        ])
    }

    fn pager(&self, found: &MemberPage) -> Pager {
        let after = |last: &ListedMember| match self.sort.as_str() {
            "newest" => format!("{} {}", last.member.account, last.member.joined_at.as_micros()),
            _ => format!("{} {}", last.member.account, last.member.name_key),
        };
        let last = found.members.last().filter(|_| found.more);
        Pager {
            shown: format!(
                "{} of {}",
                found.members.len(),
                words::count(found.total, "member")
            ),
            first: (!self.after.is_empty()).then(|| self.to(&self.sort, "")),
            next: last.map(|last| self.to(&self.sort, &after(last))),
        }
    }

    fn sort(&self, name: &str, order: &str) -> Sort {
        let is_current = self.sort == name;
        Sort {
            href: self.to(name, ""),
            order: if is_current { order } else { "none" }.to_owned(),
        }
    }
}

async fn list(visit: Visit, Path(org): Path<OrgId>, Query(listing): Query<Listing>) -> Answer<Response> {
    if listing.tab == "pending" {
        return Ok(go(&(path(org) + "/invitations")));
    }
    let found = members::list(visit.app(), visit.actor()?, org, &listing.query()?).await?;
    Ok(page(
        members_page(&visit, org, &listing, found, &BTreeMap::new()).await?,
    ))
}

async fn members_page(
    visit: &Visit,
    org: OrgId,
    listing: &Listing,
    found: MemberPage,
    typed: &BTreeMap<AccountId, Role>,
) -> Result<Members> {
    let (view, frame) = visit.org_frame(org, Place::Members).await?;
    let (me, now) = (visit.actor()?.account()?, visit.app().clock.now());
    let may_manage = Right::ChangeRoles.granted_to(view.role);
    let accounts: Vec<_> = found.members.iter().map(|listed| listed.member.account).collect();
    let reader = Reader {
        org,
        me,
        pictures: picture::avatars(visit.app(), &accounts).await?,
        role: view.role,
        now,
    };
    Ok(Members {
        frame,
        seats: Right::Invite.granted_to(view.role).then(|| seats(&found.seats)),
        tabs: tabs(org, view.role, found.seats, true),
        query: listing.q.clone(),
        filter: RoleFilter {
            options: Role::ALL
                .iter()
                .map(|role| Opt::new(role.as_str(), role.title()))
                .collect(),
            value: listing.role.clone(),
        },
        by_name: listing.sort("", "ascending"),
        by_joined: listing.sort("newest", "descending"),
        pager: listing.pager(&found),
        rows: found
            .members
            .into_iter()
            .map(|member| reader.row(&member, typed))
            .collect(),
        may_manage,
        problem: None,
    })
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

/// Who looks at the list, which says what each row offers.
struct Reader {
    org: OrgId,
    me: AccountId,
    pictures: HashMap<AccountId, Digest>,
    role: Role,
    now: Timestamp,
}

impl Reader {
    fn row(&self, listed: &ListedMember, typed: &BTreeMap<AccountId, Role>) -> MemberRow {
        let member = &listed.member;
        let id = member.account;
        let home = path(self.org);
        let may_remove =
            Right::RemoveMembers.granted_to(self.role) && role::may_touch(self.role, member.role).is_ok();
        let may_see_devices = Right::ManageDevices.granted_to(self.role) && member.devices > 0;
        let value = typed.get(&id).copied().unwrap_or(member.role).as_str();
        MemberRow {
            account: id.to_string(),
            name: member.name.to_string(),
            email: member.email.to_string(),
            picture: self.pictures.get(&id).map(|digest| avatar_path(id, *digest)),
            role: member.role.title().to_owned(),
            roles: Select {
                options: self.roles(member.role),
                value: value.to_owned(),
                error: None,
            },
            devices: if member.devices == 0 {
                "not enrolled".to_owned()
            } else {
                words::count(member.devices, "device")
            },
            devices_href: may_see_devices.then(|| format!("{home}/devices?member={id}")),
            joined: words::moment(member.joined_at, self.now),
            own: id == self.me,
            remove: (may_remove && id != self.me).then(|| format!("{home}/members/{id}/remove")),
        }
    }

    /// What a member of that role may be made, the present role included; nothing where they may not be touched.
    fn roles(&self, current: Role) -> Vec<Opt> {
        if role::may_touch(self.role, current).is_err() {
            return Vec::new();
        }
        let possible = Role::ALL
            .into_iter()
            .filter(|new| role::may_change_role(self.role, current, *new).is_ok());
        possible
            .map(|role| Opt::new(role.as_str(), role.title()))
            .collect()
    }
}

async fn change(
    visit: Visit,
    Path(org): Path<OrgId>,
    Query(listing): Query<Listing>,
    fields: Fields,
) -> Answer<Response> {
    visit.require(org, Right::ChangeRoles).await?;
    let here = path(org) + "/members" + listing.to(&listing.sort, &listing.after).trim_end_matches('?');
    if fields.get("intent") == "discard" {
        return Ok(go(&here));
    }
    let found = members::list(visit.app(), visit.actor()?, org, &listing.query()?).await?;
    let wanted = edits(&fields, &found.members);
    match apply(&visit, org, &wanted).await {
        Ok(()) => Ok(go_saying(&visit.site, &here, said(wanted.len()))),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            let now = members::list(visit.app(), visit.actor()?, org, &listing.query()?).await?;
            let form = members_page(&visit, org, &listing, now, &wanted).await?;
            Ok(again(
                &refusal,
                Members {
                    problem: refusal.problem(&[]),
                    ..form
                },
            ))
        }
    }
}

fn said(changed: usize) -> String {
    match changed {
        0 => "No role was changed.".to_owned(),
        1 => "The role is changed.".to_owned(),
        many => format!("{many} roles are changed."),
    }
}

/// The roles that differ from what the members have. The form sends every row's.
fn edits(fields: &Fields, members: &[ListedMember]) -> BTreeMap<AccountId, Role> {
    let wanted = |listed: &ListedMember| {
        let id = listed.member.account;
        let role: Role = fields.find(&format!("role.{id}"))?.parse().ok()?;
        (role != listed.member.role).then_some((id, role))
    };
    members.iter().filter_map(wanted).collect()
}

async fn apply(visit: &Visit, org: OrgId, wanted: &BTreeMap<AccountId, Role>) -> Result<()> {
    for (who, role) in wanted {
        let (actor, who, role) = (visit.owned()?, *who, *role);
        visit
            .site
            .run(|app| async move { members::change_role(&app, &actor, org, who, role).await })
            .await?;
    }
    Ok(())
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
    fn a_page_of_the_list_is_found_again_by_its_own_link() {
        let listing = Listing {
            sort: "newest".to_owned(),
            after: "nonsense".to_owned(),
            ..Listing::default()
        };
        assert!(listing.query().is_err());
        assert_eq!(
            Listing {
                q: "a b".to_owned(),
                ..Listing::default()
            }
            .to("newest", ""),
            "?q=a%20b&sort=newest"
        );
    }
}
