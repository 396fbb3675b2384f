//! Seats: what an org may use, what members use, and what live invitations hold.
//!
//! Counting and deciding happen under the org's lock; here is only the arithmetic.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{EmailAddress, Error};

/// How many seats an org has, uses and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// How many there are; `None` means as many as wanted.
    pub limit: Option<u32>,
    /// Members.
    pub used: u32,
    /// Live invitations to addresses that are not yet members.
    pub held: u32,
}

/// Why no seat could be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("No seats available: {} of {limit} used{}.", .ledger.used, held_words(.ledger.held))]
pub struct NoSeat {
    /// How many seats there are.
    pub limit: u32,
    /// How many were wanted.
    pub wanted: u32,
    /// The ledger that refused.
    pub ledger: Ledger,
}

fn held_words(held: u32) -> String {
    if held == 0 {
        String::new()
    } else {
        format!(", {held} held by invitations")
    }
}

impl From<NoSeat> for Error {
    fn from(refusal: NoSeat) -> Self {
        Self::conflict(refusal.to_string()).with_current(serde_json::json!({ "seats": refusal.ledger }))
    }
}

impl Ledger {
    /// Counts members and live invitations, each address once.
    pub fn count<'a>(
        limit: Option<u32>,
        members: impl IntoIterator<Item = &'a EmailAddress>,
        live_invitations: impl IntoIterator<Item = &'a EmailAddress>,
    ) -> Self {
        let members: BTreeSet<_> = members.into_iter().map(EmailAddress::folded).collect();
        let held: BTreeSet<_> = live_invitations.into_iter().map(EmailAddress::folded).collect();
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            limit,
            used: size(members.len()),
            held: size(held.difference(&members).count()),
        }
    }

    /// Seats that are neither used nor held; `None` means as many as wanted.
    pub fn free(&self) -> Option<u32> {
        let taken = self.used.saturating_add(self.held);
        self.limit.map(|limit| limit.saturating_sub(taken))
    }

    /// Holds seats for `wanted` new invitations.
    pub fn hold(self, wanted: u32) -> Result<Self, NoSeat> {
        self.room_for(wanted)?;
        Ok(Self {
            held: self.held.saturating_add(wanted),
            ..self
        })
    }

    /// Seats somebody who was not invited.
    pub fn join(self) -> Result<Self, NoSeat> {
        self.room_for(1)?;
        Ok(Self {
            used: self.used.saturating_add(1),
            ..self
        })
    }

    /// Turns a held seat into a used one. Refused when the org has since shrunk below its members.
    pub fn accept(self) -> Result<Self, NoSeat> {
        match self.limit {
            Some(limit) if self.used >= limit => Err(NoSeat {
                limit,
                wanted: 1,
                ledger: self,
            }),
            _ => Ok(Self {
                used: self.used.saturating_add(1),
                held: self.held.saturating_sub(1),
                ..self
            }),
        }
    }

    fn room_for(self, wanted: u32) -> Result<(), NoSeat> {
        match (self.limit, self.free()) {
            (Some(limit), Some(free)) if wanted > free => Err(NoSeat {
                limit,
                wanted,
                ledger: self,
            }),
            _ => Ok(()),
        }
    }
}
