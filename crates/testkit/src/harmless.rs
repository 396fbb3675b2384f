//! Whether a page is harmless: read as a browser reads it, nothing in it may act that Tessera did not write.
//! Texts that people typed are planted everywhere by tests; here is only what must never come of them.

use scraper::node::Element;
use scraper::{ElementRef, Html, Node};

/// A text that breaks out of every place where a page could put it unescaped, short enough for a name.
pub const PLANTED: &str = "'\"></title></textarea><planted-x onclick=p()>";

/// The same for places that take an address.
pub const PLANTED_ADDRESS: &str = "javascript:planted()";

/// A text that stands escaped in the source; a page that escapes it twice, or not at all, shows it wrongly.
pub const PLANTED_ENTITY: &str = "AT&amp;T &lt;b&gt;";

/// Elements that no page of ours has.
const NEVER: [&str; 12] = [
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "base",
    "style",
    "foreignobject",
    "animate",
    "set",
    "marquee",
    "math",
];

/// Attributes whose value is an address.
const ADDRESSES: [&str; 9] = [
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "srcset",
    "xlink:href",
    "background",
    "ping",
];

/// What is wrong with a page, each in one line; empty for a harmless one.
pub fn harm(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let mut found = Vec::new();
    for node in page.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                check_element(element, &mut found);
                if let Some(element) = ElementRef::wrap(node) {
                    check_script(&element, &mut found);
                }
            }
            Node::Comment(comment) if comment.contains("planted") => {
                found.push(format!("a comment holds what was planted: {}", &**comment));
            }
            _ => {}
        }
    }
    found
}

fn check_element(element: &Element, found: &mut Vec<String>) {
    let name = element.name().to_lowercase();
    if name.starts_with("planted") || NEVER.contains(&name.as_str()) {
        found.push(format!("an element <{name}>"));
    }
    if name == "meta" && element.attr("http-equiv").is_some() {
        found.push("a meta element that commands the browser".to_owned());
    }
    if name == "link" && !matches!(element.attr("rel"), Some("stylesheet" | "icon")) {
        found.push(format!("a link element for {:?}", element.attr("rel")));
    }
    for (attribute, value) in element.attrs() {
        let attribute = attribute.to_lowercase();
        if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" {
            found.push(format!("<{name} {attribute}={value:?}>"));
        }
        if ADDRESSES.contains(&attribute.as_str()) {
            check_address(&name, &attribute, value, element, found);
        }
    }
}

fn check_address(name: &str, attribute: &str, value: &str, element: &Element, found: &mut Vec<String>) {
    // Browsers drop control characters and space before they look for the scheme.
    let plain: String = value
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let is_local = plain.is_empty() || plain.starts_with(['?', '#']) || is_path(&plain);
    let is_web =
        plain.starts_with("https://") || plain.starts_with("http://") || plain.starts_with("mailto:");
    let follows = name == "a" && attribute == "href";
    if !(is_local || follows && is_web) {
        found.push(format!("<{name} {attribute}={value:?}> leads elsewhere"));
    }
    let rel = element.attr("rel").unwrap_or_default();
    if follows && !is_local && !(rel.contains("noopener") && rel.contains("noreferrer")) {
        found.push(format!(
            "<a href={value:?}> tells the other side where it came from"
        ));
    }
}

fn is_path(address: &str) -> bool {
    address.starts_with('/') && !address[1..].starts_with(['/', '\\'])
}

fn check_script(element: &ElementRef<'_>, found: &mut Vec<String>) {
    if element.value().name() != "script" {
        return;
    }
    let text: String = element.text().collect();
    let ours = element
        .value()
        .attr("src")
        .is_some_and(|src| src.starts_with("/assets/"));
    if !ours || !text.trim().is_empty() {
        found.push(format!("a script: {:?} {text:?}", element.value().attr("src")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_found() {
        for html in [
            format!("<p>{PLANTED}</p>"),
            format!("<input value=\"{PLANTED}\">"),
            format!("<title>{PLANTED}</title>"),
            format!("<textarea>{PLANTED}</textarea>"),
            format!("<a href=\"{PLANTED_ADDRESS}\">x</a>"),
            "<a href=\" java\tscript:p()\">x</a>".to_owned(),
            "<a href=\"//evil.example\">x</a>".to_owned(),
            "<a href=\"https://evil.example\">x</a>".to_owned(),
            "<form action=\"https://evil.example\"></form>".to_owned(),
            "<svg><set attributeName=x></svg>".to_owned(),
            "<p style=\"x\">".to_owned(),
            "<script>1</script>".to_owned(),
            "<script src=\"/o/x\"></script>".to_owned(),
            "<img src=\"https://evil.example/pixel\">".to_owned(),
            "<!-- planted -->".to_owned(),
        ] {
            assert!(!harm(&html).is_empty(), "{html}");
        }
    }

    #[test]
    fn what_is_only_text_is_harmless() {
        let escaped = PLANTED
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        let html = format!(
            "<title>{escaped}</title><input value=\"{escaped}\"><a href=\"/o/x?q=1\">{escaped}</a>\
             <a href=\"https://docs.example\" rel=\"nofollow noopener noreferrer\">x</a>\
             <script type=module src=\"/assets/tessera.1.js\"></script>"
        );
        assert_eq!(harm(&html), Vec::<String>::new());
    }
}
