//! The end of a membership, by removal or by leaving: what it had ends at once, and each step can be looked at.

use serde_json::json;
use tessera_domain::{DeviceState, Error, Result, Right, Role, role};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{Account, Device, Removal};

use super::{acting_role, role_of, with_states};
use crate::{Actor, App, AuditEntry, Change, Topic, access, devices, settings};

/// Removes a member: what they had ends at once, and their devices are told to wipe.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Conflict* for the last owner, *Not found* for who is no member.
pub async fn remove(app: &App, actor: &Actor, org: OrgId, who: AccountId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::RemoveMembers).await?;
    let current = role_of(&mut change, who).await?;
    role::may_touch(acting_role(&change), current)?;
    let by = match actor {
        Actor::System(part) => (*part).to_owned(),
        Actor::Account(person) => account(&mut change, person.account).await?.name.to_string(),
    };
    end_membership(app, change, who, current, "member.removed", by).await
}

/// Leaves an organization.
///
/// # Errors
/// *Conflict* for the last owner, *Forbidden* for who has devices that only administrators end.
pub async fn leave(app: &App, actor: &Actor, org: OrgId) -> Result<()> {
    let who = actor.account()?;
    let mut change = Change::begin(app, actor, org, Right::Leave).await?;
    let current = role_of(&mut change, who).await?;
    if !change.tx().living_devices_of(org, who).await?.is_empty() {
        devices::require_may_leave(app, &mut change, who, current).await?;
    }
    end_membership(app, change, who, current, "member.left", String::new()).await
}

async fn end_membership(
    app: &App,
    mut change: Change<'_>,
    who: AccountId,
    current: Role,
    action: &'static str,
    removed_by: String,
) -> Result<()> {
    let (org, at) = (change.org().id, change.now());
    role::keeps_an_owner(change.tx().count_owners(org).await?, current, None)?;
    let gone = account(&mut change, who).await?;
    let devices = devices::end_all_of(app, &mut change, who).await?;
    let by_whom = change.actor();
    let revision = settings::forget_member(app, by_whom, &mut change, who, &gone.name).await?;
    change.tx().delete_membership(org, who).await?;
    let (sessions, tokens) = end_credentials(&mut change, &gone).await?.unzip();
    let removal = Removal {
        org,
        account: who,
        name: gone.name.clone(),
        email: gone.email.clone(),
        role: current,
        at,
        removed_by,
        sessions,
        tokens,
    };
    change.tx().insert_removal(&removal).await?;
    if let Some(revision) = revision {
        change.take_serial(revision).await?;
        change.touch(Topic::Settings);
    }
    change.touch(Topic::People);
    let before = json!({ "email": gone.email, "role": current, "devices": devices });
    let entry = AuditEntry::new(action, &who).named(&gone.name).before(&before);
    change.commit(entry).await
}

/// Who belongs nowhere any more is signed out everywhere: how many browsers and access tokens that were. In
/// other organizations their sessions go on; of this one they show nothing, since membership is asked about
/// each time.
async fn end_credentials(change: &mut Change<'_>, gone: &Account) -> Result<Option<(u64, u64)>> {
    let tx = change.tx();
    if gone.is_operator || !tx.orgs_of(gone.id).await?.is_empty() {
        return Ok(None);
    }
    let sessions = tx.delete_sessions_of(gone.id, None).await?;
    let tokens = tx.delete_api_tokens_of(gone.id).await?;
    Ok(Some((sessions, tokens)))
}

/// The end of a membership, with what became of each device.
#[derive(Clone, Debug)]
pub struct RemovalView {
    /// What ended, and when.
    pub removal: Removal,
    /// The devices that ended with it, by host. Each is refused from that moment on; whether it wiped what it had,
    /// its state says.
    pub devices: Vec<(Device, DeviceState)>,
    /// They were invited again meanwhile, and came.
    pub is_member_again: bool,
}

/// What became of somebody's membership, for who may remove members.
///
/// # Errors
/// *Not found* for whose membership never ended.
pub async fn removal(app: &App, actor: &Actor, org: OrgId, who: AccountId) -> Result<RemovalView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::RemoveMembers).await?;
    let removal = tx
        .removal(org, who)
        .await?
        .ok_or_else(|| Error::not_found("removal"))?;
    let devices = tx.removed_devices(org, who, removal.at).await?;
    Ok(RemovalView {
        devices: with_states(devices, app.clock.now()),
        is_member_again: tx.membership(org, who).await?.is_some(),
        removal,
    })
}

/// The last hundred ends of memberships, the newest first.
pub async fn removals(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<Removal>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::RemoveMembers).await?;
    Ok(tx.removals(org, 100).await?)
}

async fn account(change: &mut Change<'_>, who: AccountId) -> Result<Account> {
    let found = change.tx().account(who).await?;
    found.ok_or_else(|| Error::not_found("account"))
}
