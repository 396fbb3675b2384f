//! Posting, editing and deleting updates.

use serde_json::{Value, json};
use tessera_domain::{Error, Result, Right, Role, Tags, UpdateBody, UpdateTitle};
use tessera_ids::{AccountId, OrgId, TeamId, UpdateId};
use tessera_store::{NewUpdate, Reader, TeamLabel, Update, UpdateEdit};

use super::{may_edit, missing, writer};
use crate::{Actor, App, AuditEntry, Change, Topic, access, limits};

/// Teams that an editor offers.
const OFFERED: u64 = 500;

/// What an update says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is about.
    pub title: UpdateTitle,
    /// What it says, in Markdown.
    pub body: UpdateBody,
    /// What it is filed under.
    pub tags: Tags,
}

/// An update to be posted.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// The team that it belongs to; none for the organization's page.
    pub team: Option<TeamId>,
    /// Whether it speaks for the team.
    pub as_team: bool,
    /// What it says.
    pub draft: Draft,
}

/// What somebody may do on a team's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pen {
    /// Post there.
    pub post: bool,
    /// Post there as the team's voice.
    pub as_team: bool,
}

/// Whether the actor may post on a team's page, and as its voice.
pub async fn may_post_to(app: &App, actor: &Actor, org: OrgId, team: TeamId) -> Result<Pen> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    pen(&mut tx, org, team, actor, role).await
}

/// The teams on whose pages the actor may post, by name, each with whether they may be its voice.
pub async fn postable_teams(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<(TeamLabel, bool)>> {
    let mut tx = app.store.read().await?;
    let role = access::require(&mut tx, actor, org, Right::SeeUpdates).await?;
    if !Right::Post.granted_to(role) {
        return Ok(Vec::new());
    }
    let own = match actor.account() {
        Ok(account) => tx.teams_of(org, &[account]).await?,
        Err(_) => Vec::new(),
    };
    let teams = tx
        .team_labels(org, OFFERED)
        .await?
        .into_iter()
        .filter_map(|team| {
            let place = own.iter().find(|own| own.team == team.id);
            let may = place.is_some() || Right::Moderate.granted_to(role);
            may.then(|| (team, place.is_some_and(|own| own.lead)))
        });
    Ok(teams.collect())
}

/// Posts an update.
///
/// # Errors
/// *Forbidden* on the page of a team that the actor neither belongs to nor moderates, or as the voice of one that
/// they do not lead; *Rate limited* for who posts too fast.
pub async fn post(app: &App, actor: &Actor, org: OrgId, new: NewPost) -> Result<UpdateId> {
    let mut change = Change::begin(app, actor, org, Right::Post).await?;
    let (account, now) = (actor.account()?, change.now());
    let name = match new.team {
        Some(team) => Some(check_team(&mut change, actor, team, new.as_team).await?),
        None if new.as_team => {
            return Err(Error::field(
                "/as_team",
                "Choose the team that the update speaks for.",
            ));
        }
        None => None,
    };
    limits::POST.take(change.tx(), &(org, account), now).await?;
    let author = writer(change.tx(), account).await?;
    let id = UpdateId::generate(&*app.clock, &*app.entropy);
    let Draft { title, body, tags } = new.draft;
    let row = NewUpdate {
        id,
        team: new.team,
        created_at: now,
        author: account,
        author_name: author.name,
        as_team: new.as_team,
        title,
        body,
    };
    change.tx().insert_update(org, &row).await?;
    change.tx().set_update_tags(org, id, &tags).await?;
    change.touch(Topic::Updates);
    let after = json!({ "title": row.title, "tags": tags, "team": name, "as_team": new.as_team });
    let entry = AuditEntry::new("update.posted", &id)
        .named(&row.title)
        .after(&after);
    change.commit(entry).await?;
    Ok(id)
}

/// Edits an update: one's own, or anybody's for who moderates, which is then marked. The newest version is given.
///
/// # Errors
/// *Conflict* with the present state when `base` is no longer the newest version.
pub async fn edit(
    app: &App,
    actor: &Actor,
    org: OrgId,
    id: UpdateId,
    base: Option<u64>,
    draft: Draft,
) -> Result<u64> {
    let mut change = Change::begin(app, actor, org, Right::EditOwnPosts).await?;
    let before = load_to_change(&mut change, actor, id).await?;
    let tags = tags_of(change.tx(), org, id).await?;
    if base.is_some_and(|base| base != before.version) {
        return Err(
            Error::conflict("Somebody else edited this update meanwhile. Nothing was changed.")
                .with_current(state(&before, &tags)),
        );
    }
    if before.title == draft.title && before.body == draft.body && tags == draft.tags {
        return Ok(before.version);
    }
    let (account, now) = (actor.account()?, change.now());
    limits::POST.take(change.tx(), &(org, account), now).await?;
    let moderator = if before.author == account {
        None
    } else {
        Some((account, writer(change.tx(), account).await?.name))
    };
    let row = UpdateEdit {
        title: draft.title,
        body: draft.body,
        at: now,
        moderator,
    };
    change.tx().edit_update(org, id, &row).await?;
    change.tx().set_update_tags(org, id, &draft.tags).await?;
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("update.edited", &id)
        .named(&row.title)
        .before(&summary(&before, &tags))
        .after(&json!({ "title": row.title, "tags": draft.tags, "body_changed": before.body != row.body }));
    change.commit(entry).await?;
    Ok(before.version + 1)
}

/// Deletes an update with its comments and reactions: one's own, or anybody's for who moderates.
pub async fn delete(app: &App, actor: &Actor, org: OrgId, id: UpdateId) -> Result<()> {
    let mut change = Change::begin(app, actor, org, Right::EditOwnPosts).await?;
    let before = load_to_change(&mut change, actor, id).await?;
    let tags = tags_of(change.tx(), org, id).await?;
    change.tx().delete_update(org, id).await?;
    change.touch(Topic::Updates);
    let entry = AuditEntry::new("update.deleted", &id)
        .named(&before.title)
        .before(&summary(&before, &tags));
    change.commit(entry).await
}

/// The team's name, if the actor may post there and so.
async fn check_team(change: &mut Change<'_>, actor: &Actor, team: TeamId, as_team: bool) -> Result<String> {
    let (org, role) = (change.org().id, change.role().unwrap_or(Role::Owner));
    let row = change.tx().team(org, team).await?;
    let row = row.ok_or_else(|| Error::not_found("team"))?;
    let pen = pen(change.tx(), org, team, actor, role).await?;
    if !pen.post {
        return Err(Error::forbidden(
            "Only members of the team, owners and admins post on its page.",
        ));
    }
    if as_team && !pen.as_team {
        return Err(Error::forbidden("Only a lead of the team posts as its voice."));
    }
    Ok(row.name.to_string())
}

async fn pen(tx: &mut Reader, org: OrgId, team: TeamId, actor: &Actor, role: Role) -> Result<Pen> {
    let own = tx.teams_of(org, &[actor.account()?]).await?;
    let place = own.iter().find(|own| own.team == team);
    let may_post = Right::Post.granted_to(role);
    Ok(Pen {
        post: may_post && (place.is_some() || Right::Moderate.granted_to(role)),
        as_team: may_post && Right::LeadTeam.granted_to(role) && place.is_some_and(|own| own.lead),
    })
}

/// The update, if the actor may change it.
async fn load_to_change(change: &mut Change<'_>, actor: &Actor, id: UpdateId) -> Result<Update> {
    let (org, role) = (change.org().id, change.role().unwrap_or(Role::Owner));
    let found = change.tx().update(org, id).await?.ok_or_else(missing)?;
    if !may_edit(actor.account().ok(), role, found.author) {
        Right::Moderate.require(role)?;
    }
    Ok(found)
}

async fn tags_of(tx: &mut Reader, org: OrgId, id: UpdateId) -> Result<Tags> {
    let rows = tx.tags_of_updates(org, &[id]).await?;
    Tags::new(rows.into_iter().map(|row| row.tag)).map_err(Error::internal)
}

/// What the loser of a race is shown.
fn state(update: &Update, tags: &Tags) -> Value {
    json!({ "version": update.version, "title": update.title, "body": update.body, "tags": tags })
}

/// What the audit log keeps: never the text, since that may be why it was deleted.
fn summary(update: &Update, tags: &Tags) -> Value {
    let author: AccountId = update.author;
    json!({ "title": update.title, "tags": tags, "author": author, "author_name": update.author_name })
}
