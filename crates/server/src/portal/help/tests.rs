//! Every guide is there, leads only to what exists, and names only pictures that are taken.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/help")
}

#[test]
fn every_guide_is_listed_and_reads_well() {
    let files = fs::read_dir(docs()).unwrap().flatten();
    let names: BTreeSet<String> = files
        .filter_map(|file| file.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect();
    let listed: BTreeSet<String> = GUIDES.iter().map(|(slug, _)| (*slug).to_owned()).collect();
    assert_eq!(names, listed);
    for guide in all() {
        assert!(
            !guide.title.is_empty() && guide.title.len() < 60,
            "{}",
            guide.slug
        );
        assert!(
            guide.summary.len() > 20 && guide.summary.len() < 400,
            "{}: {}",
            guide.slug,
            guide.summary
        );
        assert!(guide.sections.len() > 1, "{}", guide.slug);
        let anchors: BTreeSet<_> = guide.sections.iter().map(|section| &section.anchor).collect();
        assert_eq!(anchors.len(), guide.sections.len(), "{}", guide.slug);
    }
}

/// Whether a route answers this path, with `_` for the organization.
fn is_answered(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    crate::routes::table().iter().any(|route| {
        let pattern: Vec<&str> = route.path.split('/').collect();
        let fits = |(pattern, part): (&&str, &&str)| pattern.starts_with('{') || pattern == part;
        route.method == axum::http::Method::GET
            && pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(fits)
    })
}

#[test]
fn every_link_leads_somewhere() {
    for guide in all() {
        let html = guide.body("/o/_").into_iter().filter_map(|piece| match piece {
            Piece::Html(html) => Some(html),
            Piece::Picture { .. } => None,
        });
        for link in html.collect::<String>().split("href=\"").skip(1) {
            let link = link.split('"').next().unwrap_or_default();
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = path.split('?').next().unwrap_or_default();
            let target = match path.strip_prefix("/o/_/help/") {
                Some(slug) => Some(super::guide(slug).unwrap_or_else(|| panic!("{}: {link}", guide.slug))),
                None if path.is_empty() => Some(guide),
                None => {
                    assert!(is_answered(path), "{}: {link}", guide.slug);
                    None
                }
            };
            if let Some(target) = target.filter(|_| !anchor.is_empty()) {
                let known = target.sections.iter().any(|section| section.anchor == anchor);
                assert!(known, "{}: {link}", guide.slug);
            }
        }
    }
}

/// The list of pictures is in the tool that takes them, and names each by its file.
#[test]
fn every_picture_is_one_that_is_taken() {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/src/bin/kit/screenshots.rs");
    let tool = fs::read_to_string(tool).unwrap();
    let mut named = BTreeSet::new();
    for guide in all() {
        for piece in &guide.pieces {
            if let Piece::Picture { file, shows } = piece {
                assert!(shows.len() > 10, "{}: {file} says nothing", guide.slug);
                let name = file.strip_suffix(".png").unwrap();
                assert!(
                    tool.contains(&format!("\"{name}\"")),
                    "{}: {file} is never taken",
                    guide.slug
                );
                named.insert(file.clone());
            }
        }
    }
    assert!(!named.is_empty());
    for file in fs::read_dir(docs().join("images"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = file.file_name().to_string_lossy().into_owned();
        assert!(
            named.contains(&name)
                || std::path::Path::new(&name)
                    .extension()
                    .is_none_or(|kind| kind != "png"),
            "{name} is in no guide"
        );
    }
}

#[test]
fn a_search_finds_sections_by_all_their_words() {
    let found = search("  CODE tessera   login ", |_| true);
    assert!(
        found.iter().any(|found| found.guide.slug == "enrolling"),
        "{found:?}"
    );
    assert!(search("", |_| true).is_empty());
    assert!(search("zxqv", |_| true).is_empty());
    for hostile in ["<script>", "%", "\\", &"x".repeat(10_000)] {
        assert!(search(hostile, |_| true).len() <= MATCHES);
    }
}

#[test]
fn a_text_is_read_in_pieces() {
    let source = "# Title\n\nWhat *this* is, in short.\n\n![A page with a list](page.png)\n\n## First thing\n\nGo to [Members](/o/_/members).\n";
    let guide = Guide::read("x", Audience::Members, source);
    assert_eq!(
        (guide.title.as_str(), guide.summary.as_str()),
        ("Title", "What this is, in short.")
    );
    assert_eq!(guide.sections.len(), 2);
    assert_eq!(guide.sections[1].anchor, "first-thing");
    assert_eq!(guide.sections[1].text, "Go to Members.");
    let body = guide.body("/o/org_1");
    assert_eq!(body.len(), 2, "a picture that is not there is left out");
    assert!(matches!(&body[1], Piece::Html(html) if html.contains("href=\"/o/org_1/members\"")));
}
