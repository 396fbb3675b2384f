//! Orders to forget what was captured before a rule came. They are on the disk before the settings that bring them
//! are in force, and stay there until a tool that captures says that it has followed them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tessera_ids::Timestamp;
use tessera_policy::{Effective, LayerName, Leaf, PurgeRow, Row, WebsiteRule, applications::ApplicationRule};

use crate::{Error, state::OrgState};

/// One order, as the local API gives it to tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeOrder {
    /// How a tool names it when it is done.
    pub id: String,
    /// Whose order it is.
    pub layer: LayerName,
    /// Websites whose captures go, subdomains and all, as the guard reads such rules.
    pub websites: Vec<WebsiteRule>,
    /// Applications whose captures go.
    pub applications: Vec<ApplicationRule>,
    /// Captures before this instant go, in microseconds of UTC.
    pub before: Timestamp,
    /// When this machine got the order.
    pub received_at: Timestamp,
}

/// What lies on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PurgeOrders {
    pub(crate) open: BTreeMap<String, PurgeOrder>,
    /// Followed already, as long as the settings still name them.
    done: BTreeMap<String, Timestamp>,
}

/// The orders of one device.
#[derive(Debug)]
pub(crate) struct PurgeBook {
    state: Arc<OrgState>,
    orders: Mutex<PurgeOrders>,
}

impl PurgeBook {
    /// Opens what lies on the disk. What cannot be read begins anew: an order that comes twice does no harm.
    pub(crate) fn open(state: Arc<OrgState>) -> Self {
        let orders = Mutex::new(state.purges());
        Self { state, orders }
    }

    /// The orders that nobody has followed yet, the oldest first.
    pub(crate) fn waiting(&self) -> Vec<PurgeOrder> {
        waiting(&self.held())
    }

    /// Keeps every order that the settings name and that is new here.
    pub(crate) fn take(&self, settings: &Effective, now: Timestamp) -> Result<(), Error> {
        let mut held = self.held();
        let mut orders = held.clone();
        let mut named = BTreeSet::new();
        for (layer, table) in settings.tables(Leaf::Purges) {
            for (key, row) in table.iter() {
                let Row::Purge(row) = row else { continue };
                let id = format!("{layer}.{key}");
                if !orders.done.contains_key(&id) {
                    let order = || PurgeOrder::new(&id, *layer, row, now);
                    orders.open.entry(id.clone()).or_insert_with(order);
                }
                named.insert(id);
            }
        }
        orders.done.retain(|id, _| named.contains(id));
        if orders != *held {
            self.state.keep_purges(&orders)?;
            *held = orders;
        }
        Ok(())
    }

    /// Notes that an order was followed. `false` for one that nobody gave.
    pub(crate) fn finish(&self, id: &str, now: Timestamp) -> Result<bool, Error> {
        let mut held = self.held();
        let mut orders = held.clone();
        if orders.open.remove(id).is_none() {
            return Ok(orders.done.contains_key(id));
        }
        orders.done.insert(id.to_owned(), now);
        self.state.keep_purges(&orders)?;
        *held = orders;
        Ok(true)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, PurgeOrders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PurgeOrder {
    fn new(id: &str, layer: LayerName, row: &PurgeRow, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            layer,
            websites: row.websites.clone(),
            applications: row.applications.clone(),
            before: Timestamp::from_micros(row.before),
            received_at: now,
        }
    }
}

/// Orders that nobody has followed yet, the oldest first.
pub(crate) fn waiting(orders: &PurgeOrders) -> Vec<PurgeOrder> {
    let mut waiting: Vec<_> = orders.open.values().cloned().collect();
    waiting.sort_by_key(|order| order.before);
    waiting
}

#[cfg(test)]
mod tests {
    use tessera_policy::{Layer, merge};

    use super::*;
    use crate::{commons::Commons, state::Storage};

    fn ordering(keys: &[&str]) -> Effective {
        let mut layer = Layer::empty(LayerName::Org);
        let row = Row::Purge(PurgeRow {
            websites: vec!["bank.example".parse().unwrap()],
            applications: Vec::new(),
            before: 7,
        });
        let rows: Vec<_> = keys.iter().map(|key| ((*key).to_owned(), row.clone())).collect();
        layer.document = layer.document.with_rows(Leaf::Purges, &rows, &[]);
        merge(&[layer])
    }

    #[test]
    fn an_order_stays_until_it_is_done_and_is_not_given_twice() {
        let state = Arc::new(OrgState::new(Storage::in_memory(), Commons::new()));
        let book = PurgeBook::open(Arc::clone(&state));
        let now = Timestamp::from_seconds(60);
        book.take(&ordering(&["p1", "p2"]), now).unwrap();
        let ids = |book: &PurgeBook| {
            book.waiting()
                .into_iter()
                .map(|order| order.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&book), ["org.p1", "org.p2"]);
        assert!(book.finish("org.p1", now).unwrap());
        assert!(book.finish("org.p1", now).unwrap(), "said twice");
        assert!(!book.finish("org.p9", now).unwrap());
        book.take(&ordering(&["p1", "p2"]), now).unwrap();
        assert_eq!(ids(&book), ["org.p2"]);
        // The organization gives the order up; this machine had it already and follows it.
        book.take(&ordering(&[]), now).unwrap();
        let again = PurgeBook::open(state);
        assert_eq!(ids(&again), ["org.p2"]);
        assert_eq!(again.waiting()[0].before, Timestamp::from_micros(7));
    }
}
