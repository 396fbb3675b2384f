//! Addresses that somebody pastes: one a line or between commas, with or without names around them.

use std::collections::HashSet;

use crate::{EmailAddress, Error, Result, email::EmailError};

/// The most addresses that are read from one paste.
pub const MOST: usize = 10_000;

/// How much of what is no address is shown again, in characters.
const SHOWN: usize = 100;

/// One entry of a pasted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// What stood there, cut to a length that can be shown.
    pub text: String,
    /// The address that it is, or why it is none.
    pub address: Result<EmailAddress, EmailError>,
    /// Whether the same address stands further up.
    pub again: bool,
}

/// Reads a pasted list: entries end at line ends and semicolons; within one, `Name <address>` counts by what
/// stands between the brackets, and bare addresses are parted by commas and space.
///
/// # Errors
/// *Too large* for more than [`MOST`] entries.
pub fn read(text: &str) -> Result<Vec<Pasted>> {
    list(text.split(['\n', '\r', ';']).flat_map(entries))
}

/// The same for addresses that stand in a list already: one entry each, in their order.
///
/// # Errors
/// As [`read`].
pub fn entries_of(addresses: &[String]) -> Result<Vec<Pasted>> {
    list(addresses.iter().map(String::as_str))
}

fn list<'a>(entries: impl Iterator<Item = &'a str>) -> Result<Vec<Pasted>> {
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for entry in entries {
        if list.len() == MOST {
            return Err(Error::too_large(format!(
                "At most {MOST} addresses at once. Paste the rest afterwards."
            )));
        }
        let address: Result<EmailAddress, _> = entry.parse();
        let again = address
            .as_ref()
            .is_ok_and(|address| !seen.insert(address.folded().to_owned()));
        list.push(Pasted {
            text: entry.chars().take(SHOWN).collect(),
            address,
            again,
        });
    }
    Ok(list)
}

/// The entries of one line, cleared of quotes and of what mail programs write in front of addresses.
fn entries(line: &str) -> Vec<&str> {
    let bare = |text: &'_ str| !text.is_empty();
    if line.contains('<') {
        let inner = line.split('<').skip(1);
        return inner
            .map(|rest| cleared(rest.split('>').next().unwrap_or_default()))
            .filter(|text| bare(text))
            .collect();
    }
    line.split(|c: char| c == ',' || c.is_whitespace())
        .map(cleared)
        .filter(|text| bare(text))
        .collect()
}

fn cleared(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}'));
    text.strip_prefix("mailto:").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        read(text).unwrap().into_iter().map(|entry| entry.text).collect()
    }

    #[test]
    fn lists_are_read_as_people_have_them() {
        for pasted in [
            "ada@example.org\nbob@example.org",
            "\u{feff}ada@example.org,bob@example.org\r\n",
            " ada@example.org ; bob@example.org; ",
            "\"Lovelace, Ada\" <ada@example.org>, Bob <mailto:bob@example.org>",
            "Lovelace, Ada <ada@example.org>;\n\nbob@example.org",
            "'ada@example.org'\t\"bob@example.org\"",
        ] {
            assert_eq!(
                texts(pasted),
                ["ada@example.org", "bob@example.org"],
                "{pasted:?}"
            );
        }
        assert_eq!(texts(" \r\n ;, <> \t"), Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_said_of_each_entry() {
        let list = read("ada@example.org\nnobody\nADA@Example.org").unwrap();
        assert!(list[0].address.is_ok() && !list[0].again);
        assert_eq!(list[1].address, Err(EmailError::At));
        assert!(list[2].again, "the same address in other letters");
        let long = "x".repeat(100_000);
        assert_eq!(texts(&long)[0].chars().count(), SHOWN);
    }

    #[test]
    fn the_list_has_an_end() {
        let line = "a@example.org\n";
        assert_eq!(read(&line.repeat(MOST)).unwrap().len(), MOST);
        assert!(read(&line.repeat(MOST + 1)).is_err());
    }
}
