//! Reacting to updates: the one change of an organization's rows that neither takes its lock nor leaves an audit entry.

use tessera_domain::{Reaction, Result, Right};
use tessera_ids::{OrgId, UpdateId};

use super::missing;
use crate::{Actor, App, Topic, access, limits};

/// Gives a reaction to an update, or takes it back. Doing either twice is doing it once.
///
/// # Errors
/// *Rate limited* for who reacts too fast.
pub async fn react(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    reaction: Reaction,
    given: bool,
) -> Result<()> {
    let (account, now) = (actor.account()?, app.clock.now());
    let mut tx = app.store.begin().await?;
    access::require(&mut tx, actor, org, Right::React).await?;
    tx.update(org, post).await?.ok_or_else(missing)?;
    limits::REACT.take(&mut tx, &(org, account), now).await?;
    let moved = if given {
        tx.add_reaction(org, post, account, reaction, now).await?
    } else {
        tx.remove_reaction(org, post, account, reaction).await?
    };
    tx.commit().await?;
    if moved {
        app.hub.touch(org, Topic::Updates);
    }
    Ok(())
}
