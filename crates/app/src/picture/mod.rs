//! Pictures that people upload: who may put which where, and who may see them.
//!
//! Whatever was sent is decoded, cut square, shrunk and written anew as PNG (see [`prepare`]), so that nothing
//! of the file itself is ever kept or served. A picture's address holds the digest of its bytes, and shows
//! that picture or nothing.

mod prepare;

use std::collections::HashMap;

use bytes::Bytes;
use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId};
use tessera_store::Picture;
use tessera_wire::Digest;

pub(crate) use self::prepare::Darkroom;
pub use self::prepare::{MOST_BYTES, SIDE};
use crate::{Actor, App, AuditEntry, access, accounts, audit};

/// Makes a picture safe and small. Comes before the transaction that keeps it.
///
/// # Errors
/// *Invalid* at `/picture` with the reason for what is no PNG, JPEG, WebP or GIF, is broken, or has too many
/// pixels; *Too large* for too many bytes; *Rate limited* when too many wait.
pub async fn prepare(app: &App, upload: Bytes) -> Result<Picture> {
    app.darkroom.develop(upload).await
}

/// Gives the actor's account this picture; which one it now is.
///
/// # Errors
/// As [`prepare`].
pub async fn set_avatar(app: &App, actor: &Actor, upload: Bytes) -> Result<Digest> {
    let me = accounts::me(app, actor).await?;
    let picture = prepare(app, upload).await?;
    let (digest, now) = (Digest::from_bytes(picture.digest), app.clock.now());
    let mut tx = app.store.begin().await?;
    tx.set_avatar(me.id, &picture, now).await?;
    let entry = AuditEntry::new("account.picture_changed", &me.id)
        .named(&me.email)
        .after(&digest);
    audit::write(app, &mut tx, actor, None, now, entry).await?;
    tx.commit().await?;
    Ok(digest)
}

/// Takes the actor's picture away; their initials come back. Without one nothing happens.
pub async fn remove_avatar(app: &App, actor: &Actor) -> Result<()> {
    let me = accounts::me(app, actor).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if tx.delete_avatar(me.id).await? {
        let entry = AuditEntry::new("account.picture_removed", &me.id).named(&me.email);
        audit::write(app, &mut tx, actor, None, now, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// The PNG of an account's picture, for itself and for whom it shares an organization with.
///
/// # Errors
/// *Not found* for everybody else, and when the picture is another one by now.
pub async fn avatar(app: &App, actor: &Actor, whose: AccountId, digest: Digest) -> Result<Vec<u8>> {
    let asker = actor.account()?;
    let missing = || Error::not_found("picture");
    let mut tx = app.store.read().await?;
    if !tx.share_an_org(asker, whose).await? {
        return Err(missing());
    }
    tx.avatar(whose, *digest.as_bytes()).await?.ok_or_else(missing)
}

/// Which of these accounts have a picture, and which. The digest alone shows nothing.
pub async fn avatars(app: &App, accounts: &[AccountId]) -> Result<HashMap<AccountId, Digest>> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.store.read().await?.avatars_of(accounts).await?;
    let pair = |avatar: tessera_store::AvatarOf| (avatar.account, Digest::from_bytes(avatar.digest));
    Ok(found.into_iter().map(pair).collect())
}

/// The PNG of an organization's logo, for its members.
///
/// # Errors
/// *Not found* for everybody else, and when the logo is another one by now.
pub async fn logo(app: &App, actor: &Actor, org: OrgId, digest: Digest) -> Result<Vec<u8>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    let found = tx.logo(org, *digest.as_bytes()).await?;
    found.ok_or_else(|| Error::not_found("picture"))
}

/// Which logo an organization has, for its members.
///
/// # Errors
/// *Not found* for everybody else.
pub async fn logo_of(app: &App, actor: &Actor, org: OrgId) -> Result<Option<Digest>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeOrg).await?;
    Ok(tx.logo_of(org).await?.map(Digest::from_bytes))
}
