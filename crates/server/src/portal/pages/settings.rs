//! Settings → General and → Features.

use askama::Template;

use crate::portal::view::{Avatar, ChoiceLeaf, Frame, Input, Place, SwitchLeaf};

/// `POST /o/{org}/settings` with `name`, `intent=save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/settings_general.html")]
pub struct SettingsGeneral {
    /// The frame.
    pub frame: Frame,
    /// The organization's name.
    pub name: Input,
    /// The saved name.
    pub saved_name: String,
    /// The organization's id, for scripts.
    pub org_id: String,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

/// `POST /o/{org}/settings/features` with one field per leaf path (`on`/`off`, the last value counts; `local|blended|cloud` for the mode),
/// `base_revision`, `note`, `intent=review|save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/settings_features.html")]
pub struct SettingsFeatures {
    /// The frame.
    pub frame: Frame,
    /// The revision that these values are of.
    pub base_revision: u64,
    /// *External Cloud*: connectivity, backups, sharing, allocation.
    pub external_cloud: Vec<SwitchLeaf>,
    /// *Analytics*: telemetry, internal summary reports.
    pub analytics: Vec<SwitchLeaf>,
    /// *Processing*: on or off.
    pub processing: Vec<SwitchLeaf>,
    /// *Processing*: its mode.
    pub processing_mode: ChoiceLeaf,
    /// The note typed so far.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
}
