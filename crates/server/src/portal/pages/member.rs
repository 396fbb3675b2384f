//! One member: who they are, what ended with their membership, handing the organization to them.

use askama::Template;

use crate::portal::view::{Avatar, DeviceState, Frame, Input, Moment, Place, Select, Tone};

/// `GET /o/{org}/members/{member}`. Edits: `POST {path}` with `was`, `role`, `team.{team}` for each ticked team, `was_team` for each that
/// was, and `intent=review|save|discard`. Live topic: `members`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/member.html")]
pub struct Member {
    /// The frame.
    pub frame: Frame,
    /// Their path.
    pub path: String,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
    /// What the role may do, in a line.
    pub role_summary: String,
    /// The role's word, as the form says what it showed.
    pub was: String,
    /// Roles that the reader may give; empty when it may not be changed.
    pub roles: Select,
    /// Since when.
    pub joined: Moment,
    /// It is the reader.
    pub own: bool,
    /// Their teams; for who may change them, every team.
    pub teams: Vec<MemberTeam>,
    /// The reader may change teams.
    pub may_assign: bool,
    /// Their devices; `None` when the reader may not see them.
    pub devices: Option<Vec<MemberDevice>>,
    /// What else may be done: (label, path, it destroys something).
    pub acts: Vec<(String, String, bool)>,
}

impl Member {
    /// There is something to save.
    pub fn editable(&self) -> bool {
        !self.roles.options.is_empty() || (self.may_assign && !self.teams.is_empty())
    }
}

/// A team, and whether the member is in it.
#[derive(Clone, Debug, Default)]
pub struct MemberTeam {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The member is in it.
    pub was_in: bool,
    /// It is ticked: they are in it, or are about to be.
    pub is_in: bool,
    /// They lead it.
    pub lead: bool,
}

/// A device of a member.
#[derive(Clone, Debug)]
pub struct MemberDevice {
    /// What the machine calls itself.
    pub host: String,
    /// Its system.
    pub system: String,
    /// Its state.
    pub state: DeviceState,
    /// When it was last heard of.
    pub seen: Moment,
}

/// Asks before a member is signed out everywhere. `POST {action}` with `confirm=sign-out`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_sign_out.html")]
pub struct ConfirmSignOut {
    /// The frame.
    pub frame: Frame,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What happens, one sentence each.
    pub consequences: Vec<String>,
    /// Path that the form posts to.
    pub action: String,
    /// A refusal.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// Asks before the reader leaves. `POST {action}` with `confirm=leave`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_leave.html")]
pub struct ConfirmLeave {
    /// The frame.
    pub frame: Frame,
    /// Name of the organization.
    pub org_name: String,
    /// What happens, one sentence each.
    pub consequences: Vec<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Why it cannot be, for the last owner.
    pub problem: Option<String>,
    /// What to do then: (label, path).
    pub ways: Vec<(String, String)>,
    /// Way back.
    pub back: String,
}

/// What became of a membership: every step with its real state, until the last device's receipt is in. Live topic: `removal`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/removal.html")]
pub struct Removal {
    /// The frame.
    pub frame: Frame,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// `Removed by Olga Owner`, `Left by themselves`.
    pub how: String,
    /// When.
    pub at: Moment,
    /// The steps that were done at that moment.
    pub steps: Vec<RemovalStep>,
    /// Every device, with its receipt.
    pub devices: Vec<RemovedDevice>,
    /// `All done` or what is awaited.
    pub standing: String,
    /// Every receipt is in.
    pub complete: bool,
    /// They belong here again: path of their page.
    pub again: Option<String>,
    /// The list of all removals.
    pub all: String,
}

/// One step of a removal.
#[derive(Clone, Debug, Default)]
pub struct RemovalStep {
    /// What.
    pub text: String,
    /// The reason or the number behind it.
    pub detail: String,
    /// Whether it is done.
    pub tone: Tone,
}

/// A device that ended with a membership.
#[derive(Clone, Debug)]
pub struct RemovedDevice {
    /// What the machine calls itself.
    pub host: String,
    /// Its system.
    pub system: String,
    /// When it was last heard of.
    pub seen: Moment,
    /// When its receipt came; `None` until then.
    pub wiped: Option<Moment>,
}

/// Those who left or were removed, the newest first.
#[derive(Debug, Default, Template)]
#[template(path = "pages/removals.html")]
pub struct Removals {
    /// The frame.
    pub frame: Frame,
    /// They: path, name, address, how, when.
    pub rows: Vec<(String, String, String, String, Moment)>,
    /// The members.
    pub back: String,
}

/// Handing the organization over. `GET` with `to` shows the confirmation; `POST {action}` with `to` and, where the sign-in is not recent, `password`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/transfer.html")]
pub struct Transfer {
    /// The frame.
    pub frame: Frame,
    /// Name of the organization.
    pub org_name: String,
    /// The reader's name.
    pub from: String,
    /// Who becomes Owner; `None` while somebody is still to be chosen.
    pub to: Option<Heir>,
    /// Members to choose from: (path, name, address, role).
    pub choices: Vec<(String, String, String, String)>,
    /// What was searched for among them.
    pub query: String,
    /// The password; `None` where the sign-in is recent.
    pub password: Option<Input>,
    /// Path that the form posts to, and the choice is made at.
    pub action: String,
    /// A refusal.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// Who is to become Owner.
#[derive(Clone, Debug, Default)]
pub struct Heir {
    /// Account id.
    pub account: String,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// The role they have.
    pub role: String,
}
