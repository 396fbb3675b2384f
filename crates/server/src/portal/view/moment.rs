//! A point in time as a reader wants it: how long ago, with the exact time at hand.

use askama::Template;

/// A time as `<time>`: relative in the text, exact in `title`, machine-readable in `datetime`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<time datetime="{{ iso }}" title="{{ exact }}">{{ relative }}</time>"#,
    ext = "html"
)]
pub struct Moment {
    /// RFC 3339, for the machine: `2026-11-22T01:15:50Z`.
    pub iso: String,
    /// For the eye: `3 minutes ago`, `in 6 days`.
    pub relative: String,
    /// For the careful, in the reader's zone: `22 November 2026, 01:15:50 UTC`.
    pub exact: String,
}

impl Moment {
    /// A moment from its three texts.
    pub fn new(iso: impl Into<String>, relative: impl Into<String>, exact: impl Into<String>) -> Self {
        Self {
            iso: iso.into(),
            relative: relative.into(),
            exact: exact.into(),
        }
    }
}
