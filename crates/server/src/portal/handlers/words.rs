//! How things are said on pages: times, numbers, states, changes.

use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tessera_domain::{DeviceState, Error, InvitationState, Result};
use tessera_ids::Timestamp;
use tessera_policy::file::FileSection;
use tessera_policy::{Kind, LayerName, Leaf, SectionName, Value};

use super::view::{self, Moment};
use crate::api::Instant;
use crate::portal::zone;

/// An instant, seen from now, in the zone of who reads it.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> Moment {
    let exact = zone::of_the_reader().exact(at);
    Moment::new(Instant(at).to_string(), relative(at, now), exact)
}

fn relative(at: Timestamp, now: Timestamp) -> String {
    if at > now {
        let ahead = at.since(now);
        return if ahead < Duration::from_mins(1) {
            "in a moment".to_owned()
        } else {
            format!("in {}", span(ahead))
        };
    }
    let ago = now.since(at);
    if ago < Duration::from_secs(10) {
        "just now".to_owned()
    } else {
        format!("{} ago", span(ago))
    }
}

/// When an invitation ends, or ended.
pub(super) fn expiry(state: &InvitationState, now: Timestamp) -> Moment {
    match state {
        InvitationState::Pending { expires_at: at, .. }
        | InvitationState::Expired { at }
        | InvitationState::Accepted { at, .. }
        | InvitationState::Revoked { at, .. } => moment(*at, now),
    }
}

/// A span in its largest unit.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        86_400.. => (seconds / 86_400, "day"),
    };
    count(number, unit)
}

/// The query of a link to the same page; what is empty is left out. Never empty, so that it always leads somewhere.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    format!("?{}", pairs.join("&"))
}

/// What a search field asks for; nothing when it is empty.
pub(super) fn searched(typed: &str) -> Option<String> {
    Some(typed.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Where a page of a list begins: an id, a space, and the key that the list is sorted by. Nothing for the first.
pub(super) fn place<I: FromStr>(after: &str) -> Result<Option<(String, I)>> {
    if after.is_empty() {
        return Ok(None);
    }
    let parts = after.split_once(' ');
    let place = parts.and_then(|(id, key)| Some((key.to_owned(), id.parse().ok()?)));
    place
        .map(Some)
        .ok_or_else(|| Error::invalid("This page of the list is not understood. Begin at the first one."))
}

/// The word with a capital at its beginning.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// `1 device`, `1,204 devices`.
pub(super) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number))
}

/// `Silent for 7 days`.
pub(super) fn silent_for(days: u64) -> String {
    format!("Silent for {}", count(days, "day"))
}

/// `1 entry`, `1,204 entries`.
pub(super) fn entries(number: u64) -> String {
    let word = if number == 1 { "entry" } else { "entries" };
    format!("{} {word}", grouped(number))
}

/// `1,204`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A section of a policy file in words.
pub(super) const fn file_section(section: FileSection) -> &'static str {
    match section {
        FileSection::Settings(settings) => self::section(settings),
        FileSection::Credentials => "API keys",
    }
}

/// A section in words.
pub(super) const fn section(section: SectionName) -> &'static str {
    match section {
        SectionName::Features => "Features",
        SectionName::Memory => "Long-Term Memory",
        SectionName::Models => "Models",
    }
}

/// A leaf's value in words.
pub(super) fn value(leaf: Leaf, value: &Value) -> String {
    match (value, leaf.kind()) {
        (Value::Rows(number), Kind::WebsiteList) => count(*number, "website"),
        (Value::Rows(number), Kind::Table(kind)) => count(*number, kind.noun()),
        (value, _) => value.to_string(),
    }
}

/// Where a value comes from. Teams are named where their names are known.
pub(super) fn source(layer: LayerName, locked: bool) -> view::Source {
    let layer = match layer {
        LayerName::BuiltIn => view::Layer::BuiltIn,
        LayerName::Org => view::Layer::Org,
        LayerName::Team(team) => view::Layer::Team(team.to_string()),
        LayerName::Tightened(_) => view::Layer::Tightened,
        LayerName::Member => view::Layer::Member,
    };
    view::Source { layer, locked }
}

/// A device's state as its badge shows it.
pub(super) fn state(state: &DeviceState) -> view::DeviceState {
    state_word(state.as_str())
}

/// The same, from the word in the database and in filters.
pub(super) fn state_word(word: &str) -> view::DeviceState {
    match word {
        "applied" => view::DeviceState::Applied,
        "waiting" => view::DeviceState::Waiting,
        "behind" => view::DeviceState::Behind,
        "stale" => view::DeviceState::Stale,
        "failed" => view::DeviceState::Failed,
        "cloned" => view::DeviceState::Cloned,
        "signed_out" => view::DeviceState::SignedOut,
        "wiped" => view::DeviceState::Wiped,
        _ => view::DeviceState::Pending,
    }
}

/// What a leaf does on the machine, without the marks that its source has.
pub(super) fn help(leaf: Leaf) -> String {
    leaf.help().replace('`', "")
}

/// So many rows of a list say what kind of rows they are.
fn sample(rows: &[String]) -> Vec<String> {
    rows.iter().take(12).cloned().collect()
}

/// Changes as a page shows them.
pub(super) fn diff(changes: &[tessera_policy::Change]) -> view::Diff {
    view::Diff {
        changes: changes.iter().map(change).collect(),
    }
}

fn change(change: &tessera_policy::Change) -> view::Change {
    match change {
        tessera_policy::Change::Value { leaf, before, after } => view::Change {
            title: leaf.title().to_owned(),
            path: leaf.path().to_owned(),
            kind: view::ChangeKind::Value {
                before: said(*leaf, before.as_ref()),
                after: said(*leaf, after.as_ref()),
            },
            effect: help(*leaf),
        },
        tessera_policy::Change::Websites {
            leaf,
            added,
            added_sample,
            removed,
            removed_sample,
        } => view::Change {
            title: leaf.title().to_owned(),
            path: leaf.path().to_owned(),
            kind: view::ChangeKind::Rows {
                added: *added,
                added_sample: sample(added_sample),
                changed: 0,
                changed_sample: Vec::new(),
                removed: *removed,
                removed_sample: sample(removed_sample),
            },
            effect: help(*leaf),
        },
        tessera_policy::Change::Rows {
            leaf,
            added,
            added_sample,
            changed,
            changed_sample,
            removed,
            removed_sample,
        } => view::Change {
            title: leaf.title().to_owned(),
            path: leaf.path().to_owned(),
            kind: view::ChangeKind::Rows {
                added: *added,
                added_sample: sample(added_sample),
                changed: *changed,
                changed_sample: sample(changed_sample),
                removed: *removed,
                removed_sample: sample(removed_sample),
            },
            effect: help(*leaf),
        },
        tessera_policy::Change::NotUnderstood { path } => view::Change {
            title: "A setting of a newer version".to_owned(),
            path: path.clone(),
            kind: view::ChangeKind::Value {
                before: String::new(),
                after: "changed".to_owned(),
            },
            effect: String::new(),
        },
    }
}

fn said(leaf: Leaf, setting: Option<&tessera_policy::Setting>) -> String {
    match setting {
        None => format!("{} (built-in)", value(leaf, &leaf.default_value())),
        Some(setting) if setting.locked => format!("{}, locked", value(leaf, &setting.value)),
        Some(setting) => value(leaf, &setting.value),
    }
}

/// Changes in one line: `Telemetry off · 12 websites added`.
pub(super) fn summary(changes: &[tessera_policy::Change]) -> String {
    let line = |change: &tessera_policy::Change| match change {
        tessera_policy::Change::Value { leaf, after, .. } => {
            format!("{} {}", leaf.title(), said(*leaf, after.as_ref()))
        }
        tessera_policy::Change::Websites {
            leaf, added, removed, ..
        } => came_and_went(*leaf, [(*added, "added"), (*removed, "removed")]),
        tessera_policy::Change::Rows {
            leaf,
            added,
            changed,
            removed,
            ..
        } => came_and_went(
            *leaf,
            [(*added, "added"), (*changed, "changed"), (*removed, "removed")],
        ),
        tessera_policy::Change::NotUnderstood { path } => format!("{path} changed"),
    };
    changes.iter().map(line).collect::<Vec<_>>().join(" · ")
}

/// `3 websites added, 1 removed`.
fn came_and_went<const N: usize>(leaf: Leaf, parts: [(u64, &str); N]) -> String {
    let spoken = parts.into_iter().filter(|(number, _)| *number > 0).enumerate();
    let said = spoken.map(|(place, (number, verb))| match place {
        0 => format!("{} {verb}", value(leaf, &Value::Rows(number))),
        _ => format!("{} {verb}", grouped(number)),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What a form says of one leaf, read by the leaf's own kind. `None` for what no such leaf takes.
pub(super) fn read_leaf(leaf: Leaf, text: &str) -> Option<Value> {
    match leaf.kind() {
        Kind::Switch => match text {
            "on" => Some(Value::Switch(true)),
            "off" => Some(Value::Switch(false)),
            _ => None,
        },
        Kind::Choice(words) => words
            .iter()
            .find(|word| **word == text)
            .map(|word| Value::Choice(word)),
        Kind::Model if text.trim().is_empty() => Some(Value::Model(None)),
        Kind::Model => leaf.read(&text.trim().into()),
        Kind::WebsiteList | Kind::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_time_is_said_in_the_readers_zone() {
        let said = || moment(Timestamp::EPOCH, Timestamp::EPOCH).exact;
        assert_eq!(said(), "1 January 1970, 00:00:00 UTC");
        let rome = "Europe/Rome".parse().unwrap();
        let there = zone::within(rome, async { said() }).await;
        assert_eq!(there, "1 January 1970, 01:00:00 CET");
    }

    #[test]
    fn times_and_numbers_read_well() {
        let now = Timestamp::from_seconds(1_000_000);
        let ago = |seconds| relative(now.minus(Duration::from_secs(seconds)), now);
        assert_eq!(
            [ago(3), ago(59), ago(60), ago(7_200), ago(200_000)],
            [
                "just now",
                "59 seconds ago",
                "1 minute ago",
                "2 hours ago",
                "2 days ago"
            ]
        );
        assert_eq!(relative(now.plus(Duration::from_hours(49)), now), "in 2 days");
        assert_eq!(
            [grouped(0), grouped(999), grouped(1_204), grouped(1_000_000)],
            ["0", "999", "1,204", "1,000,000"]
        );
    }
}
