//! What a team overrides, and what an admin tightens for one member.

use askama::Template;

use crate::portal::view::{Avatar, Frame, Input, Opt, Place, Source};

/// `GET /o/{org}/teams/{team}/settings` and `GET /o/{org}/members/{member}/tighten`. `POST {action}` with one field per leaf path (`inherit`,
/// or a value), `layer`, `base_revision`, `note`, `intent=review|save|discard`.
#[derive(Debug, Default, Template)]
#[template(path = "pages/layer_settings.html")]
pub struct LayerSettings {
    /// The frame.
    pub frame: Frame,
    /// Path of the page, and of its form.
    pub action: String,
    /// The layer, as forms carry it.
    pub layer: String,
    /// The team's or the member's name.
    pub name: String,
    /// Path of the team's or the member's page.
    pub home: String,
    /// It is one member's, where only stricter values can be chosen.
    pub tightens: bool,
    /// The revision that these values are of.
    pub base_revision: u64,
    /// The leaves, section by section.
    pub sections: Vec<LayerSection>,
    /// Whether there is an allow-list of its own, and where it is.
    pub models: (String, String),
    /// Applications: how many rows this layer has, and the path of its list.
    pub applications: (String, String),
    /// The same for websites.
    pub websites: (String, String),
    /// Models that can be picked.
    pub suggestions: Vec<String>,
    /// The note typed so far.
    pub note: Input,
    /// What is wrong as a whole.
    pub problem: Option<String>,
    /// Changes in what is shown against what is saved.
    pub unsaved: usize,
}

/// Leaves under one heading.
#[derive(Clone, Debug, Default)]
pub struct LayerSection {
    /// Its id.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// Its leaves.
    pub leaves: Vec<LayerLeaf>,
}

/// One leaf, as a layer over others sees it.
#[derive(Clone, Debug, Default)]
pub struct LayerLeaf {
    /// Path, which is the field's name.
    pub path: String,
    /// Title from the leaf's registry.
    pub title: String,
    /// What it changes on the machine.
    pub help: String,
    /// What can be chosen; empty where nothing can, and for texts.
    pub options: Vec<Opt>,
    /// It is a text, such as a model's name, in place of a choice.
    pub text: bool,
    /// The value to show: `inherit`, or one of the options.
    pub value: String,
    /// The saved one.
    pub saved: String,
    /// What holds in the end.
    pub holds: String,
    /// Whose word that is.
    pub source: Source,
    /// Everybody who spoke below this layer, the built-in default first.
    pub spoke: Vec<(Source, String)>,
    /// Why nothing can be chosen; empty when something can.
    pub fixed: String,
    /// What is wrong with what was sent.
    pub error: Option<String>,
}
