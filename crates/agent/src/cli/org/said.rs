//! A plan as the portal says it, and as a tired person reads it. Settings of a newer portal are shown like any other.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::Stop;

/// Rows of one list that are shown.
const ROWS: usize = 20;

/// What applying a file would do.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    pub(super) revision: u64,
    pub(super) nothing_to_do: bool,
    counts: Counts,
    layers: Vec<Layer>,
    devices: u64,
    members: u64,
    losses: Vec<String>,
    takes: Vec<Section>,
    drops: Vec<Section>,
    drift: Drift,
}

#[derive(Debug, Deserialize)]
struct Counts {
    adds: u64,
    changes: u64,
    deletes: u64,
}

#[derive(Debug, Deserialize)]
struct Layer {
    name: String,
    changes: Vec<Change>,
    devices: u64,
    members: u64,
}

#[derive(Debug, Deserialize)]
struct Change {
    leaf: Option<String>,
    sentence: String,
    warning: Option<String>,
    adds: u64,
    changes: u64,
    deletes: u64,
    #[serde(default)]
    added_sample: Vec<String>,
    #[serde(default)]
    changed_sample: Vec<String>,
    #[serde(default)]
    removed_sample: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Section {
    name: String,
    section: String,
}

#[derive(Debug, Deserialize)]
struct Drift {
    layers: Vec<Layer>,
    renamed: Vec<Renamed>,
    gone: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Renamed {
    from: String,
    to: String,
}

impl Plan {
    pub(super) fn read(json: &Value) -> Result<Self, Stop> {
        Self::deserialize(json)
            .map_err(|error| Stop::failed(format!("the portal's plan is not understood: {error}")))
    }

    /// Whether applying would change neither settings nor who owns them.
    pub(super) fn is_settled(&self) -> bool {
        self.nothing_to_do && self.takes.is_empty() && self.drops.is_empty()
    }

    /// The plan in lines: `+` comes, `~` becomes something else, `-` goes.
    pub(super) fn prose(&self, file: &str) -> String {
        let mut text = String::new();
        self.drift.write(&mut text);
        for layer in &self.layers {
            let reach = reach(layer.devices, layer.members);
            let _ = writeln!(text, "{} ({reach})", layer.name);
            layer.changes.iter().for_each(|change| change.write(&mut text));
            text.push('\n');
        }
        if !self.losses.is_empty() {
            text.push_str("Members lose:\n");
            for loss in &self.losses {
                let _ = writeln!(text, "  {loss}");
            }
            text.push('\n');
        }
        if !self.takes.is_empty() {
            let _ = writeln!(
                text,
                "Read-only in the portal from then on: {}.",
                names(&self.takes)
            );
        }
        if !self.drops.is_empty() {
            let names = names(&self.drops);
            let _ = writeln!(
                text,
                "Not in the file any more, so what it says there goes: {names}."
            );
        }
        let _ = write!(text, "{}", self.sum(file));
        text
    }

    fn sum(&self, file: &str) -> String {
        if self.nothing_to_do {
            return format!("Nothing to do: revision {} is as {file} says.", self.revision);
        }
        let Counts {
            adds,
            changes,
            deletes,
        } = self.counts;
        let reach = reach(self.devices, self.members);
        let revision = self.revision;
        let marked = if deletes > 0 { " (marked -)" } else { "" };
        format!(
            "{adds} to add, {changes} to change, {deletes} to delete{marked}, on top of revision {revision}. Reaches {reach}."
        )
    }
}

impl Change {
    fn write(&self, text: &mut String) {
        let sign = match (self.adds, self.changes, self.deletes) {
            (_, 0, 0) => '+',
            (0, 0, _) => '-',
            _ => '~',
        };
        let leaf = self
            .leaf
            .as_deref()
            .map(|leaf| format!("  [{leaf}]"))
            .unwrap_or_default();
        let _ = writeln!(text, "  {sign} {}{leaf}", self.sentence);
        rows(text, '+', &self.added_sample, self.adds);
        rows(text, '~', &self.changed_sample, self.changes);
        rows(text, '-', &self.removed_sample, self.deletes);
        if let Some(warning) = &self.warning {
            let _ = writeln!(text, "      ! {warning}");
        }
    }
}

impl Drift {
    fn write(&self, text: &mut String) {
        if self.layers.is_empty() && self.renamed.is_empty() && self.gone.is_empty() {
            return;
        }
        text.push_str("Changed since the last file was applied:\n");
        for layer in &self.layers {
            for change in &layer.changes {
                let _ = writeln!(text, "  {}: {}", layer.name, change.sentence);
            }
        }
        for renamed in &self.renamed {
            let _ = writeln!(text, "  {} is {} now", renamed.from, renamed.to);
        }
        for gone in &self.gone {
            let _ = writeln!(text, "  {gone} is gone");
        }
        text.push('\n');
    }
}

/// The rows of a list that come, change or go; a plain setting has none.
fn rows(text: &mut String, sign: char, sample: &[String], count: u64) {
    for row in sample.iter().take(ROWS) {
        let _ = writeln!(text, "      {sign} {row}");
    }
    let shown = sample.len().min(ROWS) as u64;
    if shown > 0 && count > shown {
        let _ = writeln!(text, "      {sign} … and {} more", count - shown);
    }
}

fn names(sections: &[Section]) -> String {
    let named = sections
        .iter()
        .map(|section| format!("{} of {}", section.section, section.name));
    named.collect::<Vec<_>>().join(", ")
}

fn reach(devices: u64, members: u64) -> String {
    let counted = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    format!("{} of {}", counted(devices, "device"), counted(members, "member"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_reads_well() {
        let rows: Vec<String> = (0..25).map(|number| format!("site{number:02}.example")).collect();
        let change = |sentence: &str, adds: u64, changes: u64, deletes: u64| {
            json!({ "kind": "value", "leaf": "features.telemetry", "sentence": sentence, "adds": adds,
                "changes": changes, "deletes": deletes, "warning": null, "loss": null })
        };
        let mut websites = change("Denied websites: 25 websites removed", 0, 0, 25);
        websites["removed_sample"] = json!(rows);
        websites["leaf"] = json!("memory.websites");
        let plan = json!({
            "revision": 7, "nothing_to_do": false, "counts": { "adds": 1, "changes": 0, "deletes": 26 },
            "layers": [
                { "layer": "org", "name": "the organization", "devices": 1, "members": 2, "changes": [
                    change("Telemetry: off → on (default)", 0, 0, 1), websites,
                ] },
                { "layer": "team_1", "name": "the team Press", "devices": 0, "members": 1, "changes": [
                    change("Telemetry: on (default) → off", 1, 0, 0),
                ] },
            ],
            "devices": 1, "members": 2, "losses": ["Telemetry is lost."],
            "takes": [{ "layer": "org", "name": "the organization", "section": "features" }],
            "drops": [], "drift": { "layers": [], "renamed": [{ "from": "the team A", "to": "the team B" }], "gone": [] },
        });
        let text = Plan::read(&plan)
            .map(|plan| plan.prose("policy.toml"))
            .unwrap_or_default();
        for line in [
            "  the team A is the team B now",
            "the organization (1 device of 2 members)",
            "  - Telemetry: off → on (default)  [features.telemetry]",
            "      - site00.example",
            "      - … and 5 more",
            "the team Press (0 devices of 1 member)",
            "  + Telemetry: on (default) → off  [features.telemetry]",
            "  Telemetry is lost.",
            "Read-only in the portal from then on: features of the organization.",
            "1 to add, 0 to change, 26 to delete (marked -), on top of revision 7. Reaches 1 device of 2 members.",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }
}
