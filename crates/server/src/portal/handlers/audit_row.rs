//! One entry of the audit log as a row, with what changed as a small diff.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use tessera_app::audit::actions;
use tessera_ids::{AccountId, DeviceId, Timestamp, TypedId};
use tessera_store::{ActorKind, AuditEntry};

use super::pages::{AuditChange, AuditRow};
use super::words;

/// Values of one entry that are shown; the rest stands in an export.
const VALUES: usize = 40;
/// Letters of one value that are shown.
const LETTERS: usize = 200;
/// Things of a list that are shown.
const THINGS: usize = 12;

/// An entry's row. `only` gives the address of the log of one actor.
pub(super) fn row(entry: &AuditEntry, now: Timestamp, only: impl Fn(&str) -> String) -> AuditRow {
    let kind = match entry.actor_kind {
        ActorKind::Account => "",
        ActorKind::Token => "access token",
        ActorKind::Device => "device",
        ActorKind::System => entry.actor_name.as_str(),
    };
    let id = entry.actor.map(|id| match entry.actor_kind {
        ActorKind::Device => DeviceId::from_uuid(id).to_string(),
        _ => AccountId::from_uuid(id).to_string(),
    });
    AuditRow {
        number: if entry.number == 0 {
            String::new()
        } else {
            words::grouped(entry.number)
        },
        actor: actions::actor(entry).to_owned(),
        email: entry.actor_email.clone(),
        kind: kind.to_owned(),
        actor_href: id.map(|id| only(&id)),
        deed: actions::deed(entry),
        at: words::moment(entry.at, now),
        from: entry.address.clone(),
        changes: changes(
            actions::json(entry.before.as_deref()).as_ref(),
            actions::json(entry.after.as_deref()).as_ref(),
        ),
        action: entry.action.clone(),
        id: entry.id.to_string(),
        target: entry.target.clone(),
        digest: entry.digest.as_ref().map(hex).unwrap_or_default(),
    }
}

/// A digest in hexadecimal.
pub(super) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What differs, by name.
fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<AuditChange> {
    let mut values = BTreeMap::new();
    for (value, is_after) in [(before, false), (after, true)] {
        if let Some(value) = value {
            gather(value, String::new(), is_after, &mut values);
        }
    }
    let differ = values.into_iter().filter(|(_, (before, after))| before != after);
    differ
        .take(VALUES)
        .map(|(name, (before, after))| AuditChange { name, before, after })
        .collect()
}

type Values = BTreeMap<String, (Option<String>, Option<String>)>;

/// Puts a value's parts under their names, `state.expires_at` as *state, expires at*.
fn gather(value: &Value, name: String, is_after: bool, values: &mut Values) {
    if let Value::Object(parts) = value {
        for (part, value) in parts {
            let part = part.replace('_', " ");
            let name = if name.is_empty() {
                part
            } else {
                format!("{name}, {part}")
            };
            gather(value, name, is_after, values);
        }
        return;
    }
    let Some(text) = spoken(value) else { return };
    let slot = values.entry(name).or_default();
    *(if is_after { &mut slot.1 } else { &mut slot.0 }) = Some(clipped(&text));
}

fn spoken(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        Value::Number(number) => Some(number.as_u64().map_or_else(|| number.to_string(), words::grouped)),
        Value::String(text) => Some(text.clone()),
        Value::Array(things) if things.is_empty() => None,
        Value::Array(things) => {
            let shown: Vec<_> = things.iter().take(THINGS).filter_map(spoken).collect();
            let more = things.len().saturating_sub(THINGS);
            let more = if more > 0 {
                format!(" and {} more", words::grouped(more as u64))
            } else {
                String::new()
            };
            Some(shown.join(", ") + &more)
        }
        Value::Object(_) => Some(value.to_string()),
    }
}

fn clipped(text: &str) -> String {
    let mut shown: String = text.chars().take(LETTERS).collect();
    if text.chars().nth(LETTERS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_shown_by_name() {
        let before = json!({"email": "a@example.org", "role": "read", "state": {"expires_at": 1_200}});
        let after =
            json!({"email": "a@example.org", "role": "write", "teams": ["Press", "News"], "none": null});
        let shown: Vec<_> = changes(Some(&before), Some(&after))
            .into_iter()
            .map(|change| (change.name, change.before, change.after))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown,
            [
                ("role".to_owned(), some("read"), some("write")),
                ("state, expires at".to_owned(), some("1,200"), None),
                ("teams".to_owned(), None, some("Press, News")),
            ]
        );
        assert_eq!(changes(None, Some(&json!("write")))[0].name, "");
        let huge = json!({"list": vec!["x".repeat(1_000); 1_000]});
        assert!(
            changes(None, Some(&huge))[0]
                .after
                .as_ref()
                .unwrap()
                .chars()
                .count()
                <= LETTERS + 1
        );
    }
}
