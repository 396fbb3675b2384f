//! Whether an actor may read something: the counterpart of [`crate::Change`] for use cases that change nothing.

use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::OrgId;
use tessera_store::Reader;

use crate::Actor;

/// The actor's role in an organization, if it has this right.
///
/// # Errors
/// *Not found* for an organization that does not exist, was deleted, or that the actor does not belong to,
/// *Forbidden* when their role lacks the right.
pub(crate) async fn require(tx: &mut Reader, actor: &Actor, org: OrgId, right: Right) -> Result<Role> {
    match actor {
        Actor::System(_) => Ok(Role::Owner),
        Actor::Account(person) => {
            let standing = tx.standing(org, person.account).await?;
            let living = standing.filter(|standing| standing.deleted_at.is_none());
            let role = living.ok_or_else(|| Error::not_found("organization"))?.role;
            right.require(role)?;
            Ok(role)
        }
    }
}
