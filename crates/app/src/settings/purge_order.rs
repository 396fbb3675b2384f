//! Orders to forget what was captured before a rule came.

use std::time::Duration;

use tessera_domain::{Error, Result};
use tessera_ids::Timestamp;
use tessera_policy::{Edit, Layer, Leaf, PurgeRow, Row};

/// How long orders are kept for devices that were away.
const KEPT: Duration = Duration::from_hours(24 * 180);
/// The most rules of one order.
const MOST: usize = 1_000;

/// The edit that orders what these edits deny anew to be forgotten, as far as it was captured before `now`; none when
/// they deny nothing anew. Orders that are half a year old go: whoever was away so long is stale.
///
/// # Errors
/// *Invalid* for more rules than an order has.
pub fn purge_order(edits: &[Edit], own: &Layer, now: Timestamp) -> Result<Option<Edit>> {
    let mut row = PurgeRow {
        before: now.as_micros(),
        ..PurgeRow::default()
    };
    for edit in edits {
        match edit {
            Edit::Websites { add, .. } => row.websites.extend(add.iter().cloned()),
            Edit::Rows {
                leaf: Leaf::Applications,
                set,
                ..
            } => {
                row.applications
                    .extend(set.iter().flat_map(|(_, row)| blocked(row)).cloned());
            }
            _ => {}
        }
    }
    match row.websites.len() + row.applications.len() {
        0 => return Ok(None),
        1..=MOST => {}
        _ => {
            let message =
                "At most 1,000 rules can be purged at once. Add the list first, then purge what matters.";
            return Err(Error::field("/purge", message));
        }
    }
    let oldest = now.minus(KEPT).as_micros();
    let table = own.document.table(Leaf::Purges);
    let stale = table.iter().filter(|(_, row)| match row {
        Row::Purge(order) => order.before < oldest,
        _ => false,
    });
    Ok(Some(Edit::Rows {
        leaf: Leaf::Purges,
        remove: stale.map(|(key, _)| key.to_owned()).collect(),
        set: vec![(format!("p{}", now.as_micros()), Row::Purge(row))],
    }))
}

fn blocked(row: &Row) -> &[tessera_policy::applications::ApplicationRule] {
    match row {
        Row::Application(row) if row.blocked => &row.identifiers,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use tessera_policy::{LayerName, WebsiteRule, applications::ApplicationCatalogue};

    use super::*;

    #[test]
    fn an_order_names_what_is_newly_denied_and_stale_ones_go() {
        let now = Timestamp::from_seconds(100_000_000);
        let order = |before| {
            Row::Purge(PurgeRow {
                websites: vec!["old.example".parse().unwrap()],
                applications: Vec::new(),
                before,
            })
        };
        let rows = [
            ("stale".to_owned(), order(0)),
            ("fresh".to_owned(), order(now.as_micros())),
        ];
        let mut own = Layer::empty(LayerName::Org);
        own.document = own.document.with_rows(Leaf::Purges, &rows, &[]);
        let known = |key: &str, blocked| {
            let row = ApplicationCatalogue::built_in().get(key).unwrap().row(blocked);
            (key.to_owned(), Row::Application(row))
        };
        let website: WebsiteRule = "bank.example".parse().unwrap();
        let add = |add: Vec<WebsiteRule>| Edit::Websites {
            add,
            remove: Vec::new(),
        };
        let applications = Edit::Rows {
            leaf: Leaf::Applications,
            set: vec![known("zoom", true), known("signal", false)],
            remove: Vec::new(),
        };
        let edit = purge_order(&[add(vec![website.clone()]), applications], &own, now).unwrap();
        let Some(Edit::Rows { set, remove, .. }) = edit else {
            panic!("there is an order")
        };
        assert_eq!(remove, ["stale"]);
        let Row::Purge(row) = &set[0].1 else {
            panic!("it is an order")
        };
        assert_eq!((&row.websites, row.before), (&vec![website], now.as_micros()));
        assert!(
            row.applications
                .iter()
                .all(|rule| rule.to_string().contains("zoom"))
        );
        assert_eq!(purge_order(&[add(Vec::new())], &own, now).unwrap(), None);
        let many = (0..1_001).map(|number| format!("s{number}.example").parse().unwrap());
        assert!(purge_order(&[add(many.collect())], &own, now).is_err());
    }
}
