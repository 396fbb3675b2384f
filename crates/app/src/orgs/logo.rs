//! The organization's logo: put up and taken down by who changes settings, shown to its members.

use bytes::Bytes;
use tessera_domain::{Result, Right};
use tessera_ids::OrgId;
use tessera_wire::Digest;

use crate::{Actor, App, AuditEntry, Change, Topic, access, picture};

/// Gives an organization this logo instead of the one it had; which one it now is.
///
/// # Errors
/// *Invalid* and *Too large* for what is no picture that can be kept, see [`picture::prepare`].
pub async fn set_logo(app: &App, actor: &Actor, org: OrgId, upload: Bytes) -> Result<Digest> {
    // Decoding costs, so who may not is refused before; the change asks once more.
    access::require(&mut app.store.read().await?, actor, org, Right::ChangeSettings).await?;
    let picture = picture::prepare(app, upload).await?;
    let digest = Digest::from_bytes(picture.digest);
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    let (name, now) = (change.org().name.clone(), change.now());
    change.tx().set_logo(org, &picture, now).await?;
    change.touch(Topic::Settings);
    let entry = AuditEntry::new("org.logo_changed", &org)
        .named(&name)
        .after(&digest);
    change.commit(entry).await?;
    Ok(digest)
}

/// Takes the logo away; the mark comes back. Without one nothing happens.
pub async fn remove_logo(app: &App, actor: &Actor, org: OrgId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::ChangeSettings).await?;
    if !change.tx().delete_logo(org).await? {
        return Ok(());
    }
    let name = change.org().name.clone();
    change.touch(Topic::Settings);
    change
        .commit(AuditEntry::new("org.logo_removed", &org).named(&name))
        .await
}
