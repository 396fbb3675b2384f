//! What an organization says of itself, and two admins who say it at once.

use serde_json::json;
use tessera_domain::{Error, OrgProfile, PersonName, ProfileEdit, Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::StoredProfile;

use crate::{Actor, App, AuditEntry, Change, Topic, access, accounts};

/// A profile as admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// What it says.
    pub profile: OrgProfile,
    /// Counts its changes; 0 before the first.
    pub version: u64,
    /// When and by whom it was last changed.
    pub changed: Option<(Timestamp, PersonName)>,
}

impl From<StoredProfile> for ProfileView {
    fn from(stored: StoredProfile) -> Self {
        Self {
            profile: stored.profile,
            version: stored.version,
            changed: stored.changed_at.zip(stored.changed_by),
        }
    }
}

/// What an organization says of itself.
pub async fn profile(app: &App, actor: &Actor, org: OrgId) -> Result<ProfileView> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let stored = tx.org_profile(org).await?;
    Ok(stored.ok_or_else(|| Error::not_found("organization"))?.into())
}

/// Changes some fields; the profile as it is then.
///
/// `base` is the version that the author saw; none takes whatever stands.
///
/// # Errors
/// *Invalid* with every field that breaks its rule, *Conflict* with the present profile when somebody
/// else changed it since `base`.
pub async fn change_profile(
    app: &App,
    actor: &Actor,
    org: OrgId,
    base: Option<u64>,
    edit: &ProfileEdit,
) -> Result<ProfileView> {
    let author = match actor {
        Actor::Account(_) => Some(accounts::me(app, actor).await?.name),
        Actor::System(_) => None,
    };
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let stored = change.tx().org_profile(org).await?;
    let before: ProfileView = stored.ok_or_else(|| Error::not_found("organization"))?.into();
    if base.is_some_and(|base| base != before.version) {
        return Err(overtaken(&before));
    }
    let after = before.profile.edited(edit)?;
    let differs = after.differences(&before.profile);
    if differs.is_empty() {
        return Ok(before);
    }
    let now = change.now();
    change
        .tx()
        .set_org_profile(org, &after, now, author.as_ref())
        .await?;
    change.touch(Topic::Settings);
    let entry = AuditEntry::new("org.changed", &org)
        .named(&after.name)
        .before(&before.profile.only(&differs))
        .after(&after.only(&differs));
    change.commit(entry).await?;
    Ok(ProfileView {
        profile: after,
        version: before.version + 1,
        changed: author.map(|author| (now, author)),
    })
}

fn overtaken(present: &ProfileView) -> Error {
    let who = present
        .changed
        .as_ref()
        .map_or("Somebody else", |(_, by)| by.as_ref());
    Error::conflict(format!("{who} changed this meanwhile. Nothing was overwritten."))
        .with_current(json!({ "version": present.version, "profile": present.profile }))
}
