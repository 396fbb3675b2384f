//! Which devices a page of the list shows, and where its links lead.

use serde::Deserialize;
use tessera_app::devices::DevicePage;
use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, DeviceId, EnrollmentKeyId, Timestamp};
use tessera_store::{DeviceQuery, DeviceSort};

use super::super::view::{Pager, Sort};
use super::super::words;

/// Devices on one page.
const PAGE: u64 = 100;

/// What of the list is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Listing {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) member: String,
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) sort: String,
    #[serde(default)]
    pub(super) after: String,
}

impl Listing {
    pub(super) fn query(&self) -> Result<DeviceQuery> {
        let unknown = || Error::invalid("This page of the list is not understood. Begin at the first one.");
        let after = if self.after.is_empty() {
            None
        } else {
            let (id, key) = self.after.split_once(' ').ok_or_else(unknown)?;
            Some((key.to_owned(), id.parse::<DeviceId>().map_err(|_| unknown())?))
        };
        let sort = match (self.sort.as_str(), after) {
            ("contact", None) => DeviceSort::Contact(None),
            ("contact", Some((key, id))) => DeviceSort::Contact(Some((
                Timestamp::from_micros(key.parse().map_err(|_| unknown())?),
                id,
            ))),
            (_, after) => DeviceSort::Member(after),
        };
        Ok(DeviceQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            account: self.member.parse::<AccountId>().ok(),
            state: Some(self.state.clone()).filter(|state| !state.is_empty()),
            enrollment_key: self.key.parse::<EnrollmentKeyId>().ok(),
            sort,
            limit: PAGE,
            ..DeviceQuery::default()
        })
    }

    fn to(&self, sort: &str, after: &str) -> String {
        let filters = [
            ("q", self.q.as_str()),
            ("state", &self.state),
            ("member", &self.member),
            ("key", &self.key),
        ];
        words::query(&[&filters[..], &[("sort", sort), ("after", after)]].concat())
    }

    pub(super) fn pager(&self, found: &DevicePage) -> Pager {
        Pager {
            shown: words::count(found.devices.len() as u64, "device"),
            first: (!self.after.is_empty()).then(|| self.to(&self.sort, "")),
            next: found.next.as_ref().map(|next| self.to(&self.sort, &place(next))),
        }
    }

    pub(super) fn sort(&self, name: &str, order: &str) -> Sort {
        let is_current = self.sort == name;
        Sort {
            href: self.to(name, ""),
            order: if is_current { order } else { "none" }.to_owned(),
        }
    }
}

/// Where the next page begins, as text in a link.
fn place(next: &DeviceSort) -> String {
    match next {
        DeviceSort::Host(Some((key, id))) | DeviceSort::Member(Some((key, id))) => format!("{id} {key}"),
        DeviceSort::Contact(Some((at, id))) => format!("{id} {}", at.as_micros()),
        DeviceSort::Host(None) | DeviceSort::Member(None) | DeviceSort::Contact(None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_last_one_ended() {
        let id: DeviceId = DeviceId::generate(
            &tessera_ids::ambient::SystemClock,
            &tessera_ids::ambient::SystemEntropy,
        );
        for (sort, next) in [
            ("", DeviceSort::Member(Some(("ada byron".to_owned(), id)))),
            (
                "contact",
                DeviceSort::Contact(Some((Timestamp::from_micros(7), id))),
            ),
        ] {
            let listing = Listing {
                sort: sort.to_owned(),
                after: place(&next),
                ..Listing::default()
            };
            assert_eq!(place(&listing.query().unwrap().sort), place(&next));
        }
    }
}
