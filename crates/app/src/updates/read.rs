//! Reading updates, with what the reader may do to each.

use std::collections::HashMap;

use tessera_domain::{Reaction, Result, Right, Role, Tag};
use tessera_ids::{AccountId, CommentId, OrgId, Timestamp, UpdateId};
use tessera_store::{AuthorCount, Comment, Reader, TagCount, Update, UpdateQuery};

use super::{PAGE_LIMIT, may_edit, missing};
use crate::{Actor, App, access};

/// Tags and authors that a filter offers.
const OFFERED: u64 = 100;

/// A page of updates.
#[derive(Clone, Debug)]
pub struct UpdatePage {
    /// The newest first.
    pub updates: Vec<UpdateView>,
    /// Whether older ones match too.
    pub more: bool,
}

/// One update, as its reader sees it.
#[derive(Clone, Debug)]
pub struct UpdateView {
    /// What is kept of it.
    pub update: Update,
    /// Its tags, in its author's order.
    pub tags: Vec<Tag>,
    /// Reactions that somebody gave, in the order of [`Reaction::ALL`].
    pub reactions: Vec<ReactionView>,
    /// Whether the reader may edit and delete it.
    pub may_edit: bool,
    /// Whether it is the reader's own.
    pub is_own: bool,
}

/// How many gave a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReactionView {
    /// Which.
    pub reaction: Reaction,
    /// How many members.
    pub count: u64,
    /// Whether the reader is among them.
    pub mine: bool,
}

/// A page of comments on an update.
#[derive(Clone, Debug)]
pub struct CommentPage {
    /// The oldest first.
    pub comments: Vec<CommentView>,
    /// Whether there are later ones.
    pub more: bool,
}

/// One comment, as its reader sees it.
#[derive(Clone, Debug)]
pub struct CommentView {
    /// What is kept of it.
    pub comment: Comment,
    /// Whether the reader may edit it: their own alone.
    pub may_edit: bool,
    /// Whether the reader may delete it.
    pub may_delete: bool,
}

/// What updates can be filtered by.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// Tags in use, the most used first.
    pub tags: Vec<TagCount>,
    /// Who posted, the most frequent first.
    pub authors: Vec<AuthorCount>,
}

/// A page of updates, the newest first.
pub async fn list(app: &App, actor: &Actor, org: OrgId, wanted: &UpdateQuery) -> Result<UpdatePage> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    let limit = wanted.limit.clamp(1, PAGE_LIMIT);
    let query = UpdateQuery {
        limit: limit + 1,
        ..wanted.clone()
    };
    let mut found = tx.updates(org, &query).await?;
    let more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let updates = dress(&mut tx, actor, org, role, found).await?;
    Ok(UpdatePage { updates, more })
}

/// One update.
pub async fn one(app: &App, actor: &Actor, org: OrgId, id: UpdateId) -> Result<UpdateView> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    let found = tx.update(org, id).await?.ok_or_else(missing)?;
    let mut views = dress(&mut tx, actor, org, role, vec![found]).await?;
    views.pop().ok_or_else(missing)
}

/// What the updates of an organization can be filtered by.
pub async fn shelf(app: &App, actor: &Actor, org: OrgId) -> Result<Shelf> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    Ok(Shelf {
        tags: tx.update_tags(org, OFFERED).await?,
        authors: tx.update_authors(org, OFFERED).await?,
    })
}

/// A page of the comments on an update, the oldest first, after that one.
pub async fn comments(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    after: Option<(Timestamp, CommentId)>,
    limit: u64,
) -> Result<CommentPage> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    tx.update(org, post).await?.ok_or_else(missing)?;
    let limit = limit.clamp(1, PAGE_LIMIT);
    let mut found = tx.comments(org, post, after, limit + 1).await?;
    let more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let me = actor.account().ok();
    let comments = found.into_iter().map(|comment| view(comment, me, role)).collect();
    Ok(CommentPage { comments, more })
}

/// A comment with what its reader may do to it.
pub(super) fn view(comment: Comment, me: Option<AccountId>, role: Role) -> CommentView {
    let stands = comment.removed_at.is_none();
    let own = me == Some(comment.author) && Right::Comment.granted_to(role);
    CommentView {
        may_edit: stands && own,
        may_delete: stands && (own || Right::Moderate.granted_to(role)),
        comment,
    }
}

/// Adds tags, reactions and what the reader may do, with one statement each for all of them.
async fn dress(
    tx: &mut Reader,
    actor: &Actor,
    org: OrgId,
    role: Role,
    updates: Vec<Update>,
) -> Result<Vec<UpdateView>> {
    if updates.is_empty() {
        return Ok(Vec::new());
    }
    let me = actor.account().ok();
    let ids: Vec<UpdateId> = updates.iter().map(|update| update.id).collect();
    let mut tags: HashMap<UpdateId, Vec<Tag>> = HashMap::new();
    for row in tx.tags_of_updates(org, &ids).await? {
        tags.entry(row.post).or_default().push(row.tag);
    }
    let mut reactions: HashMap<UpdateId, Vec<ReactionView>> = HashMap::new();
    for row in tx.reactions_to(org, me, &ids).await? {
        reactions.entry(row.post).or_default().push(ReactionView {
            reaction: row.reaction,
            count: row.count,
            mine: row.mine,
        });
    }
    let dressed = updates.into_iter().map(|update| {
        let mut reactions = reactions.remove(&update.id).unwrap_or_default();
        reactions.sort_by_key(|view| view.reaction);
        UpdateView {
            tags: tags.remove(&update.id).unwrap_or_default(),
            reactions,
            may_edit: may_edit(me, role, update.author),
            is_own: me == Some(update.author),
            update,
        }
    });
    Ok(dressed.collect())
}
