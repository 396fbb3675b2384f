//! The jump box as a page: pages, members, devices and settings that match.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Place};

/// `GET /o/{org}/jump?q=`. A single hit may be answered with a redirect.
#[derive(Debug, Default, Template)]
#[template(path = "pages/jump.html")]
pub struct Jump {
    /// The frame.
    pub frame: Frame,
    /// What was typed.
    pub query: String,
    /// What matches, the best first.
    pub hits: Vec<Hit>,
}

/// One match.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// *Page*, *Member*, *Device*, *Setting*.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// A few words more; empty when none.
    pub detail: String,
    /// Where it is.
    pub href: String,
}
