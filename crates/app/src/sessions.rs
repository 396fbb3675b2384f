//! Sessions: browsers that are signed in.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, SessionId, Timestamp};
use tessera_store::{NewSession, Session, Tx};

use crate::{
    AccountActor, Actor, App, AuditEntry, Credential,
    accounts::{self, Visitor},
    audit,
    limits::SIGN_IN,
    token::{self, Token, TokenKind},
};

/// How long a session lasts that is not used.
pub const IDLE: Duration = Duration::from_hours(14 * 24);
/// How long a session lasts at most.
pub const LONGEST: Duration = Duration::from_hours(90 * 24);
/// How long typing the password opens what needs a recent sign-in.
pub const RECENT: Duration = Duration::from_mins(10);
/// How exactly it is noted when a session was last used.
const SEEN_STEP: Duration = Duration::from_mins(5);

/// A session that was just started.
#[derive(Debug)]
pub struct SignedIn {
    /// Whose it is.
    pub account: AccountId,
    /// Which it is.
    pub session: SessionId,
    /// What the browser keeps.
    pub token: Token,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
}

/// A session, as its owner sees it in a list.
#[derive(Clone, Debug)]
pub struct ListedSession {
    /// It.
    pub session: Session,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl SignedIn {
    /// Who acts by this session.
    pub fn actor(&self, visitor: &Visitor) -> Actor {
        Actor::Account(AccountActor {
            account: self.account,
            credential: Credential::Session {
                id: self.session,
                recent: true,
            },
            address: visitor.address,
        })
    }
}

/// Starts a session of an account that just proved who it is.
pub(crate) async fn start(
    app: &App,
    tx: &mut Tx,
    account: AccountId,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<SignedIn> {
    let token = Token::generate(TokenKind::Session, &*app.entropy);
    let id = SessionId::generate(&*app.clock, &*app.entropy);
    let expires_at = now.plus(IDLE);
    let session = Session {
        id,
        account,
        created_at: now,
        seen_at: now,
        expires_at,
        recent_auth_at: now,
        user_agent: visitor.browser(),
        address: visitor.place(),
    };
    tx.insert_session(&NewSession {
        session,
        token_hash: token.hash(),
    })
    .await?;
    Ok(SignedIn {
        account,
        session: id,
        token,
        expires_at,
    })
}

/// Who shows this cookie.
///
/// # Errors
/// *Unauthenticated* when the session has ended.
pub async fn authenticate(app: &App, cookie: &str, address: IpAddr) -> Result<Actor> {
    let now = app.clock.now();
    let session = find(app, cookie).await?.ok_or_else(ended)?;
    if now.apart(session.seen_at) >= SEEN_STEP {
        let end = now.plus(IDLE).min(session.created_at.plus(LONGEST));
        let address = address.to_string();
        let noted = async {
            let mut tx = app.store.begin().await?;
            tx.touch_session(session.id, now, end, &address).await?;
            tx.commit().await
        };
        not_needed(noted.await);
    }
    let recent = now.apart(session.recent_auth_at) < RECENT;
    Ok(Actor::Account(AccountActor {
        account: session.account,
        credential: Credential::Session {
            id: session.id,
            recent,
        },
        address: Some(address),
    }))
}

/// What is only noted beside a request: a disk that takes nothing more must keep nobody from reading what is on it.
pub(crate) fn not_needed(noted: tessera_store::Result<()>) {
    if let Err(error) = noted {
        tracing::debug!(%error, "nobody noted that somebody was here");
    }
}

/// Ends the session of this cookie, if there is one. Never fails for a cookie that is worth nothing.
pub async fn sign_out(app: &App, cookie: &str) -> Result<()> {
    let Some(session) = find(app, cookie).await? else {
        return Ok(());
    };
    let mut tx = app.store.begin().await?;
    tx.delete_session(session.account, session.id).await?;
    Ok(tx.commit().await?)
}

/// Types the password again, for what needs a recent sign-in.
///
/// # Errors
/// *Invalid* for a wrong password, *Rate limited* after too many.
pub async fn confirm_password(app: &App, actor: &Actor, password: &SecretString) -> Result<()> {
    let (session, now) = (actor.session()?, app.clock.now());
    check_password(app, actor, password).await?;
    let mut tx = app.store.begin().await?;
    if !tx.set_recent_auth(session, now).await? {
        return Err(ended());
    }
    Ok(tx.commit().await?)
}

/// Whether this is the actor's password, whatever they act by.
///
/// # Errors
/// *Invalid* for a wrong password, *Rate limited* after too many.
pub(crate) async fn check_password(app: &App, actor: &Actor, password: &SecretString) -> Result<()> {
    let account = accounts::me(app, actor).await?;
    let mut tx = app.store.begin().await?;
    SIGN_IN.take(&mut tx, &account.email, app.clock.now()).await?;
    tx.commit().await?;
    if !app
        .hasher
        .check(accounts::attempt(password), account.password_hash)
        .await?
    {
        return Err(Error::field("/password", "This is not your password."));
    }
    let mut tx = app.store.begin().await?;
    SIGN_IN.clear(&mut tx, &account.email).await?;
    Ok(tx.commit().await?)
}

/// The actor's sessions, the most recently used first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ListedSession>> {
    let account = actor.account()?;
    let current = actor.session().ok();
    let sessions = app
        .store
        .read()
        .await?
        .sessions_of(account, app.clock.now())
        .await?;
    let listed = |session: Session| ListedSession {
        is_current: Some(session.id) == current,
        session,
    };
    Ok(sessions.into_iter().map(listed).collect())
}

/// Ends one of the actor's sessions.
pub async fn end(app: &App, actor: &Actor, id: SessionId) -> Result<()> {
    let (account, now) = (actor.account()?, app.clock.now());
    let mut tx = app.store.begin().await?;
    if !tx.delete_session(account, id).await? {
        return Err(Error::not_found("session"));
    }
    audit::write(
        app,
        &mut tx,
        actor,
        None,
        now,
        AuditEntry::new("session.ended", &id),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Ends every session of the actor but the one that asks; how many those were.
pub async fn end_others(app: &App, actor: &Actor) -> Result<u64> {
    let (account, now) = (actor.account()?, app.clock.now());
    let current = actor.session().ok();
    let mut tx = app.store.begin().await?;
    let count = tx.delete_sessions_of(account, current).await?;
    let entry = AuditEntry::new("session.others_ended", &account).after(&count);
    audit::write(app, &mut tx, actor, None, now, entry).await?;
    tx.commit().await?;
    Ok(count)
}

async fn find(app: &App, cookie: &str) -> Result<Option<Session>> {
    let now = app.clock.now();
    let found = app
        .store
        .read()
        .await?
        .session_by_token(token::hash(cookie), now)
        .await?;
    Ok(found.filter(|session| session.created_at.plus(LONGEST) > now))
}

fn ended() -> Error {
    Error::unauthenticated("Your session has ended. Sign in again.")
}
