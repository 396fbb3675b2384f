//! Members: see them, change what they are, remove them, leave.

use std::collections::HashMap;

use serde_json::json;
use tessera_domain::{EmailAddress, Error, PersonName, Result, Right, Role, role, seats::Ledger};
use tessera_ids::{AccountId, OrgId};
use tessera_store::{Member, MemberQuery, TeamOfAccount};

use crate::{Actor, App, AuditEntry, Change, Topic, access, devices};

/// The most members on one page.
pub const PAGE: u64 = 200;

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
    let mut members = tx
        .members(
            org,
            &MemberQuery {
                limit: limit + 1,
                ..query.clone()
            },
        )
        .await?;
    let more = members.len() as u64 > limit;
    members.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let total = tx.count_members(org, query).await?;
    let seats = tx
        .seats(org, app.clock.now())
        .await?
        .ok_or_else(|| Error::not_found("organization"))?;
    let accounts: Vec<_> = members.iter().map(|member| member.account).collect();
    let mut teams: HashMap<_, Vec<_>> = HashMap::new();
    for team in tx.teams_of(org, &accounts).await? {
        teams.entry(team.account).or_default().push(team);
    }
    let listed = |member: Member| {
        let teams = teams.remove(&member.account).unwrap_or_default();
        ListedMember { member, teams }
    };
    let members = members.into_iter().map(listed).collect();
    Ok(MemberPage {
        members,
        more,
        total,
        seats: seats.ledger(),
        role,
    })
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
    })
}

/// Gives a member another role.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Conflict* for the last owner, *Not found* for who is no member.
pub async fn change_role(app: &App, actor: &Actor, org: OrgId, who: AccountId, new: Role) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeRoles).await?;
    let current = role_of(&mut change, who).await?;
    role::may_change_role(acting_role(&change), current, new)?;
    if current == new {
        return Ok(());
    }
    role::keeps_an_owner(change.tx().count_owners(org).await?, current, Some(new))?;
    change.tx().set_role(org, who, new).await?;
    change.touch(Topic::People);
    let (name, _) = called(&mut change, who).await?;
    change
        .commit(
            AuditEntry::new("member.role_changed", &who)
                .named(&name)
                .before(&current)
                .after(&new),
        )
        .await
}

/// Removes a member: what they had ends at once, and their devices are told to wipe.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Conflict* for the last owner, *Not found* for who is no member.
pub async fn remove(app: &App, actor: &Actor, org: OrgId, who: AccountId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::RemoveMembers).await?;
    let current = role_of(&mut change, who).await?;
    role::may_touch(acting_role(&change), current)?;
    end_membership(app, change, who, current, "member.removed").await
}

/// Leaves an organization.
///
/// # Errors
/// *Conflict* for the last owner.
pub async fn leave(app: &App, actor: &Actor, org: OrgId) -> Result<()> {
    let who = actor.account()?;
    let mut change = Change::begin(app, actor, org, Right::Leave).await?;
    let current = role_of(&mut change, who).await?;
    end_membership(app, change, who, current, "member.left").await
}

async fn end_membership(
    app: &App,
    mut change: Change<'_>,
    who: AccountId,
    current: Role,
    action: &'static str,
) -> Result<()> {
    let org = change.org().id;
    role::keeps_an_owner(change.tx().count_owners(org).await?, current, None)?;
    let devices = devices::end_all_of(app, &mut change, who).await?;
    change.tx().delete_membership(org, who).await?;
    end_credentials(&mut change, who).await?;
    change.touch(Topic::People);
    let (name, email) = called(&mut change, who).await?;
    let before = json!({ "email": email, "role": current, "devices": devices });
    let entry = AuditEntry::new(action, &who).named(&name).before(&before);
    change.commit(entry).await
}

/// Name and address of a member, for the audit log.
async fn called(change: &mut Change<'_>, who: AccountId) -> Result<(PersonName, EmailAddress)> {
    let account = change.tx().account(who).await?;
    let account = account.ok_or_else(|| Error::not_found("member"))?;
    Ok((account.name, account.email))
}

/// Who belongs nowhere any more is signed out everywhere. In other organizations their sessions go on;
/// of this one they show nothing, since membership is asked about each time.
async fn end_credentials(change: &mut Change<'_>, who: AccountId) -> Result<()> {
    let tx = change.tx();
    let runs_tessera = tx.account(who).await?.is_some_and(|account| account.is_operator);
    if !runs_tessera && tx.orgs_of(who).await?.is_empty() {
        tx.delete_sessions_of(who, None).await?;
        tx.delete_api_tokens_of(who).await?;
    }
    Ok(())
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
