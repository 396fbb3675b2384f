//! What follows the creation of an organization.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Place, Select, Stepper};

/// `POST {action}` with one `email` and one `role` per row, `intent=send|more`; empty rows count for nothing.
#[derive(Debug, Default, Template)]
#[template(path = "pages/welcome.html")]
pub struct Welcome {
    /// The frame.
    pub frame: Frame,
    /// What the organization is called.
    pub org_name: String,
    /// Where the confirmation goes.
    pub email: String,
    /// How far its creation is.
    pub steps: Stepper,
    /// What each role may do: name and line.
    pub may: Vec<(String, String)>,
    /// Whom to invite.
    pub rows: Vec<WelcomeRow>,
    /// Further rows may be added.
    pub may_add: bool,
    /// What was sent already, where some rows were refused.
    pub sent: Option<String>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Where mails go when no SMTP server is configured.
    pub mail_folder: Option<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Path of the organization.
    pub home: String,
}

/// One person to invite.
#[derive(Clone, Debug, Default)]
pub struct WelcomeRow {
    /// Its place, from 1.
    pub number: usize,
    /// The address.
    pub email: Input,
    /// The role; nothing is preset.
    pub role: Select,
}
