//! Teams as lists, and the forms that make, rename and delete one.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Pager, Place};

/// *Teams*: all of them by name. `GET` with `q`, `after`. Live topic: `teams`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/teams.html")]
pub struct Teams {
    /// The frame.
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// This page's rows.
    pub rows: Vec<TeamRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// Path of [`TeamForm`]; `None` for who may not create teams.
    pub create: Option<String>,
}

/// *Settings → Teams*: the same for who manages them. `GET` with `q`, `after`. Live topic: `teams`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/team_settings.html")]
pub struct TeamSettings {
    /// The frame.
    pub frame: Frame,
    /// What was searched for.
    pub query: String,
    /// This page's rows.
    pub rows: Vec<TeamRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// Path of [`TeamForm`].
    pub create: String,
}

/// One team.
#[derive(Clone, Debug, Default)]
pub struct TeamRow {
    /// Its name.
    pub name: String,
    /// Path of its page; `{path}/rename` and `{path}/delete` lead to the forms.
    pub path: String,
    /// How many belong: `1,204`.
    pub members: String,
    /// Names of its leads; empty when none.
    pub leads: String,
    /// It carries settings of its own.
    pub has_settings: bool,
}

/// Creates or renames a team. `POST {action}` with `name`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/team_form.html")]
pub struct TeamForm {
    /// The frame.
    pub frame: Frame,
    /// What it is called at present; `None` for a new one.
    pub present: Option<String>,
    /// The name typed.
    pub name: Input,
    /// Path that the form posts to.
    pub action: String,
    /// What was wrong that is no matter of the name.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// Asks before a team is deleted. `POST {action}` with `confirm=delete`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/team_deletion.html")]
pub struct TeamDeletion {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Path that the form posts to.
    pub action: String,
    /// What goes and what stays, one sentence each.
    pub consequences: Vec<String>,
    /// A refusal.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}
