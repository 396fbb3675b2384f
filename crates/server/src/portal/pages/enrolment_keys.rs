//! *Devices → Enrolment keys*: keys by which machines are enrolled without a code.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Moment, Place, Select, Tone};

/// The keys and the form of a new one. `POST {action}` with `name`, `rule`, `member`, `domain`, `max_uses`,
/// `days`; per row `POST {revoke}`. Live topic: `devices`, but on the one page that shows a new key.
#[derive(Debug, Template)]
#[template(path = "pages/enrolment_keys.html")]
pub struct EnrolmentKeys {
    /// The frame.
    pub frame: Frame,
    /// A key that was made just now; `None` on every other page.
    pub made: Option<MadeEnrolmentKey>,
    /// The keys, the newest first, those that ended among them.
    pub rows: Vec<EnrolmentKeyRow>,
    /// What a new one is to be called.
    pub name: Input,
    /// Whom it is to enrol: `member`, `login`, `told`.
    pub rule: String,
    /// What is wrong with that.
    pub rule_problem: Option<String>,
    /// The member's address.
    pub member: Input,
    /// The mail domain.
    pub domain: Input,
    /// How many machines.
    pub max_uses: Input,
    /// How long.
    pub days: Select,
    /// What was wrong that is no matter of a field.
    pub problem: Option<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Path of the devices.
    pub devices: String,
}

/// A new key, shown once.
#[derive(Clone, Debug)]
pub struct MadeEnrolmentKey {
    /// What it is called.
    pub name: String,
    /// The key.
    pub key: String,
    /// The command that uses it, from a file.
    pub command: String,
}

/// One key.
#[derive(Clone, Debug)]
pub struct EnrolmentKeyRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `…abcd`.
    pub last_four: String,
    /// Whom it enrols.
    pub whom: String,
    /// `3 of 50`.
    pub uses: String,
    /// Path of the devices that it enrolled; `None` before the first.
    pub devices: Option<String>,
    /// When it last enrolled one.
    pub used: Option<Moment>,
    /// When it stops, or stopped, working.
    pub expires: Moment,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made: Moment,
    /// What became of it: a tone and a word.
    pub state: (Tone, String),
    /// Who revoked it, and when.
    pub ended: Option<(String, Moment)>,
    /// Path that revokes it; `None` when it has ended.
    pub revoke: Option<String>,
}
