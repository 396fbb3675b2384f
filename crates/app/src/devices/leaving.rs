//! Whether members end their own devices, or an administrator has to: see docs/adr/0022.

use tessera_domain::{Error, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_policy::{Leaf, merge};
use tessera_store::{MemberQuery, MemberSort, Reader};
use tessera_wire::{LeaveAnswer, Text};

use crate::{Actor, App, Change, access, settings, sync::DeviceActor};

/// How many administrators a refusal names.
const NAMED: u64 = 3;

/// Why the actor may not end their own devices, and whom to ask; none where they may.
pub async fn why_kept(app: &App, actor: &Actor, org: OrgId) -> Result<Option<String>> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::UseOwnDevices).await?;
    why(app, &mut tx, org, actor.account()?, role).await
}

/// What a device is told that is asked to sign out.
pub(crate) async fn answer(app: &App, device: &DeviceActor) -> Result<LeaveAnswer> {
    let mut tx = app.store.read().await?;
    let membership = tx.membership(device.org, device.account).await?;
    let membership = membership.ok_or_else(|| Error::not_found("member"))?;
    let why = why(app, &mut tx, device.org, device.account, membership.role).await?;
    Ok(LeaveAnswer {
        allowed: why.is_none(),
        why: why.map_or_else(Text::default, |why| Text::clip(&why)),
    })
}

/// Refuses a member whose own devices only administrators end.
///
/// # Errors
/// *Forbidden*, with whom to ask.
pub(crate) async fn require(
    app: &App,
    change: &mut Change<'_>,
    account: AccountId,
    role: Role,
) -> Result<()> {
    let org = change.org().id;
    match why(app, change.tx(), org, account, role).await? {
        None => Ok(()),
        Some(why) => Err(Error::forbidden(why)),
    }
}

/// Whether only administrators end a member's devices.
pub(crate) async fn is_kept(app: &App, tx: &mut Reader, org: OrgId, account: AccountId) -> Result<bool> {
    let Some(membership) = tx.membership(org, account).await? else {
        return Ok(false);
    };
    needs_admin(app, tx, org, account, membership.role).await
}

async fn needs_admin(app: &App, tx: &mut Reader, org: OrgId, account: AccountId, role: Role) -> Result<bool> {
    if Right::ManageDevices.granted_to(role) {
        return Ok(false);
    }
    let layers = settings::layers_of(app, tx, org, account).await?;
    Ok(!merge(&layers).is_on(Leaf::MemberSignOut))
}

async fn why(
    app: &App,
    tx: &mut Reader,
    org: OrgId,
    account: AccountId,
    role: Role,
) -> Result<Option<String>> {
    if !needs_admin(app, tx, org, account, role).await? {
        return Ok(None);
    }
    let row = tx
        .org(org)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let ask = whom_to_ask(tx, org, app.clock.now()).await?;
    Ok(Some(format!(
        "{} lets only administrators sign machines out. Ask {ask}.",
        row.name
    )))
}

/// `Ada Byron (ada@example.com) or Grace Hopper (grace@example.com)`: admins first, who are nearer than owners.
async fn whom_to_ask(tx: &mut Reader, org: OrgId, now: Timestamp) -> Result<String> {
    let mut names = Vec::new();
    for role in [Role::Admin, Role::Owner] {
        let query = MemberQuery {
            role: Some(role),
            sort: MemberSort::Name(None),
            limit: NAMED,
            ..MemberQuery::default()
        };
        let found = tx.members(org, &query, now).await?;
        names.extend(
            found
                .iter()
                .map(|member| format!("{} ({})", member.name, member.email)),
        );
    }
    names.truncate(usize::try_from(NAMED).unwrap_or(usize::MAX));
    Ok(names.join(" or "))
}
