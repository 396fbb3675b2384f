//! The names and notes that people and machines give, each with its one rule.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::text::{self, TextError, clean_line, clean_text};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $clean:ident up to $limit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that fit.
            pub const LIMIT: usize = $limit;

            /// The text, cleaned.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form by which it is compared, sorted and searched.
            pub fn folded(&self) -> String {
                text::fold(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                $clean(text, Self::LIMIT).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// What a person is called.
    PersonName = clean_line up to 100;
    /// What an org is called.
    OrgName = clean_line up to 80;
    /// A street and the number in it.
    Street = clean_line up to 200;
    /// What a town is called.
    CityName = clean_line up to 100;
    /// A state's code where its country lists them, else what people call it.
    StateName = clean_line up to 100;
    /// What a team is called; unique in its org by its folded form.
    TeamName = clean_line up to 60;
    /// What a personal access token is called.
    TokenName = clean_line up to 60;
    /// What a provider's key is called; unique among its org's active ones by its folded form.
    CredentialName = clean_line up to 80;
    /// What a place where alerts go is called.
    EndpointName = clean_line up to 80;
    /// What a key that enrols machines is called.
    EnrollmentKeyName = clean_line up to 80;
    /// What an update is about.
    UpdateTitle = clean_line up to 120;
    /// What an update says, in Markdown.
    UpdateBody = clean_text up to 20_000;
    /// What somebody says to an update, in Markdown.
    CommentText = clean_text up to 4_000;
    /// Why a revision was saved.
    RevisionNote = clean_text up to 500;
    /// What a machine calls itself.
    HostName = clean_line up to 255;
    /// A machine's system and its version, in its own words.
    OsName = clean_line up to 120;
    /// The version of an agent, in its own words.
    AgentVersion = clean_line up to 60;
}
