//! Whether a row by itself can be an invitation: its address, its role, its teams, and who invites.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use tessera_ids::TeamId;

use super::Written;
use crate::{EmailAddress, Role, TeamName, email::EmailError, role, text};

/// The most bytes of a cell that are looked at.
const MAX_CELL: usize = 1_024;
/// The most teams that one person is put into at once.
const MAX_TEAMS: usize = 50;
/// How much of a cell is shown in a reason, in characters.
const SHOWN: usize = 60;

/// Who invites, and into what.
#[derive(Clone, Debug)]
pub struct Inviter {
    role: Role,
    ids: HashSet<TeamId>,
    names: HashMap<String, TeamId>,
}

/// Somebody who could be invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Their address.
    pub email: EmailAddress,
    /// What they would be.
    pub role: Role,
    /// Which teams they would be in.
    pub teams: Vec<TeamId>,
}

/// A row that was looked at by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub input: String,
    /// Whom it names, or which column is wrong and why.
    pub candidate: Result<Candidate, String>,
}

impl Inviter {
    /// Somebody of that role, in an org with these teams.
    pub fn new<'a>(role: Role, teams: impl IntoIterator<Item = (TeamId, &'a TeamName)>) -> Self {
        let (mut ids, mut names) = (HashSet::new(), HashMap::new());
        for (id, name) in teams {
            ids.insert(id);
            names.insert(name.folded(), id);
        }
        Self { role, ids, names }
    }

    /// The team of that name, in any case, or of that id.
    fn team(&self, written: &str) -> Option<TeamId> {
        if let Ok(id) = written.trim().parse::<TeamId>() {
            return self.ids.contains(&id).then_some(id);
        }
        let name: TeamName = written.parse().ok()?;
        self.names.get(&name.folded()).copied()
    }

    fn candidate(&self, written: &Written) -> Result<Candidate, String> {
        if let Some(why) = &written.broken {
            return Err(why.clone());
        }
        let email = email(&written.email).map_err(|why| format!("email: {why}"))?;
        Ok(Candidate {
            email,
            role: self.given(&written.role)?,
            teams: self
                .teams(&written.teams)
                .map_err(|why| format!("teams: {why}"))?,
        })
    }

    fn given(&self, written: &str) -> Result<Role, String> {
        if written.trim().is_empty() {
            return Err("role: It is missing. Write Owner, Admin, Write or Read.".to_owned());
        }
        let role: Role = written.parse().map_err(|_| {
            format!(
                "role: “{}” is none. Write Owner, Admin, Write or Read.",
                text::clip(written, SHOWN)
            )
        })?;
        role::may_invite_as(self.role, role).map_err(|refusal| format!("role: {refusal}"))?;
        Ok(role)
    }

    /// The teams of these names or ids, each once.
    ///
    /// # Errors
    /// In words, when one does not exist, or there are more than anybody is put into at once.
    pub fn teams(&self, written: &[String]) -> Result<Vec<TeamId>, String> {
        if written.len() > MAX_TEAMS {
            return Err(format!("At most {MAX_TEAMS} at once."));
        }
        let mut teams = Vec::with_capacity(written.len());
        for name in written {
            let team = self
                .team(name)
                .ok_or_else(|| format!("There is no team “{}”.", text::clip(name, SHOWN)))?;
            if !teams.contains(&team) {
                teams.push(team);
            }
        }
        Ok(teams)
    }
}

fn email(written: &str) -> Result<EmailAddress, EmailError> {
    if written.len() > MAX_CELL {
        return Err(EmailError::TooLong);
    }
    written.parse()
}

/// Looks at every row by itself.
pub fn check(written: &[Written], inviter: &Inviter) -> Vec<Checked> {
    written
        .iter()
        .map(|row| Checked {
            line: row.line,
            input: row.input.clone(),
            candidate: inviter.candidate(row),
        })
        .collect()
}
