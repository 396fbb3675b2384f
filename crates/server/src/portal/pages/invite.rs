//! Inviting people: one or several typed, a pasted list, or a file; and the look at a list before it is sent.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Moment, Pager, Place, RoleOption, Select, Tab};

/// `POST /o/{org}/members/invite` with one `email` and `role` per row, `pasted` and `pasted_role`, any number of `team`, and
/// `intent=send|add`: one person is invited at once, several lead to [`InvitePreview`]. File: `POST …/invite/file` (multipart, `file`).
#[derive(Debug, Default, Template)]
#[template(path = "pages/invite.html")]
pub struct Invite {
    /// The frame.
    pub frame: Frame,
    /// What is wrong as a whole: no seat, too many invitations in a short time.
    pub problem: Option<String>,
    /// Where the form is sent.
    pub action: String,
    /// Rows to fill, at least one.
    pub rows: Vec<InviteRow>,
    /// Roles that the reader may give, the least first.
    pub roles: Vec<RoleOption>,
    /// The organization's teams.
    pub teams: Vec<TeamChoice>,
    /// A pasted list.
    pub pasted: Input,
    /// The role of everybody pasted.
    pub pasted_role: Select,
    /// What was wrong with a file.
    pub file_problem: Option<String>,
    /// Seats in words: `5 of 20 seats are free`, `No seats available`.
    pub seats: String,
    /// No seat is free.
    pub no_seat: bool,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
}

/// Somebody to invite.
#[derive(Clone, Debug, Default)]
pub struct InviteRow {
    /// The address.
    pub email: Input,
    /// The chosen role's value; empty at first.
    pub role: String,
    /// What is wrong with the choice.
    pub role_error: Option<String>,
}

/// A team that people can be put into.
#[derive(Clone, Debug, Default)]
pub struct TeamChoice {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// It is ticked.
    pub chosen: bool,
}

/// What happened to an invitation just made.
#[derive(Debug, Default, Template)]
#[template(path = "pages/invite_sent.html")]
pub struct InviteSent {
    /// The frame.
    pub frame: Frame,
    /// The invited address.
    pub email: String,
    /// The role.
    pub role: String,
    /// A link for who is signed in with that address; unlike the one in the mail it proves nothing.
    pub link: String,
    /// `The mail is on its way.` or `Mail not sent yet; it goes out when the mail server is back.`
    pub mail: String,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
}

/// A list before anybody in it is invited. `GET` pages with `state`, `after`. `POST {action}` with one `shown` per row that could be chosen
/// on this page, one `row` per chosen one, and `intent=keep|all|nobody|send|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/invite_preview.html")]
pub struct InvitePreview {
    /// The frame.
    pub frame: Frame,
    /// What the list is called.
    pub name: String,
    /// Path that the form posts to.
    pub action: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// All rows, and those of each state, with counts.
    pub tabs: Vec<Tab>,
    /// This page's rows.
    pub rows: Vec<ListRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// How many people are chosen, over all pages.
    pub chosen: u64,
    /// Seats in words.
    pub seats: String,
    /// How many rows have no seat.
    pub no_seat: u64,
    /// How many rows are refused: nobody is invited by them whatever is chosen.
    pub refused: u64,
    /// Until when the list is kept.
    pub until: Moment,
}

/// A list that is being sent, or was. Live region: `invitations`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/invite_progress.html")]
pub struct InviteProgress {
    /// The frame.
    pub frame: Frame,
    /// What the list is called.
    pub name: String,
    /// The list's path.
    pub action: String,
    /// It goes on.
    pub sending: bool,
    /// Why it stopped before its end.
    pub stopped: Option<String>,
    /// How many rows were dealt with.
    pub settled: u64,
    /// Of how many.
    pub total: u64,
    /// How many people were invited.
    pub invited: u64,
    /// How many rows nobody was invited by.
    pub refused: u64,
    /// The first of those.
    pub rows: Vec<ListRow>,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
}

/// One row of a list.
#[derive(Clone, Debug, Default)]
pub struct ListRow {
    /// Its place, which the form sends.
    pub number: u64,
    /// Its line.
    pub line: u64,
    /// What stands there (cut when very long).
    pub input: String,
    /// The role and teams that it gives, in words; empty when it is malformed.
    pub gives: String,
    /// What becomes of it, in words.
    pub state: String,
    /// The badge's tone.
    pub tone: &'static str,
    /// The badge's sign, beside its colour.
    pub sign: &'static str,
    /// What stands against it.
    pub reason: String,
    /// It can be chosen.
    pub open: bool,
    /// It is chosen.
    pub chosen: bool,
}

/// What a pending invitation offers. `POST {action}` with `role`, any number of `team`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/invitation_edit.html")]
pub struct InvitationEdit {
    /// The frame.
    pub frame: Frame,
    /// The invited address.
    pub email: String,
    /// Path that the form posts to.
    pub action: String,
    /// Way back.
    pub back: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Roles that the reader may give, the least first.
    pub roles: Vec<RoleOption>,
    /// The chosen role's value.
    pub role: String,
    /// The organization's teams.
    pub teams: Vec<TeamChoice>,
}

impl Invite {
    /// A team is ticked.
    fn any_team(&self) -> bool {
        self.teams.iter().any(|team| team.chosen)
    }
}

impl InviteProgress {
    /// There are more refused rows than are shown.
    fn more_refused(&self) -> bool {
        (self.rows.len() as u64) < self.refused
    }
}
