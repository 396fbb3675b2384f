//! What is true in Tessera, whoever asks: text with rules, countries, roles and the one table of rights,
//! seats, invitations, the states of a device and of a rollout, CSV, and the one error type.
//!
//! Pure: no I/O, no database, no clock of its own (callers pass `now`), no transport. Whatever
//! decides about *settings* lives in `tessera-policy`, since devices need it too.

pub mod address_list;
pub mod alert;
pub mod contact;
pub mod country;
pub mod credential;
pub mod csv_export;
pub mod csv_text;
pub mod device_state;
pub mod email;
pub mod enrollment_key;
pub mod error;
pub mod invitation;
pub mod name;
pub mod org_profile;
pub mod password;
pub mod people_import;
pub mod reaction;
pub mod right;
pub mod role;
pub mod rollout;
pub mod seats;
pub mod tag;
pub mod text;
pub mod website_import;
pub mod zone;

pub use alert::{AlertFormat, AlertKind, WebhookUrl};
pub use contact::{PhoneNumber, PostalCode};
pub use country::Country;
pub use device_state::{DeviceFacts, DeviceState};
pub use email::EmailAddress;
pub use enrollment_key::{EnrollmentKeyState, MailDomain};
pub use error::{Error, FieldError, Kind, Result};
pub use invitation::{Invitation, InvitationState};
pub use name::{
    AgentVersion, CityName, CommentText, CredentialName, EndpointName, EnrollmentKeyName, HostName, OrgName,
    OsName, PersonName, RevisionNote, StateName, Street, TeamName, TokenName, UpdateBody, UpdateTitle,
};
pub use org_profile::{OrgProfile, ProfileEdit, ProfileField};
pub use password::{Password, PasswordAttempt};
pub use reaction::Reaction;
pub use right::Right;
pub use role::Role;
pub use tag::{Tag, Tags};
pub use zone::Zone;
