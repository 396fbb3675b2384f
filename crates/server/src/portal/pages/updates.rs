//! Updates: the feed, one update with its comments, writing and editing them.

use askama::Template;

use crate::portal::markdown::Html;
use crate::portal::view::{Avatar, Frame, Input, Moment, Pager, Place, Select};

/// *Recent Updates*. `GET` with `q`, `tag`, `team`, `author`, `after`. Live topic: `updates`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/updates.html")]
pub struct Updates {
    /// The frame.
    pub frame: Frame,
    /// Path of [`UpdateEditor`]; `None` for who may not post.
    pub post: Option<String>,
    /// What was searched for.
    pub query: String,
    /// Tags in use.
    pub tags: Select,
    /// The organization, and its teams.
    pub feeds: Select,
    /// Who posted.
    pub authors: Select,
    /// The updates.
    pub feed: UpdateFeed,
    /// Ways to older ones.
    pub pager: Pager,
}

/// Updates on a page of their own or of a team, the newest first. A part: `{{ feed }}` within a live region of topic `updates`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/update_feed.html")]
pub struct UpdateFeed {
    /// The updates.
    pub cards: Vec<UpdateCard>,
    /// Heading and sentence where there are none.
    pub empty: (String, String),
    /// The first step where there are none: label and path.
    pub first_step: Option<(String, String)>,
    /// Path of all of them, where only the newest are shown.
    pub all: Option<String>,
}

/// The newest updates on a page that is about something else. A part. With the path of the editor for who may post.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/recent_updates.html")]
pub struct RecentUpdates {
    /// The newest first.
    pub cards: Vec<UpdateCard>,
    /// Path of [`UpdateEditor`]; `None` for who may not post.
    pub post: Option<String>,
    /// Path of all updates.
    pub all: String,
}

/// One update.
#[derive(Clone, Debug, Default)]
pub struct UpdateCard {
    /// Its id, which is its anchor too.
    pub id: String,
    /// Its path.
    pub href: String,
    /// What it is about.
    pub title: String,
    /// What it says; of a long one in a feed its beginning as plain text.
    pub body: UpdateText,
    /// Who speaks: a person, or the team.
    pub author: String,
    /// Path of that person's picture.
    pub picture: Option<String>,
    /// The person behind the team's voice.
    pub on_behalf: Option<String>,
    /// The team whose page it is on: name and path.
    pub team: Option<(String, String)>,
    /// When.
    pub at: Moment,
    /// When it was last edited.
    pub edited: Option<Moment>,
    /// Who else edited it last, and when.
    pub moderated: Option<(String, Moment)>,
    /// Its tags, each with the path of all that have it.
    pub tags: Vec<(String, String)>,
    /// Every reaction, counted.
    pub reactions: Vec<ReactionButton>,
    /// Comments in words: `2 comments`, `Comment`.
    pub comments: String,
    /// Path of the editor; `None` for who may not edit it.
    pub edit: Option<String>,
    /// Path of [`ConfirmDelete`]; `None` for who may not delete it.
    pub delete: Option<String>,
}

/// What of an update's text is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateText {
    /// All of it.
    Whole(Html),
    /// Its beginning, without mark-up.
    Beginning(String),
}

impl Default for UpdateText {
    fn default() -> Self {
        Self::Whole(Html::default())
    }
}

/// One reaction under an update. `POST {href}/react` with `reaction={value}`.
#[derive(Clone, Debug, Default)]
pub struct ReactionButton {
    /// What pressing it sends: the reaction's word and `on` or `off`.
    pub value: String,
    /// Its picture.
    pub symbol: String,
    /// Its word.
    pub title: String,
    /// How many gave it.
    pub count: u64,
    /// The reader gave it.
    pub mine: bool,
}

/// One update with its comments. Commenting: `POST {href}/comments` with `text` and `intent=preview|comment`. Live topic: `updates`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/update.html")]
pub struct UpdatePage {
    /// The frame.
    pub frame: Frame,
    /// The update.
    pub card: UpdateCard,
    /// Its comments, the oldest first.
    pub comments: Vec<CommentItem>,
    /// Ways to the other comments; empty where all are shown.
    pub pager: Option<Pager>,
    /// The comment typed so far; `None` for who may not comment.
    pub comment: Option<Input>,
    /// How that will look.
    pub preview: Option<Html>,
    /// What was wrong as a whole.
    pub problem: Option<String>,
    /// Path of all updates, for the way back.
    pub back: String,
}

/// One comment.
#[derive(Clone, Debug, Default)]
pub struct CommentItem {
    /// Its id, which is its anchor too.
    pub id: String,
    /// Who said it.
    pub author: String,
    /// Path of their picture.
    pub picture: Option<String>,
    /// When.
    pub at: Moment,
    /// What it says; empty when a moderator deleted it.
    pub text: Html,
    /// When it was last edited.
    pub edited: Option<Moment>,
    /// Who deleted it, and when.
    pub removed: Option<(String, Moment)>,
    /// Path of [`CommentEditor`]; `None` for who may not edit it.
    pub edit: Option<String>,
    /// Path of [`ConfirmDelete`]; `None` for who may not delete it.
    pub delete: Option<String>,
}

/// Writing an update, or editing one. `POST {action}` with `title`, `body`, `tags`, `place` (new ones only), `base` (edits only) and
/// `intent=preview|post`. Answered with 409 and `theirs` when somebody else was faster; what was typed is kept.
#[derive(Debug, Default, Template)]
#[template(path = "pages/update_editor.html")]
pub struct UpdateEditor {
    /// The frame.
    pub frame: Frame,
    /// An update that exists is edited.
    pub is_edit: bool,
    /// Path that the form posts to.
    pub action: String,
    /// Path of the page that one came from.
    pub back: String,
    /// What it is about.
    pub title: Input,
    /// What it says.
    pub body: Input,
    /// What it is filed under.
    pub tags: Input,
    /// Whose page it goes to; `None` where there is no choice.
    pub place: Option<Select>,
    /// The version that is edited.
    pub base: Option<u64>,
    /// Whose update it is, when not the reader's.
    pub whose: Option<String>,
    /// How it will look.
    pub preview: Option<UpdatePreview>,
    /// What somebody else saved meanwhile.
    pub theirs: Option<TheirUpdate>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// How an update will look.
#[derive(Clone, Debug, Default)]
pub struct UpdatePreview {
    /// What it is about.
    pub title: String,
    /// What it says.
    pub body: Html,
    /// Its tags.
    pub tags: Vec<String>,
}

/// The version that somebody else saved meanwhile.
#[derive(Clone, Debug, Default)]
pub struct TheirUpdate {
    /// Who.
    pub by: String,
    /// When.
    pub at: Moment,
    /// How it looks.
    pub shown: UpdatePreview,
    /// What they wrote, in Markdown, to copy from.
    pub source: String,
}

/// Editing a comment of one's own. `POST {action}` with `text` and `intent=preview|save`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/comment_editor.html")]
pub struct CommentEditor {
    /// The frame.
    pub frame: Frame,
    /// What the update is about.
    pub about: String,
    /// Path that the form posts to.
    pub action: String,
    /// Path of the update.
    pub back: String,
    /// What it says.
    pub text: Input,
    /// How it will look.
    pub preview: Option<Html>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// Asks before an update or a comment is deleted. `POST {action}` with `confirm=delete`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/confirm_delete.html")]
pub struct ConfirmDelete {
    /// The frame.
    pub frame: Frame,
    /// What is deleted, with its own name: `Delete “Release 12”`.
    pub heading: String,
    /// The button: `Delete update`.
    pub button: String,
    /// What goes, a sentence each.
    pub consequences: Vec<String>,
    /// Path that the form posts to.
    pub action: String,
    /// Way back.
    pub back: String,
    /// A refusal.
    pub problem: Option<String>,
}

impl UpdateCard {
    /// Reactions that somebody gave.
    pub fn given(&self) -> impl Iterator<Item = &ReactionButton> {
        self.reactions.iter().filter(|button| button.count > 0)
    }

    /// Reactions that nobody gave yet.
    pub fn open(&self) -> impl Iterator<Item = &ReactionButton> {
        self.reactions.iter().filter(|button| button.count == 0)
    }
}

impl ReactionButton {
    /// What is read aloud, and shown on hover.
    pub fn label(&self) -> String {
        match (self.count, self.mine) {
            (0, _) => self.title.clone(),
            (count, false) => format!("{}: {count}. Add yours", self.title),
            (count, true) => format!("{}: {count}, with yours. Take yours back", self.title),
        }
    }
}

impl askama::filters::HtmlSafe for UpdateFeed {}

impl askama::filters::HtmlSafe for RecentUpdates {}
