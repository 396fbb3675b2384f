//! Providers' keys in a file.

use std::time::Duration;

use tessera_policy::{
    credential::{Delivery, ProviderKind},
    file::{KeyState, SecretRef},
};

use super::*;

const PLANTED: &str = "sk-planted-0123456789";

fn with_keys(keys: Vec<KeyState>) -> PolicyState {
    PolicyState {
        keys: Some(keys),
        ..state(Layer::empty(LayerName::Org), Vec::new())
    }
}

fn read(text: &str) -> PolicyFile {
    PolicyFile::read(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

/// What a file says, as a state says it.
fn said(text: &str) -> Vec<KeyState> {
    let keys = read(text).keys.unwrap_or_default().keys.into_iter();
    let state = keys.map(|(name, key)| KeyState {
        name,
        kind: key.kind,
        delivery: key.delivery,
        teams: key
            .teams
            .map(|teams| teams.into_iter().map(|(name, _)| name).collect()),
        plain: key.plain.into_iter().collect(),
    });
    state.collect()
}

fn key() -> impl Strategy<Value = KeyState> {
    let kind = prop::sample::select(ProviderKind::ALL.to_vec());
    let delivery = prop::sample::select(Delivery::ALL.to_vec());
    let teams = prop::option::of(prop::collection::btree_set("[A-Z][a-z \"\\\\]{0,4}[a-z]", 0..3));
    let name = "[A-Za-z0-9鍵]([A-Za-z \".#'é]{0,8}[a-z0-9])?";
    (name, kind, delivery, teams, any::<u16>()).prop_map(|(name, kind, delivery, teams, which)| {
        let plain = kind.fields().iter().enumerate();
        let plain = plain.filter(|(_, field)| !field.is_secret());
        let plain = plain.filter(|(at, field)| field.required || (which >> at) & 1 == 1);
        let plain = plain.map(|(_, field)| {
            let text = match field.name {
                "deployments" => "gpt-5\ngpt-5-mini",
                "base_url" | "endpoint" => "https://gateway.example/v1",
                _ => "word-1",
            };
            (field.name, text.to_owned())
        });
        let mut plain: Vec<_> = plain.collect();
        plain.sort();
        KeyState {
            name,
            kind,
            delivery,
            teams: teams.map(|teams| teams.into_iter().collect()),
            plain,
        }
    })
}

fn keys() -> impl Strategy<Value = Vec<KeyState>> {
    prop::collection::vec(key(), 0..5).prop_map(|keys| {
        // Names differ in more than their case, as those of an organization do.
        let by_name: BTreeMap<String, KeyState> = keys
            .into_iter()
            .map(|key| (key.name.to_lowercase(), key))
            .collect();
        let mut keys: Vec<_> = by_name.into_values().collect();
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        keys
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_that_are_written_read_back_the_same(keys in keys()) {
        let text = write(&with_keys(keys.clone()), None);
        prop_assert_eq!(&said(&text), &keys, "{}", text);
        let file = read(&text);
        let words = file.keys.unwrap_or_default();
        let named: usize = words.keys.values().map(|key| key.secret.len()).sum();
        prop_assert_eq!(words.references().len(), named, "each suggested variable is another: {}", text);
        prop_assert_eq!(&write(&with_keys(keys), Some(&text)), &text, "what is so is not written again");
    }

    #[test]
    fn any_text_is_brought_up_to_date(before in keys(), now in keys()) {
        let text = write(&with_keys(before), None);
        let updated = write(&with_keys(now.clone()), Some(&text));
        prop_assert_eq!(said(&updated), now, "{}", updated);
    }
}

#[test]
fn a_key_is_read_whole() {
    let text = r#"
[credentials."Production OpenAI"]
provider = "openai"
delivery = "delivered"
teams = ["Design"]
organization = "org-1"
key = { env = "OPENAI_API_KEY" }
overlap = "7d"

[credentials.Cloud]
provider = "bedrock"
region = "us-east-1"
access_key_id = { env = "AWS_ID" }
secret_access_key = { file = "keys/aws secret" }

[credentials.Azure]
provider = "azure_openai"
endpoint = "https://a.openai.azure.com"
api_version = "2024-10-21"
deployments = ["a", "b"]
key = { env = "OPENAI_API_KEY" }
"#;
    let words = read(text).keys.expect("keys");
    let first = &words.keys["Production OpenAI"];
    assert_eq!(
        (first.kind, first.delivery),
        (ProviderKind::OpenAi, Delivery::Delivered)
    );
    assert_eq!(first.plain["organization"], "org-1");
    assert_eq!(first.overlap, Duration::from_hours(7 * 24));
    assert_eq!(first.place_of("key").line, 7);
    assert_eq!(words.keys["Cloud"].overlap, Duration::from_hours(24));
    assert_eq!(words.keys["Azure"].plain["deployments"], "a\nb");
    let references: Vec<_> = words
        .references()
        .into_iter()
        .map(|(reference, place)| (reference.to_string(), place.line))
        .collect();
    let wanted = [
        ("env:OPENAI_API_KEY", 7),
        ("env:AWS_ID", 13),
        ("file:keys/aws secret", 14),
    ];
    assert_eq!(references, wanted.map(|(text, line)| (text.to_owned(), line)));
    assert_eq!(
        words.keys["Cloud"].secret["access_key_id"],
        SecretRef::Env("AWS_ID".to_owned())
    );
}

#[test]
fn a_key_itself_is_refused_wherever_it_stands_and_never_repeated() {
    let head = "[credentials.A]\nprovider = \"openai\"\n";
    for wrong in [
        format!("key = \"{PLANTED}\""),
        format!("key = [\"{PLANTED}\"]"),
        format!("key = {{ value = \"{PLANTED}\" }}"),
        format!("key = {{ env = \"{PLANTED}\" }}"),
        format!("key = {{ env = \"A\", value = \"{PLANTED}\" }}"),
        format!("key = {{ env = [\"{PLANTED}\"] }}"),
        format!("key = {{ file = \"{PLANTED}\\n\" }}"),
        format!("key = {{ \"{PLANTED}\" = \"A\" }}"),
        format!("key = {PLANTED}"),
        format!("key = \"{PLANTED}"),
        format!("key = {{ env = {PLANTED} }}"),
        format!("api_key = \"{PLANTED}\""),
        format!("\"{PLANTED}\" = 1"),
        format!("key = {{ env = \"A\" }}\norganization = {{ a = \"{PLANTED}\" }}"),
        format!("key = {{ env = \"A\" }}\nteams = \"{PLANTED}\""),
        format!("key = {{ env = \"A\" }}\noverlap = \"{PLANTED}\""),
        format!("key = {{ env = \"A\" }}\ndelivery = \"{PLANTED}\""),
    ] {
        for text in [format!("{head}{wrong}\n"), format!("{head}{wrong}\n[features]\n")] {
            let said = problems(&text).join("\n");
            assert!(
                said.contains("line 3") || said.contains("line 4"),
                "{text}\n{said}"
            );
            assert!(!said.contains("planted"), "{text}\n{said}");
            assert!(PolicyFile::read_keys(text.as_bytes()).is_err(), "{text}");
        }
    }
    for text in [
        format!("credentials = \"{PLANTED}\"\n"),
        format!("[credentials]\nA = \"{PLANTED}\"\n"),
        format!("[credentials.A]\nprovider = \"{PLANTED}\"\n"),
        format!("[teams.B.credentials.A]\nkey = \"{PLANTED}\"\n"),
    ] {
        assert!(!problems(&text).join("\n").contains("planted"), "{text}");
    }
}

#[test]
fn what_is_missing_or_foreign_is_said_with_its_line() {
    for (text, says) in [
        (
            "[credentials.A]\n",
            "line 1, column 14: say whose key it is: `provider` is one of openai, ",
        ),
        (
            "[credentials.A]\nprovider = \"openai\"\n",
            "line 1, column 14: `key` is missing",
        ),
        (
            "[credentials.A]\nprovider = \"gemini\"\nregion = \"x\"\nkey = { env = \"A\" }\n",
            "line 3, column 1: a key of Gemini has no such field; it has key, delivery, teams, overlap",
        ),
        (
            "[credentials.A]\nprovider = \"bedrock\"\nregion = \"us-east-1\"\naccess_key_id = { env = \"A\" }\n",
            "line 1, column 14: a key of Amazon Bedrock has either `access_key_id` and `secret_access_key`",
        ),
        (
            "[credentials.A]\nprovider = \"gemini\"\nkey = { env = \"A\" }\noverlap = \"31d\"\n",
            "line 4, column 11: a key goes on for 30 days at most",
        ),
        (
            "[teams.B.credentials.A]\n",
            "keys are the organization's: say [credentials.\"A name\"]",
        ),
    ] {
        let said = problems(text).join("\n");
        assert!(said.contains(says), "{says}\n{said}");
    }
}

#[test]
fn comments_references_and_overlaps_stay() {
    let text = r#"# Ours.
[credentials.Claude] # for everybody
provider = "anthropic"
key = { file = "/run/secrets/claude" } # mounted
overlap = "1h"
# Asked for by design.
teams = ["Design"]

[credentials."Old one"]
provider = "gemini"
key = { env = "TESSERA_KEY_NEW" }
"#;
    let key = |name: &str, kind| KeyState {
        name: name.to_owned(),
        kind,
        delivery: Delivery::Relayed,
        teams: None,
        plain: Vec::new(),
    };
    let claude = KeyState {
        teams: Some(vec!["Design".to_owned(), "Press".to_owned()]),
        ..key("claude", ProviderKind::Anthropic)
    };
    let old = key("Old one", ProviderKind::Gemini);
    let new = key("New", ProviderKind::OpenAi);
    let updated = write(&with_keys(vec![claude, old, new]), Some(text));
    for kept in [
        "[credentials.claude] # for everybody",
        "key = { file = \"/run/secrets/claude\" } # mounted",
        "overlap = \"1h\"",
        "# Asked for by design.\nteams = [\"Design\", \"Press\"]",
        "key = { env = \"TESSERA_KEY_NEW\" }",
        "key = { env = \"TESSERA_KEY_NEW_2\" }",
    ] {
        assert!(updated.contains(kept), "{kept}\n{updated}");
    }
    let emptied = write(&with_keys(Vec::new()), Some(text));
    assert_eq!(
        read(&emptied).keys,
        Some(tessera_policy::file::KeysWords::default()),
        "a section without keys says that there are none: {emptied}"
    );
    let none = write(&with_keys(Vec::new()), None);
    assert_eq!(
        read(&none).keys,
        None,
        "where there are none, the section is left out"
    );
}
