//! What people answer to updates without a word.

use tessera_domain::Reaction;
use tessera_ids::{AccountId, OrgId, Timestamp, UpdateId};

use super::post_rows;
use crate::{
    Reader, Result, Tx,
    column::records,
    dialect::{Sql, bulk},
};

records! {
    /// How many gave one reaction to one update.
    pub struct ReactionCount {
        /// The update.
        pub post: UpdateId,
        /// The reaction.
        pub reaction: Reaction,
        /// How many members gave it.
        pub count: u64,
        /// Whether the reader is among them.
        pub mine: bool,
    }
}

impl Reader {
    /// The reactions to these updates, as a reader sees them.
    pub async fn reactions_to(
        &mut self,
        org: OrgId,
        reader: Option<AccountId>,
        posts: &[UpdateId],
    ) -> Result<Vec<ReactionCount>> {
        const SQL: Sql = bulk!(
            "select e.post, e.reaction, count(*) as count,
                cast(sum(case when e.account = $2 then 1 else 0 end) as bigint) as mine
             from update_reactions e where e.org = $1 and e.post in (select r.post from ",
            "$3" { post: uuid },
            ") group by e.post, e.reaction order by e.post, e.reaction"
        );
        self.query(SQL)
            .bind(org)
            .bind(reader)
            .rows(&post_rows(posts))
            .all()
            .await
    }
}

impl Tx {
    /// Gives a reaction; whether it was not given before.
    pub async fn add_reaction(
        &mut self,
        org: OrgId,
        post: UpdateId,
        account: AccountId,
        reaction: Reaction,
        at: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "insert into update_reactions (org, post, account, reaction, at)
            values ($1, $2, $3, $4, $5) on conflict (org, post, account, reaction) do nothing";
        self.query(SQL)
            .bind(org)
            .bind(post)
            .bind(account)
            .bind(reaction)
            .bind(at)
            .touched()
            .await
    }

    /// Takes a reaction back; whether it had been given.
    pub async fn remove_reaction(
        &mut self,
        org: OrgId,
        post: UpdateId,
        account: AccountId,
        reaction: Reaction,
    ) -> Result<bool> {
        const SQL: &str =
            "delete from update_reactions where org = $1 and post = $2 and account = $3 and reaction = $4";
        self.query(SQL)
            .bind(org)
            .bind(post)
            .bind(account)
            .bind(reaction)
            .touched()
            .await
    }
}
