//! The first wall: the parser's events, of which only known ones go on.

use std::collections::HashSet;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd};

use super::Voice;
use super::links::{is_safe, link, linked};

/// Marks open within one another; what is deeper is shown without them.
const DEPTH: usize = 20;
/// Events of one text; what comes after is left out. A text of ordinary prose at its full length has a tenth.
const EVENTS: usize = 60_000;

/// What became of a mark that was opened.
enum Fate {
    /// It goes on, and ends so.
    Kept(TagEnd),
    /// Only what is within goes on.
    Dropped,
}

/// A walk through the events of one text.
pub(super) struct Walk<'a> {
    voice: Voice,
    out: Vec<Event<'a>>,
    open: Vec<Fate>,
    depth: usize,
    in_code: bool,
    in_link: bool,
    /// Where the event of the heading or picture at hand stands.
    begun: usize,
    ids: HashSet<String>,
}

impl<'a> Walk<'a> {
    /// What goes on of these events.
    pub(super) fn through(events: impl Iterator<Item = Event<'a>>, voice: Voice) -> Vec<Event<'a>> {
        let mut walk = Self {
            voice,
            out: Vec::new(),
            open: Vec::new(),
            depth: 0,
            in_code: false,
            in_link: false,
            begun: 0,
            ids: HashSet::new(),
        };
        for event in events {
            if walk.out.len() >= EVENTS {
                break;
            }
            walk.take(event);
        }
        // What was still open when the walk was cut short.
        while !walk.open.is_empty() {
            walk.close();
        }
        walk.out
    }

    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(_) => self.close(),
            Event::Text(text) if self.in_code || self.in_link => self.out.push(Event::Text(text)),
            Event::Text(text) => linked(&text, &mut self.out),
            // Mark-up is text here.
            Event::Html(text) | Event::InlineHtml(text) => self.out.push(Event::Text(text)),
            Event::SoftBreak if self.voice == Voice::Member => self.out.push(Event::HardBreak),
            Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::Rule => self.out.push(event),
            Event::TaskListMarker(done) => {
                let mark = if done { "☑ " } else { "☐ " };
                self.out.push(Event::Text(CowStr::Borrowed(mark)));
            }
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'a>) {
        // A table is three deep within itself, and is kept whole or not at all.
        let room = if matches!(tag, Tag::Table(_)) {
            DEPTH - 3
        } else {
            DEPTH
        };
        let tag = if self.depth < room {
            self.allowed(tag)
        } else {
            None
        };
        let Some(tag) = tag else {
            self.open.push(Fate::Dropped);
            return;
        };
        match tag {
            Tag::Link { .. } => self.in_link = true,
            Tag::CodeBlock(_) => self.in_code = true,
            _ => {}
        }
        if matches!(tag, Tag::Link { .. } | Tag::Heading { .. }) {
            self.begun = self.out.len();
        }
        self.depth += 1;
        self.open.push(Fate::Kept(tag.to_end()));
        self.out.push(Event::Start(tag));
    }

    /// The tag as it goes on; none for what is only looked into.
    fn allowed(&self, tag: Tag<'a>) -> Option<Tag<'a>> {
        match tag {
            Tag::HtmlBlock => Some(Tag::Paragraph),
            Tag::Heading { level, .. } => Some(Tag::Heading {
                level: self.below(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }
                if !self.in_link && is_safe(&dest_url, self.voice) =>
            {
                match link(dest_url) {
                    Event::Start(tag) => Some(tag),
                    _ => None,
                }
            }
            Tag::Paragraph
            | Tag::BlockQuote(_)
            | Tag::CodeBlock(_)
            | Tag::List(_)
            | Tag::Item
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough => Some(tag),
            _ => None,
        }
    }

    fn close(&mut self) {
        let Some(Fate::Kept(end)) = self.open.pop() else {
            return;
        };
        self.depth -= 1;
        match end {
            TagEnd::Link => {
                self.in_link = false;
                // A picture without words must still be something to press.
                if self.out.len() == self.begun + 1 {
                    self.out.push(Event::Text(CowStr::Borrowed("picture")));
                }
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Heading(_) if self.voice == Voice::Guide => self.name_heading(),
            _ => {}
        }
        self.out.push(Event::End(end));
    }

    /// Headings stand below those of the page.
    fn below(&self, level: HeadingLevel) -> HeadingLevel {
        let levels = match self.voice {
            Voice::Member => [HeadingLevel::H3, HeadingLevel::H4, HeadingLevel::H5],
            Voice::Guide => [HeadingLevel::H2, HeadingLevel::H3, HeadingLevel::H4],
        };
        levels[(level as usize - 1).min(2)]
    }

    /// Gives the heading that ends an id of its words.
    fn name_heading(&mut self) {
        let words = self.out.get(self.begun..).unwrap_or_default();
        let text: String = words
            .iter()
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        let mut slug: String = text
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("-")
            .to_lowercase();
        while !self.ids.insert(slug.clone()) {
            slug.push_str("-again");
        }
        if let Some(Event::Start(Tag::Heading { id, .. })) = self.out.get_mut(self.begun) {
            *id = Some(CowStr::from(slug));
        }
    }
}
