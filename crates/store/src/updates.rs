//! Updates: posts of an organization or of a team, with their tags.

mod comments;
mod reactions;

use serde::Serialize;
use tessera_domain::{PersonName, Tag, Tags, TeamName, UpdateBody, UpdateTitle};
use tessera_ids::{AccountId, OrgId, TeamId, Timestamp, TypedId, UpdateId};
use uuid::Uuid;

pub use comments::{Comment, NewComment};
pub use reactions::ReactionCount;

use crate::{
    Reader, Result, Tx,
    column::records,
    containing,
    dialect::{Sql, bulk},
    hex,
};

records! {
    /// A post of an organization or of a team.
    pub struct Update {
        /// Its id.
        pub id: UpdateId,
        /// The team that it belongs to; none for the organization's own.
        pub team: Option<TeamId>,
        /// What that team is called.
        pub team_name: Option<TeamName>,
        /// When it was posted.
        pub created_at: Timestamp,
        /// By whom. The account may be gone.
        pub author: AccountId,
        /// What they are called, or were called when the account went.
        pub author_name: PersonName,
        /// Whether it speaks for the team.
        pub as_team: bool,
        /// What it is about.
        pub title: UpdateTitle,
        /// What it says, in Markdown.
        pub body: UpdateBody,
        /// Rises with each edit, from 1.
        pub version: u64,
        /// When it was last edited, by whomever.
        pub edited_at: Option<Timestamp>,
        /// When somebody other than its author last edited it.
        pub moderated_at: Option<Timestamp>,
        /// Who that was.
        pub moderated_by_name: Option<PersonName>,
        /// How many comments it has.
        pub comments: u64,
    }

    /// A tag of an update.
    pub struct TagOfUpdate {
        /// The update.
        pub post: UpdateId,
        /// The tag.
        pub tag: Tag,
    }

    /// A tag, and how many updates have it.
    pub struct TagCount {
        /// The tag.
        pub tag: Tag,
        /// How many.
        pub count: u64,
    }

    /// Somebody who posted, and how often.
    pub struct AuthorCount {
        /// Who. The account may be gone.
        pub author: AccountId,
        /// What they are or were called.
        pub name: PersonName,
        /// How many updates are theirs.
        pub count: u64,
    }
}

/// A post to be kept.
#[derive(Clone, Debug)]
pub struct NewUpdate {
    /// Its id.
    pub id: UpdateId,
    /// The team that it belongs to, if to one.
    pub team: Option<TeamId>,
    /// When it is posted.
    pub created_at: Timestamp,
    /// By whom.
    pub author: AccountId,
    /// What they are called now.
    pub author_name: PersonName,
    /// Whether it speaks for the team.
    pub as_team: bool,
    /// What it is about.
    pub title: UpdateTitle,
    /// What it says.
    pub body: UpdateBody,
}

/// What an edit leaves behind.
#[derive(Clone, Debug)]
pub struct UpdateEdit {
    /// What it is about now.
    pub title: UpdateTitle,
    /// What it says now.
    pub body: UpdateBody,
    /// When.
    pub at: Timestamp,
    /// Who edited it, when that is not its author.
    pub moderator: Option<(AccountId, PersonName)>,
}

/// Whose updates a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feed {
    /// The organization's own and every team's.
    #[default]
    All,
    /// The organization's own.
    Org,
    /// One team's.
    Team(TeamId),
}

/// Which updates a page shows, the newest first.
#[derive(Clone, Debug)]
pub struct UpdateQuery {
    /// Somewhere in the title or the text.
    pub search: Option<String>,
    /// Whose.
    pub feed: Feed,
    /// Only those with this tag.
    pub tag: Option<Tag>,
    /// Only those by this account.
    pub author: Option<AccountId>,
    /// Older than that one.
    pub after: Option<(Timestamp, UpdateId)>,
    /// How many at most.
    pub limit: u64,
}

impl Default for UpdateQuery {
    fn default() -> Self {
        Self {
            search: None,
            feed: Feed::All,
            tag: None,
            author: None,
            after: None,
            limit: 20,
        }
    }
}

macro_rules! updates {
    ($after:literal) => {
        concat!(
            "select u.id, u.team, t.name as team_name, u.created_at, u.author,
                coalesce(a.name, u.author_name) as author_name, u.as_team, u.title, u.body, u.version, u.edited_at,
                u.moderated_at, coalesce(m.name, u.moderated_by_name) as moderated_by_name,
                (select count(*) from update_comments c
                    where c.org = u.org and c.post = u.id and c.removed_at is null) as comments
            from updates u
                left join teams t on t.org = u.org and t.id = u.team
                left join accounts a on a.id = u.author
                left join accounts m on m.id = u.moderated_by
            where u.org = $1 and ",
            $after
        )
    };
}

#[derive(Serialize)]
struct PostRow {
    post: String,
}

fn post_rows(posts: &[UpdateId]) -> Vec<PostRow> {
    let row = |post: &UpdateId| PostRow {
        post: hex(post.uuid().as_bytes()),
    };
    posts.iter().map(row).collect()
}

impl Reader {
    /// One update.
    pub async fn update(&mut self, org: OrgId, id: UpdateId) -> Result<Option<Update>> {
        const SQL: &str = updates!("u.id = $2");
        self.query(SQL).bind(org).bind(id).optional().await
    }

    /// A page of updates, the newest first.
    pub async fn updates(&mut self, org: OrgId, wanted: &UpdateQuery) -> Result<Vec<Update>> {
        const SQL: &str = updates!(
            "($2 is null or u.search like $2 escape '\\') and ($3 = 0 or u.team is null)
                and ($4 is null or u.team = $4) and ($5 is null or u.author = $5)
                and ($6 is null or exists (select 1 from update_tags g
                    where g.org = u.org and g.post = u.id and g.tag = $6))
                and (u.created_at, u.id) < ($7, $8)
            order by u.created_at desc, u.id desc limit $9"
        );
        let team = match wanted.feed {
            Feed::Team(team) => Some(team),
            Feed::All | Feed::Org => None,
        };
        let (at, id) = wanted
            .after
            .map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_micros(), id.uuid()));
        self.query(SQL)
            .bind(org)
            .bind(wanted.search.as_deref().map(containing))
            .bind(wanted.feed == Feed::Org)
            .bind(team)
            .bind(wanted.author)
            .bind(&wanted.tag)
            .bind(at)
            .bind(id)
            .bind(wanted.limit)
            .all()
            .await
    }

    /// The tags of these updates, each update's in its order.
    pub async fn tags_of_updates(&mut self, org: OrgId, posts: &[UpdateId]) -> Result<Vec<TagOfUpdate>> {
        const SQL: Sql = bulk!(
            "select g.post, g.tag from update_tags g where g.org = $1 and g.post in (select r.post from ",
            "$2" { post: uuid },
            ") order by g.post, g.place"
        );
        self.query(SQL).bind(org).rows(&post_rows(posts)).all().await
    }

    /// The tags in use, the most used first.
    pub async fn update_tags(&mut self, org: OrgId, limit: u64) -> Result<Vec<TagCount>> {
        const SQL: &str = "select tag, count(*) as count from update_tags where org = $1
            group by tag order by count(*) desc, tag limit $2";
        self.query(SQL).bind(org).bind(limit).all().await
    }

    /// Who posted, the most frequent first.
    pub async fn update_authors(&mut self, org: OrgId, limit: u64) -> Result<Vec<AuthorCount>> {
        const SQL: &str = "select u.author, max(coalesce(a.name, u.author_name)) as name, count(*) as count
            from updates u left join accounts a on a.id = u.author where u.org = $1
            group by u.author order by count(*) desc, u.author limit $2";
        self.query(SQL).bind(org).bind(limit).all().await
    }
}

/// What is searched: the title and the text, folded.
fn search_text(title: &UpdateTitle, body: &UpdateBody) -> String {
    format!("{}\n{}", title.folded(), body.folded())
}

impl Tx {
    /// Keeps a post. [`Error::Reference`](crate::Error::Reference) when its team is gone.
    pub async fn insert_update(&mut self, org: OrgId, new: &NewUpdate) -> Result<()> {
        const SQL: &str =
            "insert into updates (id, org, team, created_at, author, author_name, as_team, title, body,
                search, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
        self.query(SQL)
            .bind(new.id)
            .bind(org)
            .bind(new.team)
            .bind(new.created_at)
            .bind(new.author)
            .bind(&new.author_name)
            .bind(new.as_team)
            .bind(&new.title)
            .bind(&new.body)
            .bind(search_text(&new.title, &new.body))
            .run()
            .await
            .map(drop)
    }

    /// Replaces what a post says and raises its version. Decide on the version under the lock.
    pub async fn edit_update(&mut self, org: OrgId, id: UpdateId, edit: &UpdateEdit) -> Result<bool> {
        const SQL: &str = "update updates set title = $3, body = $4, search = $5, version = version + 1,
                edited_at = $6, moderated_at = coalesce($7, moderated_at),
                moderated_by = coalesce($8, moderated_by), moderated_by_name = coalesce($9, moderated_by_name)
            where org = $1 and id = $2";
        let moderator = edit.moderator.as_ref();
        self.query(SQL)
            .bind(org)
            .bind(id)
            .bind(&edit.title)
            .bind(&edit.body)
            .bind(search_text(&edit.title, &edit.body))
            .bind(edit.at)
            .bind(moderator.map(|_| edit.at))
            .bind(moderator.map(|(account, _)| *account))
            .bind(moderator.map(|(_, name)| name))
            .touched()
            .await
    }

    /// Gives a post these tags and no others.
    pub async fn set_update_tags(&mut self, org: OrgId, post: UpdateId, tags: &Tags) -> Result<()> {
        const SQL: Sql = bulk!(
            "insert into update_tags (org, post, tag, place) select $1, $2, r.tag, r.place from ",
            "$3" { tag: text, place: int },
            ""
        );
        #[derive(Serialize)]
        struct Row<'a> {
            tag: &'a str,
            place: usize,
        }
        self.query("delete from update_tags where org = $1 and post = $2")
            .bind(org)
            .bind(post)
            .run()
            .await?;
        let rows: Vec<Row<'_>> = tags
            .as_slice()
            .iter()
            .enumerate()
            .map(|(place, tag)| Row {
                tag: tag.as_str(),
                place,
            })
            .collect();
        self.query(SQL)
            .bind(org)
            .bind(post)
            .rows(&rows)
            .run()
            .await
            .map(drop)
    }

    /// Deletes a post with its comments and reactions.
    pub async fn delete_update(&mut self, org: OrgId, id: UpdateId) -> Result<bool> {
        self.query("delete from updates where org = $1 and id = $2")
            .bind(org)
            .bind(id)
            .touched()
            .await
    }
}
