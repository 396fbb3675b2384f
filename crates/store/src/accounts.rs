//! Accounts: people who sign in.

use serde::Serialize;
use tessera_domain::{EmailAddress, PersonName};
use tessera_ids::{AccountId, Timestamp, TypedId};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A person who signs in.
    pub struct Account {
        /// Its id.
        pub id: AccountId,
        /// When it was made.
        pub created_at: Timestamp,
        /// The one primary address, as typed.
        pub email: EmailAddress,
        /// What the person is called.
        pub name: PersonName,
        /// In the hash's own text form; none for who signs in otherwise.
        pub password_hash: Option<String>,
        /// When the address was proven.
        pub verified_at: Option<Timestamp>,
        /// The time zone that times are shown in.
        pub zone: String,
        /// Whether this person runs the installation.
        pub is_operator: bool,
        /// Whether this person may create organizations.
        pub may_create_orgs: bool,
    }
}

/// An account to be made.
pub type NewAccount = Account;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, created_at, email, name, password_hash, verified_at, zone, is_operator, may_create_orgs
             from accounts ",
            $rest
        )
    };
}

impl Reader {
    /// The account with that id.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Account>> {
        self.query(select!("where id = $1")).bind(id).optional().await
    }

    /// The account with that address, however it is typed.
    pub async fn account_by_email(&mut self, email: &EmailAddress) -> Result<Option<Account>> {
        self.query(select!("where email_key = $1"))
            .bind(email.folded())
            .optional()
            .await
    }

    /// How many accounts there are.
    pub async fn count_accounts(&mut self) -> Result<u64> {
        self.query("select count(*) as count from accounts").count().await
    }
}

/// An account in the array of a bulk statement.
#[derive(Serialize)]
struct AccountRow<'a> {
    id: String,
    created_at: i64,
    email: &'a str,
    email_key: String,
    name: &'a str,
    name_key: String,
    password_hash: Option<&'a str>,
    verified_at: Option<i64>,
    zone: &'a str,
    is_operator: i64,
    may_create_orgs: i64,
}

impl<'a> AccountRow<'a> {
    fn of(account: &'a NewAccount) -> Self {
        Self {
            id: hex(account.id.uuid().as_bytes()),
            created_at: account.created_at.as_micros(),
            email: account.email.as_str(),
            email_key: account.email.folded().to_owned(),
            name: account.name.as_str(),
            name_key: account.name.folded(),
            password_hash: account.password_hash.as_deref(),
            verified_at: account.verified_at.map(Timestamp::as_micros),
            zone: &account.zone,
            is_operator: i64::from(account.is_operator),
            may_create_orgs: i64::from(account.may_create_orgs),
        }
    }
}

impl Tx {
    /// Makes an account; [`Unique::AccountEmail`](crate::Unique::AccountEmail) when the address is taken.
    pub async fn insert_account(&mut self, account: &NewAccount) -> Result<()> {
        const SQL: &str =
            "insert into accounts (id, created_at, email, email_key, name, name_key, password_hash,
                verified_at, zone, is_operator, may_create_orgs)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        self.query(SQL)
            .bind(account.id)
            .bind(account.created_at)
            .bind(&account.email)
            .bind(account.email.folded())
            .bind(&account.name)
            .bind(account.name.folded())
            .bind(&account.password_hash)
            .bind(account.verified_at)
            .bind(&account.zone)
            .bind(account.is_operator)
            .bind(account.may_create_orgs)
            .run()
            .await
            .map(drop)
    }

    /// Makes many accounts in one statement; [`Unique::AccountEmail`](crate::Unique::AccountEmail) when an address
    /// is taken.
    pub async fn insert_accounts(&mut self, accounts: &[NewAccount]) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into accounts (id, created_at, email, email_key, name, name_key, password_hash,
                verified_at, zone, is_operator, may_create_orgs)
             select r.id, r.created_at, r.email, r.email_key, r.name, r.name_key, r.password_hash, r.verified_at,
                r.zone, r.is_operator, r.may_create_orgs from ",
            "$1" { id: uuid, created_at: int, email: text, email_key: text, name: text, name_key: text,
                password_hash: text, verified_at: int, zone: text, is_operator: int, may_create_orgs: int },
            " where true"
        );
        let rows: Vec<_> = accounts.iter().map(AccountRow::of).collect();
        self.query(SQL).rows(&rows).run().await.map(drop)
    }

    /// Replaces the password's hash.
    pub async fn set_password_hash(&mut self, id: AccountId, hash: Option<&str>) -> Result<bool> {
        const SQL: &str = "update accounts set password_hash = $2 where id = $1";
        self.query(SQL).bind(id).bind(hash).touched().await
    }

    /// Notes that the address was proven.
    pub async fn set_verified(&mut self, id: AccountId, at: Timestamp) -> Result<bool> {
        const SQL: &str = "update accounts set verified_at = $2 where id = $1";
        self.query(SQL).bind(id).bind(at).touched().await
    }

    /// Changes the name or the address, also where lists of members and devices repeat them.
    /// A new address is not verified.
    pub async fn rename_account(
        &mut self,
        id: AccountId,
        name: &PersonName,
        email: &EmailAddress,
    ) -> Result<bool> {
        const ACCOUNT: &str = "update accounts set name = $2, name_key = $3, email = $4, email_key = $5,
                verified_at = case when email_key = $5 then verified_at end
            where id = $1";
        const MEMBERSHIPS: &str = "update memberships set name_key = $2, search = $3 where account = $1";
        const DEVICES: &str = "update devices set member_name = $2, member_key = $3, search = host_key || $4
            where account = $1";
        let (key, search) = (name.folded(), search_text(name, email));
        let renamed = self
            .query(ACCOUNT)
            .bind(id)
            .bind(name)
            .bind(&key)
            .bind(email)
            .bind(email.folded())
            .touched()
            .await?;
        self.query(MEMBERSHIPS)
            .bind(id)
            .bind(&key)
            .bind(&search)
            .run()
            .await?;
        self.query(DEVICES)
            .bind(id)
            .bind(name)
            .bind(&key)
            .bind(format!("\n{search}"))
            .run()
            .await?;
        Ok(renamed)
    }

    /// Changes the zone that times are shown in.
    pub async fn set_zone(&mut self, id: AccountId, zone: &str) -> Result<bool> {
        const SQL: &str = "update accounts set zone = $2 where id = $1";
        self.query(SQL).bind(id).bind(zone).touched().await
    }

    /// Deletes an account with its sessions, tokens and picture;
    /// [`Error::Reference`](crate::Error::Reference) while it is a member somewhere.
    pub async fn delete_account(&mut self, id: AccountId) -> Result<bool> {
        self.query("delete from accounts where id = $1")
            .bind(id)
            .touched()
            .await
    }

    /// Says whether this person runs the installation, and whether they may create organizations.
    pub async fn set_account_powers(
        &mut self,
        id: AccountId,
        is_operator: bool,
        may_create_orgs: bool,
    ) -> Result<bool> {
        const SQL: &str = "update accounts set is_operator = $2, may_create_orgs = $3 where id = $1";
        self.query(SQL)
            .bind(id)
            .bind(is_operator)
            .bind(may_create_orgs)
            .touched()
            .await
    }
}

/// What a search for a person looks through.
pub(crate) fn search_text(name: &PersonName, email: &EmailAddress) -> String {
    format!("{}\n{}", name.folded(), email.folded())
}
