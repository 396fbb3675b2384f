//! What an edit would do, in sentences for Review. Whom it touches is known elsewhere.

use serde::Serialize;

use crate::{
    Change, LayerName, Leaf, Setting, Side, Value, WebsiteIndex, WebsiteList, WebsiteRule, diff,
    diff::SAMPLES,
};

/// A rule that says nothing which another does not say already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shadowed {
    /// The rule that could go.
    pub rule: String,
    /// The wider rule that covers it.
    pub by: String,
}

/// One change and how to say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedChange {
    /// The change.
    pub change: Change,
    /// One line, such as "Telemetry: on → off".
    pub sentence: String,
    /// What the person should know before saving, if anything.
    pub warning: Option<String>,
    /// What members can do less of afterwards, as a sentence; nothing when they lose nothing.
    pub loss: Option<String>,
}

/// What an edit would do to one layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The changes in order.
    pub changes: Vec<PlannedChange>,
    /// How many website rules become redundant, or are added although they are.
    pub shadowed: u64,
    /// The first of them, at most 100.
    pub shadowed_sample: Vec<Shadowed>,
}

impl Plan {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Plans the way from one state of a layer to another.
pub fn plan(before: Side<'_>, after: Side<'_>) -> Plan {
    let changes = diff(before, after);
    let lists_differ = changes
        .iter()
        .any(|change| matches!(change, Change::Websites { .. }));
    let (shadowed, shadowed_sample) = if lists_differ {
        newly_shadowed(before.websites, after.websites)
    } else {
        (0, Vec::new())
    };
    let changes = changes.into_iter().map(|change| PlannedChange {
        sentence: sentence(&change),
        warning: warning(&change, after),
        loss: loss(&change),
        change,
    });
    Plan {
        changes: changes.collect(),
        shadowed,
        shadowed_sample,
    }
}

fn sentence(change: &Change) -> String {
    match change {
        Change::Value { leaf, before, after } => {
            format!(
                "{}: {} → {}",
                leaf.title(),
                say(*leaf, before.as_ref(), after.as_ref()),
                say(*leaf, after.as_ref(), before.as_ref())
            )
        }
        Change::Websites {
            leaf, added, removed, ..
        } => counts(*leaf, [(*added, "added"), (*removed, "removed")]),
        Change::Rows {
            leaf,
            added,
            changed,
            removed,
            ..
        } => counts(
            *leaf,
            [(*added, "added"), (*changed, "changed"), (*removed, "removed")],
        ),
        Change::NotUnderstood { path } => format!("{path}: changed by a newer version"),
    }
}

/// "Denied websites: 3 websites added, 1 website removed".
fn counts<const N: usize>(leaf: Leaf, parts: [(u64, &str); N]) -> String {
    let spoken = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = spoken
        .map(|(count, verb)| format!("{} {verb}", leaf.say(&Value::Rows(count))))
        .collect();
    format!("{}: {}", leaf.title(), parts.join(", "))
}

/// Says one side of a change; mentions the lock where the sides differ in it.
fn say(leaf: Leaf, side: Option<&Setting>, other: Option<&Setting>) -> String {
    let locked = |setting: Option<&Setting>| setting.is_some_and(|setting| setting.locked);
    let value = match side {
        None => format!("{} (default)", leaf.say(&leaf.default_value())),
        Some(setting) => leaf.say(&setting.value),
    };
    match (locked(side), locked(other)) {
        (true, false) => format!("{value}, locked"),
        (false, true) => format!("{value}, not locked"),
        (true, true) | (false, false) => value,
    }
}

fn warning(change: &Change, after: Side<'_>) -> Option<String> {
    let off = |leaf: Leaf| {
        after
            .document
            .get(leaf)
            .is_some_and(|setting| setting.value == Value::Switch(false))
    };
    match change {
        Change::Value {
            leaf: Leaf::ManagedWebsites,
            ..
        } if off(Leaf::ManagedWebsites) => {
            let rows = Leaf::Websites.say(&Value::Rows(after.websites.len() as u64));
            Some(format!(
                "The list of {rows} is kept, and nothing of it is enforced."
            ))
        }
        Change::Websites { .. } if off(Leaf::ManagedWebsites) => Some(format!(
            "“{}” is off, so nothing of this list is enforced.",
            Leaf::ManagedWebsites.title()
        )),
        _ => None,
    }
}

/// What members can do less of.
fn loss(change: &Change) -> Option<String> {
    match change {
        Change::Value { leaf, before, after } => {
            let value = |setting: &Option<Setting>| {
                setting
                    .as_ref()
                    .map_or_else(|| leaf.default_value(), |setting| setting.value.clone())
            };
            let stricter = leaf.severity(&value(after)) > leaf.severity(&value(before));
            stricter.then(|| lost(*leaf, &value(after)))
        }
        Change::Websites { leaf, added, .. } if *added > 0 => {
            let verb = if *added == 1 { "is" } else { "are" };
            Some(format!(
                "{} more {verb} never captured.",
                leaf.say(&Value::Rows(*added))
            ))
        }
        Change::Websites { .. } | Change::Rows { .. } | Change::NotUnderstood { .. } => None,
    }
}

fn lost(leaf: Leaf, becomes: &Value) -> String {
    match (becomes, leaf.help().strip_prefix("Lets ")) {
        (Value::Switch(false), Some(what)) => format!("{} no longer lets {what}", leaf.title()),
        _ => format!("{} becomes {}.", leaf.title(), leaf.say(becomes)),
    }
}

/// Rules of the new list that another covers, where one of the two is new.
fn newly_shadowed(before: &WebsiteList, after: &WebsiteList) -> (u64, Vec<Shadowed>) {
    let index = WebsiteIndex::build([(LayerName::Org, after)]);
    let mut count = 0;
    let mut sample = Vec::new();
    for row in after.iter() {
        let Ok(rule) = WebsiteRule::from_row(row) else {
            continue;
        };
        let Some(wider) = index.covering(&rule) else {
            continue;
        };
        let by = wider.to_string();
        if before.contains_row(row) && before.contains_row(&by) {
            continue;
        }
        count += 1;
        if sample.len() < SAMPLES {
            sample.push(Shadowed {
                rule: row.to_owned(),
                by,
            });
        }
    }
    (count, sample)
}
