//! What is decided: the registry of settings, the documents that layers carry, merging, the rules of
//! capture and their verdicts, diffs and plans.
//!
//! Pure: no clock, no database, no network, no files. The server and every device run this same code,
//! so that the portal and the machine give the same answer.

pub mod applications;
pub mod credential;
mod diff;
mod document;
mod explain;
mod field_error;
pub mod file;
mod guard;
mod layer;
mod leaf;
mod losses;
mod merge;
mod model_name;
pub mod models;
mod patch;
mod plan;
mod redundant;
mod table;
mod tally;
mod verdict;
mod way;
pub mod websites;

pub use diff::{Change, Side, diff};
pub use document::{DocumentError, LayerDocument, Setting};
pub use explain::{Explanation, Spoke, explain};
pub use field_error::FieldError;
pub use guard::Guard;
pub use layer::{Layer, LayerName, UnknownLayer};
pub use leaf::{Kind, Leaf, SectionName, Strictness, UnknownName, Value};
pub use losses::losses;
pub use merge::{Effective, EffectiveValue, merge};
pub use model_name::{ModelName, NoModelName};
pub use patch::{Edit, SettingsPatch, apply, permitted};
pub use plan::{Plan, PlannedChange, Shadowed, plan};
pub use redundant::Redundant;
pub use table::{ApplicationRow, CustomModelRow, PurgeRow, Row, RowKind, Table};
pub use tally::Tally;
pub use verdict::{Decision, Reason, Subject, Verdict};
pub use way::edits_between;
pub use websites::{WebsiteIndex, WebsiteList, WebsiteRule};
