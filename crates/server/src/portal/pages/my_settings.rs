//! My settings: everything the organization imposes on the reader, and what it can see about them.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Pager, Place, Source};

/// `GET /o/{org}/my-settings`, and `GET /o/{org}/members/{member}/settings` for who manages settings, with `q`, `after` for the blocked
/// websites. Nothing to send.
#[derive(Debug, Default, Template)]
#[template(path = "pages/my_settings.html")]
pub struct MySettings {
    /// The frame.
    pub frame: Frame,
    /// Name of the organization.
    pub org_name: String,
    /// The member whose settings these are, (name, path of their page); `None` for the reader's own.
    pub whose: Option<(String, String)>,
    /// The revision in force; `None` before the first.
    pub revision: Option<u64>,
    /// While it reaches machines in stages: the one that holds until a machine's turn comes.
    pub until_then: Option<u64>,
    /// Leaves of *features*.
    pub features: Vec<OwnLeaf>,
    /// Leaves of *memory*.
    pub memory: Vec<OwnLeaf>,
    /// Whether an allow-list of models is on.
    pub models_managed: bool,
    /// Which models may be used, in a sentence.
    pub models_summary: String,
    /// The models that may be used, while a list says so.
    pub models: Vec<OwnModel>,
    /// The organization's lists of applications are enforced.
    pub applications_enforced: bool,
    /// Blocked applications, by name.
    pub applications: Vec<BlockedApplication>,
    /// The website list is enforced.
    pub websites_enforced: bool,
    /// Blocked websites in all, with separators.
    pub websites_total: String,
    /// What was searched for.
    pub query: String,
    /// This page's blocked websites.
    pub websites: Vec<BlockedWebsite>,
    /// Ways to the others.
    pub pager: Pager,
    /// What the organization can see: (what, in words).
    pub visible: Vec<(String, String)>,
    /// What it cannot see: one sentence each.
    pub hidden: Vec<String>,
}

/// One model that may be used.
#[derive(Clone, Debug, Default)]
pub struct OwnModel {
    /// What people call it.
    pub title: String,
    /// Its name.
    pub name: String,
    /// *Fast* or *Accurate*; empty for neither.
    pub label: String,
    /// Who allows it.
    pub source: Source,
}

/// One leaf and where its value comes from.
#[derive(Clone, Debug, Default)]
pub struct OwnLeaf {
    /// Its path.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What it does on the machine.
    pub help: String,
    /// The value in words: `on`, `off`, `blended`.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}

/// An application that may not be captured.
#[derive(Clone, Debug, Default)]
pub struct BlockedApplication {
    /// What people call it.
    pub name: String,
    /// Tessera knows it by itself.
    pub global: bool,
    /// Where it comes from.
    pub source: Source,
}

/// A website that may not be captured.
#[derive(Clone, Debug, Default)]
pub struct BlockedWebsite {
    /// The rule.
    pub rule: String,
    /// Where it comes from.
    pub source: Source,
}
