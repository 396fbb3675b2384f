//! What an organization says of itself: its name, how it is reached, where it sits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    CityName, Country, EmailAddress, Error, FieldError, OrgName, PersonName, PhoneNumber, PostalCode, Result,
    StateName, Street,
};

/// Everything that *Settings → General* keeps as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgProfile {
    /// What it is called.
    pub name: OrgName,
    /// Whom to ask for.
    pub contact_name: Option<PersonName>,
    /// Where to write to.
    pub contact_email: Option<EmailAddress>,
    /// Where to call.
    pub phone: Option<PhoneNumber>,
    /// In which country it sits.
    pub country: Option<Country>,
    /// Street and number.
    pub street: Option<Street>,
    /// The town.
    pub city: Option<CityName>,
    /// The code of a state where its country lists them, else what people call it.
    pub state: Option<StateName>,
    /// The postal code.
    pub postal_code: Option<PostalCode>,
}

/// One field of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileField {
    /// What it is called.
    Name,
    /// Whom to ask for.
    ContactName,
    /// Where to write to.
    ContactEmail,
    /// Where to call.
    Phone,
    /// In which country it sits.
    Country,
    /// Street and number.
    Street,
    /// The town.
    City,
    /// The state.
    State,
    /// The postal code.
    PostalCode,
}

/// What somebody typed into some fields; an empty text takes the field's value away.
pub type ProfileEdit = BTreeMap<ProfileField, String>;

impl ProfileField {
    /// Every field, in the order of the page.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::ContactName,
        Self::ContactEmail,
        Self::Phone,
        Self::Country,
        Self::Street,
        Self::City,
        Self::State,
        Self::PostalCode,
    ];

    /// The field's name in forms, in JSON and in the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ContactName => "contact_name",
            Self::ContactEmail => "contact_email",
            Self::Phone => "phone",
            Self::Country => "country",
            Self::Street => "street",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postal_code",
        }
    }

    /// What pages call the field.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "Organization name",
            Self::ContactName => "Contact name",
            Self::ContactEmail => "Contact email",
            Self::Phone => "Phone",
            Self::Country => "Country",
            Self::Street => "Street",
            Self::City => "City",
            Self::State => "State",
            Self::PostalCode => "Postal code",
        }
    }

    /// Where errors point.
    pub fn pointer(self) -> String {
        format!("/{}", self.name())
    }
}

impl OrgProfile {
    /// The profile of an organization that has said nothing but its name.
    pub const fn named(name: OrgName) -> Self {
        Self {
            name,
            contact_name: None,
            contact_email: None,
            phone: None,
            country: None,
            street: None,
            city: None,
            state: None,
            postal_code: None,
        }
    }

    /// A field as text; empty where nothing is said.
    pub fn text(&self, field: ProfileField) -> String {
        fn said(value: Option<&impl ToString>) -> String {
            value.map(ToString::to_string).unwrap_or_default()
        }
        match field {
            ProfileField::Name => self.name.to_string(),
            ProfileField::ContactName => said(self.contact_name.as_ref()),
            ProfileField::ContactEmail => said(self.contact_email.as_ref()),
            ProfileField::Phone => said(self.phone.as_ref()),
            ProfileField::Country => said(self.country.as_ref()),
            ProfileField::Street => said(self.street.as_ref()),
            ProfileField::City => said(self.city.as_ref()),
            ProfileField::State => said(self.state.as_ref()),
            ProfileField::PostalCode => said(self.postal_code.as_ref()),
        }
    }

    /// The profile with some fields as typed.
    ///
    /// # Errors
    /// *Invalid* with every field that breaks its rule. A state must be one of its country's where those are
    /// listed; a new country takes an old one's state away unless another is given.
    pub fn edited(&self, edit: &ProfileEdit) -> Result<Self> {
        let mut reading = Reading {
            edit,
            refused: Vec::new(),
        };
        let name = reading.field(ProfileField::Name, Some(&self.name));
        let mut edited = Self {
            contact_name: reading.field(ProfileField::ContactName, self.contact_name.as_ref()),
            contact_email: reading.field(ProfileField::ContactEmail, self.contact_email.as_ref()),
            phone: reading.field(ProfileField::Phone, self.phone.as_ref()),
            country: reading.field(ProfileField::Country, self.country.as_ref()),
            street: reading.field(ProfileField::Street, self.street.as_ref()),
            city: reading.field(ProfileField::City, self.city.as_ref()),
            state: reading.field(ProfileField::State, self.state.as_ref()),
            postal_code: reading.field(ProfileField::PostalCode, self.postal_code.as_ref()),
            ..self.clone()
        };
        match name {
            Some(name) => edited.name = name,
            None => reading.refuse_empty(ProfileField::Name),
        }
        if !edit.contains_key(&ProfileField::State) && edited.country != self.country {
            edited.state = None;
        }
        if let (Some(country), Some(state)) = (edited.country, &edited.state)
            && country.lists_states()
        {
            match country.state_code(state.as_str()) {
                Some(code) => edited.state = code.parse().ok(),
                None => reading.refuse(
                    ProfileField::State,
                    format!("Choose a state of {} from the list.", country.name()),
                ),
            }
        }
        if reading.refused.is_empty() {
            Ok(edited)
        } else {
            Err(Error::invalid_fields(reading.refused))
        }
    }

    /// The fields in which another profile differs.
    pub fn differences(&self, other: &Self) -> Vec<ProfileField> {
        ProfileField::ALL
            .into_iter()
            .filter(|field| self.text(*field) != other.text(*field))
            .collect()
    }

    /// Some fields by name, for the audit log.
    pub fn only(&self, fields: &[ProfileField]) -> BTreeMap<&'static str, String> {
        fields
            .iter()
            .map(|field| (field.name(), self.text(*field)))
            .collect()
    }
}

struct Reading<'a> {
    edit: &'a ProfileEdit,
    refused: Vec<FieldError>,
}

impl Reading<'_> {
    /// The field as typed, as it was where nothing was typed, and nothing where it was emptied or refused.
    fn field<T>(&mut self, field: ProfileField, before: Option<&T>) -> Option<T>
    where
        T: Clone + std::str::FromStr<Err: std::fmt::Display>,
    {
        match self.edit.get(&field).map(|typed| typed.trim()) {
            None => before.cloned(),
            Some("") => None,
            Some(typed) => typed
                .parse()
                .map_err(|error: T::Err| self.refuse(field, error.to_string()))
                .ok(),
        }
    }

    fn refuse(&mut self, field: ProfileField, message: String) {
        let pointer = field.pointer();
        self.refused.push(FieldError { pointer, message });
    }

    fn refuse_empty(&mut self, field: ProfileField) {
        let pointer = field.pointer();
        if !self.refused.iter().any(|known| known.pointer == pointer) {
            self.refuse(field, "Fill this in.".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> OrgProfile {
        OrgProfile::named("Acme".parse().expect("a name"))
    }

    fn edit(fields: &[(ProfileField, &str)]) -> ProfileEdit {
        fields
            .iter()
            .map(|(field, text)| (*field, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn fields_are_set_kept_and_taken_away() {
        let all = edit(&[
            (ProfileField::ContactName, "Ada Rossi"),
            (ProfileField::ContactEmail, "ada@example.org"),
            (ProfileField::Phone, "+39 06 123456"),
            (ProfileField::Country, "us"),
            (ProfileField::State, "California"),
            (ProfileField::City, " San   Diego "),
            (ProfileField::Street, "1 Via Appia"),
            (ProfileField::PostalCode, "92101"),
        ]);
        let full = acme().edited(&all).expect("all fit");
        assert_eq!(full.text(ProfileField::State), "US-CA");
        assert_eq!(full.text(ProfileField::City), "San Diego");
        assert_eq!(full.differences(&acme()).len(), 8);
        let less = full.edited(&edit(&[(ProfileField::Phone, " ")])).expect("fits");
        assert_eq!(less.differences(&full), [ProfileField::Phone]);
        assert_eq!(full.edited(&ProfileEdit::new()).expect("nothing"), full);
    }

    #[test]
    fn a_state_belongs_to_its_country() {
        let there = edit(&[(ProfileField::Country, "US"), (ProfileField::State, "US-CA")]);
        let californian = acme().edited(&there).expect("fits");
        let moved = californian
            .edited(&edit(&[(ProfileField::Country, "DE")]))
            .expect("the state goes");
        assert_eq!(moved.state, None);
        let wrong = californian.edited(&edit(&[(ProfileField::State, "Bayern")]));
        assert_eq!(wrong.expect_err("not of the US").fields[0].pointer, "/state");
        let free = edit(&[(ProfileField::Country, "HK"), (ProfileField::State, "Kowloon")]);
        assert_eq!(
            acme().edited(&free).expect("free text").text(ProfileField::State),
            "Kowloon"
        );
    }

    #[test]
    fn every_wrong_field_is_said_at_once() {
        let long = "x".repeat(10_000);
        let wrong = edit(&[
            (ProfileField::Name, ""),
            (ProfileField::ContactName, "a\u{0}b"),
            (ProfileField::ContactEmail, "nobody"),
            (ProfileField::Phone, "<b>"),
            (ProfileField::Country, "Atlantis"),
            (ProfileField::Street, &long),
            (ProfileField::City, "\u{202e}emoR"),
            (ProfileField::State, &long),
            (ProfileField::PostalCode, "';--"),
        ]);
        let error = acme().edited(&wrong).expect_err("all are wrong");
        assert_eq!(error.fields.len(), 9, "{:?}", error.fields);
    }
}
