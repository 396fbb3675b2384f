//! What hostile text comes to. The corpus is a file of its own, so that stories over HTTP send the same.

use super::*;

/// Texts between lines of `%%`.
const CORPUS: &str = include_str!("../../../tests/hostile/markdown.txt");

/// As long as a form may be.
const LONG: usize = 64 * 1024;

/// Texts that are too large to be written down: deep, wide, and known to be slow elsewhere.
fn generated() -> Vec<String> {
    let repeated = |piece: &str| piece.repeat(LONG / piece.len());
    let wide_row = format!("{}\n{}\n", "|a".repeat(8_000), "|-".repeat(8_000));
    let pieces = [
        ">",
        "> ",
        "- ",
        "1. ",
        "*",
        "**a ",
        "_a *",
        "`",
        "```\n",
        "[",
        "[a](",
        "![",
        "![a](b",
        "[a]: b\n",
        "\\",
        "<",
        "<div>",
        "<!--",
        "<![CDATA[",
        "<?",
        "&",
        "&#0;",
        "&amp;",
        "~",
        "#",
        "|",
        "|a\n|-\n",
        "http://",
        "https://(",
        "https://a)",
        "a_",
        "*a_ ",
        "- a\n  ",
        "[a][b]",
        "\u{202e}",
        "\u{fffd}",
        "é",
        "\n",
        "\t",
        "- [ ] ",
        "http",
    ];
    let mut texts: Vec<String> = pieces.iter().map(|piece| repeated(piece)).collect();
    texts.push(wide_row + &"|\n".repeat(16_000));
    texts.push((0..200).map(|depth| "  ".repeat(depth) + "- a\n").collect());
    texts.push(format!("{}x{}", "[".repeat(LONG / 2), "](/)".repeat(LONG / 8)));
    texts.push(format!("{}x{}", "<b>".repeat(LONG / 8), "</b>".repeat(LONG / 8)));
    texts
}

/// Reads the HTML as a browser's tokenizer would, and fails on anything but the few tags and attributes.
fn assert_harmless(source: &str, html: &str) {
    let shown = &source[..source.char_indices().nth(80).map_or(source.len(), |(at, _)| at)];
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("{shown}: <{piece} never ends"));
        if tag.starts_with('/') {
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = wall().clone_tags();
        assert!(known.contains(name), "{shown}: <{tag}>");
        let mut rest = attributes;
        while !rest.trim().is_empty() {
            let (attribute, after) = rest
                .trim_start()
                .split_once("=\"")
                .unwrap_or_else(|| panic!("{shown}: <{tag}>"));
            let (value, after) = after
                .split_once('"')
                .unwrap_or_else(|| panic!("{shown}: <{tag}>"));
            rest = after;
            match attribute {
                "href" => assert!(is_followed(value), "{shown}: {value}"),
                "rel" => assert_eq!(value, "nofollow noopener noreferrer"),
                "start" => assert!(value.parse::<u64>().is_ok(), "{shown}: {value}"),
                other => panic!("{shown}: attribute {other} in <{tag}>"),
            }
        }
    }
}

fn is_followed(address: &str) -> bool {
    let web = ["http://", "https://", "mailto:"];
    let lower = address.to_lowercase();
    web.iter().any(|scheme| lower.starts_with(scheme))
        || (address.starts_with('/') && !address.starts_with("//"))
}

#[test]
fn nothing_hostile_comes_through() {
    let written = CORPUS.split("\n%%\n").map(str::to_owned);
    for source in written.chain(generated()) {
        let html = member(&source);
        assert_harmless(&source, html.as_str());
        assert!(html.as_str().len() <= 40 * LONG, "{} bytes", html.as_str().len());
        excerpt(&source, 200);
    }
}

#[test]
fn mark_up_is_shown_as_the_text_that_it_is() {
    for (source, shown) in [
        (
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("a <b onclick=x>b</b>", "&lt;b onclick=x&gt;"),
        ("[a](javascript:alert(1))", "<p>a</p>"),
        ("[a](java&#x0A;script:alert(1))", "<p>a</p>"),
        ("[a](//evil.example)", "<p>a</p>"),
        ("[a](/\\evil.example)", "<p>a</p>"),
    ] {
        let html = member(source);
        assert!(html.as_str().contains(shown), "{source}: {html}");
    }
}

#[test]
fn what_people_write_looks_as_they_mean_it() {
    let rel = "rel=\"nofollow noopener noreferrer\"";
    for (source, html) in [
        (
            "a *b* **c** ~~d~~ `e`",
            "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n".to_owned(),
        ),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n".to_owned()),
        ("# Top\n### Deep", "<h3>Top</h3>\n<h5>Deep</h5>\n".to_owned()),
        ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n".to_owned()),
        ("- [x] done", "<ul>\n<li>☑ done</li>\n</ul>\n".to_owned()),
        (
            "[page](/o/x)",
            format!("<p><a href=\"/o/x\" {rel}>page</a></p>\n"),
        ),
        (
            "See https://example.org/a_b(c)?d=1&e. Yes",
            format!(
                "<p>See <a href=\"https://example.org/a_b(c)?d=1&amp;e\" {rel}>https://example.org/a_b(c)?d=1&amp;e</a>. Yes</p>\n"
            ),
        ),
        (
            "![A chart](https://example.org/c.png) ![](https://example.org/d.png)",
            format!(
                "<p><a href=\"https://example.org/c.png\" {rel}>A chart</a> \
                 <a href=\"https://example.org/d.png\" {rel}>picture</a></p>\n"
            ),
        ),
        (
            "`https://example.org`",
            "<p><code>https://example.org</code></p>\n".to_owned(),
        ),
    ] {
        assert_eq!(member(source).as_str(), html, "{source}");
    }
}

#[test]
fn an_excerpt_is_plain_and_says_what_it_left_out() {
    assert_eq!(
        excerpt("# Hello\n\n*big* <b>world</b>", 80),
        "Hello big <b>world</b>"
    );
    assert_eq!(excerpt(&"word ".repeat(100), 20), "word word word word…");
    assert_eq!(excerpt("", 20), "");
}

#[test]
fn a_guides_headings_can_be_linked_to() {
    let html = guide("# How to *join*\n\n# How to join\n\n[below](#how-to-join)\nsame");
    assert!(
        html.as_str()
            .starts_with("<h2 id=\"how-to-join\">How to <em>join</em></h2>"),
        "{html}"
    );
    assert!(html.as_str().contains("<h2 id=\"how-to-join-again\">"), "{html}");
    assert!(html.as_str().contains("href=\"#how-to-join\""), "{html}");
}
