//! Samples of teams: the lists, a team's page, and what is done to one.

use super::data::{ORG, PEOPLE, owner, pager, reader, whole};
use super::{Sample, draw};
use crate::portal::pages::{
    Candidate, PlacedRow, TeamAssign, TeamDeletion, TeamForm, TeamMemberRow, TeamPage, TeamRow, TeamSettings,
    Teams,
};
use crate::portal::view::{Frame, Input, Place, Tone};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = lists();
    samples.extend(pages());
    samples.extend(forms());
    samples
}

fn path() -> String {
    format!("{ORG}/teams/collections")
}

/// An owner's frame on the page of the first team.
fn at_team(mut frame: Frame) -> Frame {
    for link in frame.nav.iter_mut().flat_map(|nav| &mut nav.teams).take(1) {
        link.current = true;
    }
    frame
}

/// A frame of an organization without teams.
fn without_teams(mut frame: Frame) -> Frame {
    if let Some(nav) = &mut frame.nav {
        nav.teams.clear();
    }
    frame
}

fn rows() -> Vec<TeamRow> {
    let row = |name: &str, members: &str, leads: &str, has_settings| TeamRow {
        name: name.to_owned(),
        path: format!("{ORG}/teams/{name}"),
        members: members.to_owned(),
        leads: leads.to_owned(),
        has_settings,
    };
    vec![
        row("Collections", "9", "Amara Lindqvist, Luc Bernard", true),
        row("Conservation", "6", "Priya Raman", false),
        row("Visitor services, evenings and weekends", "1,204", "", false),
    ]
}

fn lists() -> Vec<Sample> {
    let create = Some(format!("{ORG}/teams/new"));
    let teams = Teams {
        frame: owner(Place::Teams),
        rows: rows(),
        pager: whole("3 of 3 teams"),
        create: create.clone(),
        ..Teams::default()
    };
    let read = Teams {
        frame: reader(Place::Teams),
        rows: rows(),
        pager: whole("3 of 3 teams"),
        ..Teams::default()
    };
    let empty = Teams {
        frame: without_teams(owner(Place::Teams)),
        create: create.clone(),
        ..Teams::default()
    };
    let nothing = Teams {
        frame: owner(Place::Teams),
        query: "zz".to_owned(),
        create,
        ..Teams::default()
    };
    let settings = |frame, rows| TeamSettings {
        frame,
        rows,
        pager: whole("3 of 3 teams"),
        create: format!("{ORG}/teams/new"),
        query: String::new(),
    };
    vec![
        draw("teams", &teams),
        draw("teams-read", &read),
        draw("teams-empty", &empty),
        draw("teams-none", &nothing),
        draw("team-settings", &settings(owner(Place::TeamSettings), rows())),
        draw(
            "team-settings-empty",
            &settings(without_teams(owner(Place::TeamSettings)), vec![]),
        ),
    ]
}

fn members() -> Vec<TeamMemberRow> {
    let row = |index: usize| TeamMemberRow {
        account: format!("account_{index}"),
        name: PEOPLE[index].0.to_owned(),
        picture: None,
        email: PEOPLE[index].1.to_owned(),
        role: ["Owner", "Write", "Read"][index % 3].to_owned(),
        lead: index == 1 || index == 4,
        can_lead: index % 3 < 2,
        own: index == 0,
    };
    (0..9).map(row).collect()
}

fn pages() -> Vec<Sample> {
    let page = || TeamPage {
        frame: at_team(owner(Place::Teams)),
        name: "Collections".to_owned(),
        path: path(),
        members: "9 members".to_owned(),
        leads: "Tomasz Wieczorek, Priya Raman".to_owned(),
        feed: super::updates::team_feed(),
        post: Some(format!("{ORG}/updates/new?team=team_1")),
        rows: members(),
        pager: whole("9 of 9 members"),
        may_manage: true,
        may_assign: true,
        has_settings: true,
        settings: (
            "The organization’s settings".to_owned(),
            format!("{ORG}/settings/features"),
        ),
        query: String::new(),
    };
    let lead = TeamPage {
        frame: at_team(reader(Place::Teams)),
        may_manage: false,
        pager: pager(),
        ..page()
    };
    let read = TeamPage {
        frame: at_team(reader(Place::Teams)),
        may_manage: false,
        may_assign: false,
        has_settings: false,
        settings: ("My settings".to_owned(), format!("{ORG}/my-settings")),
        ..page()
    };
    let empty = TeamPage {
        members: "0 members".to_owned(),
        leads: String::new(),
        feed: super::updates::empty_team_feed(),
        rows: vec![],
        has_settings: false,
        ..page()
    };
    vec![
        draw("team", &page()),
        draw("team-lead", &lead),
        draw("team-read", &read),
        draw("team-empty", &empty),
    ]
}

fn candidate(index: usize) -> Candidate {
    Candidate {
        account: format!("account_{index}"),
        name: PEOPLE[index].0.to_owned(),
        picture: None,
        email: PEOPLE[index].1.to_owned(),
        role: "Write".to_owned(),
    }
}

fn assign() -> TeamAssign {
    TeamAssign {
        frame: at_team(owner(Place::Teams)),
        name: "Collections".to_owned(),
        path: path(),
        rows: (2..10).map(candidate).collect(),
        shown: "8 of 1,204 people".to_owned(),
        all: "1,204".to_owned(),
        next: "account_9 nadia haddad".to_owned(),
        invite: Some(format!("{ORG}/members/invite")),
        ..TeamAssign::default()
    }
}

fn forms() -> Vec<Sample> {
    let placed = |address: &str, text: &str, tone| PlacedRow {
        address: address.to_owned(),
        text: text.to_owned(),
        tone,
    };
    let create = TeamForm {
        frame: owner(Place::Teams),
        action: format!("{ORG}/teams"),
        back: format!("{ORG}/teams"),
        ..TeamForm::default()
    };
    let rename = TeamForm {
        frame: at_team(owner(Place::Teams)),
        present: Some("Collections".to_owned()),
        name: Input::refused("conservation", "A team with this name exists."),
        action: path() + "/rename",
        back: path(),
        problem: None,
    };
    let delete = TeamDeletion {
        frame: at_team(owner(Place::Teams)),
        name: "Collections".to_owned(),
        action: path() + "/delete",
        consequences: [
            "Its 9 members stay in the organization.",
            "Its settings go: devices of its members get the organization’s settings within a second.",
            "Updates posted to it are deleted, with their comments.",
            "2 pending invitations lose this team and stay open.",
        ]
        .map(str::to_owned)
        .to_vec(),
        problem: None,
        back: path(),
    };
    let searched = TeamAssign {
        query: "da".to_owned(),
        picked: vec![candidate(0), candidate(1)],
        rows: vec![candidate(7), candidate(9)],
        shown: "2 of 2 people".to_owned(),
        all: String::new(),
        next: String::new(),
        problem: Some("Tick at least one person.".to_owned()),
        ..assign()
    };
    let pasted = TeamAssign {
        pasted: Input::new("rosa.marin@meridian.example\nnobody"),
        outcome: "1 added, 1 in the team already, 1 without a member, 1 not an address".to_owned(),
        results: vec![
            placed(
                "rosa.marin@meridian.example",
                "no member of the organization",
                Tone::Warn,
            ),
            placed(
                "nobody",
                "An email address has one @, as in name@example.com.",
                Tone::Bad,
            ),
            placed(PEOPLE[3].1, "added", Tone::Good),
            placed(PEOPLE[1].1, "in the team already", Tone::Neutral),
        ],
        ..assign()
    };
    vec![
        draw("team-create", &create),
        draw("team-rename", &rename),
        draw("team-delete", &delete),
        draw("team-assign", &assign()),
        draw("team-assign-searched", &searched),
        draw("team-assign-pasted", &pasted),
    ]
}
