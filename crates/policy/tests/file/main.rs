//! Files: what is written reads back the same, comments stay, and whatever is wrong is said with its place.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use tessera_policy::{
    Kind, Layer, LayerDocument, LayerName, Leaf, Row, RowKind, SectionName, Setting, Table, Value,
    WebsiteList, edits_between,
    file::{Bearer, Head, MAX_BYTES, PolicyFile, PolicyState, write},
};

mod keys;

fn state(org: Layer, others: Vec<(Bearer, Layer)>) -> PolicyState {
    let head = Head {
        id: Some("org_01jd0000000000000000000000".parse().expect("an id")),
        name: Some("Meridian \"North\"\n".to_owned()),
        revision: Some(7),
    };
    let layers = std::iter::once((Bearer::Org, org)).chain(others).collect();
    PolicyState {
        head,
        layers,
        keys: None,
        renamed: BTreeMap::new(),
    }
}

/// The layer that comes out when a file has its way with another.
fn after(text: &str, bearer: &Bearer, present: &Layer) -> Layer {
    let file = PolicyFile::read(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let said = file.layers().find(|(known, _)| *known == bearer);
    said.into_iter()
        .flat_map(|(_, sections)| sections)
        .fold(present.clone(), |layer, (section, words)| {
            words.over(layer, *section)
        })
}

fn problems(text: &str) -> Vec<String> {
    let problems = PolicyFile::read(text.as_bytes()).expect_err(text);
    problems.iter().map(ToString::to_string).collect()
}

fn setting(leaf: Leaf) -> BoxedStrategy<Setting> {
    let value = match leaf.kind() {
        Kind::Switch => any::<bool>().prop_map(Value::Switch).boxed(),
        Kind::Choice(words) => prop::sample::select(words).prop_map(Value::Choice).boxed(),
        Kind::Model => prop::option::of(prop::sample::select(vec!["openai/gpt-5", "acme/we \"write\""]))
            .prop_map(|name| Value::Model(name.and_then(|name| name.parse().ok())))
            .boxed(),
        Kind::WebsiteList | Kind::Table(_) => unreachable!("only plain leaves are asked"),
    };
    (value, any::<bool>())
        .prop_map(|(value, locked)| Setting { value, locked })
        .boxed()
}

fn row(kind: RowKind) -> BoxedStrategy<(String, Row)> {
    let read = move |key: &str, json: serde_json::Value| {
        let row = Row::read(kind, key, &json).unwrap_or_else(|error| panic!("{key}: {error}"));
        (key.to_owned(), row)
    };
    match kind {
        RowKind::Application => ("[a-z][a-z0-9.-]{0,8}", "[ -~]{0,6}x", any::<bool>())
            .prop_map(move |(key, name, blocked)| {
                let identifiers = json!(["bundle_id:com.example.app.*"]);
                read(
                    &key,
                    json!({ "name": name, "identifiers": identifiers, "blocked": blocked }),
                )
            })
            .boxed(),
        RowKind::ModelSwitch => (
            prop::sample::select(vec!["openai", "openai/gpt-5", "acme/x.y"]),
            any::<bool>(),
        )
            .prop_map(move |(key, allowed)| read(key, json!(allowed)))
            .boxed(),
        RowKind::CustomModel => ("acme/[a-z]{1,4}", prop::option::of(1u64..9_000_000))
            .prop_map(move |(key, window)| {
                let mut row = json!({ "title": "O'Neil \\ \u{1f980}" });
                if let Some(window) = window {
                    row["context_window"] = json!(window);
                }
                read(&key, row)
            })
            .boxed(),
        RowKind::Purge => ("p[0-9]{1,3}", any::<i64>())
            .prop_map(move |(key, before)| {
                read(&key, json!({ "websites": ["bank.example"], "before": before }))
            })
            .boxed(),
    }
}

fn layer(name: LayerName) -> impl Strategy<Value = Layer> {
    let speaks = move |leaf: &Leaf| match name {
        LayerName::Team(_) => leaf.teams_may_override(),
        _ => true,
    };
    let plain: Vec<_> = Leaf::ALL
        .iter()
        .copied()
        .filter(|leaf| !leaf.kind().is_list() && speaks(leaf))
        .map(|leaf| prop::option::of(setting(leaf)).prop_map(move |setting| (leaf, setting)))
        .collect();
    let tables: Vec<_> = Leaf::ALL
        .iter()
        .copied()
        .filter(speaks)
        .filter_map(|leaf| match leaf.kind() {
            Kind::Table(kind) => Some((leaf, kind)),
            _ => None,
        })
        .map(|(leaf, kind)| prop::collection::vec(row(kind), 0..3).prop_map(move |rows| (leaf, rows)))
        .collect();
    let websites = prop::collection::btree_set("[a-z]{1,4}\\.example(:8[0-9]{2})?", 0..6);
    (plain, tables, websites).prop_map(move |(plain, tables, websites)| {
        let mut document = LayerDocument::default();
        for (leaf, setting) in plain {
            if let Some(setting) = setting {
                let locked = setting.locked && name == LayerName::Org;
                document = document.with(leaf, Setting { locked, ..setting });
            }
        }
        for (leaf, rows) in tables {
            document = document.with_table(leaf, Table::from_rows(rows));
        }
        let rules: Vec<_> = websites
            .iter()
            .map(|site| site.parse().expect("a website"))
            .collect();
        Layer {
            name,
            document,
            websites: WebsiteList::from_rules(&rules),
        }
    })
}

fn team() -> LayerName {
    "team_01jd0000000000000000000000".parse().expect("an id")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_leaves_nothing_to_do(org in layer(LayerName::Org), of_team in layer(team())) {
        let named = Bearer::Team("Eng \"A\" [x]".to_owned());
        let text = write(&state(org.clone(), vec![(named.clone(), of_team.clone())]), None);
        prop_assert_eq!(edits_between(&org, &after(&text, &Bearer::Org, &org)), vec![]);
        prop_assert_eq!(edits_between(&of_team, &after(&text, &named, &of_team)), vec![]);
        // The same from nothing, and the same text when it is written again.
        prop_assert_eq!(&after(&text, &Bearer::Org, &Layer::empty(LayerName::Org)), &org);
        prop_assert_eq!(write(&state(org, vec![(named, of_team)]), Some(&text)), text);
    }

    #[test]
    fn a_text_is_brought_up_to_date(before in layer(LayerName::Org), now in layer(LayerName::Org)) {
        let old = write(&state(before, Vec::new()), None);
        let new = write(&state(now.clone(), Vec::new()), Some(&old));
        prop_assert_eq!(&after(&new, &Bearer::Org, &Layer::empty(LayerName::Org)), &now);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = PolicyFile::read(&bytes);
        let _ = Head::read(&bytes);
    }
}

#[test]
fn each_leaf_stands_exactly_once_with_its_help() {
    let text = write(&state(Layer::empty(LayerName::Org), Vec::new()), None);
    for section in SectionName::ALL {
        let header = format!("[{section}]");
        assert_eq!(
            text.lines().filter(|line| *line == header).count(),
            1,
            "{header}\n{text}"
        );
        for leaf in Leaf::in_section(*section) {
            let stands = if let Kind::Table(_) = leaf.kind() {
                text.lines().filter(|line| *line == format!("[{leaf}]")).count()
            } else {
                let body = text.split(&header).nth(1).unwrap();
                let body = body.split("\n[").next().unwrap();
                let key = format!("{} = ", leaf.name());
                body.lines().filter(|line| line.starts_with(&key)).count()
            };
            assert_eq!(stands, 1, "{leaf}\n{text}");
            let first = leaf
                .help()
                .split_whitespace()
                .take(5)
                .collect::<Vec<_>>()
                .join(" ");
            assert!(text.contains(&format!("# {first}")), "{leaf}: {first}\n{text}");
        }
    }
    assert!(text.contains("telemetry = \"default\"  # on\n"), "{text}");
    assert!(text.contains("websites = []\n"), "{text}");
}

const WRITTEN: &str = r#"# Ours. Reviewed by legal.
[org]
id = "org_01jd0000000000000000000000" # do not touch

[features]
telemetry = false  # the works council asked for it
# Speed matters here.
processing_mode = { value = "cloud", locked = true }

[memory]
websites = [
  # banks
  "zürich.example", # both
  "bank.example",
]

[memory.applications] # see the ticket
slack = { name = "Slack", blocked = true, identifiers = ["exe:slack.exe"] } # noisy

[teams.Engineering.features]
telemetry = true # they build it
"#;

#[test]
fn comments_survive_what_changes_around_them() {
    let file_says = after(WRITTEN, &Bearer::Org, &Layer::empty(LayerName::Org));
    let mut org = file_says.clone();
    org.document = org
        .document
        .with(Leaf::Telemetry, Setting::open(Value::Switch(true)));
    let (add, remove) = (["acme.example".parse().unwrap()], ["bank.example".to_owned()]);
    org.websites = org.websites.edited(&add, &remove);
    let platform = Bearer::Team("Platform".to_owned());
    let engineering = Bearer::Team("Engineering".to_owned());
    let of_team = after(WRITTEN, &engineering, &Layer::empty(team()));
    let mut now = state(org.clone(), vec![(platform.clone(), of_team.clone())]);
    now.renamed.insert(engineering, platform.clone());
    let text = write(&now, Some(WRITTEN));
    for kept in [
        "# Ours. Reviewed by legal.",
        "# do not touch",
        "telemetry = true  # the works council asked for it",
        "# Speed matters here.",
        "processing_mode = { value = \"cloud\", locked = true }",
        "# banks",
        "\"zürich.example\", # both",
        "[memory.applications] # see the ticket",
        "# noisy",
        "[teams.Platform.features]\ntelemetry = true # they build it",
    ] {
        assert!(text.contains(kept), "{kept}\n{text}");
    }
    assert!(
        !text.contains("bank.example") && text.contains("acme.example"),
        "{text}"
    );
    assert_eq!(after(&text, &Bearer::Org, &org), org);
    assert_eq!(after(&text, &platform, &of_team), of_team);
    // What falls silent says so in place, and a team that is gone goes.
    org.document = org.document.without(Leaf::Telemetry);
    let silent = write(&state(org, Vec::new()), Some(&text));
    assert!(
        silent.contains("telemetry = \"default\"  # the works council asked for it"),
        "{silent}"
    );
    assert!(!silent.contains("Platform"), "{silent}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, complaint) in [
        (
            "[features]\ntelemetri = true",
            "line 2, column 1: there is no setting called `features.telemetri`",
        ),
        (
            "[feature]\n",
            "line 1, column 2: there is no section called `feature`",
        ),
        (
            "telemetry = true",
            "line 1, column 1: there is no section called `telemetry`",
        ),
        (
            "[features]\n  telemetry = \"off\"",
            "line 2, column 15: features.telemetry: expected true or false, or \"default\" to say nothing",
        ),
        (
            "[features]\nprocessing_mode = \"moon\"",
            "line 2, column 19: features.processing_mode: expected one of local, blended, cloud, or \"default\" to say nothing",
        ),
        (
            "[features]\ntelemetry = { value = true, lock = true }",
            "line 2, column 13: features.telemetry: expected `value` and `locked`, found `lock`",
        ),
        (
            "[features]\ntelemetry = { locked = true }",
            "line 2, column 13: features.telemetry: expected true or false as `value`",
        ),
        (
            "[features]\ntelemetry = 2026-01-01",
            "line 2, column 13: features.telemetry: expected true or false, or \"default\" to say nothing",
        ),
        ("features = 3", "line 1, column 12: expected a table of settings"),
        (
            "[[features]]\ntelemetry = true",
            "line 1, column 1: expected a table of settings",
        ),
        (
            "[memory]\nwebsites = [\n \"ok.example\",\n \"co.uk\",\n 4]",
            "line 5, column 2: expected a website as text",
        ),
        (
            "[memory]\nwebsites = \"bank.example\"",
            "line 2, column 12: expected an array of websites",
        ),
        (
            "[models.allowed]\n\"open ai\" = true",
            "line 2, column 13: `open ai`: expected a provider such as `openai`, or a model such as `openai/gpt-5`",
        ),
        (
            "[models]\nallowed = []",
            "line 2, column 11: expected a table with a row for each model",
        ),
        (
            "[teams.A.features]\ntelemetry = { value = true, locked = true }",
            "line 2, column 13: only the organization can lock a setting",
        ),
        (
            "[teams.A.models.custom]\n",
            "line 1, column 17: teams cannot change “Custom models” (models.custom)",
        ),
        ("[teams]\nA = 3", "line 2, column 5: expected a table of sections"),
        (
            "[teams.A.magic]\n",
            "line 1, column 10: there is no section called `magic`",
        ),
        (
            "[org]\nid = \"acme\"",
            "line 2, column 6: expected an organization's id, `org_…`",
        ),
        (
            "[org]\nsecret = 1",
            "line 2, column 1: expected `id`, `name` and `revision`, found `secret`",
        ),
        (
            "[features]\ntelemetry = true\ntelemetry = false",
            "line 3, column 1: duplicate key",
        ),
        ("[features\n", "line 1, column 10: unclosed table, expected `]`"),
    ] {
        let found = problems(text);
        assert!(
            found.iter().any(|problem| problem == complaint),
            "{text}\n{found:?}"
        );
    }
}

#[test]
fn hostile_files_are_refused_and_cost_little() {
    let text = |bytes: &[u8]| PolicyFile::read(bytes).unwrap_err()[0].to_string();
    assert_eq!(
        text(b"\xff\xfe[\0"),
        "line 1, column 1: this file is UTF-16; save it as UTF-8"
    );
    assert_eq!(
        text(b"[features]\nx = \"\xe9\""),
        "line 2, column 6: this is not UTF-8 text; save the file as UTF-8"
    );
    assert_eq!(
        text(&vec![b' '; MAX_BYTES + 1]),
        "line 1, column 1: a file has at most 16 MiB"
    );
    assert!(
        PolicyFile::read("\u{feff}[features]\ntelemetry = true".as_bytes()).is_ok(),
        "a BOM does no harm"
    );
    let deep = format!(
        "[features]\ntelemetry = {}1{}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(PolicyFile::read(deep.as_bytes()).is_err());
    let dotted = format!("features{} = 1", ".a".repeat(100_000));
    assert!(PolicyFile::read(dotted.as_bytes()).is_err());
    let many: String = (0..5_000).fold(String::new(), |text, number| {
        text + "k" + &number.to_string() + " = 1\n"
    });
    assert_eq!(
        PolicyFile::read(many.as_bytes()).unwrap_err().len(),
        101,
        "only the first are listed"
    );
}

#[test]
fn sections_that_do_not_stand_in_a_file_are_left_alone() {
    let mut layer = Layer::empty(LayerName::Org);
    layer.document = layer
        .document
        .with(Leaf::Telemetry, Setting::open(Value::Switch(false)))
        .with(Leaf::AudioCapture, Setting::open(Value::Switch(false)));
    let said = after("[features]\n", &Bearer::Org, &layer);
    assert_eq!(
        said.document.get(Leaf::Telemetry),
        None,
        "the section is said whole"
    );
    assert_eq!(
        said.document.get(Leaf::AudioCapture),
        layer.document.get(Leaf::AudioCapture)
    );
}

#[test]
fn what_this_version_cannot_read_stays() {
    let memory =
        br#"{"applications":{"odd":{"from":"tomorrow"}},"hologram":{"value":3},"telepathy":{"value":1}}"#;
    let mut layer = Layer::empty(LayerName::Org);
    layer.document = LayerDocument::from_sections([("memory", memory.as_slice())]).unwrap();
    layer.websites = WebsiteList::from_rows(["bank.example", "§ from tomorrow"]);
    let text = write(&state(layer.clone(), Vec::new()), None);
    assert_eq!(
        edits_between(&layer, &after(&text, &Bearer::Org, &layer)),
        vec![],
        "{text}"
    );
    let emptied = after("[memory]\n", &Bearer::Org, &layer);
    assert_eq!(emptied.websites.len(), 1, "the row of tomorrow goes on denying");
    assert!(emptied.document.table(Leaf::Applications).get("odd").is_some());
}

#[test]
fn a_head_is_read_whatever_else_the_file_says() {
    let head = Head::read(b"[org]\nname = \"Meridian\"\n[tomorrow]\nx = 1").unwrap();
    assert_eq!((head.name.as_deref(), head.id), (Some("Meridian"), None));
    assert!(Head::read(b"[org]\nname = 3").is_err());
    assert_eq!(Head::read(b"").unwrap(), Head::default());
}
