//! Signing a member out everywhere. What an organization may end of an account is decided in docs/adr/0013.

use serde_json::json;
use tessera_domain::{Error, Result, Right, role};
use tessera_ids::{AccountId, OrgId};

use super::{acting_role, role_of};
use crate::{Actor, App, AuditEntry, Change, Topic, mail};

/// What a member was signed out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// How many browsers.
    pub sessions: u64,
    /// How many access tokens ended; none where they were left, since the account belongs elsewhere too.
    pub tokens: Option<u64>,
}

/// Ends every session of a member, and their access tokens where they belong to this organization alone.
/// Their devices stay enrolled. The member is told by mail.
///
/// # Errors
/// *Forbidden* above the actor's own role, *Not found* for who is no member.
pub async fn sign_out(app: &App, actor: &Actor, org: OrgId, who: AccountId) -> Result<SignedOut> {
    let mut change = Change::begin(app, actor, org, Right::RemoveMembers).await?;
    let current = role_of(&mut change, who).await?;
    role::may_touch(acting_role(&change), current)?;
    let (now, org_name) = (change.now(), change.org().name.clone());
    let tx = change.tx();
    let member = tx.account(who).await?.ok_or_else(|| Error::not_found("member"))?;
    let sessions = tx.delete_sessions_of(who, None).await?;
    let only_here = !member.is_operator && tx.orgs_of(who).await?.len() == 1;
    let tokens = if only_here {
        Some(tx.delete_api_tokens_of(who).await?)
    } else {
        None
    };
    let letter = mail::signed_out(&app.config, &member.email, &org_name, tokens.is_some());
    mail::enqueue(app, change.tx(), Some(org), letter, now).await?;
    change.touch(Topic::People);
    let after = json!({ "sessions": sessions, "tokens": tokens });
    let entry = AuditEntry::new("member.signed_out", &who)
        .named(&member.name)
        .after(&after);
    change.commit(entry).await?;
    Ok(SignedOut { sessions, tokens })
}
