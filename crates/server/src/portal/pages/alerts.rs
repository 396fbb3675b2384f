//! *Settings → Alerts*: what is open, what was, and where it goes.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Moment, Place, Select, Tone};

/// *Alerts*. `POST {base}` with `silent_days`; `POST {base}/mail` with `kind` (any number). Each endpoint's row has
/// `POST {path}/test` and `POST {path}/pause` with `paused`; each delivery's `POST {path}/retry` and `POST {path}/drop`.
/// Live topic: `alerts`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/alerts.html")]
pub struct Alerts {
    /// The frame.
    pub frame: Frame,
    /// Path of the page.
    pub base: String,
    /// Open now.
    pub open: Vec<AlertRow>,
    /// Open ones that are not shown.
    pub more: u64,
    /// Ended.
    pub recent: Vec<AlertRow>,
    /// Where they go besides mail.
    pub endpoints: Vec<EndpointRow>,
    /// What did not arrive.
    pub given_up: Vec<DeliveryRow>,
    /// After how many days a device is silent.
    pub silent_days: Input,
    /// Of which conditions the reader gets mails.
    pub mail: Vec<KindChoice>,
    /// The reader's address.
    pub email: String,
}

/// One alert.
#[derive(Clone, Debug, Default)]
pub struct AlertRow {
    /// `Device failing`.
    pub kind: String,
    /// What it is about; empty where the kind says all.
    pub name: String,
    /// What is wrong.
    pub detail: String,
    /// Where more is to be seen.
    pub href: String,
    /// Since when.
    pub opened: Moment,
    /// When people were last told.
    pub told: Option<Moment>,
    /// When it ended.
    pub closed: Option<Moment>,
}

/// One endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointRow {
    /// What it is called.
    pub name: String,
    /// Its path.
    pub path: String,
    /// `Signed webhook`.
    pub format: String,
    /// What of its address may be shown.
    pub address: String,
    /// The conditions that it is told of.
    pub kinds: Vec<String>,
    /// How it stands: a tone and words.
    pub state: (Tone, String),
    /// The last try: when, and what was wrong.
    pub last: Option<(Moment, Option<String>)>,
    /// It is paused.
    pub is_paused: bool,
    /// Its messages are signed.
    pub is_signed: bool,
    /// Until when the secret before signs, too.
    pub overlap: Option<Moment>,
}

/// A delivery that was given up.
#[derive(Clone, Debug, Default)]
pub struct DeliveryRow {
    /// Its path.
    pub path: String,
    /// What it says.
    pub title: String,
    /// To whom.
    pub endpoint: String,
    /// When it was given up.
    pub failed: Moment,
    /// What was wrong.
    pub problem: String,
}

/// A condition to be chosen.
#[derive(Clone, Debug, Default)]
pub struct KindChoice {
    /// Its word.
    pub value: String,
    /// `Device failing`.
    pub title: String,
    /// When it opens.
    pub help: String,
    /// It is chosen.
    pub chosen: bool,
}

/// Adds or edits an endpoint. `POST {action}` with `name`, `format` (a new one), `url`, `kind` (any number) and `secret` (a
/// signed one that is led elsewhere).
#[derive(Debug, Default, Template)]
#[template(path = "pages/alert_endpoint.html")]
pub struct AlertEndpoint {
    /// The frame.
    pub frame: Frame,
    /// What it is called at present; `None` for a new one.
    pub present: Option<String>,
    /// Path that the form posts to.
    pub action: String,
    /// The name typed.
    pub name: Input,
    /// Forms: value, title, what it is.
    pub formats: Vec<(String, String, String)>,
    /// The one chosen.
    pub format: String,
    /// The address typed; never the present one.
    pub url: Input,
    /// What of the present address may be shown.
    pub address: String,
    /// The present secret, typed.
    pub secret: Input,
    /// Its messages are signed.
    pub is_signed: bool,
    /// The conditions.
    pub kinds: Vec<KindChoice>,
    /// What was wrong with their choice.
    pub kinds_problem: Option<String>,
    /// What was wrong that is no matter of a field.
    pub problem: Option<String>,
    /// Way back.
    pub back: String,
}

/// Shows a secret, this once.
#[derive(Debug, Default, Template)]
#[template(path = "pages/alert_secret.html")]
pub struct AlertSecret {
    /// The frame.
    pub frame: Frame,
    /// Whose it is.
    pub name: String,
    /// What happened, in one sentence.
    pub what: String,
    /// It.
    pub secret: String,
    /// Way on.
    pub back: String,
}

/// Asks how long the present secret signs beside a new one. `POST {action}` with `overlap`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/alert_rotation.html")]
pub struct AlertRotation {
    /// The frame.
    pub frame: Frame,
    /// Whose it is.
    pub name: String,
    /// Path that the form posts to.
    pub action: String,
    /// How long.
    pub overlap: Select,
    /// Way back.
    pub back: String,
}
