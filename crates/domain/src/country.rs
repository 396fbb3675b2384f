//! Countries and their states, as ISO 3166 lists them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use rust_iso3166::{CountryCode, iso3166_2::Subdivision};
use serde::{Deserialize, Serialize};

use crate::text::fold;

/// A country that ISO 3166-1 lists; written as its two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(CountryCode);

/// Not the two letters of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose a country from the list: two letters of ISO 3166-1, such as IT.")]
pub struct UnknownCountry;

/// A state, province or the like that ISO 3166-2 lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedState {
    /// What it is called; where a country has several kinds of them, its kind too.
    pub name: String,
    /// Its code, such as `US-CA`.
    pub code: &'static str,
}

impl Country {
    /// Every country, by name.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = rust_iso3166::ALL.iter().copied().map(Self).collect();
        all.sort_by_key(|country| sort_key(country.name()));
        all
    }

    /// Its two letters.
    pub const fn code(self) -> &'static str {
        self.0.alpha2
    }

    /// What it is called in English.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Its states, by name; none where the standard lists none.
    pub fn states(self) -> Vec<ListedState> {
        let listed = self.listed();
        let kinds: BTreeSet<_> = listed.iter().map(|state| state.subdivision_type).collect();
        let mut states: Vec<_> = listed
            .iter()
            .map(|state| ListedState {
                name: if kinds.len() > 1 {
                    format!("{} ({})", state.name, state.subdivision_type.to_lowercase())
                } else {
                    state.name.to_owned()
                },
                code: state.code,
            })
            .collect();
        states.sort_by_key(|state| sort_key(&state.name));
        states
    }

    /// Whether its states are listed, so that only those can be given.
    pub fn lists_states(self) -> bool {
        !self.listed().is_empty()
    }

    /// The code of the state that a text names: by its code, with or without the country's letters, or by its name.
    pub fn state_code(self, text: &str) -> Option<&'static str> {
        let wanted = fold(text.trim());
        let is_it = |state: &&Subdivision| {
            fold(state.code) == wanted || fold(state.name) == wanted || {
                let short = state.code.split_once('-').map_or("", |(_, short)| short);
                fold(short) == wanted
            }
        };
        self.listed().iter().find(is_it).map(|state| state.code)
    }

    /// What people call the state with that code; the text itself where no state is listed for it.
    pub fn state_name(self, code: &str) -> String {
        let found = self.listed().iter().find(|state| state.code == code);
        found.map_or_else(|| code.to_owned(), |state| state.name.to_owned())
    }

    fn listed(self) -> &'static [Subdivision] {
        let listed = rust_iso3166::iso3166_2::SUBDIVISION_COUNTRY_MAP.get(self.code());
        listed.copied().unwrap_or_default()
    }
}

/// Letters with marks are sorted beside those without.
fn sort_key(name: &str) -> String {
    use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
    let plain = name.nfd().filter(|letter| !is_combining_mark(*letter));
    plain.flat_map(char::to_lowercase).collect()
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let code = text.trim().to_ascii_uppercase();
        rust_iso3166::from_alpha2(&code).map(Self).ok_or(UnknownCountry)
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(text: String) -> Result<Self, UnknownCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_stand_in_the_order_of_a_dictionary() {
        let names: Vec<_> = Country::all().iter().map(|country| country.name()).collect();
        assert_eq!(names.len(), 249);
        assert_eq!(&names[..2], ["Afghanistan", "Åland Islands"]);
        assert_eq!(*names.last().expect("some"), "Zimbabwe");
    }

    #[test]
    fn a_state_is_found_by_code_short_code_and_name_of_its_own_country_only() {
        let country = |code: &str| code.parse::<Country>().expect("a country");
        for text in ["US-CA", "ca", "California", " us-ca "] {
            assert_eq!(country("us").state_code(text), Some("US-CA"), "{text}");
        }
        assert_eq!(country("US").state_code("DE-BY"), None);
        assert_eq!(country("DE").state_name("DE-BY"), "Bayern");
        assert!(country("DE").lists_states());
        assert!(country("HK").states().is_empty());
        for text in ["", "XX", "U", "USA", "\0\0", "ÜS"] {
            assert!(text.parse::<Country>().is_err(), "{text:?}");
        }
    }
}
