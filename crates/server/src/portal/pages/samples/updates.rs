//! Samples of updates: the feed, one update, writing, editing, being overtaken.

use super::data::{ORG, PEOPLE, ago, owner, reader, whole};
use super::{Sample, draw};
use crate::portal::markdown;
use crate::portal::pages::{
    CommentEditor, CommentItem, ConfirmDelete, ReactionButton, RecentUpdates, TheirUpdate, UpdateCard,
    UpdateEditor, UpdateFeed, UpdatePage, UpdatePreview, UpdateText, Updates,
};
use crate::portal::view::{Input, Opt, Pager, Place, Select};

const TEXT: &str = "The reading room's machines follow the **new list** since this morning.\n\n\
                    - Payroll and health portals are never captured\n- Nothing changes for catalogues\n\n\
                    Questions? Ask in [the guide](/help) or below.";

pub(super) fn all() -> Vec<Sample> {
    let feed = |cards| UpdateFeed {
        cards,
        all: None,
        ..nothing()
    };
    let filled = Updates {
        frame: owner(Place::Updates),
        post: Some(format!("{ORG}/updates/new")),
        tags: choice(
            &[("feature", "#feature (4)"), ("release", "#release (2)")],
            "feature",
        ),
        feeds: choice(&[("org", "The organization's"), ("team_1", "Reading room")], ""),
        authors: choice(&[("acct_1", PEOPLE[1].0), ("acct_2", PEOPLE[2].0)], ""),
        feed: feed(cards()),
        pager: Pager {
            shown: "20 updates".to_owned(),
            first: None,
            next: Some("?after=1".to_owned()),
        },
        query: String::new(),
    };
    let empty = Updates {
        frame: owner(Place::Updates),
        post: Some(format!("{ORG}/updates/new")),
        feed: nothing(),
        pager: whole("0 updates"),
        ..Updates::default()
    };
    let unmatched = UpdateFeed {
        empty: (
            "No update matches".to_owned(),
            "Try fewer filters, or part of a word.".to_owned(),
        ),
        first_step: Some(("Show all".to_owned(), format!("{ORG}/updates"))),
        ..UpdateFeed::default()
    };
    vec![
        draw("updates", &filled),
        draw("updates-empty", &empty),
        draw(
            "updates-unmatched",
            &Updates {
                query: "zeppelin".to_owned(),
                feed: unmatched,
                frame: reader(Place::Updates),
                post: None,
                ..empty
            },
        ),
        draw("update", &update()),
        draw("update-read", &seen_by_a_reader()),
        draw("update-comment-preview", &commenting()),
        draw("update-new", &writing()),
        draw("update-new-refused", &refused()),
        draw("update-overtaken", &overtaken()),
        draw("comment-edit", &editing_a_comment()),
        draw("update-delete", &deleting()),
    ]
}

/// The newest few, as Home shows them.
pub(super) fn recent() -> RecentUpdates {
    RecentUpdates {
        cards: cards(),
        post: Some(format!("{ORG}/updates/new")),
        all: format!("{ORG}/updates"),
    }
}

/// The newest of a team.
pub(super) fn team_feed() -> UpdateFeed {
    UpdateFeed {
        cards: cards().split_off(1),
        all: Some(format!("{ORG}/updates?team=team_1")),
        ..UpdateFeed::default()
    }
}

/// A team without updates.
pub(super) fn empty_team_feed() -> UpdateFeed {
    UpdateFeed {
        empty: (
            "No updates yet".to_owned(),
            "What this team wants everybody to know appears here.".to_owned(),
        ),
        ..nothing()
    }
}

fn nothing() -> UpdateFeed {
    UpdateFeed {
        empty: (
            "No updates yet".to_owned(),
            "This page is for what everybody should know: releases, decisions, dates.".to_owned(),
        ),
        first_step: Some(("Post the first one".to_owned(), format!("{ORG}/updates/new"))),
        ..UpdateFeed::default()
    }
}

fn choice(options: &[(&str, &str)], value: &str) -> Select {
    Select {
        options: options
            .iter()
            .map(|(value, label)| Opt::new(*value, *label))
            .collect(),
        value: value.to_owned(),
        error: None,
    }
}

fn card(number: usize, title: &str, author: &str, body: UpdateText) -> UpdateCard {
    let href = format!("{ORG}/updates/upd_{number}");
    let reaction = |word: &str, symbol: &str, title: &str, count, mine| ReactionButton {
        value: format!("{word} {}", if mine { "off" } else { "on" }),
        symbol: symbol.to_owned(),
        title: title.to_owned(),
        count,
        mine,
    };
    UpdateCard {
        id: format!("upd_{number}"),
        title: title.to_owned(),
        body,
        author: author.to_owned(),
        at: ago("2 hours ago"),
        tags: ["feature", "long-term-memory"]
            .map(|tag| (tag.to_owned(), format!("{ORG}/updates?tag={tag}")))
            .to_vec(),
        reactions: vec![
            reaction("thumbs_up", "👍", "Thumbs up", 4, true),
            reaction("heart", "❤️", "Heart", 1, false),
            reaction("celebrate", "🎉", "Celebrate", 0, false),
            reaction("eyes", "👀", "Eyes", 0, false),
        ],
        comments: "2 comments".to_owned(),
        edit: Some(href.clone() + "/edit"),
        delete: Some(href.clone() + "/delete"),
        href,
        ..UpdateCard::default()
    }
}

fn cards() -> Vec<UpdateCard> {
    let team = Some(("Reading room".to_owned(), format!("{ORG}/teams/team_1")));
    let mut first = card(
        1,
        "Websites: the new list",
        PEOPLE[1].0,
        UpdateText::Whole(markdown::member(TEXT)),
    );
    first.edited = Some(ago("1 hour ago"));
    let mut second = card(
        2,
        "Opening hours over the holidays",
        "Reading room",
        UpdateText::Beginning(
            "From 20 December to 6 January the desk is open from 10 to 15, except…".to_owned(),
        ),
    );
    (second.on_behalf, second.team) = (Some(PEOPLE[2].0.to_owned()), team.clone());
    let mut third = card(
        3,
        "A title that is long enough to need a second line on the screen of a telephone, and to be clipped nowhere",
        PEOPLE[4].0,
        UpdateText::Whole(markdown::member(
            "`cargo` users: see https://example.org/a-very-long-address/that/goes/on.",
        )),
    );
    third.team = team;
    third.moderated = Some((PEOPLE[0].0.to_owned(), ago("5 minutes ago")));
    (third.tags, third.edit, third.delete) = (Vec::new(), None, None);
    "Comment".clone_into(&mut third.comments);
    for button in &mut third.reactions {
        button.count = 0;
    }
    vec![first, second, third]
}

fn comment(number: usize, author: &str, text: &str) -> CommentItem {
    let place = format!("{ORG}/updates/upd_1/comments/cmt_{number}");
    CommentItem {
        id: format!("cmt_{number}"),
        author: author.to_owned(),
        at: ago("20 minutes ago"),
        text: markdown::member(text),
        edit: (number == 1).then(|| place.clone() + "/edit"),
        delete: Some(place + "/delete"),
        ..CommentItem::default()
    }
}

fn update() -> UpdatePage {
    let removed = CommentItem {
        removed: Some((PEOPLE[0].0.to_owned(), ago("3 minutes ago"))),
        edit: None,
        delete: None,
        ..comment(3, PEOPLE[5].0, "")
    };
    let edited = CommentItem {
        edited: Some(ago("1 minute ago")),
        ..comment(1, PEOPLE[0].0, "Does `archive-desk` have it too?")
    };
    let mut cards = cards();
    UpdatePage {
        frame: owner(Place::Updates),
        card: cards.swap_remove(0),
        comments: vec![
            edited,
            comment(2, PEOPLE[3].0, "It does.\n\nSee **Devices**."),
            removed,
        ],
        comment: Some(Input::default()),
        back: format!("{ORG}/updates"),
        ..UpdatePage::default()
    }
}

fn seen_by_a_reader() -> UpdatePage {
    let mut page = update();
    (page.card.edit, page.card.delete) = (None, None);
    UpdatePage {
        frame: reader(Place::Updates),
        comment: None,
        comments: Vec::new(),
        ..page
    }
}

fn commenting() -> UpdatePage {
    UpdatePage {
        comment: Some(Input::new("Thank you, *all* of you.")),
        preview: Some(markdown::member("Thank you, *all* of you.")),
        ..update()
    }
}

fn writing() -> UpdateEditor {
    let shown = UpdatePreview {
        title: "Websites: the new list".to_owned(),
        body: markdown::member(TEXT),
        tags: vec!["feature".to_owned(), "long-term-memory".to_owned()],
    };
    UpdateEditor {
        frame: owner(Place::Updates),
        action: format!("{ORG}/updates/new"),
        back: format!("{ORG}/updates"),
        title: Input::new("Websites: the new list"),
        body: Input::new(TEXT),
        tags: Input::new("#feature, #long-term-memory"),
        place: Some(choice(
            &[
                ("", "The organization's"),
                ("team_1", "Reading room"),
                ("team_1 voice", "Reading room, as its voice"),
            ],
            "team_1",
        )),
        preview: Some(shown),
        ..UpdateEditor::default()
    }
}

fn refused() -> UpdateEditor {
    UpdateEditor {
        title: Input::refused("", "Fill this in."),
        tags: Input::refused(
            "#feature; a",
            "A tag holds letters, digits, - and _; “;” is none of them. Put a comma between tags.",
        ),
        preview: None,
        ..writing()
    }
}

fn overtaken() -> UpdateEditor {
    let shown = UpdatePreview {
        title: "Websites: the newest list".to_owned(),
        body: markdown::member("All machines follow the **newest** list."),
        tags: vec!["feature".to_owned()],
    };
    UpdateEditor {
        is_edit: true,
        base: Some(3),
        place: None,
        preview: None,
        whose: Some(PEOPLE[1].0.to_owned()),
        theirs: Some(TheirUpdate {
            by: PEOPLE[1].0.to_owned(),
            at: ago("40 seconds ago"),
            shown,
            source: "All machines follow the **newest** list.".to_owned(),
        }),
        ..writing()
    }
}

fn editing_a_comment() -> CommentEditor {
    CommentEditor {
        frame: owner(Place::Updates),
        about: "Websites: the new list".to_owned(),
        action: format!("{ORG}/updates/upd_1/comments/cmt_1/edit"),
        back: format!("{ORG}/updates/upd_1"),
        text: Input::new("Does `archive-desk` have it too?"),
        ..CommentEditor::default()
    }
}

fn deleting() -> ConfirmDelete {
    ConfirmDelete {
        frame: owner(Place::Updates),
        heading: "Delete “Websites: the new list”".to_owned(),
        button: "Delete update".to_owned(),
        consequences: vec![
            "It is gone for everybody, with its reactions. This cannot be undone.".to_owned(),
            "2 comments go with it.".to_owned(),
        ],
        action: format!("{ORG}/updates/upd_1/delete"),
        back: format!("{ORG}/updates/upd_1"),
        problem: None,
    }
}
