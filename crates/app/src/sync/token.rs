//! Access tokens: a device's signed assertion buys ten minutes (RFC 7523).

use tessera_domain::{Error, Result};
use tessera_ids::Timestamp;
use tessera_store::{Device, DeviceLife, NewDeviceToken};
use tessera_wire::{
    Envelope,
    assertion::{self, AssertionError},
    limits, paths,
    token::{GRANT_TYPE, Scope, TokenError, TokenRequest, TokenResponse},
};

use super::{
    DeviceActor,
    badges::{Badge, CONTACT_EVERY},
    device::signing_key,
};
use crate::{
    App, gathering,
    token::{Token, TokenHash, TokenKind, hash},
};

/// Where tokens wait to be kept: a whole fleet may ask within a second.
pub(crate) type Gathering = gathering::Gathering<NewDeviceToken, bool>;
/// The writer's end.
pub(crate) type Gathered = gathering::Gathered<NewDeviceToken, bool>;

/// Why no token was given: a code of RFC 6749, or a failure of the server's own.
#[derive(Debug)]
pub enum Refused {
    /// The device may read the code.
    Grant(TokenError, String),
    /// It could not be decided.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Gives an access token for an assertion that was not used before. A removed device gets one that is good
/// only for its tombstone.
pub async fn token(app: &App, request: &TokenRequest) -> Result<TokenResponse, Refused> {
    if request.grant_type != GRANT_TYPE {
        let why = "this server gives tokens for assertions only";
        return Err(Refused::Grant(TokenError::UnsupportedGrantType, why.to_owned()));
    }
    let refuse = |error: AssertionError| Refused::Grant(TokenError::InvalidGrant, error.to_string());
    let device = assertion::claimed_device(&request.assertion).map_err(refuse)?;
    let row = app.store.read().await?.device_of_assertion(device).await?;
    let row =
        row.ok_or_else(|| Refused::Grant(TokenError::InvalidClient, "there is no such device".to_owned()))?;
    let key = signing_key(&row.signing_key)?;
    let now = app.clock.now();
    let address = paths::absolute(&app.config.public_url, paths::TOKEN);
    let claims = assertion::verify(&request.assertion, &key, &address, now).map_err(refuse)?;

    let issued = Token::generate(TokenKind::Device, &*app.entropy);
    let token = NewDeviceToken {
        token_hash: issued.hash(),
        org: row.org,
        device,
        assertion: hex(claims.jti.as_bytes()),
        assertion_expires_at: claims.expires_at(),
        created_at: now,
        expires_at: now.plus(limits::ACCESS_TOKEN_LIFETIME),
    };
    if !app.tokens.write(token).await? {
        let why = "the assertion was used before";
        return Err(Refused::Grant(TokenError::InvalidGrant, why.to_owned()));
    }
    Ok(answer(&row, &issued))
}

/// Keeps tokens in one transaction; whether each was given, and its assertion not used before.
pub(super) async fn write(app: &App, tokens: &[NewDeviceToken]) -> Result<Vec<bool>> {
    let mut tx = app.store.begin().await?;
    let given = tx.give_device_tokens(tokens).await?;
    let heard = tokens.iter().zip(&given).filter(|(_, given)| **given);
    let mut heard: Vec<_> = heard.map(|(token, _)| (token.device, token.created_at)).collect();
    // One order for everybody, so that two replicas with the same devices wait, not deadlock.
    heard.sort_unstable();
    tx.touch_devices(&heard).await?;
    tx.commit().await?;
    Ok(given)
}

fn answer(row: &Device, issued: &Token) -> TokenResponse {
    let active = row.life == DeviceLife::Active;
    let tombstone = row
        .tombstone
        .as_deref()
        .and_then(|json| Envelope::from_json(json).ok());
    TokenResponse {
        access_token: issued.reveal().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: limits::ACCESS_TOKEN_LIFETIME.as_secs(),
        scope: if active { Scope::Sync } else { Scope::Tombstone },
        tombstone: tombstone.filter(|_| !active),
    }
}

/// The device behind an access token.
///
/// # Errors
/// *Unauthenticated* when the token is unknown or over.
pub async fn authenticate(app: &App, presented: &str) -> Result<DeviceActor> {
    let (token_hash, now) = (hash(presented), app.clock.now());
    if let Some(device) = known(app, &token_hash, now) {
        return Ok(device);
    }
    let unknown = || Error::unauthenticated("The access token is unknown or over.");
    let token = app.store.read().await?.device_token(token_hash, now).await?;
    let token = token.ok_or_else(unknown)?;
    // Listening comes first, then a fresh look: what changes from here on is heard.
    let pulses = app.hub.pulses(token.org);
    let mut tx = app.store.read().await?;
    let org = tx.org(token.org).await?.ok_or_else(unknown)?;
    let row = tx.device(token.org, token.device).await?.ok_or_else(unknown)?;
    drop(tx);
    let noted = note_contact(app, &row, now);
    let badge = Badge::new(pulses, org.audience_epoch, now, noted);
    let device = DeviceActor::new(&row, token.expires_at, badge)?;
    if device.scope == Scope::Sync {
        app.badges.keep(token_hash, device.clone(), now);
    }
    Ok(device)
}

/// The device behind an access token, when memory alone can tell.
pub(super) fn known(app: &App, token: &TokenHash, now: Timestamp) -> Option<DeviceActor> {
    let device = app.badges.find(token, now)?;
    if device.badge.is_contact_due(now) {
        app.contacts.note(device.device, now);
    }
    Some(device)
}

/// Notes that a device was heard of, not more often than the pages need; when that was done last.
fn note_contact(app: &App, row: &Device, now: Timestamp) -> Timestamp {
    if now.apart(row.last_contact) < CONTACT_EVERY {
        return row.last_contact;
    }
    app.contacts.note(row.id, now);
    now
}

/// The envelope of a removed device's tombstone.
pub async fn tombstone(app: &App, device: &DeviceActor) -> Result<Vec<u8>> {
    let row = app.store.read().await?.device(device.org, device.device).await?;
    row.and_then(|row| row.tombstone)
        .ok_or_else(|| Error::not_found("tombstone"))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
