//! States and tones. Each has a word and a shape beside its colour.

use askama::Template;

use super::shape::Square;

/// How a message or a figure is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// It worked.
    Good,
    /// It wants attention.
    Warn,
    /// It failed, or destroys something.
    Bad,
}

impl Tone {
    /// The class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// What is known of a device. Shown as a badge by naming it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/device_state.html")]
pub enum DeviceState {
    /// Has not acknowledged yet.
    Pending,
    /// A signed receipt matches the manifest.
    Applied,
    /// Has its turn in a later stage of the rollout.
    Waiting,
    /// Runs an older revision.
    Behind,
    /// No contact for 7 days.
    Stale,
    /// Reported that it could not apply.
    Failed,
    /// Two installations share its keys.
    Cloned,
    /// Signed out.
    SignedOut,
    /// Wiped, with proof.
    Wiped,
}

impl DeviceState {
    /// Every state, in the order of a legend.
    pub const ALL: [Self; 9] = [
        Self::Applied,
        Self::Pending,
        Self::Waiting,
        Self::Behind,
        Self::Stale,
        Self::Failed,
        Self::Cloned,
        Self::SignedOut,
        Self::Wiped,
    ];

    /// The word, as PRODUCT.md prints it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Behind => "behind",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Cloned => "cloned",
            Self::SignedOut => "signed out",
            Self::Wiped => "wiped",
        }
    }

    /// The class of the style sheet, and the value of `state=` in links.
    pub fn class(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            other => other.word(),
        }
    }

    /// What the state means, for `title`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Pending => "Has not acknowledged this revision yet",
            Self::Waiting => "Gets this revision in a later stage of its rollout",
            Self::Applied => "A signed receipt matches what was sent",
            Self::Behind => "Runs an older revision and cannot be reached now",
            Self::Stale => "No contact for 7 days",
            Self::Failed => "Could not apply the settings and kept the last good ones",
            Self::Cloned => "Two installations use the same keys; enrol again",
            Self::SignedOut => "Signed out; receives nothing",
            Self::Wiped => "Erased the organization's settings and sent a receipt",
        }
    }

    /// The state's glyph in a square of 12, as SVG path data.
    fn glyph(self) -> String {
        Square {
            left: 0,
            top: 0,
            side: 12,
        }
        .draw(self)
    }
}
