//! A policy as a file: what an organization decides, as one TOML text that people keep beside their code.
//!
//! A section that stands in the file is said whole by it: what the section leaves out is silent. A section that
//! does not stand in the file is none of its business.

mod head;
mod keys;
mod over;
mod place;
mod plain;
mod read;
mod rows;
mod section;
mod words;
mod write;

pub use head::Head;
pub use keys::{KeyState, KeyWords, KeysWords, SecretRef};
pub use place::{FileProblem, Place};
pub use section::FileSection;
pub use words::{Bearer, PolicyFile, SectionWords};
pub use write::{PolicyState, write};

/// The most bytes of a file: 100,000 websites with a comment each, and more.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The word for saying nothing about a leaf.
const SILENT: &str = "default";
/// The table of the organization itself, for people.
const ORG: &str = "org";
/// The tables of teams, by name.
const TEAMS: &str = "teams";
/// The tables of members, by address.
const MEMBERS: &str = "members";
/// The table of providers' keys, by name.
const CREDENTIALS: &str = "credentials";
