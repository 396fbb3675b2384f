//! How Rust values become cells and cells Rust values; a cell that cannot be read is an
//! internal error, never a panic.

use tessera_domain::{
    AgentVersion, AlertFormat, AlertKind, CityName, CommentText, Country, CredentialName, EmailAddress,
    EndpointName, EnrollmentKeyName, HostName, MailDomain, OrgName, OsName, PersonName, PhoneNumber,
    PostalCode, Reaction, RevisionNote, Role, StateName, Street, Tag, TeamName, TokenName, UpdateBody,
    UpdateTitle,
    credential::{Delivery, ProviderKind, Settings},
    people_import::RowState,
};
use tessera_ids::{
    AccountId, AlertEndpointId, AlertId, ApiTokenId, AuditEntryId, CommentId, CredentialId, DeviceId,
    EnrollmentId, EnrollmentKeyId, InvitationBatchId, InvitationId, JobId, OrgId, RolloutId, SessionId,
    TeamId, Timestamp, TypedId, UpdateId,
};
use uuid::Uuid;

use crate::{Error, Result, dialect::AnyRow};

/// A value on its way to the database; `None` is null of that type.
#[derive(Debug)]
pub(crate) enum Arg {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    /// A number that no integer column holds.
    OutOfRange,
}

/// What can be bound to a statement.
pub(crate) trait Bind {
    const NULL: Arg;
    fn arg(&self) -> Arg;
}

/// What can be read from a column.
pub(crate) trait Column: Sized {
    fn read(row: &AnyRow, column: &str) -> Result<Option<Self>>;
}

/// A field of a record: a column that is there, or an `Option` of one that may be null.
pub(crate) trait Field: Sized {
    fn field(row: &AnyRow, column: &str) -> Result<Self>;
}

impl<T: Column> Field for T {
    fn field(row: &AnyRow, column: &str) -> Result<Self> {
        T::read(row, column)?.ok_or_else(|| Error::unreadable(column, "it is null"))
    }
}

impl<T: Column> Field for Option<T> {
    fn field(row: &AnyRow, column: &str) -> Result<Self> {
        T::read(row, column)
    }
}

/// A row type: read by the names of its fields.
pub(crate) trait Record: Sized {
    fn record(row: &AnyRow) -> Result<Self>;
}

/// Declares structs whose fields are read from the columns of the same name.
macro_rules! records {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type,)+ }

        impl $crate::column::Record for $name {
            fn record(row: &$crate::dialect::AnyRow) -> $crate::Result<Self> {
                Ok(Self { $($field: $crate::column::Field::field(row, stringify!($field))?,)+ })
            }
        }
    )+};
}
pub(crate) use records;

/// Declares an enum that is stored as a word.
macro_rules! words {
    ($($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$case_meta:meta])* $case:ident = $word:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$case_meta])* $case,)+ }

        impl $name {
            /// The stored word.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::column::Bind for $name {
            const NULL: $crate::column::Arg = $crate::column::Arg::Text(None);
            fn arg(&self) -> $crate::column::Arg {
                $crate::column::Arg::Text(Some(self.as_str().to_owned()))
            }
        }

        impl $crate::column::Column for $name {
            fn read(row: &$crate::dialect::AnyRow, column: &str) -> $crate::Result<Option<Self>> {
                match row.text(column)?.as_deref() {
                    None => Ok(None),
                    $(Some($word) => Ok(Some(Self::$case)),)+
                    Some(other) => Err($crate::Error::unreadable(column, other)),
                }
            }
        }
    )+};
}
pub(crate) use words;

impl<T: Bind + ?Sized> Bind for &T {
    const NULL: Arg = T::NULL;
    fn arg(&self) -> Arg {
        (**self).arg()
    }
}

impl<T: Bind> Bind for Option<T> {
    const NULL: Arg = T::NULL;
    fn arg(&self) -> Arg {
        self.as_ref().map_or(T::NULL, Bind::arg)
    }
}

macro_rules! plain {
    ($($type:ty as $arg:ident, |$value:ident| $out:expr;)+) => {$(
        impl Bind for $type {
            const NULL: Arg = Arg::$arg(None);
            fn arg(&self) -> Arg {
                let $value = self;
                Arg::$arg(Some($out))
            }
        }
    )+};
}

plain! {
    i64 as Int, |value| *value;
    bool as Int, |value| i64::from(*value);
    Timestamp as Int, |value| value.as_micros();
    str as Text, |value| value.to_owned();
    String as Text, |value| value.clone();
    [u8] as Bytes, |value| value.to_vec();
    Vec<u8> as Bytes, |value| value.clone();
    serde_json::Value as Text, |value| value.to_string();
    [u8; 32] as Bytes, |value| value.to_vec();
    Vec<AlertKind> as Text, |value| serde_json::to_string(value).unwrap_or_default();
    Settings as Text, |value| serde_json::to_value(value).unwrap_or_default().to_string();
}

/// Serials, revisions, counters and sizes: never negative, and below 2⁶³.
impl Bind for u64 {
    const NULL: Arg = Arg::Int(None);
    fn arg(&self) -> Arg {
        i64::try_from(*self).map_or(Arg::OutOfRange, |value| Arg::Int(Some(value)))
    }
}

macro_rules! read {
    ($($type:ty: $get:ident, |$value:ident, $column:ident| $out:expr;)+) => {$(
        impl Column for $type {
            fn read(row: &AnyRow, $column: &str) -> Result<Option<Self>> {
                row.$get($column)?.map(|$value| $out).transpose()
            }
        }
    )+};
}

read! {
    i64: int, |value, _column| Ok(value);
    bool: int, |value, _column| Ok(value != 0);
    Timestamp: int, |value, _column| Ok(Self::from_micros(value));
    String: text, |value, _column| Ok(value);
    Vec<u8>: bytes, |value, _column| Ok(value);
    [u8; 32]: bytes, |value, column| value
        .try_into()
        .map_err(|value: Vec<u8>| Error::unreadable(column, format!("{} bytes instead of 32", value.len())));
    u64: int, |value, column| Self::try_from(value).map_err(|error| Error::unreadable(column, error));
    serde_json::Value: text, |value, column| serde_json::from_str(&value)
        .map_err(|error| Error::unreadable(column, error));
    Settings: text, |value, column| serde_json::from_str(&value).map_err(|error| Error::unreadable(column, error));
    Vec<AlertKind>: text, |value, column| serde_json::from_str(&value)
        .map_err(|error| Error::unreadable(column, error));
    Vec<TeamId>: text, |value, column| serde_json::from_str(&value).map_err(|error| Error::unreadable(column, error));
}

macro_rules! texts {
    ($($type:ident),+ $(,)?) => {
        plain! { $($type as Text, |value| value.to_string();)+ }
        read! { $($type: text, |value, column| value.parse().map_err(|error| Error::unreadable(column, error));)+ }
    };
}

texts! {
    AgentVersion, AlertFormat, AlertKind, CityName, CommentText, Country, CredentialName, Delivery, EmailAddress, EndpointName, HostName, OrgName, OsName, EnrollmentKeyName, MailDomain,
    PersonName, PhoneNumber, PostalCode, ProviderKind, Reaction, RevisionNote, Role, RowState, StateName, Street, Tag, TeamName, TokenName, UpdateBody, UpdateTitle,
}

macro_rules! ids {
    ($($id:ident),+ $(,)?) => {
        plain! { $($id as Uuid, |value| value.uuid();)+ }
        read! { $($id: uuid, |value, _column| Ok(Self::from_uuid(value));)+ }
    };
}

ids! {
    AccountId, AlertEndpointId, AlertId, ApiTokenId, AuditEntryId, CommentId, CredentialId, DeviceId, EnrollmentId, InvitationBatchId, InvitationId, JobId, OrgId, RolloutId, SessionId, TeamId, UpdateId, EnrollmentKeyId,
}

impl Bind for Uuid {
    const NULL: Arg = Arg::Uuid(None);
    fn arg(&self) -> Arg {
        Arg::Uuid(Some(*self))
    }
}

impl Column for Uuid {
    fn read(row: &AnyRow, column: &str) -> Result<Option<Self>> {
        Ok(row.uuid(column)?)
    }
}
