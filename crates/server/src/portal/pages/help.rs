//! Help: the contents and one guide.

use askama::Template;

use crate::portal::help::Piece;
use crate::portal::view::{Avatar, Frame, Place};

/// The guides, and what a search found. `GET` with `q`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/help.html")]
pub struct Help {
    /// The frame.
    pub frame: Frame,
    /// What was searched for; empty for the contents.
    pub query: String,
    /// What was found.
    pub hits: Vec<HelpHit>,
    /// The guides that the reader needs, by whom they are for.
    pub groups: Vec<GuideGroup>,
}

/// Guides for the same people.
#[derive(Clone, Debug, Default)]
pub struct GuideGroup {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Its guides.
    pub guides: Vec<GuideLink>,
}

/// A way to a guide.
#[derive(Clone, Debug, Default)]
pub struct GuideLink {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Its path.
    pub href: String,
}

/// A section that a search found.
#[derive(Clone, Debug, Default)]
pub struct HelpHit {
    /// Title of the guide.
    pub guide: String,
    /// Heading of the section; empty at a guide's beginning.
    pub section: String,
    /// The words around the match.
    pub excerpt: String,
    /// Path of the section.
    pub href: String,
}

/// One guide.
#[derive(Debug, Default, Template)]
#[template(path = "pages/guide.html")]
pub struct GuidePage {
    /// The frame.
    pub frame: Frame,
    /// Its title.
    pub title: String,
    /// Its sections: heading and anchor.
    pub contents: Vec<(String, String)>,
    /// Its text and pictures.
    pub pieces: Vec<Piece>,
    /// The guide after it.
    pub next: Option<GuideLink>,
    /// Path of the contents.
    pub home: String,
}
