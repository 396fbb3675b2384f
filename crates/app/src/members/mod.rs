//! Members: see them, change what they are, remove them, leave, hand the organization over.

mod edit;
mod end;
mod sign_out;
mod transfer;
mod weigh;

use std::collections::HashMap;

use tessera_domain::{DeviceState, EmailAddress, Error, PersonName, Result, Right, Role, seats::Ledger};
use tessera_ids::{AccountId, OrgId, Timestamp};
use tessera_store::{Device, Member, MemberBrief, MemberQuery, Reader, TeamOfAccount};

pub use self::{
    edit::{Applied, EditPlan, MemberEdit, Moved, PlannedEdit, apply, change_role, plan},
    end::{RemovalView, leave, removal, removals, remove},
    sign_out::{SignedOut, sign_out},
    transfer::{may_transfer, transfer},
};
use crate::{Actor, App, Change, access};

/// The most members on one page.
pub const PAGE: u64 = 200;
/// The most members on one page of an export.
pub const EXPORT_PAGE: u64 = 250;
/// The most members who are changed at once.
pub const AT_ONCE: usize = 10_000;

/// A page of members.
#[derive(Clone, Debug)]
pub struct MemberPage {
    /// They, in the order asked for.
    pub members: Vec<ListedMember>,
    /// Whether more follow after the last.
    pub more: bool,
    /// How many match on all pages.
    pub total: u64,
    /// How seats stand.
    pub seats: Ledger,
    /// What the actor is, which says what they may do to whom.
    pub role: Role,
}

/// A member with their teams.
#[derive(Clone, Debug)]
pub struct ListedMember {
    /// They.
    pub member: Member,
    /// Their teams, by name.
    pub teams: Vec<TeamOfAccount>,
}

/// A page of members; at most [`PAGE`] of them.
pub async fn list(app: &App, actor: &Actor, org: OrgId, query: &MemberQuery) -> Result<MemberPage> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    let limit = query.limit.clamp(1, PAGE);
    let now = app.clock.now();
    let (members, more) = read(&mut tx, org, query, limit, now).await?;
    // The first page tells by itself how many there are, unless more follow.
    let total = if query.sort.begins() && !more {
        members.len() as u64
    } else {
        tx.count_members(org, query, now).await?
    };
    let seats = tx
        .seats(org, now)
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    Ok(MemberPage {
        members,
        more,
        total,
        seats: seats.ledger(),
        role,
    })
}

/// A page of an export, of at most [`EXPORT_PAGE`] members, and whether more follow. For who manages members.
pub async fn export(
    app: &App,
    actor: &Actor,
    org: OrgId,
    query: &MemberQuery,
) -> Result<(Vec<ListedMember>, bool)> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ChangeRoles).await?;
    let limit = query.limit.clamp(1, EXPORT_PAGE);
    read(&mut tx, org, query, limit, app.clock.now()).await
}

async fn read(
    tx: &mut Reader,
    org: OrgId,
    query: &MemberQuery,
    limit: u64,
    now: Timestamp,
) -> Result<(Vec<ListedMember>, bool)> {
    let one_more = MemberQuery {
        limit: limit + 1,
        ..query.clone()
    };
    let mut members = tx.members(org, &one_more, now).await?;
    let more = members.len() as u64 > limit;
    members.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let accounts: Vec<_> = members.iter().map(|member| member.account).collect();
    let mut teams: HashMap<_, Vec<_>> = HashMap::new();
    for team in tx.teams_of(org, &accounts).await? {
        teams.entry(team.account).or_default().push(team);
    }
    let listed = |member: Member| {
        let teams = teams.remove(&member.account).unwrap_or_default();
        ListedMember { member, teams }
    };
    Ok((members.into_iter().map(listed).collect(), more))
}

/// Every member that a query matches, whatever its page: for changing them all at once.
///
/// # Errors
/// *Too large* for more than [`AT_ONCE`].
pub async fn matching(app: &App, actor: &Actor, org: OrgId, query: &MemberQuery) -> Result<Vec<MemberBrief>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ChangeRoles).await?;
    let most = AT_ONCE as u64;
    let found = tx.matching_members(org, query, app.clock.now(), most + 1).await?;
    if found.len() > AT_ONCE {
        return Err(Error::too_large(format!(
            "More than {AT_ONCE} members match. Narrow the filter and change them in parts."
        )));
    }
    Ok(found)
}

/// A member, as who would touch them sees them first.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// Who.
    pub account: AccountId,
    /// What they are called.
    pub name: PersonName,
    /// Their address.
    pub email: EmailAddress,
    /// What they are.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Their teams, by name.
    pub teams: Vec<TeamOfAccount>,
}

/// One member.
///
/// # Errors
/// *Not found* for who is no member.
pub async fn member(app: &App, actor: &Actor, org: OrgId, who: AccountId) -> Result<MemberView> {
    let missing = || Error::not_found("member");
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    let membership = tx.membership(org, who).await?.ok_or_else(missing)?;
    let account = tx.account(who).await?.ok_or_else(missing)?;
    Ok(MemberView {
        account: who,
        name: account.name,
        email: account.email,
        role: membership.role,
        joined_at: membership.joined_at,
        teams: tx.teams_of(org, &[who]).await?,
    })
}

/// A member's devices with their states, the newest first: for themselves, and for who manages devices.
///
/// # Errors
/// *Not found* for anybody else, as it is for who is no member.
pub async fn devices_of(
    app: &App,
    actor: &Actor,
    org: OrgId,
    who: AccountId,
) -> Result<Vec<(Device, DeviceState)>> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::UseOwnDevices).await?;
    let own = actor.account().is_ok_and(|account| account == who);
    if !own && !Right::ManageDevices.granted_to(role) {
        return Err(Error::not_found("member"));
    }
    let now = app.clock.now();
    let devices = tx.devices_of(org, who).await?;
    Ok(with_states(devices, now))
}

fn with_states(devices: Vec<Device>, now: Timestamp) -> Vec<(Device, DeviceState)> {
    let state = |device: Device| {
        let state = DeviceState::of(&device.facts(), now);
        (device, state)
    };
    devices.into_iter().map(state).collect()
}

async fn role_of(change: &mut Change<'_>, who: AccountId) -> Result<Role> {
    let org = change.org().id;
    let membership = change.tx().membership(org, who).await?;
    Ok(membership.ok_or_else(|| Error::not_found("member"))?.role)
}

/// The role by which the actor touches others; Tessera itself may do what an owner may.
fn acting_role(change: &Change<'_>) -> Role {
    change.role().unwrap_or(Role::Owner)
}
