//! Long-Term Memory → General.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Place, SwitchLeaf};

/// `POST /o/{org}/memory` with `memory.audio_capture`, `memory.managed_websites` (`on`/`off`, the last value counts), `base_revision`, `note`,
/// `intent=review|save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/memory_general.html")]
pub struct MemoryGeneral {
    /// The frame.
    pub frame: Frame,
    /// The revision that these values are of.
    pub base_revision: u64,
    /// `memory.audio_capture`.
    pub audio: SwitchLeaf,
    /// `memory.managed_websites`.
    pub managed_websites: SwitchLeaf,
    /// How many websites the list holds, in words.
    pub websites: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved (a refused form shown again).
    pub unsaved: usize,
}
