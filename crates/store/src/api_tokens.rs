//! Personal access tokens.

use tessera_domain::TokenName;
use tessera_ids::{AccountId, ApiTokenId, Timestamp};

use crate::{Hash, Reader, Result, Tx, column::records};

records! {
    /// A personal access token.
    pub struct ApiToken {
        /// Its id.
        pub id: ApiTokenId,
        /// Whose it is.
        pub account: AccountId,
        /// What its owner called it.
        pub name: TokenName,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops working.
        pub expires_at: Option<Timestamp>,
        /// When it was last used, roughly.
        pub used_at: Option<Timestamp>,
    }
}

/// A personal access token to be made, and its hash.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// The row.
    pub token: ApiToken,
    /// Of the token itself.
    pub token_hash: Hash,
}

impl Reader {
    /// The live token with that hash.
    pub async fn api_token_by_hash(&mut self, hash: Hash, now: Timestamp) -> Result<Option<ApiToken>> {
        const SQL: &str = "select id, account, name, created_at, expires_at, used_at from api_tokens
            where token_hash = $1 and (expires_at is null or expires_at > $2)";
        self.query(SQL).bind(hash).bind(now).optional().await
    }

    /// An account's tokens, the newest first.
    pub async fn api_tokens_of(&mut self, account: AccountId) -> Result<Vec<ApiToken>> {
        const SQL: &str = "select id, account, name, created_at, expires_at, used_at from api_tokens
            where account = $1 order by created_at desc, id desc limit 500";
        self.query(SQL).bind(account).all().await
    }
}

impl Tx {
    /// Keeps a new token.
    pub async fn insert_api_token(&mut self, new: &NewApiToken) -> Result<()> {
        const SQL: &str =
            "insert into api_tokens (id, token_hash, account, name, created_at, expires_at, used_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let token = &new.token;
        self.query(SQL)
            .bind(token.id)
            .bind(new.token_hash)
            .bind(token.account)
            .bind(&token.name)
            .bind(token.created_at)
            .bind(token.expires_at)
            .bind(token.used_at)
            .run()
            .await
            .map(drop)
    }

    /// Notes that a token was used.
    pub async fn touch_api_token(&mut self, id: ApiTokenId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update api_tokens set used_at = $2 where id = $1";
        self.query(SQL).bind(id).bind(at).touched().await
    }

    /// Makes one token of an account useless.
    pub async fn delete_api_token(&mut self, account: AccountId, id: ApiTokenId) -> Result<bool> {
        const SQL: &str = "delete from api_tokens where account = $1 and id = $2";
        self.query(SQL).bind(account).bind(id).touched().await
    }

    /// Makes every token of an account useless.
    pub async fn delete_api_tokens_of(&mut self, account: AccountId) -> Result<u64> {
        self.query("delete from api_tokens where account = $1")
            .bind(account)
            .run()
            .await
    }
}
