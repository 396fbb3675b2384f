//! Which devices get the same settings.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tessera_ids::{AccountId, OrgId, TeamId};

use crate::{Digest, ParseDigestError};

/// What makes devices get the same: the org, the teams that carry settings, the member where tightened, the wave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Audience {
    /// The tenant.
    pub org: OrgId,
    /// The member's teams that carry settings.
    pub teams: BTreeSet<TeamId>,
    /// The member, where something was tightened for them alone.
    pub member: Option<AccountId>,
    /// The wave of a staged rollout; 0 when there are no waves.
    pub wave: u32,
}

impl Audience {
    /// The same for equal audiences, everywhere and for ever.
    pub fn id(&self) -> AudienceId {
        let mut lines = vec!["tessera audience 1".to_owned(), self.org.to_string()];
        lines.extend(self.teams.iter().map(ToString::to_string));
        lines.extend(self.member.iter().map(ToString::to_string));
        lines.push(format!("wave {}", self.wave));
        AudienceId(Digest::of(lines.join("\n").as_bytes()))
    }
}

/// The digest of an audience's canonical description.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AudienceId(Digest);

impl AudienceId {
    /// Gives stored bytes their type back.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for AudienceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AudienceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AudienceId {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        text.parse().map(Self)
    }
}
