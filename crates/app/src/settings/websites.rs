//! Paging and searching one layer's denied websites.

use tessera_domain::{Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{LayerName, WebsiteRule};

use super::load;
use crate::{Actor, App};

/// The most rows that one page holds.
const PAGE: usize = 1_000;

/// A page of denied websites, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsitePage {
    /// The revision that was read.
    pub revision: u64,
    /// The rules as they are written.
    pub rows: Vec<String>,
    /// Rules that match the search, over all pages.
    pub matching: usize,
    /// All rules of the layer.
    pub total: usize,
    /// The row after which the next page begins.
    pub next: Option<String>,
}

/// Lists the rules after `after` that contain `search`.
pub async fn websites(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    search: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<WebsitePage> {
    let limit = limit.clamp(1, PAGE);
    let snapshot = load(app, actor, org, Right::SeeSettings, None).await?;
    let list = snapshot.layer(layer).websites;
    let search = search.trim().to_lowercase();
    let matches = || {
        list.iter()
            .filter(|row| search.is_empty() || speaks_of(row, &search))
    };
    let mut following = matches().filter(|row| after.is_none_or(|after| *row > after));
    let rows: Vec<String> = following.by_ref().take(limit).map(str::to_owned).collect();
    let more = following.next().is_some();
    let next = rows.last().filter(|_| more).cloned();
    let matching = if search.is_empty() {
        list.len()
    } else {
        matches().count()
    };
    Ok(WebsitePage {
        revision: snapshot.revision,
        rows,
        matching,
        total: list.len(),
        next,
    })
}

/// Whether a row contains what is searched for, in any case, and also as its host reads in Unicode.
fn speaks_of(row: &str, search: &str) -> bool {
    let (row_bytes, sought) = (row.as_bytes(), search.as_bytes());
    let as_stored = || {
        row_bytes
            .windows(sought.len())
            .any(|part| part.eq_ignore_ascii_case(sought))
    };
    let as_read = || {
        let host = WebsiteRule::from_row(row)
            .ok()
            .and_then(|rule| rule.unicode_host());
        host.is_some_and(|host| host.contains(search))
    };
    if search.is_ascii() {
        as_stored()
    } else {
        row.contains("xn--") && as_read()
    }
}
