//! Changing a key, and replacing it beside the old one.

use std::{collections::BTreeSet, time::Duration};

use tessera_domain::{
    CredentialName, Error, Result, Right,
    credential::{CredentialState, Delivery, Scope, Secret, Settings, Typed},
};
use tessera_ids::{CredentialId, OrgId, TeamId};
use tessera_store::CredentialContent;

use super::{
    CredentialView,
    add::{check_teams, insert, reach, secret_missing},
    done::Done,
    read::load,
    seal::{fingerprint, seal},
};
use crate::{Actor, App, AuditEntry, Change, policy_file::refuse_owned_keys};

/// What of a key is to be changed. What is left out stays.
#[derive(Clone, Debug, Default)]
pub struct KeyEdit {
    /// The version that the author saw; none takes whatever stands.
    pub base: Option<u64>,
    /// Another name.
    pub name: Option<CredentialName>,
    /// Another way to use it.
    pub delivery: Option<Delivery>,
    /// Other teams; none of them means everybody.
    pub teams: Option<BTreeSet<TeamId>>,
    /// Fields that were typed, secret ones among them. A blank one is emptied; a blank secret stays.
    pub typed: Typed,
}

/// Changes an active key; what it is then. Nothing happens when nothing differs.
///
/// Where the key would be sent elsewhere, or would come to members in another way, it must be typed again: who
/// does not know it shall not lead it anywhere.
///
/// # Errors
/// *Invalid* with every field that breaks its rule, *Conflict* when somebody else changed it since `base`, when
/// it is not active, when an active key has that name, or when a policy file owns the keys.
pub async fn edit(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: CredentialId,
    edit: KeyEdit,
) -> Result<CredentialView> {
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let before = active(&mut change, id).await?;
    if edit.base.is_some_and(|base| base != before.version) {
        return Err(overtaken(&before));
    }
    refuse_owned_keys(change.tx(), org).await?;
    let entered = merged(&before.settings, edit.typed).read(before.kind())?;
    let delivery = edit.delivery.unwrap_or(before.delivery);
    let scope = edit.teams.map_or_else(|| before.scope.clone(), Scope::of);
    let content = CredentialContent {
        name: edit.name.unwrap_or_else(|| before.name.clone()),
        settings: entered.settings,
        delivery,
        scope: reach(&scope),
    };
    let same_content = (&content.name, &content.settings) == (&before.name, &before.settings);
    if same_content && delivery == before.delivery && scope == before.scope && entered.secret.is_none() {
        return Ok(before);
    }
    let done = change_in(&mut change, before, content, &scope, entered.secret.as_ref()).await?;
    let after = done.touched[1].clone();
    done.commit(change).await?;
    Ok(after)
}

/// Changes an active key within a change that goes on; the key that was and the one that is.
///
/// # Errors
/// As [`edit`].
pub(crate) async fn change_in(
    change: &mut Change<'_>,
    before: CredentialView,
    content: CredentialContent,
    scope: &Scope,
    secret: Option<&Secret>,
) -> Result<Done> {
    ask_for_the_key(&before, &content, secret)?;
    check_teams(change, scope).await?;
    let (org, id) = (change.org().id, before.id);
    if let Some(secret) = secret {
        let sealed = seal(change.app(), change.org(), id, secret)?;
        change.tx().set_credential_secret(org, id, &sealed).await?;
    }
    change.tx().change_credential(org, id, &content).await?;
    change.tx().set_credential_teams(org, id, scope.teams()).await?;
    let after = load(change.tx(), org, id).await?;
    let entry = AuditEntry::new("credential.changed", &id).named(&after.name);
    let (was, is) = (before.told(), after.told());
    Ok(Done::new(vec![before, after], entry, Some(was), Some(is)))
}

/// Puts another key in the place of an active one, which goes on for `overlap` and then retires; the new one's id.
///
/// # Errors
/// As [`edit`], and *Invalid* when no key or the same key was typed.
pub async fn replace(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: CredentialId,
    typed: Typed,
    overlap: Duration,
) -> Result<CredentialId> {
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    let before = active(&mut change, id).await?;
    let kind = before.kind();
    let entered = merged(&before.settings, typed).read(kind)?;
    let secret = entered
        .secret
        .ok_or_else(|| secret_missing(kind, "Type the new key."))?;
    if fingerprint(app, change.org(), &secret)? == before.fingerprint {
        return Err(secret_missing(kind, "This is the key that is there already."));
    }
    if entered.settings != before.settings {
        // What else is said of a key is the file's; the key itself must be replaceable at any hour.
        refuse_owned_keys(change.tx(), org).await?;
    }
    let scope = before.scope.clone();
    let content = CredentialContent {
        name: before.name.clone(),
        settings: entered.settings,
        delivery: before.delivery,
        scope: reach(&scope),
    };
    let done = replace_in(&mut change, before, content, &scope, &secret, overlap).await?;
    let successor = done.touched[1].id;
    done.commit(change).await?;
    Ok(successor)
}

/// Puts another key in the place of an active one, within a change that goes on; the key that was and the new one.
///
/// # Errors
/// As [`replace`].
pub(crate) async fn replace_in(
    change: &mut Change<'_>,
    before: CredentialView,
    content: CredentialContent,
    scope: &Scope,
    secret: &Secret,
    overlap: Duration,
) -> Result<Done> {
    check_teams(change, scope).await?;
    let (org, id, now) = (change.org().id, before.id, change.now());
    let successor = CredentialId::generate(&*change.app().clock, &*change.app().entropy);
    match before.state.replaced(now, overlap, successor)? {
        CredentialState::Draining(drain) => change.tx().drain_credential(org, id, drain).await?,
        _ => change.tx().retire_credential(org, id, now).await?,
    };
    let sealed = seal(change.app(), change.org(), successor, secret)?;
    insert(change, successor, content, scope, sealed).await?;
    let after = load(change.tx(), org, successor).await?;
    let entry = AuditEntry::new("credential.replaced", &id).named(&before.name);
    let (was, is) = (before.told(), after.told());
    Ok(Done::new(vec![before, after], entry, Some(was), Some(is)))
}

/// The key, if it may be changed.
async fn active(change: &mut Change<'_>, id: CredentialId) -> Result<CredentialView> {
    let org = change.org().id;
    let view = load(change.tx(), org, id).await?;
    match view.state {
        CredentialState::Active => Ok(view),
        other => Err(other.not_active()),
    }
}

/// What was typed, over what stands.
fn merged(present: &Settings, typed: Typed) -> Typed {
    let standing = present.entries().into_iter();
    standing.fold(typed, |typed, (name, text)| {
        if typed.has(name) {
            typed
        } else {
            typed.with(name, text)
        }
    })
}

fn ask_for_the_key(
    before: &CredentialView,
    content: &CredentialContent,
    secret: Option<&Secret>,
) -> Result<()> {
    let why = if content.settings.leads_elsewhere(&before.settings) {
        "Type the key again: it would be sent to another place than before."
    } else if content.delivery != before.delivery {
        "Type the key again: members would use it in another way than before."
    } else {
        return Ok(());
    };
    match secret {
        Some(_) => Ok(()),
        None => Err(secret_missing(before.kind(), why)),
    }
}

fn overtaken(present: &CredentialView) -> Error {
    Error::conflict("Somebody else changed this key meanwhile. Nothing was overwritten.").with_current(
        serde_json::json!({
            "version": present.version, "name": present.name, "delivery": present.delivery,
            "settings": present.settings,
        }),
    )
}
