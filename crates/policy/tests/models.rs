//! Which models may be used: lists of layers, what turning one on does, and defaults that would break.

use proptest::{collection::btree_map, option, prelude::*, sample::select};
use tessera_ids::{AccountId, TeamId, TypedId};
use tessera_policy::{
    CustomModelRow, Edit, Effective, Layer, LayerDocument, LayerName, Leaf, ModelName, Row, Setting, Table,
    Value, WebsiteList, apply, merge,
    models::{self, Catalogue, ModelReason, Origin, broken_defaults, judge, with_everything_allowed},
};

const NAMES: &[&str] = &["p/a", "p/b", "q/c", "q/d/e"];
const KEYS: &[&str] = &["p", "q", "p/a", "p/b", "q/c", "q/d/e"];

fn model(text: &str) -> ModelName {
    text.parse().expect("a model's name")
}

fn models() -> Vec<ModelName> {
    NAMES.iter().map(|name| model(name)).collect()
}

fn team(number: u128) -> LayerName {
    LayerName::Team(TeamId::from_uuid(uuid::Uuid::from_u128(number)))
}

fn one_member() -> LayerName {
    LayerName::Tightened(AccountId::from_uuid(uuid::Uuid::from_u128(1)))
}

/// A layer with a switch, a word on new models, and rows.
fn layer(name: LayerName, on: Option<bool>, new: Option<&'static str>, rows: &[(&str, bool)]) -> Layer {
    let rows = rows.iter().map(|(key, allowed)| (*key, Row::Model(*allowed)));
    let mut document = LayerDocument::default().with_table(Leaf::AllowedModels, Table::from_rows(rows));
    if let Some(on) = on {
        document = document.with(Leaf::ManagedModels, Setting::open(Value::Switch(on)));
    }
    if let Some(word) = new {
        document = document.with(Leaf::NewModels, Setting::open(Value::Choice(word)));
    }
    Layer {
        name,
        document,
        websites: WebsiteList::default(),
    }
}

fn any_layer(name: LayerName) -> impl Strategy<Value = Layer> {
    let rows = btree_map(select(KEYS), any::<bool>(), 0..6);
    let new = option::of(select(&["blocked", "allowed"][..]));
    (option::of(any::<bool>()), new, rows, any::<bool>()).prop_map(move |(on, new, rows, lock)| {
        let rows: Vec<_> = rows.into_iter().collect();
        let mut layer = layer(name, on, new, &rows);
        if let (Some(said), true) = (
            layer.document.get(Leaf::ManagedModels),
            lock && name == LayerName::Org,
        ) {
            layer.document = layer
                .document
                .with(Leaf::ManagedModels, Setting::locked(said.value));
        }
        layer
    })
}

fn any_layers() -> impl Strategy<Value = Vec<Layer>> {
    let layers = (
        any_layer(LayerName::Org),
        option::of(any_layer(team(1))),
        option::of(any_layer(team(2))),
        option::of(any_layer(one_member())),
        option::of(any_layer(LayerName::Member)),
    );
    layers.prop_map(|(org, one, two, tightened, member)| {
        [Some(org), one, two, tightened, member]
            .into_iter()
            .flatten()
            .collect()
    })
}

fn allows(layers: &[Layer], name: &ModelName) -> bool {
    judge(&merge(layers), name).is_allow()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_other_layer_allows_what_the_organizations_list_denies(layers in any_layers()) {
        for name in models() {
            if !allows(&layers[..1], &name) {
                prop_assert!(!allows(&layers, &name), "{name}");
            }
        }
    }

    #[test]
    fn who_may_only_tighten_allows_nothing_more(layers in any_layers(), own in any_layer(LayerName::Member)) {
        let without: Vec<Layer> = layers.into_iter().filter(|layer| layer.name != LayerName::Member).collect();
        let with: Vec<Layer> = without.iter().cloned().chain([own]).collect();
        for name in models() {
            prop_assert!(!allows(&with, &name) || allows(&without, &name), "{name}");
        }
    }

    #[test]
    fn the_order_of_layers_and_saying_it_twice_change_nothing(layers in any_layers(), by in 0_usize..5) {
        let mut turned = layers.clone();
        turned.rotate_left(by % layers.len());
        turned.extend(layers.clone());
        for name in models() {
            prop_assert_eq!(judge(&merge(&layers), &name), judge(&merge(&turned), &name));
        }
    }

    #[test]
    fn switching_a_row_off_allows_nothing_more(layers in any_layers(), at in any::<prop::sample::Index>(), key in select(KEYS)) {
        let mut stricter = layers.clone();
        let layer = &mut stricter[at.index(layers.len())];
        prop_assume!(!layer.document.table(Leaf::AllowedModels).is_empty());
        layer.document = layer.document.clone().with_rows(Leaf::AllowedModels, &[(key.to_owned(), Row::Model(false))], &[]);
        for name in models() {
            prop_assert!(!allows(&stricter, &name) || allows(&layers, &name), "{name}");
        }
    }

    #[test]
    fn turning_a_list_on_changes_nothing(layers in any_layers(), at in any::<prop::sample::Index>()) {
        let mut before = layers;
        let place = at.index(before.len());
        for (at, layer) in before.iter_mut().enumerate() {
            // A silent layer's rows follow the organization's switch, which is what its own page says.
            if at != place && layer.document.get(Leaf::ManagedModels).is_none() {
                layer.document = layer.document.clone().without(Leaf::AllowedModels);
            }
        }
        let empty = before[place].document.clone().without(Leaf::AllowedModels);
        before[place].document = empty.with(Leaf::ManagedModels, Setting::open(Value::Switch(false)));
        let mut others = before.clone();
        let own = others.remove(place);
        let on = [Edit::Set { leaf: Leaf::ManagedModels, value: Value::Switch(true), locked: None }];
        let known = models();
        let edits = with_everything_allowed(&others, &own, &on, &known);
        let mut after = before.clone();
        after[place] = applied(&own, &edits);
        for name in known {
            prop_assert_eq!(allows(&before, &name), allows(&after, &name), "{}", name);
        }
    }

    #[test]
    fn a_verdict_names_a_layer_that_spoke_or_the_built_in_one(layers in any_layers()) {
        for name in models() {
            let verdict = judge(&merge(&layers), &name);
            let spoke = layers.iter().any(|layer| layer.name == verdict.layer);
            prop_assert!(spoke || verdict.layer == LayerName::BuiltIn);
            prop_assert!(verdict.rule.is_some());
        }
    }
}

fn applied(layer: &Layer, edits: &[Edit]) -> Layer {
    let (document, websites) = apply(&layer.document, &layer.websites, edits).expect("the edits fit");
    Layer {
        name: layer.name,
        document,
        websites,
    }
}

fn reason(layers: &[Layer], name: &str) -> (bool, ModelReason, LayerName) {
    let verdict = judge(&merge(layers), &model(name));
    (verdict.is_allow(), verdict.reason, verdict.layer)
}

#[test]
fn off_means_every_model_and_on_means_the_list() {
    let off = layer(LayerName::Org, Some(false), None, &[("p/a", false)]);
    assert_eq!(
        reason(&[off], "p/a"),
        (true, ModelReason::NotManaged, LayerName::Org)
    );
    let silent = Layer::empty(LayerName::Org);
    assert_eq!(
        reason(&[silent], "x/y"),
        (true, ModelReason::NotManaged, LayerName::BuiltIn)
    );

    let on = layer(
        LayerName::Org,
        Some(true),
        None,
        &[("p/a", true), ("p/b", false), ("q", false), ("q/c", true)],
    );
    let on = [on];
    assert_eq!(reason(&on, "p/a"), (true, ModelReason::Allowed, LayerName::Org));
    assert_eq!(reason(&on, "p/b"), (false, ModelReason::Off, LayerName::Org));
    assert_eq!(
        reason(&on, "q/c"),
        (false, ModelReason::ProviderOff, LayerName::Org)
    );
    assert_eq!(
        reason(&on, "p/new"),
        (false, ModelReason::NewBlocked, LayerName::BuiltIn)
    );
}

#[test]
fn new_models_are_off_until_allowed_and_no_team_says_otherwise() {
    let org = layer(LayerName::Org, Some(true), Some("allowed"), &[("p/a", true)]);
    assert_eq!(
        reason(std::slice::from_ref(&org), "p/new"),
        (true, ModelReason::NewAllowed, LayerName::Org)
    );
    let strict = layer(team(1), None, Some("blocked"), &[]);
    assert_eq!(
        reason(&[org, strict], "p/new"),
        (false, ModelReason::NewBlocked, team(1))
    );
    let org = layer(LayerName::Org, Some(true), None, &[("p/a", true)]);
    let loose = layer(team(1), Some(false), Some("allowed"), &[]);
    assert_eq!(reason(&[org, loose], "p/new").1, ModelReason::NewBlocked);
}

#[test]
fn teams_have_lists_of_their_own_unless_kept_out() {
    let off = layer(LayerName::Org, None, None, &[("p/b", false)]);
    let narrow = layer(team(1), Some(true), None, &[("p/a", true)]);
    let both = [off, narrow.clone()];
    assert_eq!(reason(&both, "p/a"), (true, ModelReason::Allowed, team(1)));
    assert_eq!(
        reason(&both, "p/b").1,
        ModelReason::NewBlocked,
        "the organization's own list stays off"
    );
    assert!(merge(&both).is_on(Leaf::ManagedModels));

    let mut org = layer(LayerName::Org, Some(true), None, &[("p/a", true), ("p/b", true)]);
    let follows = layer(team(1), None, None, &[("p/a", true), ("p/b", false)]);
    assert_eq!(
        reason(&[org.clone(), follows.clone()], "p/b"),
        (false, ModelReason::Off, team(1))
    );
    org.document = org
        .document
        .with(Leaf::ManagedModels, Setting::locked(Value::Switch(true)));
    assert_eq!(
        reason(&[org, follows], "p/b"),
        (true, ModelReason::Allowed, LayerName::Org)
    );
}

#[test]
fn what_cannot_be_read_denies() {
    let section = br#"{"allowed":{"p/a":true,"p/b":{"until":7}},"managed":{"value":true}}"#;
    let document = LayerDocument::from_sections([("models", section.as_slice())]).unwrap();
    let org = Layer {
        document,
        ..Layer::empty(LayerName::Org)
    };
    assert_eq!(reason(&[org], "p/a").1, ModelReason::UnreadableRule);
    let section = br#"{"managed":{"value":"by phase of the moon"}}"#;
    let document = LayerDocument::from_sections([("models", section.as_slice())]).unwrap();
    let org = Layer {
        document,
        ..Layer::empty(LayerName::Org)
    };
    assert_eq!(reason(&[org], "p/a").1, ModelReason::NewBlocked);
}

#[test]
fn a_custom_model_is_allowed_where_it_was_added() {
    let row = CustomModelRow {
        title: "Our own".to_owned(),
        ..CustomModelRow::default()
    };
    let mut org = layer(LayerName::Org, Some(true), None, &[("p/a", true)]);
    let custom = Table::from_rows([("house/one", Row::CustomModel(row))]);
    org.document = org.document.with_table(Leaf::CustomModels, custom);
    assert_eq!(
        reason(std::slice::from_ref(&org), "house/one").1,
        ModelReason::Custom
    );
    let team = layer(team(1), Some(true), None, &[("p/a", true)]);
    assert_eq!(
        reason(&[org.clone(), team], "house/one").1,
        ModelReason::NewBlocked
    );
    org.document = org.document.with_rows(
        Leaf::AllowedModels,
        &[("house".to_owned(), Row::Model(false))],
        &[],
    );
    assert_eq!(
        reason(std::slice::from_ref(&org), "house/one").1,
        ModelReason::ProviderOff
    );
    let known = models::known(&merge(&[org]), Catalogue::built_in(), &[]);
    let own = known
        .iter()
        .find(|known| known.model.name == model("house/one"))
        .unwrap();
    assert_eq!(
        (own.model.title.as_str(), own.origin),
        ("Our own", Origin::Custom)
    );
}

#[test]
fn a_bedrock_profile_is_its_model() {
    let org = layer(
        LayerName::Org,
        Some(true),
        None,
        &[
            ("bedrock/anthropic.claude-x", true),
            ("bedrock/eu.meta.y", false),
            ("bedrock/meta.y", true),
        ],
    );
    let org = [org];
    assert_eq!(
        reason(&org, "bedrock/us.anthropic.claude-x").1,
        ModelReason::Allowed
    );
    assert_eq!(reason(&org, "bedrock/eu.meta.y").1, ModelReason::Off);
    assert_eq!(
        reason(&org, "bedrock/us.anthropic.claude-z").1,
        ModelReason::NewBlocked
    );
    assert_eq!(reason(&org, "p/us.anthropic.claude-x").1, ModelReason::NewBlocked);
}

#[test]
fn naming_allowed_models_writes_a_list_and_naming_others_takes_them_away() {
    let org = Layer::empty(LayerName::Org);
    let on = Edit::Set {
        leaf: Leaf::ManagedModels,
        value: Value::Switch(true),
        locked: None,
    };
    let rows = |key: &str, allowed| Edit::Rows {
        leaf: Leaf::AllowedModels,
        set: vec![(key.to_owned(), Row::Model(allowed))],
        remove: Vec::new(),
    };
    let after = |edits: &[Edit]| {
        let edits = with_everything_allowed(&[], &org, edits, &models());
        let layer = [applied(&org, &edits)];
        NAMES
            .iter()
            .map(|name| allows(&layer, &model(name)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        after(&[on.clone(), rows("p/a", true)]),
        [true, false, false, false]
    );
    assert_eq!(
        after(&[on.clone(), rows("p/a", false)]),
        [false, true, true, true]
    );
    assert_eq!(after(&[rows("q", false), on]), [true, true, false, false]);
    assert_eq!(after(&[rows("p/a", false)]), [true; 4], "nothing is in force yet");

    let org = layer(LayerName::Org, Some(true), None, &[("p/a", true), ("p/b", true)]);
    let edits = with_everything_allowed(
        std::slice::from_ref(&org),
        &Layer::empty(team(1)),
        &[rows("p/a", false)],
        &models(),
    );
    let both = [org, applied(&Layer::empty(team(1)), &edits)];
    assert_eq!(
        NAMES
            .iter()
            .map(|name| allows(&both, &model(name)))
            .collect::<Vec<_>>(),
        [false, true, false, false]
    );
}

#[test]
fn a_default_needs_a_model_that_may_be_used() {
    let uses = |name: &str, layer: Layer| -> Effective {
        let value = Value::Model(Some(model(name)));
        let document = layer.document.with(Leaf::EventModel, Setting::open(value));
        merge(&[Layer { document, ..layer }])
    };
    let list = |rows: &[(&str, bool)]| layer(LayerName::Org, Some(true), None, rows);
    let before = uses("p/a", list(&[("p/a", true), ("p/b", true)]));
    let broken = broken_defaults(&before, &uses("p/a", list(&[("p/a", false), ("p/b", true)])));
    assert_eq!(broken.len(), 1);
    assert_eq!(
        (broken[0].leaf, broken[0].verdict.reason),
        (Leaf::EventModel, ModelReason::Off)
    );
    assert!(broken_defaults(&before, &uses("p/b", list(&[("p/a", false), ("p/b", true)]))).is_empty());
    assert_eq!(
        broken_defaults(&before, &uses("p/new", list(&[("p/a", true), ("p/b", true)]))).len(),
        1
    );
    let was_broken = uses("p/new", list(&[("p/a", true)]));
    assert!(
        broken_defaults(&was_broken, &was_broken).is_empty(),
        "what was so before stands in nobody's way"
    );
}
