//! Every page draws from sample values, and keeps what LOOK.md and the content security policy demand of all pages.

use super::samples;

#[test]
fn no_page_carries_inline_style_or_script() {
    for sample in samples::all() {
        for forbidden in ["style=", "<style", "onclick=", "javascript:", "<script>"] {
            assert!(
                !sample.html.contains(forbidden),
                "{} contains {forbidden}",
                sample.name
            );
        }
    }
}

#[test]
fn every_page_has_landmarks_one_heading_and_a_way_past_the_menu() {
    for sample in samples::all() {
        let count = |needle: &str| sample.html.matches(needle).count();
        assert_eq!(count("<h1"), 1, "{}", sample.name);
        assert_eq!(count("<main id=\"main\""), 1, "{}", sample.name);
        assert_eq!(count("class=\"skip\" href=\"#main\""), 1, "{}", sample.name);
        assert_eq!(
            count("<table"),
            count("<caption"),
            "{}: a table without a caption",
            sample.name
        );
    }
}

#[test]
fn every_control_has_a_label() {
    for sample in samples::all() {
        for tag in sample
            .html
            .split('<')
            .filter(|tag| tag.starts_with("input ") || tag.starts_with("select "))
        {
            let tag = &tag[..tag.find('>').expect("a tag ends")];
            let attribute = |name: &str| {
                let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
                Some(&tag[from..from + tag[from..].find('"')?])
            };
            let labelled = attribute("type") == Some("hidden")
                || attribute("aria-label").is_some()
                || attribute("id").is_some_and(|id| sample.html.contains(&format!("for=\"{id}\"")))
                || matches!(attribute("type"), Some("radio" | "checkbox"));
            assert!(labelled, "{}: <{tag}>", sample.name);
        }
    }
}

#[test]
fn a_reader_sees_no_way_to_what_they_may_not_see() {
    let samples = samples::all();
    let home = &samples
        .iter()
        .find(|sample| sample.name == "home-read")
        .expect("is there")
        .html;
    for hidden in ["/settings/features", "/memory", "Invite people", "Health"] {
        assert!(!home.contains(hidden), "{hidden}");
    }
    assert!(home.contains("/my-settings"));
}

#[test]
fn ids_are_unique_on_every_page() {
    for sample in samples::all() {
        let mut seen = std::collections::BTreeSet::new();
        for id in sample
            .html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(seen.insert(id.to_owned()), "{}: id {id} twice", sample.name);
        }
    }
}
