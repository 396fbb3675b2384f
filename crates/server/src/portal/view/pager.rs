//! Ways through long things: pages of a list, columns to sort by, tabs, steps.

use askama::Template;

/// Earlier and later pages of a list that is paged by key.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// What is shown: `1 to 50 of 1,204`, or `50 rows` when the total is not counted.
    pub shown: String,
    /// Path of the first page; `None` when this is it.
    pub first: Option<String>,
    /// Path of the page after.
    pub next: Option<String>,
}

/// A column heading that sorts.
#[derive(Clone, Debug, Default)]
pub struct Sort {
    /// Path that sorts by this column (or turns its order around).
    pub href: String,
    /// `ascending`, `descending`, or `none` when another column sorts.
    pub order: String,
}

/// One tab: a link to a page of its own.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its label.
    pub label: String,
    /// Its path.
    pub href: String,
    /// How many things are behind it.
    pub count: Option<u64>,
    /// It is the page at hand.
    pub current: bool,
}

/// Steps towards something, done and to come.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/stepper.html")]
pub struct Stepper {
    /// In order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is called.
    pub label: String,
    /// Done, at hand, or to come.
    pub state: StepState,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Behind us.
    Done,
    /// At hand.
    Current,
    /// To come.
    Ahead,
}

impl StepState {
    /// The class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Ahead => "ahead",
        }
    }
}
