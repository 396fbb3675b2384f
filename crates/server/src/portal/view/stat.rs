//! Figures and how they came to be.

use askama::Template;

use super::{Moment, Tone};

/// One figure with its word; a link when there is more behind it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/stat.html")]
pub struct Stat {
    /// What is counted: `devices up to date`.
    pub label: String,
    /// The figure: `23`, `2.1 s`.
    pub value: String,
    /// A few words of context: `of 25`.
    pub of: String,
    /// How it is meant.
    pub tone: Tone,
    /// Where more is to be seen.
    pub href: Option<String>,
}

/// A part of a whole as a bar, with the same in words.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/meter.html")]
pub struct Meter {
    /// What is measured, for screen readers: `Seats used`.
    pub label: String,
    /// Filled.
    pub used: u64,
    /// Held on top of it, drawn lighter; zero where nothing is held.
    pub held: u64,
    /// The whole; zero draws an empty bar.
    pub total: u64,
    /// The same in words: `12 of 20 seats used, 3 held by invitations`.
    pub text: String,
}

impl Meter {
    /// A share of the whole in thousandths, which is the bar's own scale.
    fn share(&self, part: u64) -> u64 {
        part.saturating_mul(1_000)
            .checked_div(self.total)
            .unwrap_or(0)
            .min(1_000)
    }

    /// The filled part of the bar.
    fn used_share(&self) -> u64 {
        self.share(self.used)
    }

    /// The filled and the held part of the bar.
    fn held_share(&self) -> u64 {
        self.share(self.used + self.held)
    }

    /// Whether nothing is left.
    fn full(&self) -> bool {
        self.total > 0 && self.used + self.held >= self.total
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug)]
pub struct TimelineItem {
    /// What happened.
    pub text: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Moment,
    /// Where more is to be seen.
    pub href: Option<String>,
    /// How it is meant.
    pub tone: Tone,
}
