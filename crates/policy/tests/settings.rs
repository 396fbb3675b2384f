//! Documents, edits, differences, merging and explaining.

use proptest::{collection::vec, option, prelude::*};
use serde_json::json;
use tessera_ids::{AccountId, TeamId, TypedId};
use tessera_policy::{
    Change, Edit, Kind, Layer, LayerDocument, LayerName, Leaf, Row, RowKind, SectionName, Setting,
    SettingsPatch, Side, Table, Value, WebsiteList, apply, diff, edits_between, explain, merge, permitted,
    plan,
};

fn team(number: u128) -> LayerName {
    LayerName::Team(TeamId::from_uuid(uuid::Uuid::from_u128(number)))
}

fn value(leaf: Leaf) -> BoxedStrategy<Value> {
    match leaf.kind() {
        Kind::Switch => any::<bool>().prop_map(Value::Switch).boxed(),
        Kind::Choice(words) => proptest::sample::select(words).prop_map(Value::Choice).boxed(),
        Kind::Model => proptest::sample::select(vec!["none", "a/b", "a/c", "b/b"])
            .prop_map(|name| Value::Model(name.parse().ok()))
            .boxed(),
        Kind::WebsiteList | Kind::Table(_) => unreachable!("lists are no values"),
    }
}

fn plain_leaves() -> Vec<Leaf> {
    Leaf::ALL
        .iter()
        .copied()
        .filter(|leaf| !leaf.kind().is_list())
        .collect()
}

fn row(kind: RowKind) -> impl Strategy<Value = (String, Row)> {
    any::<(bool, u8)>().prop_map(move |(flag, number)| {
        let (key, json) = match kind {
            RowKind::Application => {
                let rule = format!("bundle_id:com.app{}", number % 3);
                (
                    format!("app{}", number % 4),
                    json!({"name": "App", "identifiers": [rule], "blocked": flag}),
                )
            }
            RowKind::ModelSwitch => (
                ["a", "a/b", "a/c", "b/b"][usize::from(number % 4)].to_owned(),
                json!(flag),
            ),
            RowKind::CustomModel => (
                format!("a/own{}", number % 3),
                json!({"title": if flag { "Own" } else { "Old" }}),
            ),
            RowKind::Purge => (
                format!("p{}", number % 3),
                json!({"websites": ["a.com"], "before": number}),
            ),
        };
        let row = Row::read(kind, &key, &json).expect("the strategy makes rows");
        (key, row)
    })
}

fn tables() -> Vec<(Leaf, RowKind)> {
    let kind = |leaf: &Leaf| match leaf.kind() {
        Kind::Table(kind) => Some((*leaf, kind)),
        _ => None,
    };
    Leaf::ALL.iter().filter_map(kind).collect()
}

fn document() -> impl Strategy<Value = LayerDocument> {
    let tables: Vec<_> = tables()
        .into_iter()
        .map(|(leaf, kind)| vec(row(kind), 0..4).prop_map(move |rows| (leaf, Table::from_rows(rows))))
        .collect();
    (plain_document(), tables).prop_map(|(document, tables)| {
        tables.into_iter().fold(document, |document, (leaf, table)| {
            document.with_table(leaf, table)
        })
    })
}

fn one_layer() -> impl Strategy<Value = Layer> {
    (document(), list()).prop_map(|(document, websites)| Layer {
        name: LayerName::Org,
        document,
        websites,
    })
}

fn plain_document() -> impl Strategy<Value = LayerDocument> {
    let settings: Vec<_> = plain_leaves()
        .into_iter()
        .map(|leaf| option::of((value(leaf), any::<bool>())).prop_map(move |said| (leaf, said)))
        .collect();
    settings.prop_map(|settings| {
        settings
            .into_iter()
            .fold(LayerDocument::default(), |document, (leaf, said)| match said {
                Some((value, locked)) => document.with(leaf, Setting { value, locked }),
                None => document,
            })
    })
}

fn list() -> impl Strategy<Value = WebsiteList> {
    vec("[a-d]\\.com", 0..6).prop_map(WebsiteList::from_rows)
}

fn name() -> impl Strategy<Value = LayerName> {
    prop_oneof![
        Just(LayerName::Org),
        Just(LayerName::Member),
        (0_u128..2)
            .prop_map(|number| LayerName::Tightened(AccountId::from_uuid(uuid::Uuid::from_u128(number)))),
        (0_u128..3).prop_map(team)
    ]
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    let layer = (name(), document(), list()).prop_map(|(name, document, websites)| Layer {
        name,
        document,
        websites,
    });
    vec(layer, 0..6)
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let set = proptest::sample::select(plain_leaves()).prop_flat_map(|leaf| {
        (value(leaf), option::of(any::<bool>())).prop_map(move |(value, locked)| Edit::Set {
            leaf,
            value,
            locked,
        })
    });
    let clear = proptest::sample::select(plain_leaves()).prop_map(|leaf| Edit::Clear { leaf });
    let websites =
        (vec("[a-d]\\.com", 0..4), vec("[a-d]\\.com", 0..4)).prop_map(|(add, remove)| Edit::Websites {
            add: add
                .iter()
                .map(|row| row.parse().expect("the strategy makes rules"))
                .collect(),
            remove,
        });
    let rows = proptest::sample::select(tables()).prop_flat_map(|(leaf, kind)| {
        (vec(row(kind), 0..4), vec(row(kind), 0..3)).prop_map(move |(set, remove)| Edit::Rows {
            leaf,
            set,
            remove: remove.into_iter().map(|(key, _)| key).collect(),
        })
    });
    vec(prop_oneof![set, clear, websites, rows], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn merging_minds_no_order(layers in layers(), seed in any::<u64>()) {
        let mut shuffled = layers.clone();
        let length = shuffled.len().max(1);
        shuffled.rotate_left(usize::try_from(seed).unwrap_or(0) % length);
        shuffled.reverse();
        prop_assert_eq!(merge(&layers), merge(&shuffled));
    }

    #[test]
    fn merging_twice_is_merging_once(layers in layers()) {
        let twice: Vec<Layer> = layers.iter().chain(&layers).cloned().collect();
        prop_assert_eq!(merge(&layers), merge(&twice));
    }

    #[test]
    fn making_a_word_stricter_loosens_nothing(layers in layers(), at in any::<proptest::sample::Index>(), leaf in proptest::sample::select(plain_leaves())) {
        prop_assume!(!layers.is_empty());
        let mut stricter = layers.clone();
        let layer = &mut stricter[at.index(layers.len())];
        let Some(said) = layer.document.get(leaf) else { return Ok(()) };
        layer.document = layer.document.clone().with(leaf, Setting { value: leaf.strictest(), ..said });
        let severity = |layers: &[Layer]| leaf.severity(&merge(layers).get(leaf).value);
        prop_assert!(severity(&stricter) >= severity(&layers));
    }

    #[test]
    fn a_member_loosens_nothing(layers in layers(), document in document(), websites in list()) {
        let before = merge(&layers);
        let member = Layer { name: LayerName::Member, document, websites };
        let after = merge(&layers.iter().cloned().chain([member]).collect::<Vec<_>>());
        for leaf in Leaf::ALL {
            prop_assert!(leaf.severity(&after.get(*leaf).value) >= leaf.severity(&before.get(*leaf).value));
            prop_assert_eq!(after.get(*leaf).locked, before.get(*leaf).locked);
        }
    }

    #[test]
    fn what_org_locks_no_team_replaces(layers in layers(), leaf in proptest::sample::select(plain_leaves())) {
        let effective = merge(&layers).get(leaf);
        if effective.locked {
            prop_assert!(!matches!(effective.source, LayerName::Team(_)));
        }
    }

    #[test]
    fn explaining_agrees_with_merging(layers in layers(), leaf in proptest::sample::select(Leaf::ALL)) {
        let (explained, effective) = (explain(&layers, leaf), merge(&layers).get(leaf));
        prop_assert_eq!((explained.value, explained.source), (effective.value, effective.source));
        prop_assert!(explained.spoke.iter().any(|spoke| spoke.won && spoke.layer == effective.source));
        prop_assert!(explained.spoke.is_sorted_by_key(|spoke| spoke.layer));
    }

    #[test]
    fn the_way_leads_there(from in one_layer(), to in one_layer()) {
        let edits = edits_between(&from, &to);
        let (document, websites) = apply(&from.document, &from.websites, &edits).unwrap();
        prop_assert_eq!((&document, &websites), (&to.document, &to.websites));
        prop_assert!(edits_between(&to, &to).is_empty());
    }

    #[test]
    fn sections_read_back(document in document()) {
        let sections = document.sections();
        let read = LayerDocument::from_sections(sections.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let read = read.unwrap();
        prop_assert_eq!(&read, &document);
        prop_assert_eq!(read.sections(), sections);
    }

    #[test]
    fn the_difference_is_what_the_edits_did(document in document(), websites in list(), edits in edits()) {
        let (after, rows) = apply(&document, &websites, &edits).unwrap();
        let before = Side { document: &document, websites: &websites };
        let changed = Side { document: &after, websites: &rows };
        let changes = diff(before, changed);
        prop_assert_eq!(changes.is_empty(), document == after && websites == rows);
        prop_assert_eq!(plan(before, changed).changes.len(), changes.len());
        // Applying twice does no more, and the difference, applied, leads to the same place.
        prop_assert_eq!(apply(&after, &rows, &edits).unwrap(), (after.clone(), rows.clone()));
        let replay: Vec<Edit> = changes.iter().map(|change| match change {
            Change::Value { leaf, after: Some(setting), .. } => {
                Edit::Set { leaf: *leaf, value: setting.value.clone(), locked: Some(setting.locked) }
            }
            Change::Value { leaf, .. } => Edit::Clear { leaf: *leaf },
            Change::Websites { added_sample, removed_sample, .. } => Edit::Websites {
                add: added_sample.iter().map(|row| row.parse().expect("the strategy makes rules")).collect(),
                remove: removed_sample.clone(),
            },
            Change::Rows { leaf, .. } => {
                let layer = |document: &LayerDocument| Layer {
                    document: document.clone(),
                    ..Layer::empty(LayerName::Org)
                };
                let way = edits_between(&layer(&document), &layer(&after));
                way.into_iter().find(|edit| edit.leaf() == *leaf).expect("a difference has a way")
            }
            Change::NotUnderstood { path } => panic!("{path}"),
        }).collect();
        prop_assert_eq!(apply(&document, &websites, &replay).unwrap(), (after, rows));
        let json = serde_json::to_string(&changes).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Change>>(&json).unwrap(), changes);
    }
}

#[test]
fn bytes_of_a_section_are_golden() {
    let document = LayerDocument::default()
        .with(Leaf::Telemetry, Setting::open(Value::Switch(false)))
        .with(Leaf::ProcessingMode, Setting::locked(Value::Choice("local")));
    let bytes = document.section_bytes(SectionName::Features).unwrap();
    let golden = r#"{"processing_mode":{"locked":true,"value":"local"},"telemetry":{"value":false}}"#;
    assert_eq!(String::from_utf8(bytes).unwrap(), golden);
    assert_eq!(document.section_bytes(SectionName::Memory), None);
}

#[test]
fn what_a_newer_server_says_is_kept_and_reported() {
    let features = br#"{"telemetry":{"value":"sometimes"},"warp":{"value":3}}"#;
    let weather = br#"{"b":[1,{"z":1,"y":null}],"a":"\u00fc"}"#;
    let sections = [("features", features.as_slice()), ("weather", weather.as_slice())];
    let document = LayerDocument::from_sections(sections).unwrap();
    assert_eq!(
        document.get(Leaf::Telemetry),
        Some(Setting::locked(Value::Switch(false)))
    );
    assert_eq!(
        document.not_understood(),
        ["features.telemetry", "features.warp", "weather"]
    );
    let written = document.sections();
    assert_eq!(written["features"], features);
    assert_eq!(
        written["weather"],
        r#"{"a":"ü","b":[1,{"y":null,"z":1}]}"#.as_bytes()
    );
    let edited = document
        .clone()
        .with(Leaf::Telemetry, Setting::open(Value::Switch(true)));
    assert_eq!(edited.not_understood(), ["features.warp", "weather"]);
}

#[test]
fn what_is_no_section_is_refused() {
    for bytes in ["", "[]", "{", "1.5", r#"{"x":1.5}"#, "null", "\u{0}"] {
        assert!(
            LayerDocument::from_sections([("features", bytes.as_bytes())]).is_err(),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_patch_is_read() {
    let edits = SettingsPatch::parse(&json!({
        "features": {"telemetry": false, "processing": {"value": true, "locked": true}, "processing_mode": null},
        "memory": {"websites": {"add": ["www.Example.com"], "remove": ["old.com"]}}
    }));
    let edits = edits.unwrap();
    assert_eq!(edits.len(), 4);
    assert!(edits.contains(&Edit::Clear {
        leaf: Leaf::ProcessingMode
    }));
    let websites = WebsiteList::from_rows(["old.com", "other.com"]);
    let (document, websites) = apply(&LayerDocument::default(), &websites, &edits).unwrap();
    assert_eq!(
        document.get(Leaf::Processing),
        Some(Setting::locked(Value::Switch(true)))
    );
    assert_eq!(websites.iter().collect::<Vec<_>>(), ["example.com", "other.com"]);
}

#[test]
fn a_bad_patch_says_where() {
    let complaints = SettingsPatch::parse(&json!({
        "features": {"telemetry": "no", "warp/speed": 1, "processing": {"value": true, "lock": 1}, "processing_mode": "fast"},
        "memory": {"websites": {"add": ["ok.com", "co.uk", 7], "extra": []}, "audio_capture": {"locked": true}},
        "weather": {}
    }));
    let mut pointers: Vec<String> = complaints
        .unwrap_err()
        .into_iter()
        .map(|complaint| complaint.pointer)
        .collect();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/settings/features/processing/lock",
            "/settings/features/processing_mode",
            "/settings/features/telemetry",
            "/settings/features/warp~1speed",
            "/settings/memory/audio_capture/value",
            "/settings/memory/websites/add/1",
            "/settings/memory/websites/add/2",
            "/settings/memory/websites/extra",
            "/settings/weather",
        ]
    );
    assert!(SettingsPatch::parse(&json!([])).is_err());
    let flood = json!({"memory": {"websites": {"add": vec!["*"; 5_000]}}});
    assert_eq!(SettingsPatch::parse(&flood).unwrap_err().len(), 101);
}

#[test]
fn a_team_and_a_member_may_not_lock() {
    let lock = [Edit::Set {
        leaf: Leaf::Telemetry,
        value: Value::Switch(false),
        locked: Some(true),
    }];
    assert!(permitted(LayerName::Org, &lock).is_ok());
    for layer in [LayerName::BuiltIn, team(1), LayerName::Member] {
        assert!(permitted(layer, &lock).is_err(), "{layer}");
    }
}

#[test]
fn review_says_it_in_words() {
    let before = LayerDocument::default().with(Leaf::Telemetry, Setting::open(Value::Switch(true)));
    let after = LayerDocument::default()
        .with(Leaf::Telemetry, Setting::open(Value::Switch(false)))
        .with(Leaf::ManagedWebsites, Setting::locked(Value::Switch(false)));
    let (old, new) = (
        WebsiteList::from_rows(["a.example.com"]),
        WebsiteList::from_rows(["a.example.com", "example.com"]),
    );
    let plan = plan(
        Side {
            document: &before,
            websites: &old,
        },
        Side {
            document: &after,
            websites: &new,
        },
    );
    let sentences: Vec<&str> = plan
        .changes
        .iter()
        .map(|change| change.sentence.as_str())
        .collect();
    assert_eq!(
        sentences,
        [
            "Telemetry: on → off",
            "Organization managed denied websites: on (default), not locked → off, locked",
            "Denied websites: 1 website added",
        ]
    );
    assert!(plan.changes[1].warning.as_ref().unwrap().contains("2 websites"));
    assert_eq!(
        (plan.shadowed, plan.shadowed_sample[0].by.as_str()),
        (1, "example.com")
    );
}

#[test]
fn the_registry_is_whole() {
    for leaf in Leaf::ALL {
        assert_eq!(leaf.path().parse(), Ok(*leaf));
        assert_eq!(leaf.path(), format!("{}.{}", leaf.section(), leaf.name()));
        assert!(leaf.help().ends_with('.'), "{}", leaf.path());
        assert!(!leaf.help().contains("  "));
        assert_eq!(serde_json::to_value(leaf).unwrap(), json!(leaf.path()));
    }
    assert!("features.nothing".parse::<Leaf>().is_err());
}

#[test]
fn a_layers_name_reads_back() {
    for layer in [LayerName::BuiltIn, LayerName::Org, team(7), LayerName::Member] {
        assert_eq!(layer.to_string().parse(), Ok(layer));
    }
    assert!("team".parse::<LayerName>().is_err());
}
