//! Help: guides in `docs/help/*.md`, embedded in the binary, drawn once, with their sections at hand for contents and search.
//!
//! In a guide, `/o/_` stands for the organization's path. A line that is a picture alone, `![what it shows](name.png)`, names a
//! file in `docs/help/images`; one that is not there is left out.

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use tessera_domain::text::fold;

use super::markdown;

/// Whom a guide is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Members,
    /// Who manages the organization.
    Admins,
    /// Whoever is stuck, or comes from elsewhere.
    Everybody,
}

/// Every guide, in the order of the contents.
const GUIDES: &[(&str, Audience)] = &[
    ("joining", Audience::Members),
    ("installing", Audience::Members),
    ("enrolling", Audience::Members),
    ("what-it-sees", Audience::Members),
    ("leaving", Audience::Members),
    ("first-evening", Audience::Admins),
    ("installing-for-many", Audience::Admins),
    ("inviting", Audience::Admins),
    ("roles", Audience::Admins),
    ("teams-and-updates", Audience::Admins),
    ("blocking-websites", Audience::Admins),
    ("blocking-applications", Audience::Admins),
    ("choosing-models", Audience::Admins),
    ("reading-a-rollout", Audience::Admins),
    ("when-somebody-leaves", Audience::Admins),
    ("deleting-an-organization", Audience::Admins),
    ("alerts", Audience::Admins),
    ("audit-log", Audience::Admins),
    ("policy-as-code", Audience::Admins),
    ("troubleshooting", Audience::Everybody),
    ("coming-from-pieces", Audience::Everybody),
];

/// Letters around a match.
const AROUND: usize = 90;
/// Matches that a search shows.
const MATCHES: usize = 30;

#[derive(RustEmbed)]
#[folder = "../../docs/help/"]
struct Files;

/// One guide.
#[derive(Debug)]
pub struct Guide {
    /// Its word in addresses.
    pub slug: &'static str,
    /// Whom it is for.
    pub audience: Audience,
    /// Its title.
    pub title: String,
    /// Its first paragraph, as plain text.
    pub summary: String,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its text in pieces between pictures, as HTML.
    pieces: Vec<Piece>,
}

/// A section of a guide.
#[derive(Debug)]
pub struct Section {
    /// Where a link leads to it.
    pub anchor: String,
    /// Its heading; empty for what stands before the first.
    pub heading: String,
    /// Its text.
    text: String,
}

/// A part of a guide's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// HTML, drawn from our own Markdown.
    Html(String),
    /// A picture.
    Picture {
        /// The file's name.
        file: String,
        /// What it shows, in words.
        shows: String,
    },
}

/// A section that a search found.
#[derive(Debug)]
pub struct Found {
    /// The guide.
    pub guide: &'static Guide,
    /// Where in it.
    pub section: &'static Section,
    /// The words around the match.
    pub excerpt: String,
}

static ALL: LazyLock<Vec<Guide>> = LazyLock::new(|| {
    let read = |(slug, audience): &(&'static str, Audience)| {
        let file = Files::get(&format!("{slug}.md"))?;
        let text = String::from_utf8_lossy(&file.data).into_owned();
        Some(Guide::read(slug, *audience, &text))
    };
    GUIDES.iter().filter_map(read).collect()
});

/// Every guide, in order.
pub fn all() -> &'static [Guide] {
    &ALL
}

/// One guide.
pub fn guide(slug: &str) -> Option<&'static Guide> {
    ALL.iter().find(|guide| guide.slug == slug)
}

/// A picture of a guide.
pub fn picture(name: &str) -> Option<Vec<u8>> {
    Files::get(&format!("images/{name}")).map(|file| file.data.into_owned())
}

/// The sections in which every word that is looked for stands.
pub fn search(wanted: &str, fits: impl Fn(&Guide) -> bool) -> Vec<Found> {
    let folded = fold(wanted);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let sections = ALL
        .iter()
        .filter(|guide| fits(guide))
        .flat_map(|guide| guide.sections.iter().map(move |section| (guide, section)));
    let found = sections.filter_map(|(guide, section)| {
        let text = fold(&format!("{} {} {}", guide.title, section.heading, section.text));
        let excerpt = excerpt(&section.text, first);
        words.iter().all(|word| text.contains(word)).then_some(Found {
            guide,
            section,
            excerpt,
        })
    });
    found.take(MATCHES).collect()
}

impl Guide {
    fn read(slug: &'static str, audience: Audience, source: &str) -> Self {
        let (title, body) = source.split_once('\n').unwrap_or((source, ""));
        let mut pieces = Vec::new();
        let mut text = String::new();
        for line in body.lines() {
            if let Some(picture) = picture_line(line) {
                pieces.push(html(&std::mem::take(&mut text)));
                pieces.push(picture);
            } else {
                // The page has its own first heading, so a guide's second level is the page's.
                text.push_str(
                    line.strip_prefix('#')
                        .filter(|rest| rest.starts_with('#'))
                        .unwrap_or(line),
                );
                text.push('\n');
            }
        }
        pieces.push(html(&text));
        let sections: Vec<Section> = sections(&pieces);
        let summary = body.split("\n\n").map(str::trim).find(|part| !part.is_empty());
        Self {
            slug,
            audience,
            title: title.trim_start_matches('#').trim().to_owned(),
            summary: plain(&markdown::guide(summary.unwrap_or_default()).to_string()),
            sections,
            pieces,
        }
    }

    /// The body of the guide in an organization with that path. Pictures that are not there are left out.
    pub fn body(&self, org_path: &str) -> Vec<Piece> {
        let ours = |piece: &Piece| match piece {
            Piece::Html(html) => Some(Piece::Html(
                html.replace("href=\"/o/_", &format!("href=\"{org_path}")),
            )),
            Piece::Picture { file, .. } => picture(file).map(|_| piece.clone()),
        };
        self.pieces.iter().filter_map(ours).collect()
    }
}

fn html(text: &str) -> Piece {
    Piece::Html(markdown::guide(text).to_string())
}

/// `![what it shows](name.png)` alone on its line.
fn picture_line(line: &str) -> Option<Piece> {
    let (shows, file) = line.strip_prefix("![")?.strip_suffix(')')?.split_once("](")?;
    Some(Piece::Picture {
        file: file.to_owned(),
        shows: shows.to_owned(),
    })
}

fn sections(pieces: &[Piece]) -> Vec<Section> {
    let html: String = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Html(html) => Some(html.as_str()),
            Piece::Picture { .. } => None,
        })
        .collect();
    let mut parts = html.split("<h2");
    let first = Section {
        anchor: String::new(),
        heading: String::new(),
        text: plain(parts.next().unwrap_or_default()),
    };
    let others = parts.filter_map(|part| {
        let (attributes, rest) = part.split_once('>')?;
        let (heading, text) = rest.split_once("</h2>")?;
        let anchor = attributes.split("id=\"").nth(1)?.split('"').next()?;
        Some(Section {
            anchor: anchor.to_owned(),
            heading: plain(heading),
            text: plain(text),
        })
    });
    std::iter::once(first).chain(others).collect()
}

/// HTML without its tags, as one line.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        text.push(' ');
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Marks within a sentence leave a gap before its punctuation.
    [" .", " ,", " ;", " :", " )"]
        .iter()
        .fold(line, |line, gap| line.replace(gap, gap.trim_start()))
}

/// The words around the first match.
fn excerpt(text: &str, word: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let hit = words
        .iter()
        .position(|other| fold(other).contains(word))
        .unwrap_or(0);
    let mut start = hit;
    let mut letters = 0;
    while start > 0 && letters < AROUND / 2 {
        start -= 1;
        letters += words[start].len() + 1;
    }
    let mut shown = String::new();
    for word in &words[start..] {
        if shown.len() > AROUND * 2 {
            break;
        }
        shown.push_str(word);
        shown.push(' ');
    }
    let (before, after) = (
        if start > 0 { "… " } else { "" },
        if shown.len() > AROUND * 2 { "…" } else { "" },
    );
    format!("{before}{}{after}", shown.trim_end())
}

#[cfg(test)]
mod tests;
