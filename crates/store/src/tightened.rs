//! Members for whom alone an admin tightened the settings.

use tessera_ids::{AccountId, OrgId};

use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
    team_members::account_rows,
};

records! {
    /// A member with settings of their own.
    pub struct TightenedMember {
        /// Who.
        pub account: AccountId,
    }
}

impl Reader {
    /// Those of these members whose settings were tightened for them alone, by id.
    pub async fn tightened_among(
        &mut self,
        org: OrgId,
        accounts: &[AccountId],
    ) -> Result<Vec<TightenedMember>> {
        const SQL: Sql = bulk!(
            "select m.account from memberships m
             where m.org = $1 and m.tightened = 1 and m.account in (select r.account from ",
            "$2" { account: uuid },
            ") order by m.account"
        );
        self.query(SQL)
            .bind(org)
            .rows(&account_rows(accounts))
            .all()
            .await
    }
}

impl Tx {
    /// Says whose settings are tightened, of all members; of those not named they are not. How many
    /// members that are.
    pub async fn set_tightened(&mut self, org: OrgId, accounts: &[AccountId]) -> Result<u64> {
        const NOBODY: &str = "update memberships set tightened = 0 where org = $1 and tightened = 1";
        const SQL: Sql = bulk!(
            "update memberships set tightened = 1 where org = $1 and account in (select r.account from ",
            "$2" { account: uuid },
            ")"
        );
        self.query(NOBODY).bind(org).run().await?;
        if accounts.is_empty() {
            return Ok(0);
        }
        self.query(SQL)
            .bind(org)
            .rows(&account_rows(accounts))
            .run()
            .await
    }
}
