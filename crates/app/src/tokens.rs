//! Personal access tokens: how scripts act for a person.

use std::{net::IpAddr, time::Duration};

use tessera_domain::{Error, Result, TokenName};
use tessera_ids::ApiTokenId;
use tessera_store::{ApiToken, NewApiToken};

use crate::{
    AccountActor, Actor, App, AuditEntry, Credential, audit, sessions,
    token::{self, Token, TokenKind},
};

/// How exactly it is noted when a token was last used.
const USED_STEP: Duration = Duration::from_mins(5);
/// How many tokens one account may have.
const MOST: usize = 100;

/// Makes a token for the actor. Its text is shown this once.
///
/// # Errors
/// *Unauthenticated* without a recent sign-in, so that neither a token nor an abandoned browser makes
/// tokens; *Conflict* when there are too many.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: TokenName,
    lifetime: Option<Duration>,
) -> Result<(ApiToken, Token)> {
    actor.require_recent()?;
    let (account, now) = (actor.account()?, app.clock.now());
    let secret = Token::generate(TokenKind::Api, &*app.entropy);
    let row = ApiToken {
        id: ApiTokenId::generate(&*app.clock, &*app.entropy),
        account,
        name,
        created_at: now,
        expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
        used_at: None,
    };
    let mut tx = app.store.begin().await?;
    if tx.api_tokens_of(account).await?.len() >= MOST {
        return Err(Error::conflict(format!(
            "You have {MOST} tokens. Delete one that you do not need."
        )));
    }
    tx.insert_api_token(&NewApiToken {
        token: row.clone(),
        token_hash: secret.hash(),
    })
    .await?;
    let entry = AuditEntry::new("token.created", &row.id).named(&row.name);
    audit::write(app, &mut tx, actor, None, now, entry).await?;
    tx.commit().await?;
    Ok((row, secret))
}

/// The actor's tokens, the newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ApiToken>> {
    Ok(app.store.read().await?.api_tokens_of(actor.account()?).await?)
}

/// Deletes one of the actor's tokens.
pub async fn delete(app: &App, actor: &Actor, id: ApiTokenId) -> Result<()> {
    let (account, now) = (actor.account()?, app.clock.now());
    let mut tx = app.store.begin().await?;
    if !tx.delete_api_token(account, id).await? {
        return Err(Error::not_found("token"));
    }
    audit::write(
        app,
        &mut tx,
        actor,
        None,
        now,
        AuditEntry::new("token.deleted", &id),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Who shows this token.
///
/// # Errors
/// *Unauthenticated* when there is no such token any more.
pub async fn authenticate(app: &App, presented: &str, address: IpAddr) -> Result<Actor> {
    let now = app.clock.now();
    let found = app
        .store
        .read()
        .await?
        .api_token_by_hash(token::hash(presented), now)
        .await?;
    let row = found
        .ok_or_else(|| Error::unauthenticated("This access token is not known here, or has expired."))?;
    if row.used_at.is_none_or(|used| now.apart(used) >= USED_STEP) {
        let noted = async {
            let mut tx = app.store.begin().await?;
            tx.touch_api_token(row.id, now).await?;
            tx.commit().await
        };
        sessions::not_needed(noted.await);
    }
    Ok(Actor::Account(AccountActor {
        account: row.account,
        credential: Credential::ApiToken(row.id),
        address: Some(address),
    }))
}
