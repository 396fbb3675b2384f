//! A new key.

use std::collections::BTreeSet;

use tessera_domain::{
    CredentialName, Error, PersonName, Result, Right,
    credential::{Delivery, ProviderKind, Scope, Secret, Typed},
};
use tessera_ids::{AccountId, CredentialId, OrgId, TeamId};
use tessera_store::{CredentialContent, CredentialReach, NewCredential, SealedSecret};

use super::{done::Done, read::load, seal::seal};
use crate::{Actor, App, AuditEntry, Change, accounts, policy_file::refuse_owned_keys};

/// The most keys that an organization may have, retired ones left out. A manifest names no more.
pub const MOST: u64 = 200;
/// Teams of one key.
const MOST_TEAMS: usize = 100;

/// A key to be added.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is to be called.
    pub name: CredentialName,
    /// Whose key it is.
    pub kind: ProviderKind,
    /// What was typed into the provider's fields.
    pub typed: Typed,
    /// How members use it.
    pub delivery: Delivery,
    /// Whose it is; none means everybody's.
    pub teams: BTreeSet<TeamId>,
}

/// Adds a key; its id.
///
/// # Errors
/// *Invalid* with every field that breaks its rule, *Conflict* when an active key has that name, there are
/// [`MOST`] keys, or a policy file owns the keys.
pub async fn add(app: &App, actor: &Actor, org: OrgId, new: NewKey) -> Result<CredentialId> {
    let entered = new.typed.read(new.kind)?;
    let secret = entered
        .secret
        .ok_or_else(|| secret_missing(new.kind, "Type the key."))?;
    let mut change = Change::begin(app, actor, org, Right::ManageCredentials).await?;
    refuse_owned_keys(change.tx(), org).await?;
    let scope = Scope::of(new.teams);
    let content = CredentialContent {
        name: new.name,
        settings: entered.settings,
        delivery: new.delivery,
        scope: reach(&scope),
    };
    let done = add_in(&mut change, content, &scope, &secret).await?;
    let id = done.touched[0].id;
    done.commit(change).await?;
    Ok(id)
}

/// Adds a key within a change that goes on.
///
/// # Errors
/// As [`add`].
pub(crate) async fn add_in(
    change: &mut Change<'_>,
    content: CredentialContent,
    scope: &Scope,
    secret: &Secret,
) -> Result<Done> {
    let org = change.org().id;
    if change.tx().count_credentials(org).await? >= MOST {
        return Err(Error::conflict(format!(
            "An organization has at most {MOST} keys. Delete one that nobody needs."
        )));
    }
    check_teams(change, scope).await?;
    let id = CredentialId::generate(&*change.app().clock, &*change.app().entropy);
    let sealed = seal(change.app(), change.org(), id, secret)?;
    insert(change, id, content, scope, sealed).await?;
    let after = load(change.tx(), org, id).await?;
    let entry = AuditEntry::new("credential.added", &id).named(&after.name);
    let told = after.told();
    Ok(Done::new(vec![after], entry, None, Some(told)))
}

/// Writes the row and its teams.
pub(super) async fn insert(
    change: &mut Change<'_>,
    id: CredentialId,
    content: CredentialContent,
    scope: &Scope,
    secret: SealedSecret,
) -> Result<()> {
    let (org, now) = (change.org().id, change.now());
    let (added_by, added_by_name) = author(change).await?;
    let row = NewCredential {
        id,
        created_at: now,
        added_by,
        added_by_name,
        content,
        secret,
    };
    change.tx().insert_credential(org, &row).await?;
    change.tx().set_credential_teams(org, id, scope.teams()).await?;
    Ok(())
}

/// Refuses teams that are not the organization's.
pub(super) async fn check_teams(change: &mut Change<'_>, scope: &Scope) -> Result<()> {
    let org = change.org().id;
    if scope.teams().count() > MOST_TEAMS {
        return Err(Error::field(
            "/teams",
            format!("A key is of {MOST_TEAMS} teams at most."),
        ));
    }
    for team in scope.teams() {
        if change.tx().team(org, team).await?.is_none() {
            return Err(Error::field("/teams", "There is no such team."));
        }
    }
    Ok(())
}

pub(crate) const fn reach(scope: &Scope) -> CredentialReach {
    match scope {
        Scope::Organization => CredentialReach::Organization,
        Scope::Teams(_) => CredentialReach::Teams,
    }
}

/// What is said of a secret that was not typed, beside the first field that would hold it.
pub(super) fn secret_missing(kind: ProviderKind, why: &str) -> Error {
    let field = kind.fields().iter().find(|field| field.is_secret());
    let pointer = field.map_or_else(
        || "/secret".to_owned(),
        tessera_domain::credential::Field::pointer,
    );
    Error::field(pointer, why)
}

async fn author(change: &mut Change<'_>) -> Result<(Option<AccountId>, PersonName)> {
    let actor = change.actor();
    match actor {
        Actor::System(part) => Ok((None, part.parse().map_err(Error::internal)?)),
        Actor::Account(_) => {
            let account = accounts::me_in(change.tx(), actor).await?;
            Ok((Some(account.id), account.name))
        }
    }
}
