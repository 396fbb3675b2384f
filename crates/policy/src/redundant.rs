//! Rules of one layer that say nothing which another rule does not say already, for Review.

use crate::{
    ApplicationRow, Layer, Leaf, Row, Shadowed, WebsiteIndex, WebsiteRule,
    applications::{ApplicationCatalogue, ApplicationRule, KnownApplication, Stance},
    diff::SAMPLES,
};

/// Rules that say nothing new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redundant {
    /// How many there are.
    pub count: u64,
    /// The first of them, at most 100.
    pub sample: Vec<Shadowed>,
}

impl Redundant {
    /// Those that come by a change from `before` to `after`, of a layer over the layers `below` it.
    pub fn of(below: &[Layer], before: &Layer, after: &Layer) -> Self {
        let mut found = Self::default();
        found.applications(below, before, after);
        found.websites(below, before, after);
        found
    }

    fn note(&mut self, rule: &str, by: String) {
        self.count += 1;
        if self.sample.len() < SAMPLES {
            let rule = rule.to_owned();
            self.sample.push(Shadowed { rule, by });
        }
    }

    fn websites(&mut self, below: &[Layer], before: &Layer, after: &Layer) {
        if before.websites == after.websites {
            return;
        }
        let own = WebsiteIndex::build([(after.name, &after.websites)]);
        let others = WebsiteIndex::build(below.iter().map(|layer| (layer.name, &layer.websites)));
        for row in after.websites.iter() {
            let Ok(rule) = WebsiteRule::from_row(row) else {
                continue;
            };
            let is_new = !before.websites.contains_row(row);
            if let Some(same) = below
                .iter()
                .find(|layer| is_new && layer.websites.contains_row(row))
            {
                self.note(row, format!("{row} of {}", same.name));
            } else if let Some(wider) = others.covering(&rule).filter(|_| is_new) {
                self.note(row, format!("{wider} of {}", wider.layer));
            } else if let Some(wider) = own.covering(&rule) {
                let by = wider.to_string();
                if is_new || !before.websites.contains_row(&by) {
                    self.note(row, by);
                }
            }
        }
    }

    fn applications(&mut self, below: &[Layer], before: &Layer, after: &Layer) {
        let (old, new) = (
            before.document.table(Leaf::Applications),
            after.document.table(Leaf::Applications),
        );
        let mut blocked: Vec<(String, Option<&str>, ApplicationRule)> = Vec::new();
        let tables: Vec<_> = below
            .iter()
            .map(|layer| (layer.name.to_string(), layer.document.table(Leaf::Applications)))
            .collect();
        for (layer, table) in &tables {
            blocked.extend(blocking(table, |name| format!("{name} of {layer}"), false));
        }
        blocked.extend(blocking(&new, str::to_owned, true));
        for (key, row) in new.iter().filter(|(key, row)| old.get(key) != Some(row)) {
            let Row::Application(row) = row else { continue };
            let known = ApplicationCatalogue::built_in().get(key);
            if let Some(by) = idle(row, known) {
                self.note(&row.name, by.to_owned());
            } else if row.blocked
                && let Some(by) = covered(key, row, &blocked)
            {
                self.note(&row.name, by);
            }
        }
    }
}

/// Every rule of a table that blocks: what to call it, its key where it is the layer's own, and the rule.
fn blocking(
    table: &crate::Table,
    call: impl Fn(&str) -> String,
    own: bool,
) -> Vec<(String, Option<&str>, ApplicationRule)> {
    let mut found = Vec::new();
    for (key, row) in table.iter() {
        if let Row::Application(row) = row
            && row.blocked
        {
            let rules = row.identifiers.iter();
            found.extend(rules.map(|rule| (call(&row.name), own.then_some(key), rule.clone())));
        }
    }
    found
}

/// Why a row about a known application changes nothing.
fn idle(row: &ApplicationRow, known: Option<&KnownApplication>) -> Option<&'static str> {
    match (row.blocked, known?.stance) {
        (false, Stance::AlwaysBlocked) => Some("Tessera, which always blocks it"),
        (true, Stance::AlwaysBlocked | Stance::Blocked) => Some("Tessera, which blocks it already"),
        (false, Stance::Available) => Some("Tessera, which blocks it for nobody"),
        (false, Stance::Blocked) | (true, Stance::Available) => None,
    }
}

/// Another rule that blocks all that the row blocks.
fn covered(
    key: &str,
    row: &ApplicationRow,
    blocked: &[(String, Option<&str>, ApplicationRule)],
) -> Option<String> {
    let wider = |rule: &ApplicationRule| {
        let mut others = blocked.iter().filter(|(_, of, _)| *of != Some(key));
        others.find(|(_, _, other)| other.covers(rule))
    };
    let first = wider(row.identifiers.first()?)?;
    let all = row.identifiers.iter().all(|rule| wider(rule).is_some());
    all.then(|| first.0.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LayerName, WebsiteList};

    fn layer(name: LayerName, rows: &[(&str, &str, bool)], websites: &[&str]) -> Layer {
        let mut layer = Layer::empty(name);
        let row = |(key, rule, blocked): &(&str, &str, bool)| {
            let row = ApplicationRow {
                name: key.to_uppercase(),
                identifiers: vec![rule.parse().unwrap()],
                blocked: *blocked,
            };
            ((*key).to_owned(), Row::Application(row))
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        layer.document = layer.document.with_rows(Leaf::Applications, &rows, &[]);
        layer.websites = WebsiteList::from_rows(websites.iter().copied());
        layer
    }

    fn said(redundant: &Redundant) -> Vec<(&str, &str)> {
        let shadowed = redundant.sample.iter();
        shadowed.map(|one| (one.rule.as_str(), one.by.as_str())).collect()
    }

    #[test]
    fn rules_that_add_nothing_are_named_with_what_says_them_already() {
        let org = layer(
            LayerName::Org,
            &[("org", "bundle_id:com.chat.*", true)],
            &["bank.example"],
        );
        let before = layer(LayerName::Member, &[], &["old.example", "a.old.example"]);
        let after = layer(
            LayerName::Member,
            &[
                ("work", "bundle_id:com.chat.work", true),
                ("wide", "exe:tool.*", true),
                ("narrow", "exe:tool.x", true),
                ("signal", "exe:signal", true),
                ("zoom", "exe:zoom", false),
                ("1password", "exe:1password", false),
                ("fine", "exe:fine", true),
            ],
            &[
                "old.example",
                "a.old.example",
                "bank.example",
                "pay.bank.example",
                "x.old.example",
            ],
        );
        let found = Redundant::of(&[org], &before, &after);
        assert_eq!(
            said(&found),
            [
                ("1PASSWORD", "Tessera, which always blocks it"),
                ("NARROW", "WIDE"),
                ("SIGNAL", "Tessera, which blocks it already"),
                ("WORK", "ORG of org"),
                ("ZOOM", "Tessera, which blocks it for nobody"),
                ("bank.example", "bank.example of org"),
                ("pay.bank.example", "bank.example of org"),
                ("x.old.example", "old.example"),
            ]
        );
        assert_eq!(found.count, 8);
    }
}
