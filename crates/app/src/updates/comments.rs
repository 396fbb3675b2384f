//! Commenting on updates.

use serde_json::json;
use tessera_domain::{CommentText, Error, Result, Right, Role};
use tessera_ids::{CommentId, OrgId, UpdateId};
use tessera_store::{NewComment, Update};

use super::{CommentView, missing, missing_comment, read, writer};
use crate::{Actor, App, AuditEntry, Change, Topic, access, limits};

/// One comment on an update.
pub async fn one_comment(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    id: CommentId,
) -> Result<CommentView> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    let found = tx.comment(org, post, id).await?.ok_or_else(missing_comment)?;
    Ok(read::view(found, actor.account().ok(), role))
}

/// Comments on an update.
///
/// # Errors
/// *Rate limited* for who comments too fast.
pub async fn comment(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    text: CommentText,
) -> Result<CommentId> {
    let mut change = Change::begin(app, actor, org, Right::Comment).await?;
    let update = load_update(&mut change, post).await?;
    let (account, now) = (actor.account()?, change.now());
    limits::COMMENT.take(change.tx(), &(org, account), now).await?;
    let id = CommentId::generate(&*app.clock, &*app.entropy);
    let row = NewComment {
        id,
        post,
        created_at: now,
        author: account,
        author_name: writer(change.tx(), account).await?.name,
        text,
    };
    change.tx().insert_comment(org, &row).await?;
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("comment.posted", &id)
        .named(&update.title)
        .after(&json!({ "update": post }));
    change.commit(entry).await?;
    Ok(id)
}

/// Edits one's own comment. Nobody edits somebody else's.
///
/// # Errors
/// *Forbidden* for somebody else's, *Conflict* when a moderator deleted it.
pub async fn edit_comment(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    id: CommentId,
    text: &CommentText,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::Comment).await?;
    let (update, before) = load(&mut change, actor, post, id).await?;
    if before.comment.author != actor.account()? {
        return Err(Error::forbidden("Only its author edits a comment."));
    }
    stands(&before)?;
    if before.comment.text.as_ref() == Some(text) {
        return Ok(());
    }
    let (account, now) = (actor.account()?, change.now());
    limits::COMMENT.take(change.tx(), &(org, account), now).await?;
    change.tx().edit_comment(org, id, text, now).await?;
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("comment.edited", &id)
        .named(&update.title)
        .after(&json!({ "update": post }));
    change.commit(entry).await
}

/// Deletes a comment. One's own goes without a trace on the page; of somebody else's a line stays that says who
/// deleted it.
///
/// # Errors
/// *Forbidden* for somebody else's without the right to moderate.
pub async fn delete_comment(
    app: &App,
    actor: &Actor,
    org: OrgId,
    post: UpdateId,
    id: CommentId,
) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::Comment).await?;
    let (update, before) = load(&mut change, actor, post, id).await?;
    stands(&before)?;
    let (account, now) = (actor.account()?, change.now());
    let own = before.comment.author == account;
    if !own && !before.may_delete {
        Right::Moderate.require(change.role().unwrap_or(Role::Owner))?;
    }
    if own {
        change.tx().delete_comment(org, id).await?;
    } else {
        let name = writer(change.tx(), account).await?.name;
        change.tx().remove_comment(org, id, account, &name, now).await?;
    }
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("comment.deleted", &id)
        .named(&update.title)
        .before(&json!({ "update": post, "author": before.comment.author,
            "author_name": before.comment.author_name }));
    change.commit(entry).await
}

fn stands(view: &CommentView) -> Result<()> {
    match &view.comment.removed_by_name {
        Some(name) if view.comment.removed_at.is_some() => {
            Err(Error::conflict(format!("{name} has deleted this comment.")))
        }
        _ => Ok(()),
    }
}

async fn load_update(change: &mut Change<'_>, post: UpdateId) -> Result<Update> {
    let org = change.org().id;
    change.tx().update(org, post).await?.ok_or_else(missing)
}

async fn load(
    change: &mut Change<'_>,
    actor: &Actor,
    post: UpdateId,
    id: CommentId,
) -> Result<(Update, CommentView)> {
    let update = load_update(change, post).await?;
    let (org, role) = (change.org().id, change.role().unwrap_or(Role::Owner));
    let found = change.tx().comment(org, post, id).await?;
    let found = found.ok_or_else(missing_comment)?;
    Ok((update, read::view(found, actor.account().ok(), role)))
}
