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
    #[serde(default)]
    credentials: Option<Keys>,
}

/// What becomes of the providers' keys.
#[derive(Debug, Deserialize)]
struct Keys {
    state: String,
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the server's")]
struct Key {
    name: String,
    #[serde(default)]
    change: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    sentences: Vec<String>,
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
    #[serde(default)]
    credentials: Vec<Key>,
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

    /// The keys that it is against, which applying names again.
    pub(super) fn credentials_state(&self) -> Option<&str> {
        self.credentials.as_ref().map(|keys| keys.state.as_str())
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
        self.write_keys(&mut text);
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

    /// The keys that change, and those that could not be compared.
    fn write_keys(&self, text: &mut String) {
        let keys = self.credentials.iter().flat_map(|keys| &keys.keys);
        let told = keys.filter(|key| key.change != "none" || key.key == "not_compared");
        let told: Vec<&Key> = told.collect();
        if told.is_empty() {
            return;
        }
        text.push_str("API keys\n");
        for key in told {
            let sign = match key.change.as_str() {
                "add" => '+',
                "delete" => '-',
                "none" => '?',
                _ => '~',
            };
            let _ = writeln!(text, "  {sign} {}", key.name);
            for sentence in &key.sentences {
                let _ = writeln!(text, "      {sentence}");
            }
        }
        text.push('\n');
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
        let reach = match self.layers.as_slice() {
            [] => String::new(),
            _ => format!(" Reaches {}.", reach(self.devices, self.members)),
        };
        let revision = self.revision;
        let marked = if deletes > 0 { " (marked -)" } else { "" };
        format!(
            "{adds} to add, {changes} to change, {deletes} to delete{marked}, on top of revision {revision}.{reach}"
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
        let is_none = self.layers.is_empty() && self.renamed.is_empty() && self.gone.is_empty();
        if is_none && self.credentials.is_empty() {
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
        for key in &self.credentials {
            for sentence in &key.sentences {
                let _ = writeln!(text, "  the key {}: {sentence}", key.name);
            }
        }
        text.push('\n');
    }
}

/// What became of the keys, in a sentence; nothing where nothing did.
pub(super) fn applied_keys(json: &Value) -> Option<String> {
    let parts = ["added", "changed", "replaced", "deleted"]
        .into_iter()
        .filter_map(|what| {
            let count = json[what].as_u64().filter(|count| *count > 0)?;
            Some(format!("{count} {what}"))
        });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("API keys: {}.", parts.join(", ")))
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
            "drops": [], "drift": { "layers": [], "renamed": [{ "from": "the team A", "to": "the team B" }], "gone": [],
                "credentials": [{ "name": "Gateway", "sentences": ["It was deleted."] }] },
            "credentials": { "state": "00", "keys": [
                { "name": "Old", "provider": "gemini", "change": "delete", "key": "goes", "sentences": ["It goes."] },
                { "name": "Same", "provider": "gemini", "change": "none", "key": "same", "sentences": [] },
                { "name": "Unknown", "provider": "gemini", "change": "none", "key": "not_compared", "sentences": [] },
            ] },
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
            "  the key Gateway: It was deleted.",
            "  - Old",
            "      It goes.",
            "  ? Unknown",
            "Read-only in the portal from then on: features of the organization.",
            "1 to add, 0 to change, 26 to delete (marked -), on top of revision 7. Reaches 1 device of 2 members.",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        assert!(!text.contains("Same"), "{text}");
    }
}
