//! Search over all settings, their pages and their help.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Place, Source};

/// `GET /o/{org}/settings/search?q=`. Nothing to send.
#[derive(Debug, Default, Template)]
#[template(path = "pages/settings_search.html")]
pub struct SettingsSearch {
    /// The frame.
    pub frame: Frame,
    /// What was typed.
    pub query: String,
    /// Settings that match.
    pub leaves: Vec<LeafHit>,
    /// Pages and guides that match.
    pub pages: Vec<super::Hit>,
}

/// A setting that matches.
#[derive(Clone, Debug, Default)]
pub struct LeafHit {
    /// Its title.
    pub title: String,
    /// Its path.
    pub path: String,
    /// Its page, in words: `Settings → Features`.
    pub place: String,
    /// What it does.
    pub help: String,
    /// Its value for a member of no team.
    pub value: String,
    /// Where the value comes from.
    pub source: Source,
    /// Its control.
    pub href: String,
}
