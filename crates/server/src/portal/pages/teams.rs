//! Teams, as a list.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Place};

/// Every team with its members counted.
#[derive(Debug, Default, Template)]
#[template(path = "pages/teams.html")]
pub struct Teams {
    /// The frame.
    pub frame: Frame,
    /// In the order of their names.
    pub rows: Vec<TeamRow>,
}

/// One team.
#[derive(Clone, Debug, Default)]
pub struct TeamRow {
    /// Its name.
    pub name: String,
    /// How many belong.
    pub members: u64,
    /// Names of its leads; empty when none.
    pub leads: String,
    /// It carries settings of its own.
    pub has_settings: bool,
}
