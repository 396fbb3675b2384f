//! The screen of the people who run the installation.

use askama::Template;

use super::AlertRow;
use crate::portal::view::{Avatar, Frame, Input, Moment, Pager, Place};

/// The operator's screen. `POST /operator/test-mail`; `/operator/sign-up` with `open`; `/operator/operators` and
/// `/operator/org-makers` with `email` and `act`; each organization's `{path}/seats` with `seats`; each job's `{path}/retry`,
/// `{path}/give-up` and `{path}/drop`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/operator.html")]
pub struct Operator {
    /// The frame.
    pub frame: Frame,
    /// What was wrong that is no matter of a field.
    pub problem: Option<String>,
    /// The installation's own alerts.
    pub alerts: Vec<AlertRow>,
    /// What runs and where its data lies: name and value.
    pub facts: Vec<(String, String)>,
    /// How mail leaves.
    pub mail: Vec<(String, String)>,
    /// Jobs that are tried again.
    pub failing: Vec<JobRow>,
    /// Jobs that were given up.
    pub given_up: Vec<JobRow>,
    /// Organizations.
    pub orgs: Vec<OperatedOrg>,
    /// Further ones.
    pub pager: Pager,
    /// Who may sign up, in one sentence.
    pub sign_up: String,
    /// What the button does: value and label; none where the configuration decides.
    pub sign_up_act: Option<(String, String)>,
    /// Who may create organizations, in one sentence.
    pub creating: String,
    /// Who else may create organizations.
    pub makers: Vec<PersonRow>,
    /// The address of another one.
    pub maker: Input,
    /// Who runs the installation.
    pub operators: Vec<PersonRow>,
    /// Further addresses that the configuration names.
    pub named: Vec<String>,
    /// The address of another one.
    pub operator: Input,
    /// What the configuration says: key and value.
    pub configured: Vec<(String, String)>,
}

/// A job that failed.
#[derive(Clone, Debug, Default)]
pub struct JobRow {
    /// Its path.
    pub path: String,
    /// `Mail to ada@example.com`.
    pub what: String,
    /// Whose; empty for the installation's.
    pub org: String,
    /// When it was queued.
    pub queued: Moment,
    /// How often it was tried.
    pub tries: String,
    /// When it is tried again.
    pub again: Option<Moment>,
    /// Why it failed.
    pub problem: String,
}

/// An organization.
#[derive(Clone, Debug, Default)]
pub struct OperatedOrg {
    /// Its id, for the ids of controls.
    pub id: String,
    /// Its path below the screen.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// When it was made.
    pub created: Moment,
    /// It was deleted and can be restored still.
    pub is_deleted: bool,
    /// Members.
    pub members: String,
    /// Active devices.
    pub devices: String,
    /// Seats; empty for as many as it needs.
    pub seats: String,
}

/// A person with a power.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
}
