//! Settings → General and → Features.

use askama::Template;

use crate::portal::view::{Avatar, ChoiceLeaf, Frame, Input, Moment, Opt, Place, SwitchLeaf};

/// `POST /o/{org}/settings` with one field per [`ProfileControl`], `base_version`, one `saw.{field}` each, `intent=save|discard|country`;
/// the last shows the form again with the states of the chosen country.
#[derive(Debug, Default, Template)]
#[template(path = "pages/settings_general.html")]
pub struct SettingsGeneral {
    /// The frame.
    pub frame: Frame,
    /// The version that the form was made of.
    pub base_version: u64,
    /// What the form's author saw, as hidden fields.
    pub saw: Vec<(String, String)>,
    /// Its name.
    pub organization: Vec<ProfileControl>,
    /// *Contact*.
    pub contact: Vec<ProfileControl>,
    /// *Address*.
    pub address: Vec<ProfileControl>,
    /// The organization's id, for scripts.
    pub org_id: String,
    /// Path of the logo.
    pub logo: Option<String>,
    /// Path of `POST` with a file `logo`, `intent=upload|remove`.
    pub logo_action: String,
    /// What is wrong with the picture that was sent.
    pub logo_error: Option<String>,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// What somebody else saved since the form was made.
    pub theirs: Vec<TheirEdit>,
    /// Who that was.
    pub other: String,
    /// When.
    pub at: Option<Moment>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
    /// *Danger zone*; only for owners.
    pub danger: Option<DangerZone>,
}

/// One control of *Settings → General*.
#[derive(Clone, Debug, Default)]
pub struct ProfileControl {
    /// Its name and id.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// The kind of input: `text`, `email`, `tel`.
    pub kind: &'static str,
    /// What browsers may fill in.
    pub autocomplete: &'static str,
    /// A line below it.
    pub help: &'static str,
    /// What it holds.
    pub input: Input,
    /// What is saved.
    pub saved: String,
    /// What may be chosen; empty for free text.
    pub options: Vec<Opt>,
    /// The option for nothing.
    pub unset: &'static str,
    /// Choosing another one changes which states there are.
    pub is_country: bool,
    /// It cannot be left empty.
    pub required: bool,
}

/// One field that somebody else changed meanwhile.
#[derive(Clone, Debug, Default)]
pub struct TheirEdit {
    /// The field.
    pub title: String,
    /// What its author saw; empty for nothing.
    pub before: String,
    /// What it is now.
    pub after: String,
    /// Both changed it, to different values.
    pub both: bool,
}

/// Where an owner goes to give the organization away, or to end it.
#[derive(Clone, Debug, Default)]
pub struct DangerZone {
    /// Path of the transfer.
    pub transfer: String,
    /// Path of [`super::DeleteOrganization`].
    pub delete: String,
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
    /// *External Provider*: the allow-list of models, denied applications and websites.
    pub external_provider: Vec<SwitchLeaf>,
    /// *Processing*: on or off.
    pub processing: Vec<SwitchLeaf>,
    /// *Processing*: its mode.
    pub processing_mode: ChoiceLeaf,
    /// *Machines*: who signs them out.
    pub machines: Vec<SwitchLeaf>,
    /// The note typed so far.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
}
