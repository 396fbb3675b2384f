//! Members: who belongs, who is invited, how many seats that takes.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Meter, Moment, Opt, Pager, Place, Select, Sort, Tab};

/// *Current Members*. `GET` with `q`, `role`, `sort`, `after`/`before`. Role edits: `POST /o/{org}/members` with one `role.{account}` per changed row
/// and `intent=save|discard` (the select's saved value is its preset). Removal: a link to [`ConfirmRemoval`]. Live topic: `members`.
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
    /// The role filter: name `role`, an empty value shows all.
    pub filter: RoleFilter,
    /// Sorting by name.
    pub by_name: Sort,
    /// Sorting by the day of joining.
    pub by_joined: Sort,
    /// This page's rows.
    pub rows: Vec<MemberRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// The reader may change roles and remove.
    pub may_manage: bool,
    /// What was wrong with an edit: the last owner, a role above one's own.
    pub problem: Option<String>,
}

/// A filter by role.
#[derive(Clone, Debug, Default)]
pub struct RoleFilter {
    /// Options, without the one for all.
    pub options: Vec<Opt>,
    /// The chosen one; empty for all.
    pub value: String,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub struct MemberRow {
    /// Account id, used in field names and paths.
    pub account: String,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Path of their picture.
    pub picture: Option<String>,
    /// *Owner*, *Admin*, *Write*, *Read*.
    pub role: String,
    /// Roles that the reader may give this member (the current one included); empty when it may not be changed.
    pub roles: Select,
    /// Devices in words: `2 devices`, `not enrolled`.
    pub devices: String,
    /// Path of their devices; `None` when the reader may not see them.
    pub devices_href: Option<String>,
    /// Since when.
    pub joined: Moment,
    /// It is the reader.
    pub own: bool,
    /// Path of [`ConfirmRemoval`]; `None` when the reader may not remove this member.
    pub remove: Option<String>,
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
