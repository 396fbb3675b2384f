//! Every action has its sentence, and every sentence says something.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::json;
use tessera_ids::{
    AuditEntryId, Timestamp,
    ambient::{SystemClock, SystemEntropy},
};

use super::*;

fn entry(action: &str, target_name: &str, before: &Value, after: &Value) -> AuditEntry {
    let text = |value: &Value| (!value.is_null()).then(|| value.to_string());
    AuditEntry {
        id: AuditEntryId::generate(&SystemClock, &SystemEntropy),
        org: None,
        number: 1,
        at: Timestamp::EPOCH,
        actor_kind: ActorKind::Account,
        actor: None,
        actor_name: "Ada Lindqvist".to_owned(),
        actor_email: "ada@example.com".to_owned(),
        action: action.to_owned(),
        target: "acct_1".to_owned(),
        target_name: target_name.to_owned(),
        before: text(before),
        after: text(after),
        address: String::new(),
        digest: None,
    }
}

#[test]
fn an_entry_reads_as_a_sentence() {
    let none = Value::Null;
    let cases = [
        (
            entry(
                "member.role_changed",
                "Mei Tanaka",
                &json!("read"),
                &json!("write"),
            ),
            "changed the role of Mei Tanaka from Read to Write",
        ),
        (
            entry("member.role_changed", "Mei Tanaka", &none, &json!("write")),
            "changed the role of Mei Tanaka to Write",
        ),
        (
            entry("team.members_added", "Press", &none, &json!({"count": 1})),
            "put 1 member into Press",
        ),
        (
            entry("team.members_added", "Press", &none, &json!({"count": 12})),
            "put 12 members into Press",
        ),
        // Entries that are older than the names of targets, and actions of a newer version.
        (entry("team.created", "", &none, &none), "created the team acct_1"),
        (
            entry("team.members_added", "", &none, &none),
            "team members added: acct_1",
        ),
        (
            entry("moon.landed_on", "Mare", &none, &none),
            "moon landed on: Mare",
        ),
        (
            entry(
                "org.renamed",
                "x",
                &json!({"a": [1]}),
                &json!("{after} [x]\nnext"),
            ),
            "renamed the organization to {after} [x] next",
        ),
    ];
    for (entry, expected) in cases {
        assert_eq!(deed(&entry), expected);
        assert_eq!(actor(&entry), "Ada Lindqvist");
    }
    let long = entry("team.created", &"é".repeat(5_000), &none, &none);
    assert!(deed(&long).chars().count() < 200);
}

#[test]
fn a_filter_means_a_family_a_beginning_or_itself() {
    assert!(meant("teams").contains(&"team.created".to_owned()));
    assert_eq!(
        meant("team.members_"),
        ["team.members_added", "team.members_removed"]
    );
    assert_eq!(meant("moon."), ["moon."]);
    let all: Vec<_> = Family::ALL.into_iter().flat_map(Family::actions).collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (ACTIONS.len(), ACTIONS.len()));
}

#[test]
fn actions_stand_in_their_order() {
    let misplaced: Vec<_> = ACTIONS
        .windows(2)
        .filter(|pair| pair[0].0 >= pair[1].0)
        .map(|pair| pair[1].0)
        .collect();
    assert!(
        misplaced.is_empty(),
        "each of these belongs further up in the table: {misplaced:?}"
    );
}

fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs") {
            texts.push(fs::read_to_string(&path).expect("a source is text"));
        }
    }
}

/// The words of a quoted action such as `thing.verb_done`.
fn action(quoted: &str) -> Option<(&str, &str)> {
    let (thing, deed) = quoted.split_once('.')?;
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    (word(thing) && word(deed)).then_some((thing, deed))
}

/// An action is written as a literal, at the entry or near it. So every literal of that form counts that is an
/// entry's, or speaks of the same kind of thing as one that is.
#[test]
fn no_action_is_written_that_has_no_sentence() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
    let texts = texts.iter().filter(|text| text.contains("AuditEntry"));
    let (mut things, mut quoted) = (BTreeSet::new(), BTreeSet::new());
    for text in texts {
        for rest in text.split("AuditEntry::new(").skip(1) {
            let literal = rest
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split('"').next());
            things.extend(literal.and_then(action).map(|(thing, _)| thing));
        }
        quoted.extend(text.split('"').filter(|piece| action(piece).is_some()));
    }
    things.extend(
        ACTIONS
            .iter()
            .filter_map(|known| action(known.0))
            .map(|(thing, _)| thing),
    );
    assert!(things.len() > 5, "the sources were read");
    let speaks = |piece: &&&str| action(piece).is_some_and(|(thing, _)| things.contains(thing));
    let missing: Vec<_> = quoted
        .iter()
        .filter(speaks)
        .filter(|name| known(name).is_none())
        .collect();
    assert!(
        missing.is_empty(),
        "give these a sentence in app/src/audit/actions.rs: {missing:?}"
    );
}
