//! Pictures of accounts and of organizations. What is kept was written by Tessera itself, never by who sent it.

use tessera_ids::{AccountId, OrgId, Timestamp};

use crate::{
    Hash, Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    team_members::account_rows,
};

records! {
    /// Which picture an account has.
    pub struct AvatarOf {
        /// Whose.
        pub account: AccountId,
        /// The digest of the picture's bytes.
        pub digest: Hash,
    }

    struct Bytes {
        bytes: Vec<u8>,
    }

    struct Digest {
        digest: Hash,
    }
}

/// A picture as it is kept: a PNG, and the digest that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 of the bytes.
    pub digest: Hash,
    /// The PNG.
    pub bytes: Vec<u8>,
}

impl Reader {
    /// The picture of an account, if it still is the one of that digest.
    pub async fn avatar(&mut self, account: AccountId, digest: Hash) -> Result<Option<Vec<u8>>> {
        const SQL: &str = "select bytes from avatars where account = $1 and digest = $2";
        let found: Option<Bytes> = self.query(SQL).bind(account).bind(digest).optional().await?;
        Ok(found.map(|found| found.bytes))
    }

    /// Which of these accounts have a picture, and which one.
    pub async fn avatars_of(&mut self, accounts: &[AccountId]) -> Result<Vec<AvatarOf>> {
        const SQL: Sql = bulk!(
            "select v.account, v.digest from avatars v where v.account in (select r.account from ",
            "$1" { account: uuid },
            ") order by v.account"
        );
        self.query(SQL).rows(&account_rows(accounts)).all().await
    }

    /// Whether two accounts belong to one organization that is not deleted. Everybody shares one with themselves.
    pub async fn share_an_org(&mut self, one: AccountId, other: AccountId) -> Result<bool> {
        const SQL: &str = "select count(*) as count from memberships a
            join memberships b on b.org = a.org and b.account = $2
            join orgs o on o.id = a.org and o.deleted_at is null
            where a.account = $1";
        if one == other {
            return Ok(true);
        }
        Ok(self.query(SQL).bind(one).bind(other).count().await? > 0)
    }

    /// The logo of an organization, if it still is the one of that digest.
    pub async fn logo(&mut self, org: OrgId, digest: Hash) -> Result<Option<Vec<u8>>> {
        const SQL: &str = "select bytes from logos where org = $1 and digest = $2";
        let found: Option<Bytes> = self.query(SQL).bind(org).bind(digest).optional().await?;
        Ok(found.map(|found| found.bytes))
    }

    /// Which logo an organization has.
    pub async fn logo_of(&mut self, org: OrgId) -> Result<Option<Hash>> {
        const SQL: &str = "select digest from logos where org = $1";
        let found: Option<Digest> = self.query(SQL).bind(org).optional().await?;
        Ok(found.map(|found| found.digest))
    }
}

impl Tx {
    /// Gives an account a picture, instead of the one it had.
    pub async fn set_avatar(&mut self, account: AccountId, picture: &Picture, at: Timestamp) -> Result<()> {
        const SQL: &str = "insert into avatars (account, digest, bytes, at) values ($1, $2, $3, $4)
            on conflict (account) do update set digest = excluded.digest, bytes = excluded.bytes, at = excluded.at";
        self.query(SQL)
            .bind(account)
            .bind(picture.digest)
            .bind(&picture.bytes)
            .bind(at)
            .run()
            .await
            .map(drop)
    }

    /// Takes an account's picture away.
    pub async fn delete_avatar(&mut self, account: AccountId) -> Result<bool> {
        self.query("delete from avatars where account = $1")
            .bind(account)
            .touched()
            .await
    }

    /// Gives an organization a logo, instead of the one it had.
    pub async fn set_logo(&mut self, org: OrgId, picture: &Picture, at: Timestamp) -> Result<()> {
        const SQL: &str = "insert into logos (org, digest, bytes, at) values ($1, $2, $3, $4)
            on conflict (org) do update set digest = excluded.digest, bytes = excluded.bytes, at = excluded.at";
        self.query(SQL)
            .bind(org)
            .bind(picture.digest)
            .bind(&picture.bytes)
            .bind(at)
            .run()
            .await
            .map(drop)
    }

    /// Takes an organization's logo away.
    pub async fn delete_logo(&mut self, org: OrgId) -> Result<bool> {
        self.query("delete from logos where org = $1")
            .bind(org)
            .touched()
            .await
    }
}
