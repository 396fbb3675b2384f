//! The list, the sources, the page, the dashboard and the alert rules speak of the same figures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ALL, Kind};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources(folder: &Path, texts: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        let is_list = path.ends_with("figures/tests.rs");
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_list {
            texts.push_str(&std::fs::read_to_string(&path).expect("a source is text"));
        }
    }
}

/// The names that stand after one of these, as macros name figures.
fn named_after(text: &str, heads: &[&str]) -> BTreeSet<String> {
    let name = |rest: &str| {
        let rest = rest.trim_start().strip_prefix('"')?;
        Some(rest.split('"').next()?.to_owned())
    };
    let mut found = BTreeSet::new();
    for head in heads {
        found.extend(text.split(head).skip(1).filter_map(name));
    }
    found
}

/// Every word of a text that begins as figures do; histograms by their own name.
fn words(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text
        .split(|c| !is_part(c))
        .filter(|word| word.starts_with("tessera_"));
    let own = |word: &str| {
        let histogram = |suffix: &str| {
            let name = word.strip_suffix(suffix)?;
            ALL.iter()
                .find(|figure| figure.name == name && figure.kind == Kind::Histogram)
        };
        let known = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| histogram(suffix));
        known.map_or(word, |figure| figure.name).to_owned()
    };
    words.map(own).collect()
}

fn known() -> BTreeSet<String> {
    ALL.iter().map(|figure| figure.name.to_owned()).collect()
}

#[test]
fn what_the_sources_count_is_what_the_list_names() {
    let mut texts = String::new();
    for part in ["app", "server"] {
        sources(&root().join("crates").join(part).join("src"), &mut texts);
    }
    let counted = named_after(&texts, &["counter!(", "gauge!(", "histogram!("]);
    let counted: BTreeSet<String> = counted
        .into_iter()
        .filter(|name| name.starts_with("tessera_"))
        .collect();
    assert_eq!(counted, known());
}

#[test]
fn the_page_has_every_figure_with_its_kind_and_labels_and_no_other() {
    let page = read("docs/METRICS.md");
    assert_eq!(words(&page), known());
    for figure in ALL {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", figure.name)));
        let row = row.unwrap_or_else(|| panic!("{} has no row", figure.name));
        assert!(row.contains(&format!("| {} |", figure.kind.as_str())), "{row}");
        for label in figure.labels {
            assert!(row.contains(&format!("`{label}`")), "{row}");
        }
        assert!(row.contains(figure.help.trim_end_matches('.')), "{row}");
    }
}

#[test]
fn the_dashboard_and_the_rules_ask_for_figures_that_there_are() {
    let dashboard = read("packaging/grafana/tessera.json");
    let json: serde_json::Value = serde_json::from_str(&dashboard).expect("it is JSON");
    let panels = json["panels"].as_array().expect("it has panels");
    let mut queries = 0;
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().expect("a query");
            let asked = words(query);
            assert!(!asked.is_empty() && asked.is_subset(&known()), "{query}");
            queries += 1;
        }
    }
    assert!(queries >= ALL.len() / 2, "{queries}");
    let rules = read("packaging/prometheus/tessera.rules.yml");
    let exprs: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert!(exprs.len() > 5);
    for expr in exprs {
        let asked = words(expr);
        assert!(!asked.is_empty() && asked.is_subset(&known()), "{expr}");
    }
    assert_eq!(
        rules.matches("- alert: ").count(),
        rules.matches("summary: ").count()
    );
}
