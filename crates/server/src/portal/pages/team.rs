//! A team's page, and the page on which people are put into it.

use askama::Template;

use super::UpdateFeed;
use crate::portal::view::{Avatar, Frame, Input, Pager, Place, Tone};

/// A team. `GET` with `q`, `after`. Its table posts to `{path}/members` with `account` per ticked row and
/// `intent=remove`, or `intent=remove.{account}`, `lead.{account}`, `unlead.{account}` for one row. Live topic: `teams`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/team.html")]
pub struct TeamPage {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Its path, without a trailing slash.
    pub path: String,
    /// How many belong, in words: `14 members`.
    pub members: String,
    /// Names of its leads; empty when none.
    pub leads: String,
    /// The newest of its updates, a live region of topic `updates`.
    pub feed: UpdateFeed,
    /// Path of the editor for an update of the team; `None` for who may not post there.
    pub post: Option<String>,
    /// What was searched for.
    pub query: String,
    /// This page's members.
    pub rows: Vec<TeamMemberRow>,
    /// Ways to the other members.
    pub pager: Pager,
    /// The reader may rename and delete it, and say who leads.
    pub may_manage: bool,
    /// The reader may say who is in it.
    pub may_assign: bool,
    /// It carries settings of its own.
    pub has_settings: bool,
    /// Where the reader sees settings now: label and path.
    pub settings: (String, String),
}

/// One member of a team.
#[derive(Clone, Debug, Default)]
pub struct TeamMemberRow {
    /// Account id.
    pub account: String,
    /// Full name.
    pub name: String,
    /// Path of their picture, if they have one.
    pub picture: Option<String>,
    /// Address.
    pub email: String,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
    /// They lead the team.
    pub lead: bool,
    /// Their role may lead.
    pub can_lead: bool,
    /// It is the reader.
    pub own: bool,
}

/// Puts people into a team. `GET` with `q`. The list posts to `{path}/add` with `account` per ticked person, `q`, `shown`
/// (the search that the list shows), `next` (where its next page begins) and `intent=search|next|add|all`. Pasted
/// addresses: `POST {path}/paste` with `addresses`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/team_assign.html")]
pub struct TeamAssign {
    /// The frame.
    pub frame: Frame,
    /// The team's name.
    pub name: String,
    /// The team's path.
    pub path: String,
    /// What was searched for.
    pub query: String,
    /// Those ticked on earlier pages and in earlier searches.
    pub picked: Vec<Candidate>,
    /// Who is not in the team and matches.
    pub rows: Vec<Candidate>,
    /// What is shown: `50 of 1,204 people`.
    pub shown: String,
    /// How many match on all pages: `1,204`; empty when the page shows them all.
    pub all: String,
    /// Where the next page begins; empty on the last.
    pub next: String,
    /// What was wrong with the list's form.
    pub problem: Option<String>,
    /// The addresses pasted; those that found nobody stay.
    pub pasted: Input,
    /// What became of each pasted address, those that found nobody first.
    pub results: Vec<PlacedRow>,
    /// The same in one line: `3 added, 1 without a member`.
    pub outcome: String,
    /// Path of the page that invites people; `None` for who may not.
    pub invite: Option<String>,
}

/// Somebody who could be put into a team.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// Account id.
    pub account: String,
    /// Full name.
    pub name: String,
    /// Path of their picture, if they have one.
    pub picture: Option<String>,
    /// Address.
    pub email: String,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
}

/// What became of one pasted address.
#[derive(Clone, Debug, Default)]
pub struct PlacedRow {
    /// As it was pasted.
    pub address: String,
    /// In words.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}
