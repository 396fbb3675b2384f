//! An update as pages show it.

use std::collections::HashMap;

use tessera_app::picture;
use tessera_app::updates::{CommentView, ReactionView, UpdateView};
use tessera_domain::{Reaction, Result, Right, Role};
use tessera_ids::{AccountId, OrgId, Timestamp, UpdateId};
use tessera_wire::Digest;

use super::super::pages::{CommentItem, ReactionButton, UpdateCard, UpdateText};
use super::super::pictures::avatar_path;
use super::super::visit::{Visit, path, team_path};
use super::super::words;
use crate::portal::markdown::{self, Html};

/// Characters of a text that a feed shows whole.
const WHOLE: usize = 800;
/// Characters that a feed shows of a longer one.
const BEGINNING: usize = 400;

/// The path of an organization's updates.
pub(super) fn updates_path(org: OrgId) -> String {
    path(org) + "/updates"
}

/// The path of one update.
pub(super) fn update_path(org: OrgId, id: UpdateId) -> String {
    format!("{}/updates/{id}", path(org))
}

/// Who looks, where, when, and how those look who wrote.
#[derive(Debug)]
pub(super) struct Desk {
    org: OrgId,
    role: Role,
    now: Timestamp,
    pictures: HashMap<AccountId, Digest>,
}

impl Desk {
    /// A desk with the pictures of these people.
    pub(super) async fn with(visit: &Visit, org: OrgId, role: Role, authors: &[AccountId]) -> Result<Self> {
        Ok(Self {
            org,
            role,
            now: visit.app().clock.now(),
            pictures: picture::avatars(visit.app(), authors).await?,
        })
    }

    /// A desk for the authors of these updates.
    pub(super) async fn of(visit: &Visit, org: OrgId, role: Role, updates: &[UpdateView]) -> Result<Self> {
        let authors: Vec<AccountId> = updates.iter().map(|view| view.update.author).collect();
        Self::with(visit, org, role, &authors).await
    }

    fn picture(&self, account: AccountId) -> Option<String> {
        self.pictures
            .get(&account)
            .map(|digest| avatar_path(account, *digest))
    }

    /// An update in a feed: a long one only begins there.
    pub(super) fn in_feed(&self, view: &UpdateView) -> UpdateCard {
        let source = view.update.body.as_str();
        let body = if source.chars().nth(WHOLE).is_none() {
            UpdateText::Whole(markdown::member(source))
        } else {
            UpdateText::Beginning(markdown::excerpt(source, BEGINNING))
        };
        self.card(view, body)
    }

    /// An update on its own page.
    pub(super) fn whole(&self, view: &UpdateView) -> UpdateCard {
        self.card(
            view,
            UpdateText::Whole(markdown::member(view.update.body.as_str())),
        )
    }

    /// An update of which only the title is shown.
    pub(super) fn title_only(&self, view: &UpdateView) -> UpdateCard {
        self.card(view, UpdateText::default())
    }

    fn card(&self, view: &UpdateView, body: UpdateText) -> UpdateCard {
        let update = &view.update;
        let href = update_path(self.org, update.id);
        let team = update.team.zip(update.team_name.as_ref());
        let person = update.author_name.to_string();
        let voice = team.filter(|_| update.as_team).map(|(_, name)| name.to_string());
        let (author, on_behalf) = match voice {
            Some(team) => (team, Some(person)),
            None => (person, None),
        };
        // An edit that only the moderator's mark would repeat is said once.
        let edited = update.edited_at.filter(|at| update.moderated_at != Some(*at));
        let tag = |tag: &tessera_domain::Tag| {
            let place = updates_path(self.org) + &words::query(&[("tag", tag.as_str())]);
            (tag.to_string(), place)
        };
        UpdateCard {
            id: update.id.to_string(),
            title: update.title.to_string(),
            body,
            picture: self.picture(update.author).filter(|_| on_behalf.is_none()),
            author,
            on_behalf,
            team: team.map(|(id, name)| (name.to_string(), team_path(self.org, id))),
            at: words::moment(update.created_at, self.now),
            edited: edited.map(|at| words::moment(at, self.now)),
            moderated: update
                .moderated_by_name
                .as_ref()
                .zip(update.moderated_at)
                .map(|(name, at)| (name.to_string(), words::moment(at, self.now))),
            tags: view.tags.iter().map(tag).collect(),
            reactions: buttons(&view.reactions),
            comments: match (update.comments, Right::Comment.granted_to(self.role)) {
                (0, true) => "Comment".to_owned(),
                (count, _) => words::count(count, "comment"),
            },
            edit: view.may_edit.then(|| href.clone() + "/edit"),
            delete: view.may_edit.then(|| href.clone() + "/delete"),
            href,
        }
    }

    /// A comment under an update.
    pub(super) fn comment(&self, view: &CommentView) -> CommentItem {
        let comment = &view.comment;
        let place = format!("{}/comments/{}", update_path(self.org, comment.post), comment.id);
        CommentItem {
            id: comment.id.to_string(),
            author: comment.author_name.to_string(),
            picture: self.picture(comment.author),
            at: words::moment(comment.created_at, self.now),
            text: comment
                .text
                .as_ref()
                .map_or_else(Html::default, |text| markdown::member(text.as_str())),
            edited: comment.edited_at.map(|at| words::moment(at, self.now)),
            removed: comment
                .removed_by_name
                .as_ref()
                .zip(comment.removed_at)
                .map(|(name, at)| (name.to_string(), words::moment(at, self.now))),
            edit: view.may_edit.then(|| place.clone() + "/edit"),
            delete: view.may_delete.then(|| place + "/delete"),
        }
    }
}

/// Every reaction, with how many gave it.
fn buttons(given: &[ReactionView]) -> Vec<ReactionButton> {
    let button = |reaction: Reaction| {
        let view = given.iter().find(|view| view.reaction == reaction);
        let mine = view.is_some_and(|view| view.mine);
        ReactionButton {
            value: format!("{reaction} {}", if mine { "off" } else { "on" }),
            symbol: reaction.symbol().to_owned(),
            title: reaction.title().to_owned(),
            count: view.map_or(0, |view| view.count),
            mine,
        }
    };
    Reaction::ALL.into_iter().map(button).collect()
}
