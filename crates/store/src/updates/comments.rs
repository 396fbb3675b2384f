//! What people say to updates.

use tessera_domain::{CommentText, PersonName};
use tessera_ids::{AccountId, CommentId, OrgId, Timestamp, TypedId, UpdateId};
use uuid::Uuid;

use crate::{Reader, Result, Tx, column::records};

records! {
    /// Something that somebody said to an update.
    pub struct Comment {
        /// Its id.
        pub id: CommentId,
        /// The update.
        pub post: UpdateId,
        /// When it was said.
        pub created_at: Timestamp,
        /// By whom. The account may be gone.
        pub author: AccountId,
        /// What they are called, or were called when the account went.
        pub author_name: PersonName,
        /// What was said, in Markdown; none when a moderator deleted it.
        pub text: Option<CommentText>,
        /// When its author last edited it.
        pub edited_at: Option<Timestamp>,
        /// When a moderator deleted it.
        pub removed_at: Option<Timestamp>,
        /// Who that was.
        pub removed_by_name: Option<PersonName>,
    }
}

/// A comment to be kept.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Its id.
    pub id: CommentId,
    /// The update.
    pub post: UpdateId,
    /// When it is said.
    pub created_at: Timestamp,
    /// By whom.
    pub author: AccountId,
    /// What they are called now.
    pub author_name: PersonName,
    /// What is said.
    pub text: CommentText,
}

macro_rules! comments {
    ($after:literal) => {
        concat!(
            "select c.id, c.post, c.created_at, c.author, coalesce(a.name, c.author_name) as author_name, c.text,
                c.edited_at, c.removed_at, coalesce(m.name, c.removed_by_name) as removed_by_name
            from update_comments c
                left join accounts a on a.id = c.author
                left join accounts m on m.id = c.removed_by
            where c.org = $1 and c.post = $2 and ",
            $after
        )
    };
}

impl Reader {
    /// One comment on an update.
    pub async fn comment(&mut self, org: OrgId, post: UpdateId, id: CommentId) -> Result<Option<Comment>> {
        const SQL: &str = comments!("c.id = $3");
        self.query(SQL).bind(org).bind(post).bind(id).optional().await
    }

    /// A page of the comments on an update, the oldest first, after that one.
    pub async fn comments(
        &mut self,
        org: OrgId,
        post: UpdateId,
        after: Option<(Timestamp, CommentId)>,
        limit: u64,
    ) -> Result<Vec<Comment>> {
        const SQL: &str = comments!("(c.created_at, c.id) > ($3, $4) order by c.created_at, c.id limit $5");
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |(at, id)| (at.as_micros(), id.uuid()));
        self.query(SQL)
            .bind(org)
            .bind(post)
            .bind(at)
            .bind(id)
            .bind(limit)
            .all()
            .await
    }
}

impl Tx {
    /// Keeps a comment. [`Error::Reference`](crate::Error::Reference) when its update is gone.
    pub async fn insert_comment(&mut self, org: OrgId, new: &NewComment) -> Result<()> {
        const SQL: &str = "insert into update_comments (id, org, post, created_at, author, author_name, text)
            values ($1, $2, $3, $4, $5, $6, $7)";
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.post)
            .bind(new.created_at)
            .bind(new.author)
            .bind(&new.author_name)
            .bind(&new.text)
            .run()
            .await
            .map(drop)
    }

    /// Replaces what a comment says.
    pub async fn edit_comment(
        &mut self,
        org: OrgId,
        id: CommentId,
        text: &CommentText,
        at: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "update update_comments set text = $3, edited_at = $4
            where org = $1 and id = $2 and removed_at is null";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(text)
            .bind(at)
            .touched()
            .await
    }

    /// Takes a comment's text away and says who did.
    pub async fn remove_comment(
        &mut self,
        org: OrgId,
        id: CommentId,
        by: AccountId,
        by_name: &PersonName,
        at: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "update update_comments
            set text = null, removed_at = $5, removed_by = $3, removed_by_name = $4
            where org = $1 and id = $2 and removed_at is null";
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(by)
            .bind(by_name)
            .bind(at)
            .touched()
            .await
    }

    /// Deletes a comment without a trace.
    pub async fn delete_comment(&mut self, org: OrgId, id: CommentId) -> Result<bool> {
        self.query("delete from update_comments where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }
}
