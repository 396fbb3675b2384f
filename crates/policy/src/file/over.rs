//! What a layer would say if a file had its way.

use super::{SectionWords, rows};
use crate::{Kind, Layer, Leaf, Row, SectionName, Table, WebsiteList};

impl SectionWords {
    /// The layer with this section said whole. What this version cannot read stays, since a file can neither hold
    /// it nor leave it out on purpose.
    #[must_use]
    pub fn over(&self, present: Layer, section: SectionName) -> Layer {
        let mut layer = present;
        for leaf in Leaf::in_section(section) {
            match leaf.kind() {
                Kind::WebsiteList => layer.websites = self.websites_over(&layer.websites),
                Kind::Table(_) => {
                    let rows = self.table_over(leaf, &layer.document.table(leaf));
                    layer.document = layer.document.with_table(leaf, rows);
                }
                Kind::Switch | Kind::Choice(_) | Kind::Model => {
                    layer.document = match self.settings.get(&leaf) {
                        Some(setting) => layer.document.with(leaf, setting.clone()),
                        None => layer.document.without(leaf),
                    };
                }
            }
        }
        layer
    }

    fn websites_over(&self, present: &WebsiteList) -> WebsiteList {
        let unread = present.iter().filter(|row| !rows::is_readable(row));
        self.websites.union(&WebsiteList::from_rows(unread))
    }

    fn table_over(&self, leaf: Leaf, present: &Table) -> Table {
        let wanted = self.tables.get(&leaf).cloned().unwrap_or_default();
        if wanted.is_empty() && present.iter().next().is_none() {
            return present.clone();
        }
        let unread = present.iter().filter(|(_, row)| matches!(row, Row::Unread(_)));
        Table::from_rows(unread.chain(wanted.iter()).map(|(key, row)| (key, row.clone())))
    }
}
