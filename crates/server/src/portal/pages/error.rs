//! The page for everything that did not work.

use askama::Template;

use crate::portal::view::Frame;

/// Any failure, of any status: what happened, what was kept, what to do.
#[derive(Debug, Default, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The frame (often without anybody in it).
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What happened, as a heading: `This page does not exist`.
    pub title: String,
    /// The public text of the error.
    pub what: String,
    /// What was kept or is unchanged; empty when there is nothing to lose.
    pub kept: String,
    /// What to do now, as links (label, path).
    pub ways: Vec<(String, String)>,
    /// The request's id, for whoever reads the log.
    pub request: Option<String>,
}
