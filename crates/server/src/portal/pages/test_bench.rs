//! Long-Term Memory → Test bench.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Place, Select, Source};

/// `GET` with `what` (an address or an application's id), `kind=page|application`, `whom` (empty, or a team), `member` (an address, in place of
/// a team). Nothing to send.
#[derive(Debug, Default, Template)]
#[template(path = "pages/test_bench.html")]
pub struct TestBench {
    /// The frame.
    pub frame: Frame,
    /// What is asked about.
    pub what: Input,
    /// It is an application's id.
    pub application: bool,
    /// For everybody, or for a team.
    pub whom: Select,
    /// For one member, by address.
    pub member: Input,
    /// What a device answers; nothing before something was asked.
    pub answer: Option<TestAnswer>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// What a device answers.
#[derive(Clone, Debug, Default)]
pub struct TestAnswer {
    /// What was asked about, as the guard read it.
    pub asked: String,
    /// It may be captured.
    pub allowed: bool,
    /// One sentence.
    pub reason: String,
    /// The rule that decided; empty when none did.
    pub rule: String,
    /// Whose word it was.
    pub source: Source,
    /// The revision that was asked.
    pub revision: u64,
    /// For whom.
    pub whom: String,
}
