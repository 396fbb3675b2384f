//! Long-Term Memory → General.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, ModelLeaf, Place, SwitchLeaf};

/// `POST /o/{org}/memory` with one field per leaf path (`on`/`off`, the last value counts; a model's name, empty for none), `base_revision`,
/// `note`, `intent=review|save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/memory_general.html")]
pub struct MemoryGeneral {
    /// The frame.
    pub frame: Frame,
    /// The revision that these values are of.
    pub base_revision: u64,
    /// *Memory Formation*: audio, applications, websites, pause.
    pub formation: Vec<SwitchLeaf>,
    /// How many applications the organization's lists hold, in words.
    pub applications: String,
    /// How many websites the list holds, in words.
    pub websites: String,
    /// *Default Models*: each with the one that takes over.
    pub models: Vec<(ModelLeaf, ModelLeaf)>,
    /// Models that can be picked.
    pub suggestions: Vec<String>,
    /// The note typed so far.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved (a refused form shown again).
    pub unsaved: usize,
}
