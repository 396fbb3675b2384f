//! From settings to rules that can be judged by.

use super::{ApplicationCatalogue, ApplicationEntry, ApplicationRules, Effect};
use crate::{ApplicationRow, Effective, LayerName, Leaf, Row, Table};

impl ApplicationRules {
    /// What Tessera, the organization, its teams and the member say together.
    pub fn of(effective: &Effective) -> Self {
        let tables = effective.tables(Leaf::Applications);
        let mut entries = ApplicationCatalogue::built_in().rules().to_vec();
        for (layer, table) in tables {
            entries.extend(rows(table).flat_map(|row| row_entries(*layer, row)));
        }
        let unreadable = tables
            .iter()
            .filter_map(|(layer, table)| Some((*layer, table.unreadable()?.to_owned())));
        Self {
            managed: effective.is_on(Leaf::ManagedApplications),
            entries,
            unreadable: unreadable.collect(),
        }
    }
}

fn rows(table: &Table) -> impl Iterator<Item = &ApplicationRow> {
    table.iter().filter_map(|(_, row)| match row {
        Row::Application(row) => Some(row),
        _ => None,
    })
}

fn row_entries(layer: LayerName, row: &ApplicationRow) -> impl Iterator<Item = ApplicationEntry> + '_ {
    let effect = if row.blocked { Effect::Deny } else { Effect::Allow };
    row.identifiers.iter().map(move |rule| ApplicationEntry {
        layer,
        rule: rule.clone(),
        effect,
        locked: false,
    })
}
