//! Long-Term Memory → Websites: the list, and the preview of a file before anything of it is saved.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Pager, Place, Tab};

/// The list. `GET` with `q`, `after`/`before`. Add: `POST /o/{org}/memory/websites` with `website`, `base_revision`, `intent=add`.
/// Remove: the same path with one `remove` per ticked rule, `base_revision`, `intent=remove`. File: `POST …/import` (multipart, `file`). Live topic: `websites`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/websites.html")]
pub struct Websites {
    /// The frame.
    pub frame: Frame,
    /// Whose list it is: `of Design`, `for Ada`; empty for the organization.
    pub of_whom: String,
    /// Path of [`WebsiteImport`]'s upload.
    pub import: String,
    /// The revision that the list is of.
    pub base_revision: u64,
    /// The list is enforced (`memory.managed_websites` is on).
    pub enforced: bool,
    /// Rules in all, with separators: `1,204`.
    pub total: String,
    /// A rule to add.
    pub website: Input,
    /// What was searched for.
    pub query: String,
    /// This page's rules.
    pub rows: Vec<WebsiteRow>,
    /// Ways to the other rules.
    pub pager: Pager,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// One rule.
#[derive(Clone, Debug, Default)]
pub struct WebsiteRow {
    /// The rule's canonical text, which is the form's value.
    pub rule: String,
    /// Its Unicode form, where that differs.
    pub unicode: String,
    /// What it takes in: `the site and its subdomains`, `pages under /a`.
    pub reach: String,
}

/// A file's rows before anything is saved. `GET` pages with `state`, `after`. `POST {action}` with `import` (hidden token of the kept upload),
/// `base_revision`, `note`, `intent=save|review|discard`: all ready rows are added, or with `intent=selected` the ticked `row` line numbers only.
#[derive(Debug, Default, Template)]
#[template(path = "pages/website_import.html")]
pub struct WebsiteImport {
    /// The frame.
    pub frame: Frame,
    /// Path of the list that the file is for.
    pub list: String,
    /// Path that the form posts to.
    pub action: String,
    /// Names the upload that is kept meanwhile.
    pub import: String,
    /// The revision that was compared against.
    pub base_revision: u64,
    /// Name of the file.
    pub file: String,
    /// All rows, ready, duplicate, refused, with counts.
    pub tabs: Vec<Tab>,
    /// Ready rows in all.
    pub ready: u64,
    /// The same with separators, as the button says it.
    pub ready_text: String,
    /// Rows refused in all.
    pub refused: u64,
    /// This page's rows.
    pub rows: Vec<PreviewRow>,
    /// Ways to the other rows.
    pub pager: Pager,
    /// The file as a whole could not be read: why. Nothing else is shown then.
    pub problem: Option<String>,
}

/// One row of a file.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    /// Line in the file.
    pub line: u64,
    /// What stands there (cut when very long).
    pub input: String,
    /// What becomes of it.
    pub state: RowState,
    /// The rule it makes; empty when refused.
    pub rule: String,
    /// Why it is refused, or what was changed on the way (`www. was stripped`).
    pub reason: String,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Will be added.
    Ready,
    /// Is in the list, or in the file, already.
    Duplicate,
    /// Is no rule.
    Refused,
}

impl RowState {
    /// The word, as the API says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
        }
    }

    /// The badge's tone.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Ready => "good",
            Self::Duplicate => "neutral",
            Self::Refused => "bad",
        }
    }

    /// The badge's sign, beside its colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Ready => "✓",
            Self::Duplicate => "=",
            Self::Refused => "✕",
        }
    }
}
