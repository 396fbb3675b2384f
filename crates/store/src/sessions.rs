//! Browsers that are signed in.

use tessera_ids::{AccountId, SessionId, Timestamp};

use crate::{Hash, Reader, Result, Tx, column::records};

records! {
    /// A browser that is signed in.
    pub struct Session {
        /// Its id.
        pub id: SessionId,
        /// Whose it is.
        pub account: AccountId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last used, roughly.
        pub seen_at: Timestamp,
        /// When it ends if it is not used.
        pub expires_at: Timestamp,
        /// When the person last proved who they are.
        pub recent_auth_at: Timestamp,
        /// The browser, in its own words.
        pub user_agent: String,
        /// Where it was last seen.
        pub address: String,
    }
}

/// A session to be made, and the hash of its cookie.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The row.
    pub session: Session,
    /// Of the cookie's token.
    pub token_hash: Hash,
}

impl Reader {
    /// The live session of that cookie.
    pub async fn session_by_token(&mut self, hash: Hash, now: Timestamp) -> Result<Option<Session>> {
        const SQL: &str =
            "select id, account, created_at, seen_at, expires_at, recent_auth_at, user_agent, address
            from sessions where token_hash = $1 and expires_at > $2";
        self.query(SQL).bind(hash).bind(now).optional().await
    }

    /// An account's live sessions, the most recently used first.
    pub async fn sessions_of(&mut self, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
        const SQL: &str =
            "select id, account, created_at, seen_at, expires_at, recent_auth_at, user_agent, address
            from sessions where account = $1 and expires_at > $2 order by seen_at desc, id desc limit 500";
        self.query(SQL).bind(account).bind(now).all().await
    }
}

impl Tx {
    /// Signs a browser in.
    pub async fn insert_session(&mut self, new: &NewSession) -> Result<()> {
        const SQL: &str = "insert into sessions (id, token_hash, account, created_at, seen_at, expires_at,
                recent_auth_at, user_agent, address)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let session = &new.session;
        self.query(SQL)
            .bind(session.id)
            .bind(new.token_hash)
            .bind(session.account)
            .bind(session.created_at)
            .bind(session.seen_at)
            .bind(session.expires_at)
            .bind(session.recent_auth_at)
            .bind(&session.user_agent)
            .bind(&session.address)
            .run()
            .await
            .map(drop)
    }

    /// Notes that a session was used, and moves its end.
    pub async fn touch_session(
        &mut self,
        id: SessionId,
        seen_at: Timestamp,
        expires_at: Timestamp,
        address: &str,
    ) -> Result<bool> {
        const SQL: &str = "update sessions set seen_at = $2, expires_at = $3, address = $4 where id = $1";
        self.query(SQL)
            .bind(id)
            .bind(seen_at)
            .bind(expires_at)
            .bind(address)
            .touched()
            .await
    }

    /// Notes that the person just proved who they are.
    pub async fn set_recent_auth(&mut self, id: SessionId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update sessions set recent_auth_at = $2 where id = $1";
        self.query(SQL).bind(id).bind(at).touched().await
    }

    /// Ends one session of an account.
    pub async fn delete_session(&mut self, account: AccountId, id: SessionId) -> Result<bool> {
        const SQL: &str = "delete from sessions where account = $1 and id = $2";
        self.query(SQL).bind(account).bind(id).touched().await
    }

    /// Ends every session of an account, but for `keep`.
    pub async fn delete_sessions_of(&mut self, account: AccountId, keep: Option<SessionId>) -> Result<u64> {
        const SQL: &str = "delete from sessions where account = $1 and ($2 is null or id <> $2)";
        self.query(SQL).bind(account).bind(keep).run().await
    }
}
