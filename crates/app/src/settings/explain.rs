//! Why a leaf has the value that it has, for whom.

use tessera_domain::{EmailAddress, Error, Result, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_policy::{Explanation, LayerName, Leaf};

use super::{effective_for, load};
use crate::{Actor, App, access};

/// A leaf's value with every layer that spoke. The member's own layer stays on their machines and is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The revision that was read.
    pub revision: u64,
    /// For whom; none for a member of no team.
    pub member: Option<AccountId>,
    /// The value and how it came about.
    pub explanation: Explanation,
}

/// Explains one leaf: for one member, named by id or address, or for a member of no team.
pub async fn explain(
    app: &App,
    actor: &Actor,
    org: OrgId,
    leaf: Leaf,
    member: Option<&str>,
) -> Result<Explained> {
    let Some(named) = member else {
        let snapshot = load(app, actor, org, Right::SeeSettings, None).await?;
        return Ok(Explained {
            revision: snapshot.revision,
            member: None,
            explanation: tessera_policy::explain(&[snapshot.layer(LayerName::Org)], leaf),
        });
    };
    let member = find(app, actor, org, named).await?;
    let mine = effective_for(app, actor, org, member).await?;
    let explained = mine.leaves.into_iter().find(|(known, _)| *known == leaf);
    let (_, explanation) = explained.ok_or_else(|| Error::internal("a leaf was left out"))?;
    Ok(Explained {
        revision: mine.revision,
        member: Some(member),
        explanation,
    })
}

async fn find(app: &App, actor: &Actor, org: OrgId, named: &str) -> Result<AccountId> {
    if let Ok(account) = named.parse() {
        return Ok(account);
    }
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let nobody = || Error::not_found("member");
    let email: EmailAddress = named.parse().map_err(|_| nobody())?;
    Ok(tx.account_by_email(&email).await?.ok_or_else(nobody)?.id)
}
