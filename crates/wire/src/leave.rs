//! Whether a machine may be signed out by who sits in front of it.

use serde::{Deserialize, Serialize};

use crate::Text;

/// What the server says to a device that is asked to sign out where the organization wants an administrator to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveAnswer {
    /// Whether it may go.
    pub allowed: bool,
    /// Why not, and whom to ask, for a person; empty where it may.
    #[serde(default)]
    pub why: Text<1000>,
}
