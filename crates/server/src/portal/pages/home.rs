//! Home: what a member needs to start, what an owner or admin needs to know.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Moment, Mosaic, Place, Stat};

use super::OwnDevice;

/// Home of an organization. Live topic: `health`, `own-devices`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/home.html")]
pub struct Home {
    /// The frame.
    pub frame: Frame,
    /// Address to sign in with on a machine.
    pub email: String,
    /// One entry per platform; the reader's own first.
    pub downloads: Vec<Download>,
    /// The reader's machines.
    pub devices: Vec<OwnDevice>,
    /// Owners and admins only.
    pub health: Option<Health>,
    /// Documentation, tips, support, source: (title, one line, address).
    pub resources: Vec<(String, String, String)>,
}

/// How to get the agent on one platform.
#[derive(Clone, Debug, Default)]
pub struct Download {
    /// `macos`, `windows`, `linux`.
    pub id: String,
    /// *macOS*, *Windows*, *Linux*.
    pub platform: String,
    /// Path of the file; `None` when this install offers none.
    pub href: Option<String>,
    /// The one command that installs and signs in.
    pub command: String,
    /// It is the reader's own platform.
    pub own: bool,
}

/// How the organization's machines are.
#[derive(Clone, Debug)]
pub struct Health {
    /// Up to date, behind, failing, seats, not enrolled: each a link.
    pub stats: Vec<Stat>,
    /// A small mosaic of the newest revision.
    pub mosaic: Mosaic,
    /// The newest revision; `None` before the first.
    pub last_change: Option<LastChange>,
}

/// The newest revision and how far it has reached.
#[derive(Clone, Debug, Default)]
pub struct LastChange {
    /// `Revision 12`.
    pub title: String,
    /// Path of its rollout page.
    pub href: String,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Moment,
}
