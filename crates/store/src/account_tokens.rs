//! One-time tokens of the mails that verify an address or reset a password.

use tessera_ids::{AccountId, Timestamp};

use crate::{
    Hash, Reader, Result, Tx,
    column::{records, words},
};

words! {
    /// What a one-time token is good for.
    pub enum TokenKind {
        /// Proving an email address.
        Verify = "verify",
        /// Choosing a new password.
        Reset = "reset",
        /// Signing in without a password, once.
        SignIn = "sign_in",
    }
}

records! {
    struct Owner {
        account: AccountId,
    }
}

impl Reader {
    /// Whose live token this is, without using it up: the links in mails never act on GET.
    pub async fn account_of_token(
        &mut self,
        kind: TokenKind,
        hash: Hash,
        now: Timestamp,
    ) -> Result<Option<AccountId>> {
        const SQL: &str =
            "select account from account_tokens where token_hash = $1 and kind = $2 and expires_at > $3";
        let owner: Option<Owner> = self.query(SQL).bind(hash).bind(kind).bind(now).optional().await?;
        Ok(owner.map(|owner| owner.account))
    }
}

impl Tx {
    /// Keeps a new token; the account's earlier ones of that kind stop working.
    pub async fn insert_account_token(
        &mut self,
        account: AccountId,
        kind: TokenKind,
        hash: Hash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "insert into account_tokens (token_hash, account, kind, created_at, expires_at)
            values ($1, $2, $3, $4, $5)";
        self.delete_account_tokens(account, kind).await?;
        self.query(SQL)
            .bind(hash)
            .bind(account)
            .bind(kind)
            .bind(now)
            .bind(expires_at)
            .run()
            .await
            .map(drop)
    }

    /// Uses a live token up; whose it was.
    pub async fn take_account_token(
        &mut self,
        kind: TokenKind,
        hash: Hash,
        now: Timestamp,
    ) -> Result<Option<AccountId>> {
        const SQL: &str = "delete from account_tokens where token_hash = $1 and kind = $2 and expires_at > $3
            returning account";
        let owner: Option<Owner> = self.query(SQL).bind(hash).bind(kind).bind(now).optional().await?;
        Ok(owner.map(|owner| owner.account))
    }

    /// Makes every token of that kind useless.
    pub async fn delete_account_tokens(&mut self, account: AccountId, kind: TokenKind) -> Result<u64> {
        const SQL: &str = "delete from account_tokens where account = $1 and kind = $2";
        self.query(SQL).bind(account).bind(kind).run().await
    }
}
