//! Home: what a member needs to start, what an owner or admin needs to know.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Moment, Mosaic, Place, Stat, Tone};

use super::{OwnDevice, RecentUpdates};

/// Home of an organization. Live topics: `health`, `own-devices`, `updates`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/home.html")]
pub struct Home {
    /// The frame.
    pub frame: Frame,
    /// Address to sign in with on a machine.
    pub email: String,
    /// One entry per platform; the reader's own first.
    pub downloads: Vec<Download>,
    /// Whether the reader's machines are enrolled and current, in one sentence.
    pub standing: String,
    /// How that is meant.
    pub tone: Tone,
    /// The reader's machines, without those that ended.
    pub devices: Vec<OwnDevice>,
    /// Where the agent's own page is on the machine itself.
    pub agent_page: String,
    /// Owners and admins only.
    pub health: Option<Health>,
    /// The newest updates.
    pub recent: RecentUpdates,
    /// Where more is to be read: (title, one line, address).
    pub resources: Vec<(String, String, String)>,
}

/// How to get the agent on one platform.
#[derive(Clone, Debug, Default)]
pub struct Download {
    /// `macos`, `windows`, `linux`.
    pub id: String,
    /// *macOS*, *Windows*, *Linux*.
    pub platform: String,
    /// The files for its kinds of machines; none when the operator has added none.
    pub files: Vec<DownloadFile>,
    /// The one command that installs and signs in; without files, what to type once the program is there.
    pub command: String,
    /// It is the reader's own platform.
    pub own: bool,
}

/// The agent for one kind of a platform's machines.
#[derive(Clone, Debug, Default)]
pub struct DownloadFile {
    /// *Apple silicon*, *Intel and AMD*.
    pub machine: String,
    /// Its path.
    pub href: String,
}

/// How the organization's machines and people stand.
#[derive(Clone, Debug)]
pub struct Health {
    /// Up to date, pending, behind, silent, failing, seats, not enrolled: each a link.
    pub stats: Vec<Stat>,
    /// Some of the devices that fail.
    pub failing: Vec<FailingDevice>,
    /// A small mosaic of the newest revision.
    pub mosaic: Mosaic,
    /// The newest revision; `None` before the first.
    pub last_change: Option<LastChange>,
    /// The rollout that is under way.
    pub rollout: Option<RolloutLine>,
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
    /// How far it has come: `20 of 25 devices have it`.
    pub reach: String,
}

/// A device that could not apply the newest settings.
#[derive(Clone, Debug, Default)]
pub struct FailingDevice {
    /// What it calls itself.
    pub host: String,
    /// Whose it is.
    pub member: String,
    /// Section and reason.
    pub why: String,
    /// Where it is listed.
    pub href: String,
}

/// A rollout that is under way, in a line.
#[derive(Clone, Debug)]
pub struct RolloutLine {
    /// `Rollout of revision 12: halted`.
    pub title: String,
    /// Path of its page.
    pub href: String,
    /// Where it stands, or why it halted.
    pub text: String,
    /// How that is meant.
    pub tone: Tone,
}
