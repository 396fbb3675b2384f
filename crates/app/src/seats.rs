//! Who gets a seat. There is one ledger, members and live invitations with each address counted once, and it is
//! asked here alone, under the organization's lock: by inviting and sending again ([`hold`]), and by whatever
//! makes a member, be it an invitation, a proven domain or a directory ([`join`]). What was asked for must be
//! written in the same [`Change`], since the ledger is counted anew each time.

use tessera_domain::{EmailAddress, Error, Result, seats::Ledger};

use crate::Change;

/// How the organization's seats stand at this change's instant.
///
/// # Errors
/// *Not found* when the organization is gone.
pub async fn ledger(change: &mut Change<'_>) -> Result<Ledger> {
    let (org, now) = (change.org().id, change.now());
    let seats = change.tx().seats(org, now).await?;
    Ok(seats.ok_or_else(|| Error::not_found("organization"))?.ledger())
}

/// Holds a seat for an address that is neither a member's nor holds one by a live invitation.
///
/// # Errors
/// *Conflict* when no seat is free, with the ledger as its current state.
pub async fn hold(change: &mut Change<'_>) -> Result<Ledger> {
    Ok(ledger(change).await?.hold(1)?)
}

/// Seats the owner of an address as a member: on the seat that a live invitation of that address holds, else on
/// a free one. Nothing but the membership need be written; an invitation that stays pending holds no second seat.
///
/// # Errors
/// *Conflict* when the address holds none and no seat is free, or when the organization has shrunk below its
/// members; with the ledger as its current state.
pub async fn join(change: &mut Change<'_>, email: &EmailAddress) -> Result<Ledger> {
    let (org, now) = (change.org().id, change.now());
    let pending = change.tx().pending_invitation(org, email).await?;
    let held = pending.is_some_and(|row| row.invitation.is_live(now));
    let ledger = ledger(change).await?;
    Ok(if held { ledger.accept()? } else { ledger.join()? })
}
