//! Addresses that accounts would like to have, until the links mailed there are used.

use tessera_domain::EmailAddress;
use tessera_ids::{AccountId, Timestamp};

use crate::{Hash, Reader, Result, Tx, column::records};

records! {
    /// The address that an account would like to have.
    pub struct EmailChange {
        /// Whose.
        pub account: AccountId,
        /// The new address.
        pub email: EmailAddress,
        /// When it was asked for.
        pub created_at: Timestamp,
        /// When the link stops working.
        pub expires_at: Timestamp,
    }
}

impl Reader {
    /// The change that an account waits for.
    pub async fn email_change_of(
        &mut self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<EmailChange>> {
        const SQL: &str = "select account, email, created_at, expires_at from email_changes
            where account = $1 and expires_at > $2";
        self.query(SQL).bind(account).bind(now).optional().await
    }

    /// The change that a link would make, without using it up.
    pub async fn email_change_by_token(&mut self, hash: Hash, now: Timestamp) -> Result<Option<EmailChange>> {
        const SQL: &str = "select account, email, created_at, expires_at from email_changes
            where token_hash = $1 and expires_at > $2";
        self.query(SQL).bind(hash).bind(now).optional().await
    }
}

impl Tx {
    /// Keeps a change that waits for its link; the account's earlier one is forgotten.
    pub async fn set_email_change(&mut self, change: &EmailChange, token_hash: Hash) -> Result<()> {
        const SQL: &str = "insert into email_changes (account, email, token_hash, created_at, expires_at)
            values ($1, $2, $3, $4, $5)
            on conflict (account) do update set email = excluded.email, token_hash = excluded.token_hash,
                created_at = excluded.created_at, expires_at = excluded.expires_at";
        self.query(SQL)
            .bind(change.account)
            .bind(&change.email)
            .bind(token_hash)
            .bind(change.created_at)
            .bind(change.expires_at)
            .run()
            .await
            .map(drop)
    }

    /// Forgets the change that an account waits for.
    pub async fn delete_email_change(&mut self, account: AccountId) -> Result<bool> {
        self.query("delete from email_changes where account = $1")
            .bind(account)
            .touched()
            .await
    }
}
