//! Long-Term Memory → Applications: the two lists, and adding or editing one.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Pager, Place, Source, Tab};

/// `GET` with `list=blocked|available`, `q`, `from`. `POST {action}` with `app.{key}` (`on`/`off` for blocked, the last value counts),
/// `remove_app` for each ticked row, `layer`, `base_revision`, `purge`, `intent=review|save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/applications.html")]
pub struct Applications {
    /// The frame.
    pub frame: Frame,
    /// Path of the page, and of its form.
    pub action: String,
    /// The layer, as forms carry it.
    pub layer: String,
    /// Whose list it is: `of Design`, `for Ada`; empty for the organization.
    pub of_whom: String,
    /// The revision that the lists are of.
    pub base_revision: u64,
    /// The organization's rows are enforced (`memory.managed_applications` is on).
    pub enforced: bool,
    /// *Blocked Applications*, *Available Applications*.
    pub tabs: Vec<Tab>,
    /// Which of the two, as the form carries it.
    pub list: String,
    /// What was searched for.
    pub query: String,
    /// This page's rows.
    pub rows: Vec<ApplicationRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// Path of [`ApplicationEdit`].
    pub add: String,
    /// What was captured of newly blocked ones goes as well.
    pub purge: bool,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
}

impl Applications {
    /// The list of what is blocked is shown.
    pub fn shows_blocked(&self) -> bool {
        self.list == "blocked"
    }
}

/// One application.
#[expect(clippy::struct_excessive_bools, reason = "each shows one thing of its own")]
#[derive(Clone, Debug, Default)]
pub struct ApplicationRow {
    /// The key of its row.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Tessera knows it by itself.
    pub global: bool,
    /// What it is for; empty where nobody said.
    pub category: String,
    /// The first of its identifiers: (system, pattern).
    pub identifiers: Vec<(String, String)>,
    /// How many more there are.
    pub more: usize,
    /// It is shown as blocked.
    pub blocked: bool,
    /// It is saved as blocked.
    pub saved: bool,
    /// Whose word it is.
    pub source: Source,
    /// Why it cannot be changed here; empty when it can.
    pub fixed: String,
    /// Path of its editor, where it has one.
    pub edit: Option<String>,
    /// This layer has a row for it, which can go.
    pub removable: bool,
    /// It is ticked to go.
    pub removed: bool,
}

/// `GET` with `key` for one that is there, or with what is known of a new one (`name`, `bundle_id`, `aumid`, `exe`, `app_id`). `POST {action}`
/// with `key`, `app_name`, `bundle_id`, `aumid`, `exe`, `app_id`, `names` (one pattern per line), `blocked` (`on`), `purge`, `layer`,
/// `base_revision`, `note`, `intent=review|save`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/application_edit.html")]
#[expect(clippy::struct_excessive_bools, reason = "each shows one thing of its own")]
pub struct ApplicationEdit {
    /// The frame.
    pub frame: Frame,
    /// Path of the form.
    pub action: String,
    /// The layer, as forms carry it.
    pub layer: String,
    /// Whose list it is: `of Design`, `for Ada`; empty for the organization.
    pub of_whom: String,
    /// The revision that it is of.
    pub base_revision: u64,
    /// The key; empty for a new one.
    pub key: String,
    /// Tessera knows it by itself.
    pub global: bool,
    /// What people call it.
    pub name: Input,
    /// macOS.
    pub bundle_id: Input,
    /// Windows.
    pub aumid: Input,
    /// Windows and Linux.
    pub exe: Input,
    /// Linux.
    pub app_id: Input,
    /// Display names.
    pub names: Input,
    /// Nothing of it may be captured.
    pub blocked: bool,
    /// This layer can only block.
    pub only_blocks: bool,
    /// What was captured before goes as well.
    pub purge: bool,
    /// Why, for the history.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}
