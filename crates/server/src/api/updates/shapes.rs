//! Updates and comments as JSON.

use serde::{Deserialize, Serialize};
use tessera_app::updates::{CommentPage, CommentView, Draft, UpdatePage, UpdateView};
use tessera_domain::{Error, FieldError, Result, Tag, Tags};
use tessera_ids::{AccountId, CommentId, TeamId, UpdateId};
use utoipa::ToSchema;

use crate::api::Instant;
use crate::portal::markdown;

/// A page of updates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Updates {
    /// The newest first.
    updates: Vec<OneUpdate>,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One update.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneUpdate {
    /// Its id.
    #[schema(value_type = String)]
    id: UpdateId,
    /// The team that it belongs to; null for the organization's own.
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    /// Whether it speaks for the team.
    as_team: bool,
    /// Who wrote it. The account may be gone.
    author: Author,
    /// When it was posted.
    created_at: Instant,
    /// When it was last edited, by whomever.
    edited_at: Option<Instant>,
    /// Who other than the author edited it last.
    moderated_by: Option<String>,
    /// Rises with each edit; send it along with an edit.
    version: u64,
    /// What it is about.
    title: String,
    /// What it says, in Markdown.
    body: String,
    /// The same as HTML that can be shown as it is.
    html: String,
    /// Its tags, without `#`.
    tags: Vec<String>,
    /// Reactions that somebody gave.
    reactions: Vec<ReactionCount>,
    /// How many comments it has.
    comments: u64,
}

/// Who wrote something.
#[derive(Debug, Serialize, ToSchema)]
struct Author {
    /// The account.
    #[schema(value_type = String)]
    id: AccountId,
    /// What they are called, or were called when the account went.
    name: String,
}

/// How many gave one reaction.
#[derive(Debug, Serialize, ToSchema)]
struct ReactionCount {
    /// `thumbs_up`, `heart`, `celebrate`, `laugh`, `eyes` or `thinking`.
    reaction: String,
    /// How many members.
    count: u64,
    /// Whether you are among them.
    mine: bool,
}

/// An update to be posted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PostedUpdate {
    /// What it is about.
    pub(super) title: String,
    /// What it says, in Markdown.
    pub(super) body: String,
    /// Its tags, with or without `#`.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// The team on whose page it is posted.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) team: Option<TeamId>,
    /// Whether it speaks for the team; for its leads.
    #[serde(default)]
    pub(super) as_team: bool,
}

/// What an edit changes; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedUpdate {
    /// What it is about.
    pub(super) title: Option<String>,
    /// What it says, in Markdown.
    pub(super) body: Option<String>,
    /// Its tags, with or without `#`.
    pub(super) tags: Option<Vec<String>>,
    /// The version that the edit began from; refused with 409 and the present one when that is no longer the newest.
    pub(super) version: Option<u64>,
}

/// A page of comments.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comments {
    /// The oldest first.
    comments: Vec<OneComment>,
    /// Ask with `after` at this text for the next page.
    next: Option<String>,
}

/// One comment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OneComment {
    /// Its id.
    #[schema(value_type = String)]
    id: CommentId,
    /// Who said it. The account may be gone.
    author: Author,
    /// When.
    created_at: Instant,
    /// When it was last edited.
    edited_at: Option<Instant>,
    /// What it says, in Markdown; null when a moderator deleted it.
    text: Option<String>,
    /// The same as HTML that can be shown as it is.
    html: Option<String>,
    /// Who deleted it.
    removed_by: Option<String>,
}

/// Something to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidComment {
    /// What it says, in Markdown.
    pub(super) text: String,
}

impl From<UpdatePage> for Updates {
    fn from(page: UpdatePage) -> Self {
        let last = page.updates.last().filter(|_| page.more);
        Self {
            next: last.map(|view| format!("{} {}", view.update.created_at.as_micros(), view.update.id)),
            updates: page.updates.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<UpdateView> for OneUpdate {
    fn from(view: UpdateView) -> Self {
        let update = view.update;
        let counted = view.reactions.iter().map(|given| ReactionCount {
            reaction: given.reaction.to_string(),
            count: given.count,
            mine: given.mine,
        });
        Self {
            id: update.id,
            team: update.team,
            as_team: update.as_team,
            author: Author {
                id: update.author,
                name: update.author_name.to_string(),
            },
            created_at: update.created_at.into(),
            edited_at: update.edited_at.map(Into::into),
            moderated_by: update.moderated_by_name.map(String::from),
            version: update.version,
            title: update.title.to_string(),
            html: markdown::member(update.body.as_str()).to_string(),
            body: update.body.to_string(),
            tags: view.tags.into_iter().map(String::from).collect(),
            reactions: counted.collect(),
            comments: update.comments,
        }
    }
}

impl From<CommentPage> for Comments {
    fn from(page: CommentPage) -> Self {
        let last = page.comments.last().filter(|_| page.more);
        Self {
            next: last.map(|view| format!("{} {}", view.comment.created_at.as_micros(), view.comment.id)),
            comments: page.comments.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CommentView> for OneComment {
    fn from(view: CommentView) -> Self {
        let comment = view.comment;
        let html = |text: &tessera_domain::CommentText| markdown::member(text.as_str()).to_string();
        Self {
            id: comment.id,
            author: Author {
                id: comment.author,
                name: comment.author_name.to_string(),
            },
            created_at: comment.created_at.into(),
            edited_at: comment.edited_at.map(Into::into),
            html: comment.text.as_ref().map(html),
            text: comment.text.map(String::from),
            removed_by: comment.removed_by_name.map(String::from),
        }
    }
}

/// Reads what an update says and complains of all that is wrong at once.
pub(super) fn draft(title: String, body: String, tags: &[String]) -> Result<Draft> {
    let mut refused = Vec::new();
    let mut note = |pointer: &str, message: String| {
        refused.push(FieldError {
            pointer: pointer.to_owned(),
            message,
        });
    };
    let title = title
        .try_into()
        .map_err(|error: tessera_domain::text::TextError| note("/title", error.to_string()));
    let body = body
        .try_into()
        .map_err(|error: tessera_domain::text::TextError| note("/body", error.to_string()));
    let read = tags.iter().take(Tags::LIMIT * 4).map(|tag| tag.parse::<Tag>());
    let tags = read
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(Tags::new)
        .map_err(|error| note("/tags", error.to_string()));
    match (title, body, tags) {
        (Ok(title), Ok(body), Ok(tags)) => Ok(Draft { title, body, tags }),
        _ => Err(Error::invalid_fields(refused)),
    }
}
