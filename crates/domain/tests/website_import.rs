//! What a file of websites comes to, row by row.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use tessera_domain::website_import::{Counts, Preview, RowState, preview};
use tessera_policy::websites::WebsiteList;

fn read(text: &str) -> Preview {
    preview(text.as_bytes(), &WebsiteList::from_rows(["listed.example"])).unwrap()
}

fn rules(text: &str) -> Vec<String> {
    read(text).ready_rules().map(str::to_owned).collect()
}

#[test]
fn every_row_is_sorted_with_its_reason() {
    let read = read(
        "\u{FEFF}Website\r\nbank.example\r\n\r\nhttps://Bank.example/\r\nlisted.example\r\nnot a website\r\ncom\r\nwww.news.example\r\n",
    );
    insta::assert_json_snapshot!(read);
}

#[test]
fn three_bad_rows_of_ten_thousand_are_named() {
    let mut lines: Vec<_> = (0..10_000).map(|n| format!("site{n}.example")).collect();
    for bad in [10, 5_000, 9_999] {
        lines[bad] = "\"open.example".to_owned();
    }
    let read = read(&lines.join("\n"));
    assert_eq!(
        read.counts,
        Counts {
            ready: 9_997,
            duplicate: 0,
            refused: 3
        }
    );
    let named: Vec<_> = read
        .rows
        .iter()
        .filter(|row| row.state == RowState::Refused)
        .map(|row| row.line)
        .collect();
    assert_eq!(named, [11, 5_001, 10_000]);
}

#[test]
fn columns_are_found_by_their_header() {
    assert_eq!(
        rules("note;Domain\nbad;a.example\n\"x;y\";b.example\n"),
        ["a.example", "b.example"]
    );
    assert_eq!(rules("URL,,\na.example,,\n"), ["a.example"]);
    assert_eq!(
        rules("a.example,seen in March\nb.example\tno header\n"),
        ["a.example", "b.example"]
    );
    assert_eq!(
        rules("a.example/x,y;z\n\"b.example\"\n"),
        ["a.example/x,y;z", "b.example"]
    );
}

#[test]
fn an_empty_file_is_an_empty_preview() {
    for empty in ["", "\n\n", "website\n", ",,\n\"\"\n"] {
        assert_eq!(read(empty).counts, Counts::default(), "{empty:?}");
    }
}

#[test]
fn a_hundred_thousand_rows_are_read_and_one_more_is_refused() {
    let mut text = "a b\n".repeat(100_000);
    assert_eq!(read(&text).counts.refused, 100_000);
    text.push_str("more.example\n");
    let refused = preview(text.as_bytes(), &WebsiteList::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "This file has more than 100000 rows. Split it."
    );
}
