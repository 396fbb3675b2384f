//! Inviting one person.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Place, RoleOption};

/// `POST /o/{org}/members/invite` with `email`, `role` (none preset), `intent=send`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/invite.html")]
pub struct Invite {
    /// The frame.
    pub frame: Frame,
    /// What is wrong as a whole: no seat, too many invitations in a short time.
    pub problem: Option<String>,
    /// The address.
    pub email: Input,
    /// Roles that the reader may give, the least first.
    pub roles: Vec<RoleOption>,
    /// The chosen role's value; empty at first.
    pub role: String,
    /// What is wrong with the choice.
    pub role_error: Option<String>,
    /// Seats in words: `5 of 20 seats are free`, `No seats available`.
    pub seats: String,
    /// No seat is free: the button is off and says why.
    pub no_seat: bool,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
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
