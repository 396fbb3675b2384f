//! Paging and searching the applications that one layer blocks or makes available, with those that Tessera knows by
//! itself.

use std::collections::BTreeSet;

use tessera_domain::{Error, Result, text};
use tessera_ids::OrgId;
use tessera_policy::{
    ApplicationRow, Layer, LayerName, Leaf, Row,
    applications::{ApplicationCatalogue, ApplicationRule, KnownApplication, Stance},
};

use super::standpoint;
use crate::{Actor, App};

/// The most rows that one page holds.
const PAGE: usize = 500;
/// The longest part of a key that is made of a name.
const LONGEST: usize = 48;

/// Which of the two lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shelf {
    /// *Blocked Applications*.
    #[default]
    Blocked,
    /// *Available Applications*.
    Available,
}

/// One application as a layer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedApplication {
    /// The key of its row.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// By what it is recognised.
    pub identifiers: Vec<ApplicationRule>,
    /// What Tessera knows of it, if it is a *Global* one.
    pub known: Option<&'static KnownApplication>,
    /// Whether it is blocked where this layer speaks.
    pub blocked: bool,
    /// Whose word that is.
    pub source: LayerName,
    /// What this very layer says, if it says anything.
    pub said: Option<bool>,
    /// What it would be without this layer's word.
    pub otherwise: bool,
    /// Why this layer cannot change it, if it cannot.
    pub fixed: Option<Fixed>,
}

/// Why a layer cannot change what holds for an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// Tessera never lets it be captured.
    Always,
    /// It is blocked by a layer whose word this one cannot loosen.
    By(LayerName),
}

/// A page of applications, by name.
#[derive(Clone, Debug)]
pub struct ApplicationPage {
    /// The revision that was read.
    pub revision: u64,
    /// Whether the organization's rows are enforced where this layer speaks.
    pub enforced: bool,
    /// The applications.
    pub rows: Vec<ListedApplication>,
    /// Those that match the search, over all pages, blocked and available.
    pub blocked: usize,
    /// The same for those that are available.
    pub available: usize,
    /// Where the next page begins.
    pub next: Option<usize>,
}

/// Lists the applications of one shelf that contain `search`, from the one at `from`.
pub async fn applications(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    shelf: Shelf,
    search: &str,
    (from, limit): (usize, usize),
) -> Result<ApplicationPage> {
    let limit = limit.clamp(1, PAGE);
    let view = standpoint(app, actor, org, layer, None).await?;
    let wanted = text::fold(search.trim());
    let mut found = view.applications();
    found.retain(|row| wanted.is_empty() || row.speaks_of(&wanted));
    let blocked = found.iter().filter(|row| row.blocked).count();
    let available = found.len() - blocked;
    found.retain(|row| row.blocked == (shelf == Shelf::Blocked));
    let total = found.len();
    let rows: Vec<_> = found.into_iter().skip(from).take(limit).collect();
    let next = from.saturating_add(rows.len());
    Ok(ApplicationPage {
        revision: view.revision,
        enforced: view.effective().is_on(Leaf::ManagedApplications),
        next: (next < total && !rows.is_empty()).then_some(next),
        rows,
        blocked,
        available,
    })
}

/// Every application that Tessera or one of the layers knows, as the last layer sees it, by name.
pub fn seen_from(below: &[Layer], own: &Layer) -> Vec<ListedApplication> {
    let table = own.document.table(Leaf::Applications);
    let tables: Vec<_> = below
        .iter()
        .map(|layer| (layer.name, layer.document.table(Leaf::Applications)))
        .collect();
    let catalogue = ApplicationCatalogue::built_in();
    let mut keys: BTreeSet<&str> = catalogue.iter().map(|known| known.key.as_str()).collect();
    keys.extend(table.iter().map(|(key, _)| key));
    keys.extend(
        tables
            .iter()
            .flat_map(|(_, table)| table.iter().map(|(key, _)| key)),
    );
    let mut rows: Vec<ListedApplication> = keys
        .into_iter()
        .filter_map(|key| {
            let said: Vec<_> = tables
                .iter()
                .filter_map(|(layer, table)| Some((*layer, application(table.get(key)?)?)))
                .collect();
            listed(
                key,
                catalogue.get(key),
                &said,
                own.name,
                table.get(key).and_then(application),
            )
        })
        .collect();
    rows.sort_by_cached_key(|row| (text::fold(&row.name), row.key.clone()));
    rows
}

fn application(row: &Row) -> Option<&ApplicationRow> {
    match row {
        Row::Application(row) => Some(row),
        _ => None,
    }
}

fn listed(
    key: &str,
    known: Option<&'static KnownApplication>,
    below: &[(LayerName, &ApplicationRow)],
    layer: LayerName,
    own: Option<&ApplicationRow>,
) -> Option<ListedApplication> {
    let stance = known.map_or(Stance::Available, |known| known.stance);
    let forbidding = below.iter().find(|(_, row)| row.blocked);
    let (otherwise, before) = match (forbidding, below.first()) {
        (Some((by, _)), _) => (true, *by),
        (None, Some((by, _))) => (false, *by),
        (None, None) => (stance != Stance::Available, LayerName::BuiltIn),
    };
    let always = stance == Stance::AlwaysBlocked;
    let fixed = match forbidding {
        _ if always => Some(Fixed::Always),
        Some((by, _)) => Some(Fixed::By(*by)),
        None if layer.only_tightens() && otherwise => Some(Fixed::By(before)),
        None => None,
    };
    let (blocked, source) = match own {
        _ if always => (true, LayerName::BuiltIn),
        Some(row) if fixed.is_none() && (row.blocked || !layer.only_tightens()) => (row.blocked, layer),
        _ => (otherwise, before),
    };
    let row = own.or(below.first().map(|(_, row)| *row));
    Some(ListedApplication {
        key: key.to_owned(),
        name: row
            .map(|row| row.name.clone())
            .or(known.map(|known| known.name.clone()))?,
        identifiers: row
            .map(|row| row.identifiers.clone())
            .or(known.map(|known| known.identifiers.clone()))?,
        known,
        blocked,
        source,
        said: own.map(|row| row.blocked),
        otherwise,
        fixed,
    })
}

impl ListedApplication {
    /// The row that blocks it or makes it available.
    pub fn row(&self, blocked: bool) -> ApplicationRow {
        ApplicationRow {
            name: self.name.clone(),
            identifiers: self.identifiers.clone(),
            blocked,
        }
    }

    fn speaks_of(&self, wanted: &str) -> bool {
        text::fold(&self.name).contains(wanted)
            || self
                .identifiers
                .iter()
                .any(|rule| rule.pattern().contains(wanted))
            || self
                .known
                .is_some_and(|known| text::fold(known.category.title()).contains(wanted))
    }
}

/// A key for an application of this name that no layer and not Tessera itself uses: its letters and digits, and a
/// number where that is taken.
pub fn new_key(name: &str, taken: impl Fn(&str) -> bool) -> Result<String> {
    let mut stem = String::new();
    for letter in text::fold(name).chars() {
        if letter.is_ascii_alphanumeric() {
            stem.push(letter);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    stem.truncate(LONGEST);
    let stem = match stem.trim_matches('-') {
        "" => "application",
        stem => stem,
    };
    let numbered = (2..=u32::from(u16::MAX)).map(|number| format!("{stem}-{number}"));
    let mut keys = std::iter::once(stem.to_owned()).chain(numbered);
    let free = keys.find(|key| !taken(key) && ApplicationCatalogue::built_in().get(key).is_none());
    free.ok_or_else(|| Error::conflict("There are too many applications of that name."))
}

#[cfg(test)]
mod tests {
    use tessera_ids::{TeamId, ambient::SystemClock, ambient::SystemEntropy};

    use super::*;

    fn layer(name: LayerName, rows: &[(&str, bool)]) -> Layer {
        let mut layer = Layer::empty(name);
        let row = |(key, blocked): &(&str, bool)| {
            let row = ApplicationRow {
                name: format!("App {key}"),
                identifiers: vec![format!("bundle_id:app.{key}").parse().unwrap()],
                blocked: *blocked,
            };
            ((*key).to_owned(), Row::Application(row))
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        layer.document = layer.document.with_rows(Leaf::Applications, &rows, &[]);
        layer
    }

    fn standing(below: &[Layer], own: &Layer, key: &str) -> (bool, LayerName, Option<Fixed>) {
        let rows = seen_from(below, own);
        let row = rows.iter().find(|row| row.key == key).unwrap();
        (row.blocked, row.source, row.fixed)
    }

    #[test]
    fn each_layer_sees_what_holds_and_what_it_can_change() {
        let org = layer(
            LayerName::Org,
            &[
                ("signal", false),
                ("own", true),
                ("1password", false),
                ("slack", false),
            ],
        );
        let seen = |key| standing(&[], &org, key);
        assert_eq!(seen("signal"), (false, LayerName::Org, None));
        assert_eq!(seen("anydesk"), (true, LayerName::BuiltIn, None));
        assert_eq!(seen("1password"), (true, LayerName::BuiltIn, Some(Fixed::Always)));
        assert_eq!(seen("own"), (true, LayerName::Org, None));
        assert_eq!(seen("zoom"), (false, LayerName::BuiltIn, None));

        let name = LayerName::Team(TeamId::generate(&SystemClock, &SystemEntropy));
        let team = layer(name, &[("own", false), ("slack", true), ("anydesk", false)]);
        let seen = |key| standing(std::slice::from_ref(&org), &team, key);
        let by_org = Some(Fixed::By(LayerName::Org));
        assert_eq!(
            seen("own"),
            (true, LayerName::Org, by_org),
            "a team cannot loosen it"
        );
        assert_eq!(seen("slack"), (true, name, None));
        assert_eq!(seen("anydesk"), (false, name, None));

        let one = LayerName::Tightened(tessera_ids::AccountId::generate(&SystemClock, &SystemEntropy));
        let tightened = layer(one, &[("anydesk", false), ("zoom", true)]);
        let seen = |key| standing(&[], &tightened, key);
        let fixed = Some(Fixed::By(LayerName::BuiltIn));
        assert_eq!(seen("anydesk"), (true, LayerName::BuiltIn, fixed));
        assert_eq!(seen("zoom"), (true, one, None));
    }

    #[test]
    fn a_key_is_made_of_the_name_and_is_new() {
        let taken = |key: &str| key == "my-app";
        assert_eq!(new_key("My App!", taken).unwrap(), "my-app-2");
        assert_eq!(new_key("Slack", taken).unwrap(), "slack-2", "Tessera uses it");
        assert_eq!(new_key("時計", taken).unwrap(), "application");
        assert!(new_key(&"long ".repeat(90), taken).unwrap().len() <= 64);
    }
}
