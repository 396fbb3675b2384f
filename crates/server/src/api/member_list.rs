//! How a list of members is asked for, in scripts and on pages alike: filters, order, and where a page begins.

use serde::Deserialize;
use tessera_domain::{Error, Role};
use tessera_ids::{AccountId, Timestamp};
use tessera_store::{DeviceStanding, Member, MemberQuery, MemberSort};

/// The query of a list of members. What is left out, or empty, does not narrow it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct MemberList {
    /// Somewhere in the name or address.
    #[serde(default)]
    pub(crate) q: String,
    /// A role's word.
    #[serde(default)]
    pub(crate) role: String,
    /// A team's id.
    #[serde(default)]
    pub(crate) team: String,
    /// `current`, `behind`, `failing` or `none`.
    #[serde(default)]
    pub(crate) device: String,
    /// `name` (the default), `joined` or `role`.
    #[serde(default)]
    pub(crate) sort: String,
    /// The `next` of the page before.
    #[serde(default)]
    pub(crate) after: String,
}

impl MemberList {
    /// The query for a page of that many members.
    ///
    /// # Errors
    /// *Invalid* for a word that no filter knows, and for a place that no page ended at.
    pub(crate) fn query(&self, limit: u64) -> Result<MemberQuery, Error> {
        Ok(MemberQuery {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            role: filter(&self.role, "/role", |word| word.parse::<Role>().ok())?,
            team: filter(&self.team, "/team", |word| word.parse().ok())?,
            device: filter(&self.device, "/device", DeviceStanding::of_word)?,
            sort: self.place()?,
            limit,
        })
    }

    fn place(&self) -> Result<MemberSort, Error> {
        let unknown = || {
            Error::field(
                "/after",
                "This page of the list is not understood. Begin at the first one.",
            )
        };
        let after: Option<(AccountId, &str)> = match self.after.as_str() {
            "" => None,
            after => {
                let (id, key) = after.split_once(' ').ok_or_else(unknown)?;
                Some((id.parse().map_err(|_| unknown())?, key))
            }
        };
        Ok(match (self.sort.as_str(), after) {
            ("" | "name", after) => MemberSort::Name(after.map(|(id, key)| (key.to_owned(), id))),
            // `newest` is what links of earlier versions say.
            ("joined" | "newest", None) => MemberSort::Newest(None),
            ("joined" | "newest", Some((id, key))) => {
                let at = Timestamp::from_micros(key.parse().map_err(|_| unknown())?);
                MemberSort::Newest(Some((at, id)))
            }
            ("role", None) => MemberSort::Role(None),
            ("role", Some((id, key))) => {
                let (role, name) = key.split_once(' ').ok_or_else(unknown)?;
                let role = role.parse().map_err(|_| unknown())?;
                MemberSort::Role(Some((role, name.to_owned(), id)))
            }
            _ => return Err(Error::field("/sort", "Sort by name, joined or role.")),
        })
    }

    /// Where the page after this member begins.
    pub(crate) fn next(&self, last: &Member) -> String {
        let id = last.account;
        match self.sort.as_str() {
            "joined" | "newest" => format!("{id} {}", last.joined_at.as_micros()),
            "role" => format!("{id} {} {}", last.role, last.name_key),
            _ => format!("{id} {}", last.name_key),
        }
    }
}

fn filter<T>(word: &str, pointer: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
    if word.is_empty() {
        return Ok(None);
    }
    let known = read(word).ok_or_else(|| Error::field(pointer, "This filter is not understood."))?;
    Ok(Some(known))
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::{SystemClock, SystemEntropy};

    use super::*;

    fn list(sort: &str, after: &str) -> MemberList {
        MemberList {
            sort: sort.to_owned(),
            after: after.to_owned(),
            ..MemberList::default()
        }
    }

    #[test]
    fn a_page_begins_where_the_last_one_ended_in_every_order() {
        let last = Member {
            account: AccountId::generate(&SystemClock, &SystemEntropy),
            name: "Ada de la Cruz".parse().unwrap(),
            name_key: "ada de la cruz".to_owned(),
            email: "ada@example.org".parse().unwrap(),
            role: Role::Admin,
            joined_at: Timestamp::from_micros(-7),
            devices: 0,
            devices_current: 0,
            devices_failing: 0,
        };
        for sort in ["", "name", "joined", "newest", "role"] {
            let place = list(sort, &list(sort, "").next(&last)).query(9).unwrap().sort;
            match place {
                MemberSort::Name(Some((key, id))) => {
                    assert_eq!((key, id), (last.name_key.clone(), last.account));
                }
                MemberSort::Newest(Some(place)) => assert_eq!(place, (last.joined_at, last.account)),
                MemberSort::Role(Some((role, key, id))) => {
                    assert_eq!(
                        (role, key, id),
                        (Role::Admin, last.name_key.clone(), last.account)
                    );
                }
                other => panic!("{sort}: {other:?}"),
            }
        }
    }

    #[test]
    fn forged_places_and_unknown_words_are_refused() {
        let id = AccountId::generate(&SystemClock, &SystemEntropy);
        for (sort, after) in [
            ("", "nonsense".to_owned()),
            ("", "dev_1 key".to_owned()),
            ("joined", format!("{id} yesterday")),
            ("joined", format!("{id} 99999999999999999999")),
            ("role", format!("{id} ada")),
            ("role", format!("{id} emperor ada")),
            ("salary", String::new()),
        ] {
            assert!(list(sort, &after).query(1).is_err(), "{sort} {after}");
        }
        for field in ["role", "team", "device"] {
            let mut asked = MemberList::default();
            match field {
                "role" => asked.role = "emperor".to_owned(),
                "team" => asked.team = id.to_string(),
                _ => asked.device = "lost".to_owned(),
            }
            let error = asked.query(1).unwrap_err();
            assert_eq!(error.fields[0].pointer, format!("/{field}"));
        }
    }
}
