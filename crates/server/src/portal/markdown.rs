//! Markdown to safe HTML: what members write, and the portal's own guides.
//!
//! Two walls stand one behind the other. The first walks the parser's events and lets only known ones through:
//! mark-up in the text is shown as the text that it is, pictures become links (loading one would tell its host who
//! reads), addresses lead to the web, to mail or within this portal, headings stay below the page's own, and what is
//! nested too deep is flattened. The second, an allow-list over the finished HTML, knows nothing of the first.

mod links;
mod walk;

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser, TextMergeStream, html};

use self::walk::Walk;

/// HTML that came through both walls; only this module makes it, and templates show it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    /// A member: headings begin at the third level, a line break is a line break.
    Member,
    /// A guide of ours: headings begin at the second level and can be linked to.
    Guide,
}

/// What a member wrote: an update or a comment, of any length and intent.
pub fn member(source: &str) -> Html {
    render(source, Voice::Member)
}

/// A guide of the portal's own. Its headings carry ids made of their words (`how-to-join`).
pub fn guide(source: &str) -> Html {
    render(source, Voice::Guide)
}

/// The beginning of what a member wrote as plain text, at most that many characters with the mark of omission.
pub fn excerpt(source: &str, limit: usize) -> String {
    // Marks and addresses take room too, so some more than the limit is looked at.
    let end = source
        .char_indices()
        .nth(limit * 3)
        .map_or(source.len(), |(at, _)| at);
    let mut text = String::new();
    for event in Walk::through(events(&source[..end]), Voice::Member) {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::HardBreak | Event::SoftBreak | Event::End(_) => text.push(' '),
            _ => {}
        }
    }
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    let is_whole = end == source.len() && text.chars().count() <= limit;
    if is_whole {
        return text;
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

fn render(source: &str, voice: Voice) -> Html {
    let mut drawn = String::with_capacity(source.len() * 3 / 2);
    html::push_html(&mut drawn, Walk::through(events(source), voice).into_iter());
    let wall = match voice {
        Voice::Member => &*MEMBERS,
        Voice::Guide => &*GUIDES,
    };
    Html(wall.clean(&drawn).to_string())
}

fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(source, options))
}

static MEMBERS: LazyLock<Builder<'static>> = LazyLock::new(wall);

static GUIDES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut wall = wall();
    wall.add_tag_attributes("h2", ["id"])
        .add_tag_attributes("h3", ["id"])
        .add_tag_attributes("h4", ["id"]);
    wall
});

fn wall() -> Builder<'static> {
    let tags = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    let mut wall = Builder::empty();
    wall.tags(HashSet::from(tags))
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener noreferrer"));
    wall
}

#[cfg(test)]
mod tests;
