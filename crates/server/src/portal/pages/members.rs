//! Members: who belongs, who is invited, how many seats that takes.

use askama::Template;

use super::PendingField;
use crate::portal::view::{Avatar, Frame, Meter, Moment, Opt, Pager, Place, Select, Sort, Tab, Tone};

/// *Current Members*. `GET` with `q`, `role`, `team`, `device`, `sort`, `after`. Edits: `POST {action}` with, per row, `was.{account}` and
/// `role.{account}`, `pick` for each ticked row, `scope=picked|all`, `bulk_role`, `bulk_join`, `bulk_leave`, and `intent=review|save|discard`.
/// Live topic: `members`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/members.html")]
pub struct Members {
    /// The frame.
    pub frame: Frame,
    /// *Seat Usage*; `None` for members who do not manage.
    pub seats: Option<Meter>,
    /// *Current Members*, *Pending Invites*.
    pub tabs: Vec<Tab>,
    /// What was searched for.
    pub query: String,
    /// Some filter is set.
    pub narrowed: bool,
    /// The order, which a search keeps.
    pub sort: String,
    /// By role, team and device.
    pub filters: Vec<Filter>,
    /// Sorting by name.
    pub by_name: Sort,
    /// Sorting by role.
    pub by_role: Sort,
    /// Sorting by the day of joining.
    pub by_joined: Sort,
    /// Changing many; `None` for who may not.
    pub bulk: Option<Bulk>,
    /// Where the form goes.
    pub action: String,
    /// Path of the CSV of what the filters show; `None` for who may not have it.
    pub export: Option<String>,
    /// Path of the list of those who left or were removed.
    pub removals: Option<String>,
    /// This page's rows.
    pub rows: Vec<MemberRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// The reader may change roles and remove.
    pub may_manage: bool,
    /// What was wrong with an edit: the last owner, a role above one's own.
    pub problem: Option<String>,
}

/// A filter of a list; an empty value shows all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The query's name.
    pub name: String,
    /// What it filters by.
    pub label: String,
    /// The option for all.
    pub all: String,
    /// The others.
    pub options: Vec<Opt>,
    /// The chosen one; empty for all.
    pub value: String,
}

/// What may be done to many members at once.
#[derive(Clone, Debug, Default)]
pub struct Bulk {
    /// To whom: the ticked ones, or all that match.
    pub scope: Select,
    /// Another role.
    pub role: Select,
    /// A team to join.
    pub join: Select,
    /// A team to leave.
    pub leave: Select,
    /// It is shown open, since something was chosen there.
    pub open: bool,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub struct MemberRow {
    /// Account id, used in field names.
    pub account: String,
    /// Path of their own page.
    pub path: String,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Path of their picture.
    pub picture: Option<String>,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
    /// The role's word, as the form says what it showed.
    pub was: String,
    /// Roles that the reader may give this member (the current one included); empty when it may not be changed.
    pub roles: Select,
    /// The row is ticked.
    pub picked: bool,
    /// Their teams, in a few words; empty for none.
    pub teams: String,
    /// Devices in words: `2 devices`.
    pub devices: String,
    /// How they stand: `up to date`, `behind`, `failing`, `no device`.
    pub state: String,
    /// The same as a tone.
    pub tone: Tone,
    /// Path of their devices; `None` when the reader may not see them, or there are none.
    pub devices_href: Option<String>,
    /// Since when.
    pub joined: Moment,
    /// It is the reader.
    pub own: bool,
    /// Path of [`MySettings`](super::MySettings); `None` when the reader may not see them.
    pub settings: Option<String>,
    /// Path of *Tighten for this member*.
    pub tighten: Option<String>,
    /// Path of [`ConfirmSignOut`](super::ConfirmSignOut); `None` when the reader may not.
    pub sign_out: Option<String>,
    /// Path of [`Transfer`](super::Transfer); `None` when the reader may not.
    pub transfer: Option<String>,
    /// Path of [`ConfirmRemoval`]; `None` when the reader may not remove this member.
    pub remove: Option<String>,
}

/// What was gathered, before it is saved. `POST {action}` with `pending`, the `kept` fields and `intent=save|without|back`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/member_review.html")]
pub struct MemberReview {
    /// The frame.
    pub frame: Frame,
    /// `3 members: 2 roles, 1 place in teams`.
    pub summary: String,
    /// Who changes, the refused first.
    pub rows: Vec<ReviewedMember>,
    /// How many more change.
    pub more: u64,
    /// What members can do no longer, a sentence each.
    pub losses: Vec<String>,
    /// Devices of some of them get other settings.
    pub moves_settings: bool,
    /// How many are refused.
    pub refused: u64,
    /// How many somebody else changed meanwhile.
    pub overtaken: u64,
    /// Nothing would be left without the refused ones.
    pub all_refused: bool,
    /// The edits as one text.
    pub pending: String,
    /// What the page before said, so that it can be shown again.
    pub kept: Vec<PendingField>,
    /// Where the form goes.
    pub action: String,
}

/// One member who changes.
#[derive(Clone, Debug, Default)]
pub struct ReviewedMember {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role.
    pub before: String,
    /// The role they get; `None` when it stays.
    pub after: Option<String>,
    /// Teams they join.
    pub joins: Vec<String>,
    /// Teams they leave.
    pub leaves: Vec<String>,
    /// Teams they lead no longer.
    pub leads_lost: Vec<String>,
    /// The role that the reader had seen, where somebody else gave them another meanwhile.
    pub overtaken: Option<String>,
    /// Why it is refused.
    pub refused: Option<String>,
}

/// *Pending Invites*. Per row: `POST {path}/resend`, `POST {path}/revoke`, `POST {path}/link` (answers this page with `copied`). Live topic: `invitations`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/pending_invites.html")]
pub struct PendingInvites {
    /// The frame.
    pub frame: Frame,
    /// *Seat Usage*.
    pub seats: Option<Meter>,
    /// *Current Members*, *Pending Invites*.
    pub tabs: Vec<Tab>,
    /// What was searched for.
    pub query: String,
    /// Invitations, newest first.
    pub rows: Vec<PendingRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
    /// A link just made for copying: (address, link).
    pub copied: Option<(String, String)>,
}

/// One invitation.
#[derive(Clone, Debug, Default)]
pub struct PendingRow {
    /// The address.
    pub email: String,
    /// The role.
    pub role: String,
    /// The teams, by name.
    pub teams: String,
    /// It is pending, so that what it offers can be changed.
    pub pending: bool,
    /// Who invited.
    pub inviter: String,
    /// When.
    pub sent: Moment,
    /// When it ends.
    pub expires: Moment,
    /// `mail sent`, `mail not sent yet`, `mail refused: …`.
    pub mail: String,
    /// The mail wants attention.
    pub mail_trouble: bool,
    /// Its path, `/o/…/invitations/…`; `None` when the reader may not touch it.
    pub path: Option<String>,
}

/// Asks before a member is removed. `POST {action}` with `confirm=remove`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_removal.html")]
pub struct ConfirmRemoval {
    /// The frame.
    pub frame: Frame,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Path that the form posts to.
    pub action: String,
    /// What happens, one sentence each: sessions, devices, their settings.
    pub consequences: Vec<String>,
    /// A refusal, such as the last owner's.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

impl MemberRow {
    /// The role can be changed by the reader.
    pub fn role_editable(&self) -> bool {
        !self.roles.options.is_empty()
    }
}
