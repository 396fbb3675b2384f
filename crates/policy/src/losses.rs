//! What members lose when one layer changes, in sentences, seen from all layers that bind them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Effective, Layer, LayerName, Leaf, Row, Strictness, Value, WebsiteList,
    applications::{ApplicationCatalogue, Stance},
    merge,
};

/// How many things a sentence names before the rest is only counted.
const NAMED: usize = 8;

/// What members can do less of once a layer says `after` where it said `before`, over the layers `below` it.
pub fn losses(below: &[Layer], before: &Layer, after: &Layer) -> Vec<String> {
    let over = |layer: &Layer| merge(&[below, std::slice::from_ref(layer)].concat());
    let (old, new) = (over(before), over(after));
    let mut losses: Vec<String> = Leaf::ALL
        .iter()
        .filter(|leaf| !leaf.kind().is_list() && leaf.strictness() != Strictness::Neither)
        .filter_map(|leaf| value(*leaf, &old.get(*leaf).value, &new.get(*leaf).value))
        .collect();
    losses.extend(applications(&old, &new));
    losses.extend(websites(&old, &new));
    losses.extend(models(&old, &new));
    losses
}

fn value(leaf: Leaf, old: &Value, new: &Value) -> Option<String> {
    (leaf.severity(new) > leaf.severity(old)).then(|| {
        let help = leaf.help().replace('`', "");
        match (new, help.strip_prefix("Lets ")) {
            (Value::Switch(false), Some(what)) => format!("{} no longer lets {what}", leaf.title()),
            _ => format!("{} becomes {}.", leaf.title(), leaf.say(new)),
        }
    })
}

/// Whether the rows of a layer are enforced.
fn counts(effective: &Effective, switch: Leaf, layer: LayerName) -> bool {
    layer.only_tightens() || effective.is_on(switch)
}

/// What is blocked, by key, with its name.
fn blocked(effective: &Effective) -> BTreeMap<String, String> {
    let mut allowed = BTreeSet::new();
    let mut blocked = BTreeMap::new();
    for (layer, table) in effective.tables(Leaf::Applications) {
        for (key, row) in table.iter() {
            let Row::Application(row) = row else { continue };
            if row.blocked && counts(effective, Leaf::ManagedApplications, *layer) {
                blocked.insert(key.to_owned(), row.name.clone());
            } else if !row.blocked && !layer.only_tightens() && effective.is_on(Leaf::ManagedApplications) {
                allowed.insert(key.to_owned());
            }
        }
    }
    for known in ApplicationCatalogue::built_in().iter() {
        let blocks = match known.stance {
            Stance::Available => false,
            Stance::Blocked => !allowed.contains(&known.key),
            Stance::AlwaysBlocked => true,
        };
        if blocks {
            blocked.insert(known.key.clone(), known.name.clone());
        }
    }
    blocked
}

fn applications(old: &Effective, new: &Effective) -> Option<String> {
    let before = blocked(old);
    let after = blocked(new);
    let gone = after.into_iter().filter(|(key, _)| !before.contains_key(key));
    let names: Vec<String> = gone.map(|(_, name)| name).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| format!("{} {verb} never captured any more.", listed(&names)))
}

fn websites(old: &Effective, new: &Effective) -> Option<String> {
    let enforced = |effective: &Effective| {
        let lists = effective
            .websites()
            .iter()
            .filter(|(layer, _)| counts(effective, Leaf::ManagedWebsites, *layer));
        lists.fold(WebsiteList::default(), |all, (_, list)| all.union(list))
    };
    let (before, after) = (enforced(old), enforced(new));
    match after.iter().filter(|row| !before.contains_row(row)).count() {
        0 => None,
        1 => Some("1 website more is never captured.".to_owned()),
        more => Some(format!("{more} websites more are never captured.")),
    }
}

/// Models that an allow-list takes away by name.
fn models(old: &Effective, new: &Effective) -> Option<String> {
    let refused = |effective: &Effective| {
        let mut names = BTreeSet::new();
        for (_, table) in effective.tables(Leaf::AllowedModels) {
            let no = |(key, row): (&str, &Row)| matches!(row, Row::Model(false)).then(|| key.to_owned());
            names.extend(table.iter().filter_map(no));
        }
        names
    };
    if !new.is_on(Leaf::ManagedModels) {
        return None;
    }
    let before = if old.is_on(Leaf::ManagedModels) {
        refused(old)
    } else {
        BTreeSet::new()
    };
    let names: Vec<String> = refused(new).difference(&before).cloned().collect();
    (!names.is_empty()).then(|| format!("{} can no longer be used.", listed(&names)))
}

/// "Slack, Zoom and 3 more".
fn listed(names: &[String]) -> String {
    let shown = &names[..names.len().min(NAMED)];
    let more = names.len() - shown.len();
    match (shown.split_last(), more) {
        (_, 1..) => format!("{} and {more} more", shown.join(", ")),
        (Some((last, [])), 0) => last.clone(),
        (Some((last, first)), 0) => format!("{} and {last}", first.join(", ")),
        (None, 0) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, apply};

    fn layer(name: LayerName, edits: &[Edit]) -> Layer {
        let empty = Layer::empty(name);
        let (document, websites) = apply(&empty.document, &empty.websites, edits).unwrap();
        Layer {
            name,
            document,
            websites,
        }
    }

    fn set(leaf: Leaf, value: Value) -> Edit {
        Edit::Set {
            leaf,
            value,
            locked: None,
        }
    }

    fn application(key: &str, name: &str, blocked: bool) -> Edit {
        let known = ApplicationCatalogue::built_in().get("slack").unwrap();
        let mut row = known.row(blocked);
        row.name = name.to_owned();
        Edit::Rows {
            leaf: Leaf::Applications,
            set: vec![(key.to_owned(), Row::Application(row))],
            remove: Vec::new(),
        }
    }

    #[test]
    fn what_is_lost_is_said_and_what_is_gained_is_not() {
        let before = layer(LayerName::Org, &[application("signal", "Signal", false)]);
        let after = layer(
            LayerName::Org,
            &[
                set(Leaf::Telemetry, Value::Switch(false)),
                set(Leaf::ProcessingMode, Value::Choice("cloud")),
                application("slack", "Slack", true),
                Edit::Websites {
                    add: vec!["bank.example".parse().unwrap()],
                    remove: Vec::new(),
                },
            ],
        );
        assert_eq!(
            losses(&[], &before, &after),
            [
                "Telemetry no longer lets the assistant send usage figures and error reports to its maker.",
                "Signal and Slack are never captured any more.",
                "1 website more is never captured.",
            ]
        );
        assert_eq!(
            losses(&[], &after, &before),
            ["Processing mode becomes blended."],
            "less is denied"
        );
    }

    #[test]
    fn a_layer_loses_only_what_those_below_it_left() {
        let org = layer(LayerName::Org, &[set(Leaf::Telemetry, Value::Switch(false))]);
        let name = LayerName::Tightened(tessera_ids::AccountId::generate(
            &tessera_ids::ambient::SystemClock,
            &tessera_ids::ambient::SystemEntropy,
        ));
        let one = layer(
            name,
            &[
                set(Leaf::Telemetry, Value::Switch(false)),
                application("slack", "Slack", true),
            ],
        );
        let lost = losses(&[org], &Layer::empty(name), &one);
        assert_eq!(lost, ["Slack is never captured any more."]);
    }

    #[test]
    fn of_many_names_the_rest_is_counted() {
        let names: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        assert_eq!(listed(&names), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
        assert_eq!(listed(&names[..1]), "0");
    }
}
