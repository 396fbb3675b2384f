//! Settings → Policy as code.

use askama::Template;

use crate::portal::view::{Avatar, Diff, Frame, Input, Moment, Place, Tone};

/// `POST /o/{org}/settings/policy` (multipart) with `policy` or a file `file`: shows what applying it would do, and applies nothing.
/// `POST …/policy/release` with `layer`, `section`. `GET …/policy/download` gives the file.
#[derive(Debug, Default, Template)]
#[template(path = "pages/policy.html")]
pub struct PolicyAsCode {
    /// The frame.
    pub frame: Frame,
    /// Path of this page.
    pub action: String,
    /// The file that was applied last.
    pub file: Option<PolicyFile>,
    /// What it owns.
    pub owned: Vec<OwnedSection>,
    /// What changed since in what it owns, layer by layer.
    pub drift: Vec<PolicyLayer>,
    /// Which keys are not as the file says.
    pub drifted_keys: Vec<PolicyKey>,
    /// What else is not as the file says: names, people and teams.
    pub drift_notes: Vec<String>,
    /// The commands for a shell.
    pub commands: String,
    /// What was pasted.
    pub text: Input,
    /// What was pasted is not shown again, since it may hold a key.
    pub is_withheld: bool,
    /// Everything that is wrong with it.
    pub problems: Vec<String>,
    /// What applying it would do.
    pub plan: Option<PolicyPlan>,
}

/// The file that was applied last.
#[derive(Clone, Debug, Default)]
pub struct PolicyFile {
    /// What its author calls it.
    pub source: String,
    /// Who applied it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// The revision that was the newest then, and its path.
    pub revision: Option<(u64, String)>,
}

/// A section that the file owns.
#[derive(Clone, Debug, Default)]
pub struct OwnedSection {
    /// Whose, in words.
    pub whose: String,
    /// Which, in words.
    pub title: String,
    /// The form's values.
    pub layer: String,
    /// The form's values.
    pub section: String,
}

/// What changes, or changed, in one layer.
#[derive(Clone, Debug, Default)]
pub struct PolicyLayer {
    /// Whose, in words.
    pub whose: String,
    /// Whom it reaches; empty where that does not matter.
    pub touches: String,
    /// What changes.
    pub diff: Diff,
}

/// What becomes, or became, of a provider's key.
#[derive(Clone, Debug, Default)]
pub struct PolicyKey {
    /// What it is called.
    pub name: String,
    /// What becomes of it, as a tone and a word; nothing for what happened already.
    pub deed: Option<(Tone, String)>,
    /// The same in sentences.
    pub sentences: Vec<String>,
}

/// What applying a file would do.
#[derive(Clone, Debug, Default)]
pub struct PolicyPlan {
    /// `2 to add, 1 to change, 3 to delete`; empty when there is nothing to do.
    pub summary: String,
    /// Settings, rows or keys that would go.
    pub deletes: u64,
    /// Layer by layer.
    pub layers: Vec<PolicyLayer>,
    /// The keys that change, and those that were not compared.
    pub keys: Vec<PolicyKey>,
    /// Whom it reaches in all; empty where no setting changes.
    pub touches: String,
    /// What members lose, a sentence each.
    pub losses: Vec<String>,
    /// What the file would own from then on.
    pub takes: Vec<String>,
    /// What the last file owned and this one leaves out.
    pub drops: Vec<String>,
}
