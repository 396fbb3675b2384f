//! One leaf of the settings as a control: its value, where the value comes from, and whether it may be changed here.

use askama::Template;

/// Which layer a value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layer {
    /// Nobody said anything.
    #[default]
    BuiltIn,
    /// The organization.
    Org,
    /// A team, by name.
    Team(String),
    /// An admin's tightening for one member.
    Tightened,
    /// The same, where that member reads it.
    TightenedForYou,
    /// The member's own tightening.
    Member,
}

/// Where a value comes from, as a badge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/source.html")]
pub struct Source {
    /// The layer.
    pub layer: Layer,
    /// Teams and members may not override it.
    pub locked: bool,
}

/// Whether teams are kept from overriding a leaf. The form sends `lock.` and the leaf's path with `on` or `off`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/lock.html")]
pub struct Lock {
    /// The leaf's path.
    pub path: String,
    /// The leaf's title, for those who hear the page.
    pub title: String,
    /// The lock to show.
    pub on: bool,
    /// The saved lock.
    pub saved: bool,
}

/// An on/off leaf. The form sends its path with `on` or `off` (a hidden `off` precedes the checkbox: the last value counts).
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/switch_leaf.html")]
pub struct SwitchLeaf {
    /// Path, which is the field's name: `features.telemetry`.
    pub path: String,
    /// Title from the leaf's registry.
    pub title: String,
    /// What it changes on the machine (the leaf's doc comment).
    pub help: String,
    /// The value to show.
    pub on: bool,
    /// The saved value, for counting changes; equals `on` unless a refused form is shown again.
    pub saved: bool,
    /// Where the value comes from.
    pub source: Source,
    /// Its lock; nothing where teams have no say anyway.
    pub lock: Option<Lock>,
    /// What is wrong with what was sent.
    pub error: Option<String>,
}

/// A leaf that names a model. The form sends its path with the model's name; an empty text is none.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/model_leaf.html")]
pub struct ModelLeaf {
    /// Path, which is the field's name: `memory.event_model`.
    pub path: String,
    /// Title from the leaf's registry.
    pub title: String,
    /// What it is for.
    pub help: String,
    /// The value to show: a model's name, or `none`.
    pub value: String,
    /// The saved value.
    pub saved: String,
    /// Where the value comes from.
    pub source: Source,
    /// Its lock; nothing where teams have no say anyway.
    pub lock: Option<Lock>,
    /// What is wrong with what was sent.
    pub error: Option<String>,
}

/// A leaf with a few named values. The form sends its path with the chosen value.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/choice_leaf.html")]
pub struct ChoiceLeaf {
    /// Path, which is the field's name: `features.processing_mode`.
    pub path: String,
    /// Title from the leaf's registry.
    pub title: String,
    /// What it changes on the machine.
    pub help: String,
    /// What may be chosen.
    pub options: Vec<super::Opt>,
    /// The value to show.
    pub value: String,
    /// The saved value.
    pub saved: String,
    /// Where the value comes from.
    pub source: Source,
    /// Its lock; nothing where teams have no say anyway.
    pub lock: Option<Lock>,
    /// What is wrong with what was sent.
    pub error: Option<String>,
}
