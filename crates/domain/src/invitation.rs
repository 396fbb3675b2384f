//! The life of an invitation: pending until it is accepted, revoked or expires.
//!
//! Each state owns what is known only then, and each transition consumes the invitation as it
//! was. The link's token and the mail itself are not here.

use std::time::Duration;

use serde::Serialize;
use tessera_ids::{AccountId, InvitationId, OrgId, TeamId, Timestamp};

use crate::{EmailAddress, Error, Role};

/// How long an invitation holds its seat.
pub const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// An offer of membership to an email address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Its id, which stays the same when it is sent again.
    pub id: InvitationId,
    /// The org that offers.
    pub org: OrgId,
    /// To whom.
    pub email: EmailAddress,
    /// As what.
    pub role: Role,
    /// Into which teams.
    pub teams: Vec<TeamId>,
    /// Who offered, or offered again.
    pub invited_by: AccountId,
    /// When it was first made.
    pub invited_at: Timestamp,
    /// Where it stands.
    pub state: InvitationState,
}

/// Where an invitation stands, with what is known only then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum InvitationState {
    /// It holds a seat and its link works.
    Pending {
        /// When that ends.
        expires_at: Timestamp,
        /// What became of its mail.
        mail: MailState,
    },
    /// Somebody became a member by it.
    Accepted {
        /// When.
        at: Timestamp,
        /// Who.
        by: AccountId,
    },
    /// Somebody took it back.
    Revoked {
        /// When.
        at: Timestamp,
        /// Who.
        by: AccountId,
    },
    /// Nobody accepted it in time.
    Expired {
        /// Since when.
        at: Timestamp,
    },
}

/// What became of an invitation's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Queued; the mail server has not taken it yet.
    NotSentYet,
    /// The mail server took it.
    Sent,
    /// It was tried until nothing was left to try.
    GaveUp,
}

/// Why a transition was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was taken back.
    #[error("This invitation was revoked. Ask for a new one.")]
    Revoked,
    /// Its time was over.
    #[error("This invitation has expired. Ask for a new one.")]
    Expired,
    /// It was used before.
    #[error("This invitation was already accepted.")]
    Accepted,
    /// It is for somebody else.
    #[error("This invitation is for {masked}. Sign in with that address.")]
    OtherAddress {
        /// The address, as much of it as the wrong person may see.
        masked: String,
    },
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OtherAddress { .. } => Self::forbidden(refusal.to_string()),
            _ => Self::conflict(refusal.to_string()),
        }
    }
}

impl Invitation {
    /// The invitation as it stands at `now`: a pending one whose time is over has expired.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        if let InvitationState::Pending { expires_at, .. } = self.state
            && expires_at <= now
        {
            self.state = InvitationState::Expired { at: expires_at };
        }
        self
    }

    /// Does it hold a seat at `now`?
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(self.state, InvitationState::Pending { expires_at, .. } if expires_at > now)
    }

    /// The state of an invitation that was just made, or made again, at `now`.
    pub fn fresh_state(now: Timestamp) -> InvitationState {
        InvitationState::Pending {
            expires_at: now.plus(LIFETIME),
            mail: MailState::NotSentYet,
        }
    }

    /// Makes the account with that verified address a member by it.
    pub fn accept(self, by: AccountId, email: &EmailAddress, now: Timestamp) -> Result<Self, Refusal> {
        let pending = self.still_pending(now)?;
        if pending.email != *email {
            return Err(Refusal::OtherAddress {
                masked: pending.email.masked(),
            });
        }
        Ok(Self {
            state: InvitationState::Accepted { at: now, by },
            ..pending
        })
    }

    /// Takes it back. An expired one may be revoked too, to be rid of it.
    pub fn revoke(self, by: AccountId, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            InvitationState::Pending { .. } | InvitationState::Expired { .. } => Ok(Self {
                state: InvitationState::Revoked { at: now, by },
                ..self
            }),
            InvitationState::Accepted { .. } => Err(Refusal::Accepted),
            InvitationState::Revoked { .. } => Err(Refusal::Revoked),
        }
    }

    /// Offers it afresh for the full time; the old link must die with it. One that had expired
    /// needs a seat again, which is for the caller to see to.
    pub fn resend(self, by: AccountId, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            InvitationState::Pending { .. } | InvitationState::Expired { .. } => Ok(Self {
                state: Self::fresh_state(now),
                invited_by: by,
                ..self
            }),
            InvitationState::Accepted { .. } => Err(Refusal::Accepted),
            InvitationState::Revoked { .. } => Err(Refusal::Revoked),
        }
    }

    /// Offers another role or other teams by the same link, while it is pending.
    pub fn alter(self, role: Role, teams: Vec<TeamId>, now: Timestamp) -> Result<Self, Refusal> {
        let pending = self.still_pending(now)?;
        Ok(Self {
            role,
            teams,
            ..pending
        })
    }

    fn still_pending(self, now: Timestamp) -> Result<Self, Refusal> {
        let current = self.at(now);
        match current.state {
            InvitationState::Pending { .. } => Ok(current),
            InvitationState::Accepted { .. } => Err(Refusal::Accepted),
            InvitationState::Revoked { .. } => Err(Refusal::Revoked),
            InvitationState::Expired { .. } => Err(Refusal::Expired),
        }
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::{
        TypedId,
        ambient::{SystemClock, SystemEntropy},
    };

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn account() -> AccountId {
        AccountId::generate(&SystemClock, &SystemEntropy)
    }

    fn invitation() -> Invitation {
        Invitation {
            id: InvitationId::generate(&SystemClock, &SystemEntropy),
            org: OrgId::generate(&SystemClock, &SystemEntropy),
            email: "ana@example.com".parse().unwrap(),
            role: Role::Write,
            teams: Vec::new(),
            invited_by: account(),
            invited_at: START,
            state: Invitation::fresh_state(START),
        }
    }

    #[test]
    fn the_invited_address_accepts_once() {
        let by = account();
        let ana = "ANA@example.com".parse().unwrap();
        let accepted = invitation().accept(by, &ana, START).unwrap();
        assert_eq!(accepted.state, InvitationState::Accepted { at: START, by });
        assert!(!accepted.is_live(START));
        assert_eq!(accepted.clone().accept(by, &ana, START), Err(Refusal::Accepted));
        assert_eq!(accepted.clone().revoke(by, START), Err(Refusal::Accepted));
        assert_eq!(accepted.resend(by, START), Err(Refusal::Accepted));
    }

    #[test]
    fn another_address_learns_only_a_mask() {
        let eve = "eve@example.com".parse().unwrap();
        let refusal = invitation().accept(account(), &eve, START).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "This invitation is for a•••@example.com. Sign in with that address."
        );
    }

    #[test]
    fn it_holds_a_seat_for_seven_days_and_again_when_resent() {
        let (end, by) = (START.plus(LIFETIME), account());
        let before = Timestamp::from_micros(end.as_micros() - 1);
        assert!(invitation().is_live(before));
        assert!(!invitation().is_live(end));
        assert_eq!(invitation().at(end).state, InvitationState::Expired { at: end });
        let ana = "ana@example.com".parse().unwrap();
        assert_eq!(invitation().accept(by, &ana, end), Err(Refusal::Expired));
        let again = invitation().at(end).resend(by, end).unwrap();
        assert!(again.is_live(end));
        assert_eq!(again.invited_by.uuid(), by.uuid());
    }

    #[test]
    fn only_a_pending_one_changes_what_it_offers() {
        let team = TeamId::generate(&SystemClock, &SystemEntropy);
        let altered = invitation().alter(Role::Admin, vec![team], START).unwrap();
        assert_eq!(
            (altered.role, altered.teams.as_slice()),
            (Role::Admin, &[team][..])
        );
        assert_eq!(altered.state, invitation().state, "its time goes on");
        let late = invitation().alter(Role::Read, Vec::new(), START.plus(LIFETIME));
        assert_eq!(late, Err(Refusal::Expired));
        let revoked = invitation().revoke(account(), START).unwrap();
        assert_eq!(
            revoked.alter(Role::Read, Vec::new(), START),
            Err(Refusal::Revoked)
        );
    }

    #[test]
    fn a_revoked_one_stays_revoked() {
        let by = account();
        let revoked = invitation().revoke(by, START).unwrap();
        assert_eq!(revoked.clone().resend(by, START), Err(Refusal::Revoked));
        assert_eq!(
            revoked.at(START.plus(LIFETIME)).state,
            InvitationState::Revoked { at: START, by }
        );
    }
}
