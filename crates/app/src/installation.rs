//! The first start: the check of the master key, and the link that makes the first owner.

use secrecy::SecretString;
use tessera_domain::{EmailAddress, Error, Kind, OrgName, PersonName, Result};
use tessera_ids::OrgId;
use tessera_store::{Account, Installation, Tx};

use crate::{
    App, AuditEntry,
    accounts::{self, Visitor},
    audit, orgs,
    sessions::SignedIn,
    token::{self, Token, TokenKind},
};

/// The person who sets Tessera up, and their organization.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// What they are called.
    pub name: PersonName,
    /// Their address.
    pub email: EmailAddress,
    /// The password that they chose.
    pub password: SecretString,
    /// What their organization is called; left out, they can create one later.
    pub org: Option<OrgName>,
}

/// Marks an empty database as this installation's, or checks that it belongs to this master key.
///
/// While there is no account, gives the address of the set-up page; earlier ones stop working.
///
/// # Errors
/// *Unavailable* when the database was made with another master key.
pub async fn open(app: &App) -> Result<Option<String>> {
    let mut tx = app.store.begin().await?;
    claim_in(app, &mut tx).await?;
    if tx.count_accounts().await? > 0 {
        tx.commit().await?;
        return Ok(None);
    }
    let token = Token::generate(TokenKind::Link, &*app.entropy);
    tx.set_setup_token(Some(token.hash())).await?;
    tx.commit().await?;
    Ok(Some(format!(
        "{}/setup/{}",
        app.config.public_url,
        token.reveal()
    )))
}

/// Marks an empty database as this installation's, or checks that it belongs to this master key; makes no link.
///
/// # Errors
/// *Unavailable* when the database was made with another master key.
pub async fn claim(app: &App) -> Result<()> {
    let mut tx = app.store.begin().await?;
    claim_in(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

async fn claim_in(app: &App, tx: &mut Tx) -> Result<()> {
    let fresh = Installation {
        created_at: app.clock.now(),
        key_check: app.vault.key_check(&*app.entropy)?,
        setup_token_hash: None,
        // What the configuration says is asked each time; here stands what operators said.
        open_sign_up: false,
    };
    tx.insert_installation(&fresh).await?;
    let known = tx
        .installation()
        .await?
        .ok_or_else(|| Error::internal("the installation's row is gone"))?;
    if !app.vault.matches(&known.key_check) {
        return Err(Error::new(
            Kind::Unavailable,
            "This database was made with another master key.",
        ));
    }
    Ok(())
}

/// Whether a set-up link works. Changes nothing.
///
/// # Errors
/// *Not found* when it was used or replaced.
pub async fn check_link(app: &App, link: &str) -> Result<()> {
    let known = app.store.read().await?.installation().await?;
    match known.and_then(|known| known.setup_token_hash) {
        Some(hash) if hash == token::hash(link) => Ok(()),
        _ => Err(dead_link()),
    }
}

/// Makes the first account, which runs the installation, and its organization; signs in.
///
/// # Errors
/// *Not found* for a link that was used or replaced, *Invalid* for a password that breaks the rules.
pub async fn set_up(
    app: &App,
    visitor: &Visitor,
    link: &str,
    wanted: SetUp,
) -> Result<(SignedIn, Option<OrgId>)> {
    check_link(app, link).await?;
    let password = accounts::choose(&wanted.password, &wanted.email)?;
    let hash = app.hasher.hash(password, &*app.entropy).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if !tx.take_setup_token(token::hash(link)).await? || tx.count_accounts().await? > 0 {
        return Err(dead_link());
    }
    // Whoever holds the link reads the server's log: that is proof enough, and mail may not work yet.
    let account = Account {
        is_operator: true,
        may_create_orgs: true,
        ..accounts::new_account(app, &wanted.name, &wanted.email, hash, Some(now), now)
    };
    tx.insert_account(&account).await?;
    let signed_in = accounts::signed_in(app, &mut tx, &account, visitor, now).await?;
    let actor = signed_in.actor(visitor);
    audit::write(
        app,
        &mut tx,
        &actor,
        None,
        now,
        AuditEntry::new("installation.set_up", &account.id),
    )
    .await?;
    let org = match wanted.org {
        Some(name) => Some(orgs::found(app, &mut tx, &actor, &account, &name, now).await?),
        None => None,
    };
    tx.commit().await?;
    Ok((signed_in, org))
}

fn dead_link() -> Error {
    Error::new(
        Kind::NotFound,
        "This set-up link does not work any more. The server prints a new one when it starts.",
    )
}
