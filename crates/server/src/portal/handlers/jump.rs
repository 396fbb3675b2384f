//! The jump box as a page: pages, members, teams, devices and settings that match.

use axum::response::Response;
use serde::Deserialize;
use tessera_app::orgs::OrgView;
use tessera_app::{devices, members, teams, updates};
use tessera_domain::{Result, Right, Role, text};
use tessera_ids::OrgId;
use tessera_policy::Leaf;
use tessera_store::{DeviceQuery, MemberQuery, TeamQuery, UpdateQuery};

use super::answer::{go, page};
use super::pages::{Hit, Jump};
use super::view::Place;
use super::visit::{Visit, path, team_path};
use super::{settings_search, words};
use crate::http::Answer;
use crate::http::extract::{Path, Query};
use crate::routes::{Access, Route};

/// Matches of one kind.
const MOST: u64 = 8;

/// Pages with the words by which people look for them, and who sees them.
const PAGES: &[(&str, &str, &str, Right)] = &[
    ("Home", "", "start setup health", Right::SeeOrg),
    ("Updates", "/updates", "news posts feed", Right::SeeUpdates),
    ("Post update", "/updates/new", "write news", Right::Post),
    ("Members", "/members", "people seats roles", Right::SeeOrg),
    ("Pending Invites", "/invitations", "invitations", Right::Invite),
    ("Invite people", "/members/invite", "add member", Right::Invite),
    ("Teams", "/teams", "groups", Right::SeeOrg),
    ("Create team", "/teams/new", "new group", Right::ManageTeams),
    (
        "Teams in Settings",
        "/settings/teams",
        "rename delete team",
        Right::ManageTeams,
    ),
    (
        "Models",
        "/models",
        "allow-list providers custom",
        Right::SeeSettings,
    ),
    (
        "Long-Term Memory",
        "/memory",
        "ltm sources audio capture",
        Right::SeeSettings,
    ),
    (
        "Applications",
        "/memory/applications",
        "ltm applications apps blocked available bundle id",
        Right::SeeSettings,
    ),
    (
        "Test bench",
        "/memory/test",
        "try check verdict url page application",
        Right::SeeSettings,
    ),
    (
        "Websites",
        "/memory/websites",
        "ltm websites denied blocked csv",
        Right::SeeSettings,
    ),
    (
        "Devices",
        "/devices",
        "machines agents rollout",
        Right::UseOwnDevices,
    ),
    (
        "Enrolment keys",
        "/devices/enrolment-keys",
        "mdm intune jamf roll out fleet silent",
        Right::ManageDevices,
    ),
    ("Settings", "/settings", "general name", Right::SeeSettings),
    (
        "Features",
        "/settings/features",
        "telemetry cloud processing",
        Right::SeeSettings,
    ),
    (
        "History",
        "/settings/history",
        "revisions changes roll back",
        Right::SeeSettings,
    ),
    (
        "Alerts",
        "/settings/alerts",
        "notifications webhook slack teams mail endpoints",
        Right::ManageAlerts,
    ),
    (
        "Policy as code",
        "/settings/policy",
        "toml file export plan apply drift git",
        Right::SeeSettings,
    ),
    (
        "Search settings",
        "/settings/search",
        "find setting",
        Right::SeeSettings,
    ),
    (
        "Audit log",
        "/settings/audit",
        "who did what export chain",
        Right::SeeAudit,
    ),
    ("Help", "/help", "guides troubleshooting", Right::SeeOrg),
    (
        "My settings",
        "/my-settings",
        "what binds me",
        Right::SeeOwnSettings,
    ),
];

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get(
        "/o/{org}/jump",
        Access::Member(Right::SeeOrg),
        "Finds pages, members, teams, devices and settings.",
        jump,
    )]
}

#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn jump(visit: Visit, Path(org): Path<OrgId>, Query(wanted): Query<Wanted>) -> Answer<Response> {
    let (view, frame) = visit.org_frame(org, Place::Home).await?;
    let query = wanted.q.trim().to_owned();
    let hits = if query.is_empty() {
        pages(org, view.role, "")
    } else {
        find(&visit, &view, &query).await?
    };
    match hits.as_slice() {
        [only] if !query.is_empty() => Ok(go(&only.href)),
        _ => Ok(page(Jump { frame, query, hits })),
    }
}

async fn find(visit: &Visit, view: &OrgView, query: &str) -> Result<Vec<Hit>> {
    let (app, actor, org) = (visit.app(), visit.actor()?, view.id);
    let wanted = text::fold(query);
    let mut hits = pages(org, view.role, &wanted);
    if Right::SeeSettings.granted_to(view.role) {
        hits.extend(leaves(org, &wanted));
    }
    let who = MemberQuery {
        search: Some(query.to_owned()),
        limit: MOST,
        ..MemberQuery::default()
    };
    for listed in members::list(app, actor, org, &who).await?.members {
        let email = listed.member.email.to_string();
        let href = format!("{}/members/{}", path(org), listed.member.account);
        hits.push(hit("Member", listed.member.name.as_str(), &email, href));
    }
    let which = TeamQuery {
        search: Some(query.to_owned()),
        limit: MOST,
        ..TeamQuery::default()
    };
    for listed in teams::page(app, actor, org, &which).await?.teams {
        let team = &listed.team;
        let size = words::count(team.members, "member");
        hits.push(hit("Team", team.name.as_str(), &size, team_path(org, team.id)));
    }
    let what = UpdateQuery {
        search: Some(query.to_owned()),
        limit: MOST,
        ..UpdateQuery::default()
    };
    for found in updates::list(app, actor, org, &what).await?.updates {
        let update = found.update;
        let href = format!("{}/updates/{}", path(org), update.id);
        hits.push(hit(
            "Update",
            update.title.as_str(),
            update.author_name.as_str(),
            href,
        ));
    }
    if Right::ManageDevices.granted_to(view.role) {
        let what = DeviceQuery {
            search: Some(query.to_owned()),
            limit: MOST,
            ..DeviceQuery::default()
        };
        for (device, _) in devices::devices(app, actor, org, what).await?.devices {
            let href = format!(
                "{}/devices{}#{}",
                path(org),
                words::query(&[("q", device.host.as_str())]),
                device.id
            );
            hits.push(hit(
                "Device",
                device.host.as_str(),
                device.member_name.as_str(),
                href,
            ));
        }
    }
    Ok(hits)
}

fn hit(kind: &str, title: &str, detail: &str, href: String) -> Hit {
    Hit {
        kind: kind.to_owned(),
        title: title.to_owned(),
        detail: detail.to_owned(),
        href,
    }
}

/// Pages that the role may see and whose title or words hold what is wanted; all of them for nothing.
fn pages(org: OrgId, role: Role, wanted: &str) -> Vec<Hit> {
    let fits = |(title, _, words, right): &&(&str, &str, &str, Right)| {
        right.granted_to(role) && (text::fold(title).contains(wanted) || words.contains(wanted))
    };
    PAGES
        .iter()
        .filter(fits)
        .map(|(title, place, _, _)| hit("Page", title, "", path(org) + place))
        .collect()
}

/// The same of pages of settings alone.
pub(super) fn settings_pages(org: OrgId, role: Role, wanted: &str) -> Vec<Hit> {
    let (settings, memory) = (path(org) + "/settings", path(org) + "/memory");
    let models = path(org) + "/models";
    let mut hits = pages(org, role, wanted);
    hits.retain(|hit| {
        [&settings, &memory, &models]
            .iter()
            .any(|below| hit.href.starts_with(*below))
    });
    hits
}

fn leaves(org: OrgId, wanted: &str) -> Vec<Hit> {
    let found = Leaf::ALL
        .iter()
        .filter(|leaf| settings_search::speaks_of(**leaf, wanted));
    let hit = |leaf: &Leaf| {
        let href = settings_search::href(org, *leaf);
        hit("Setting", leaf.title(), &words::help(*leaf), href)
    };
    found.map(hit).collect()
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn a_reader_is_not_led_to_pages_of_admins() {
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let titles = |role, wanted| {
            pages(org, role, wanted)
                .into_iter()
                .map(|hit| hit.title)
                .collect::<Vec<_>>()
        };
        assert_eq!(titles(Role::Read, "websites"), Vec::<String>::new());
        assert_eq!(titles(Role::Admin, "websites"), ["Websites"]);
        assert_eq!(
            titles(Role::Read, ""),
            [
                "Home",
                "Updates",
                "Members",
                "Teams",
                "Devices",
                "Help",
                "My settings"
            ]
        );
        assert_eq!(leaves(org, "telemetry").len(), 1);
    }
}
