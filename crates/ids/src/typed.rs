//! One id type per kind of entity: `UUIDv7` inside, a `TypeID` such as `org_01jd…` outside.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::{Clock, Entropy, ambient::random_bytes, base32};

/// What every typed id can do; for code that stores or prints any of them.
pub trait TypedId: Copy + fmt::Display + FromStr<Err = ParseIdError> {
    /// The word before the underscore.
    const PREFIX: &'static str;

    /// Gives a stored UUID its type back.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The UUID to store.
    fn uuid(self) -> Uuid;
}

/// A text that is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that begins with `{expected}_`")]
pub struct ParseIdError {
    expected: &'static str,
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id; its text sorts by the time it was made.
            pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                Self(fresh_uuid(clock, entropy))
            }
        }

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                read(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

typed_ids! {
    /// A person who signs in.
    AccountId = "acct";
    /// An organization: the tenant.
    OrgId = "org";
    /// A named group of members.
    TeamId = "team";
    /// An offer of membership.
    InvitationId = "inv";
    /// One enrolled installation of the agent.
    DeviceId = "dev";
    /// One attempt to enrol a device.
    EnrollmentId = "enr";
    /// A key by which machines are enrolled without anybody typing a code.
    EnrollmentKeyId = "ekey";
    /// A browser's signed-in session.
    SessionId = "sess";
    /// A personal access token.
    ApiTokenId = "tok";
    /// A revision on its way to the devices in stages.
    RolloutId = "rol";
    /// A line of the audit log.
    AuditEntryId = "aud";
    /// A queued job.
    JobId = "job";
    /// A queued mail.
    MailId = "mail";
    /// A list of people to invite, from its preview to its end.
    InvitationBatchId = "batch";
    /// An update: a post of the org or of a team.
    UpdateId = "upd";
    /// A comment on an update.
    CommentId = "cmt";
    /// An AI provider's key that an org owns.
    CredentialId = "cred";
    /// A condition that somebody was or will be told of.
    AlertId = "alert";
    /// Where an org's alerts go besides mail.
    AlertEndpointId = "hook";
}

fn fresh_uuid(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes(entropy)).into_uuid()
}

fn write(f: &mut fmt::Formatter<'_>, prefix: &str, uuid: Uuid) -> fmt::Result {
    let digits = base32::encode(uuid.as_u128());
    let digits = std::str::from_utf8(&digits).map_err(|_| fmt::Error)?;
    write!(f, "{prefix}_{digits}")
}

fn read(text: &str, prefix: &'static str) -> Result<Uuid, ParseIdError> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(|digits| base32::decode(digits.as_bytes()))
        .map(Uuid::from_u128)
        .ok_or(ParseIdError { expected: prefix })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{SystemClock, SystemEntropy};

    #[test]
    fn an_id_survives_text_and_json() {
        let id = OrgId::generate(&SystemClock, &SystemEntropy);
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).expect("an id is a string");
        assert_eq!(serde_json::from_str::<OrgId>(&json).expect("it reads back"), id);
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let org = OrgId::generate(&SystemClock, &SystemEntropy).to_string();
        assert!(org.parse::<TeamId>().is_err());
        assert!("org_".parse::<OrgId>().is_err());
        assert!(org.to_uppercase().parse::<OrgId>().is_err());
    }
}
