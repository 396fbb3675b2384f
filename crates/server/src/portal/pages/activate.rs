//! Letting a machine in: its code is typed, what it says of itself is compared, then it is approved or denied.

use askama::Template;

use crate::portal::view::{Frame, Input, Select};

/// `POST /activate` with `code`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/activate.html")]
pub struct Activate {
    /// The frame.
    pub frame: Frame,
    /// The code as typed.
    pub code: Input,
    /// What is wrong as a whole: too many tries.
    pub problem: Option<String>,
}

/// `POST /activate/decide` with `code` (hidden), `org`, `password` (only when `ask_password`), `intent=approve|deny`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/activate_review.html")]
pub struct ActivateReview {
    /// The frame.
    pub frame: Frame,
    /// The code, as `XXXX-XXXX`.
    pub code: String,
    /// Name of the machine.
    pub host: String,
    /// System and its version.
    pub system: String,
    /// Version of the agent.
    pub agent: String,
    /// Where its keys live.
    pub keys: String,
    /// Address that the device asked from.
    pub device_address: String,
    /// Address of this browser.
    pub browser_address: String,
    /// The two differ.
    pub addresses_differ: bool,
    /// The four words of its key.
    pub key_words: Vec<String>,
    /// Organizations it may be enrolled in; one is preset when there is only one.
    pub orgs: Select,
    /// The last sign-in is too long ago: the password is asked again.
    pub ask_password: bool,
    /// The password (value always empty).
    pub password: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// What became of it.
#[derive(Debug, Default, Template)]
#[template(path = "pages/activate_done.html")]
pub struct ActivateDone {
    /// The frame.
    pub frame: Frame,
    /// Name of the machine.
    pub host: String,
    /// Name of the organization.
    pub org_name: String,
    /// Approved, or denied.
    pub approved: bool,
    /// Path of the organization's Home.
    pub home: String,
}
