//! The four roles, and who may touch whom.
//!
//! What a role may *do* stands in the table of [`crate::Right`]; here is only whom it may do it to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, error};

/// What a member is in an org, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees, reacts, and runs devices of their own.
    Read,
    /// Also posts and comments.
    Write,
    /// Also runs the org: people, teams, settings, devices.
    Admin,
    /// Everything, including the end of the org.
    Owner,
}

impl Role {
    /// Every role, from most to least, as forms list them.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Write, Self::Read];

    /// The word in URLs, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The word on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }

    /// One line on what the role may do, for whoever must choose one.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Read => "Sees people, teams and updates, reacts, and keeps their own devices in sync.",
            Self::Write => "As Read, and posts updates and comments; may lead a team.",
            Self::Admin => "As Write, and manages people, teams, settings, devices and billing.",
            Self::Owner => {
                "As Admin, and may delete the organization, hand it over and enforce single sign-on."
            }
        }
    }

    /// The roles that an actor of this role may give, most first. Empty for who may give none.
    pub fn may_give(self) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |&role| may_invite_as(self, role).is_ok())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of Owner, Admin, Write and Read.")]
pub struct ParseRoleError;

impl FromStr for Role {
    type Err = ParseRoleError;

    /// Reads the word in any case, with or without space around it.
    fn from_str(text: &str) -> Result<Self, ParseRoleError> {
        let word = text.trim();
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(word))
            .ok_or(ParseRoleError)
    }
}

/// Why one member may not do something to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The actor's role manages nobody.
    #[error("Only owners and admins manage members.")]
    NotAManager,
    /// The target stands above the actor.
    #[error("Only an owner may change or remove an owner.")]
    TouchesAnOwner,
    /// The actor would give more than they have.
    #[error("Only an owner may make somebody an owner.")]
    MakesAnOwner,
    /// Nobody would be left to own the org.
    #[error("This is the organization's last owner. Make somebody else an owner first.")]
    LastOwner,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::LastOwner => Self::conflict(refusal.to_string()),
            _ => Self::forbidden(refusal.to_string()),
        }
    }
}

type Decision = error::Result<(), Refusal>;

/// May `actor` offer somebody membership as `role`?
pub fn may_invite_as(actor: Role, role: Role) -> Decision {
    manages(actor)?;
    if role > actor {
        Err(Refusal::MakesAnOwner)
    } else {
        Ok(())
    }
}

/// May `actor` touch (remove, sign out, tighten, revoke the invitation of) somebody who is `target`?
pub fn may_touch(actor: Role, target: Role) -> Decision {
    manages(actor)?;
    if target > actor {
        Err(Refusal::TouchesAnOwner)
    } else {
        Ok(())
    }
}

/// May `actor` turn somebody from `current` into `new`? The last-owner rule is apart: [`keeps_an_owner`].
pub fn may_change_role(actor: Role, current: Role, new: Role) -> Decision {
    may_touch(actor, current)?;
    may_invite_as(actor, new)
}

/// Does an org of `owners` owners keep one when somebody goes from `current` to `new`?
/// `new` is `None` when they leave, are removed, deprovisioned or deleted.
///
/// The count must have been read under the org's lock.
pub fn keeps_an_owner(owners: u64, current: Role, new: Option<Role>) -> Decision {
    let loses_one = current == Role::Owner && new != Some(Role::Owner);
    if loses_one && owners <= 1 {
        Err(Refusal::LastOwner)
    } else {
        Ok(())
    }
}

fn manages(actor: Role) -> Decision {
    if actor >= Role::Admin {
        Ok(())
    } else {
        Err(Refusal::NotAManager)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn roles_are_read_in_any_case() {
        assert_eq!(" oWnEr ".parse(), Ok(Role::Owner));
        assert_eq!("".parse::<Role>(), Err(ParseRoleError));
        assert_eq!("superuser".parse::<Role>(), Err(ParseRoleError));
    }

    #[test]
    fn an_admin_neither_makes_nor_touches_an_owner() {
        for other in Role::ALL {
            assert_eq!(may_touch(Role::Admin, other).is_ok(), other != Role::Owner);
            assert_eq!(may_invite_as(Role::Admin, other).is_ok(), other != Role::Owner);
            for new in Role::ALL {
                let allowed = other != Role::Owner && new != Role::Owner;
                assert_eq!(
                    may_change_role(Role::Admin, other, new).is_ok(),
                    allowed,
                    "{other} to {new}"
                );
                assert_eq!(may_change_role(Role::Owner, other, new), Ok(()));
            }
        }
    }

    #[test]
    fn writers_and_readers_manage_nobody() {
        for actor in [Role::Write, Role::Read] {
            assert_eq!(actor.may_give().count(), 0);
            assert_eq!(may_touch(actor, Role::Read), Err(Refusal::NotAManager));
        }
        assert_eq!(
            Role::Admin.may_give().collect::<Vec<_>>(),
            [Role::Admin, Role::Write, Role::Read]
        );
    }

    #[rstest]
    #[case(1, Role::Owner, None, false)]
    #[case(1, Role::Owner, Some(Role::Admin), false)]
    #[case(1, Role::Owner, Some(Role::Owner), true)]
    #[case(2, Role::Owner, None, true)]
    #[case(1, Role::Admin, None, true)]
    #[case(0, Role::Owner, None, false)]
    fn the_last_owner_stays(
        #[case] owners: u64,
        #[case] current: Role,
        #[case] new: Option<Role>,
        #[case] allowed: bool,
    ) {
        assert_eq!(keeps_an_owner(owners, current, new).is_ok(), allowed);
    }
}
