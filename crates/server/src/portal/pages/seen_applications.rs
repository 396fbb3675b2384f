//! Applications that were seen on members' machines and that nobody decided on.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Moment, Place, Tab};

/// Read only: each row leads to the form that adds it to a list.
#[derive(Debug, Default, Template)]
#[template(path = "pages/seen_applications.html")]
pub struct SeenApplications {
    /// The frame.
    pub frame: Frame,
    /// The lists, and this.
    pub tabs: Vec<Tab>,
    /// Machines report what they see (`memory.managed_applications` is on).
    pub reported: bool,
    /// What was seen, the last first.
    pub rows: Vec<SeenRow>,
}

/// One application.
#[derive(Clone, Debug, Default)]
pub struct SeenRow {
    /// What it calls itself.
    pub name: String,
    /// System and identifier.
    pub identifiers: Vec<(String, String)>,
    /// When it was first seen.
    pub first: Moment,
    /// When it was last seen.
    pub last: Moment,
    /// Path of the form that adds it.
    pub add: String,
}
