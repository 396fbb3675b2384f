//! Where a text may lead.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use super::Voice;

/// Whether an address may be followed: to the web, to mail, or to a page of this portal (in guides, also on the same page).
pub(super) fn is_safe(address: &str, voice: Voice) -> bool {
    // Browsers drop tabs and line ends from addresses before they read the scheme.
    if address
        .chars()
        .any(|character| character.is_control() || character.is_whitespace())
    {
        return false;
    }
    let scheme = |name: &str| {
        let head = address.get(..name.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(name)) && address.len() > name.len()
    };
    let within = address.starts_with('/') && !address[1..].starts_with(['/', '\\']);
    scheme("https://")
        || scheme("http://")
        || scheme("mailto:")
        || within
        || (voice == Voice::Guide && address.starts_with('#'))
}

/// A link to an address that is safe.
pub(super) fn link(address: CowStr<'_>) -> Event<'_> {
    Event::Start(Tag::Link {
        link_type: LinkType::Inline,
        dest_url: address,
        title: CowStr::Borrowed(""),
        id: CowStr::Borrowed(""),
    })
}

/// Plain text, in which addresses that begin with their scheme become links.
pub(super) fn linked(text: &str, out: &mut Vec<Event<'_>>) {
    let say = |text: &str| Event::Text(CowStr::from(text.to_owned()));
    let (mut rest, mut from) = (text, 0);
    while let Some(at) = rest[from..].find("http").map(|at| at + from) {
        let length = address(&rest[at..]);
        let follows_word = rest[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        if length == 0 || follows_word {
            from = at + "http".len();
            continue;
        }
        if at > 0 {
            out.push(say(&rest[..at]));
        }
        let found = &rest[at..at + length];
        out.extend([
            link(CowStr::from(found.to_owned())),
            say(found),
            Event::End(TagEnd::Link),
        ]);
        (rest, from) = (&rest[at + length..], 0);
    }
    if !rest.is_empty() {
        out.push(say(rest));
    }
}

/// How many bytes of the text are an address, without the punctuation that ends its sentence; 0 for none.
fn address(text: &str) -> usize {
    let Some(scheme) = ["https://", "http://"]
        .iter()
        .find(|scheme| text.starts_with(**scheme))
    else {
        return 0;
    };
    let stops =
        |character: char| character.is_whitespace() || character.is_control() || "<>\"`|".contains(character);
    let mut found = &text[..text.find(stops).unwrap_or(text.len())];
    // A bracket belongs to the address when it was opened there.
    let mut open = found.matches('(').count();
    let mut closed = found.matches(')').count();
    while let Some(last) = found.chars().next_back() {
        match last {
            ')' if closed > open => closed -= 1,
            '(' => open -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '}' | '*' | '_' | '~' | '…' => {}
            _ => break,
        }
        found = &found[..found.len() - last.len_utf8()];
    }
    if found.len() > scheme.len() {
        found.len()
    } else {
        0
    }
}
