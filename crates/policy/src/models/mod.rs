//! Which models there are, and which of them may be used.
//!
//! The catalogue says what is known of providers and models. What may be used is said by the settings alone, so that
//! a device and a server with different catalogues still give the same verdict.

mod catalogue;
mod defaults;
mod file;
mod known;
mod list;
mod model;
mod turn_on;
mod verdict;

pub use catalogue::Catalogue;
pub use defaults::{BrokenDefault, broken_defaults};
pub use file::{CatalogueError, Problem};
pub use known::{Known, Origin, allowed, known};
pub(crate) use list::{ModelList, in_force};
pub use model::{Dialect, Label, Modality, Model, Price, Provider, UnknownWord};
pub use turn_on::with_everything_allowed;
pub use verdict::{
    ModelReason, ModelVerdict, has_list, is_provider_on, is_ticked, judge, never_had_settings,
};
