//! Who may use a key.

use std::collections::BTreeSet;

use tessera_ids::TeamId;

/// Who may use a key. A key of teams that are all gone is nobody's: it never becomes everybody's by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every member.
    #[default]
    Organization,
    /// The members of these teams.
    Teams(BTreeSet<TeamId>),
}

impl Scope {
    /// As forms and the API say it: no team means everybody.
    pub fn of(teams: impl IntoIterator<Item = TeamId>) -> Self {
        let teams: BTreeSet<_> = teams.into_iter().collect();
        if teams.is_empty() {
            Self::Organization
        } else {
            Self::Teams(teams)
        }
    }

    /// The teams, if it is theirs alone.
    pub fn teams(&self) -> impl Iterator<Item = TeamId> {
        let teams = match self {
            Self::Organization => None,
            Self::Teams(teams) => Some(teams),
        };
        teams.into_iter().flatten().copied()
    }

    /// Whether a member of these teams may use the key.
    pub fn includes(&self, own: &BTreeSet<TeamId>) -> bool {
        match self {
            Self::Organization => true,
            Self::Teams(teams) => !teams.is_disjoint(own),
        }
    }
}
