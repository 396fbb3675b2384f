//! The registry of settings: every leaf with its help text, default, order of strictness, and whether
//! teams may override it. Nothing about what anybody chose lives here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{ModelName, RowKind, table::counted};

/// A group of leaves that is stored, hashed and sent as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionName {
    /// What the assistant may do at all.
    Features,
    /// What long-term memory may look at.
    Memory,
    /// Which models may be used.
    Models,
}

impl SectionName {
    /// Every section, in the order of their names.
    pub const ALL: &'static [Self] = &[Self::Features, Self::Memory, Self::Models];

    /// The section's name in documents, paths and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::Memory => "memory",
            Self::Models => "models",
        }
    }
}

/// What sort of value a leaf takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Switch,
    /// One of these words, strictest first.
    Choice(&'static [&'static str]),
    /// A model, or none.
    Model,
    /// A list of denied websites, kept beside the document.
    WebsiteList,
    /// Rows under keys, in the document.
    Table(RowKind),
}

impl Kind {
    /// Whether the leaf holds any number of rows in place of one value.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::WebsiteList | Self::Table(_))
    }
}

/// Which direction of a leaf is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Off takes something away: off is stricter.
    Off,
    /// On forbids something: on is stricter.
    On,
    /// The words stand strictest first.
    FirstChoice,
    /// Every row forbids something: the union is stricter.
    MoreRows,
    /// Every layer must allow: what they have in common is stricter.
    CommonRows,
    /// No direction is stricter: who may only tighten has no say.
    Neither,
}

/// A leaf's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// One of the leaf's words.
    Choice(&'static str),
    /// A model, or none.
    Model(Option<ModelName>),
    /// How many rows a list holds.
    Rows(u64),
}

/// How documents say that no model is chosen.
const NO_MODEL: &str = "none";

/// A name that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no setting called `{0}`")]
pub struct UnknownName(pub String);

struct Entry {
    section: SectionName,
    name: &'static str,
    path: &'static str,
    title: &'static str,
    help: &'static [&'static str],
    kind: Kind,
    default: Value,
    strict: Strictness,
    teams: bool,
}

/// Declares the leaves. The doc comment of each is its help text in portal, API and file.
macro_rules! leaves {
    ($($(#[doc = $help:literal])+
       $leaf:ident = $section:ident . $name:literal, $title:literal, $kind:expr, $default:expr,
       stricter: $strict:ident, teams_may_override: $teams:literal;)*) => {
        /// One decision that a layer can make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Leaf {
            $($(#[doc = $help])+ $leaf,)*
        }

        impl Leaf {
            /// Every leaf, section by section, in the order in which pages show them.
            pub const ALL: &'static [Self] = &[$(Self::$leaf),*];

            const fn entry(self) -> &'static Entry {
                match self {$(
                    Self::$leaf => &Entry {
                        section: SectionName::$section,
                        name: $name,
                        path: concat!(section_text!($section), ".", $name),
                        title: $title,
                        help: &[$($help),+],
                        kind: $kind,
                        default: $default,
                        strict: Strictness::$strict,
                        teams: $teams,
                    },
                )*}
            }
        }
    };
}

macro_rules! section_text {
    (Features) => {
        "features"
    };
    (Memory) => {
        "memory"
    };
    (Models) => {
        "models"
    };
}

use Kind::{Choice, Model, Switch, Table};

leaves! {
    /// Lets the assistant on each machine reach cloud services outside the organization at all.
    CloudConnectivity = Features."cloud_connectivity", "External cloud connectivity", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets the assistant back up its memory to a cloud outside the organization.
    CloudBackups = Features."cloud_backups", "External cloud backups", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets members share what the assistant made through links on an outside cloud.
    CloudSharing = Features."cloud_sharing", "External cloud sharing", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets the assistant take storage and computing time on an outside cloud for a member.
    CloudAllocation = Features."cloud_allocation", "External cloud allocation", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets the assistant send usage figures and error reports to its maker.
    Telemetry = Features."telemetry", "Telemetry", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets the organization receive summaries of how its members use the assistant.
    InternalSummaryReports = Features."internal_summary_reports", "Internal summary reports", Switch,
        Value::Switch(true), stricter: Off, teams_may_override: true;
    /// Lets the assistant turn what it captured into long-term memories.
    Processing = Features."processing", "Processing", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Where captured material is processed: `local` keeps it on the machine, `blended` prefers the machine,
    /// `cloud` sends it to a model provider.
    ProcessingMode = Features."processing_mode", "Processing mode", Choice(&["local", "blended", "cloud"]),
        Value::Choice("blended"), stricter: FirstChoice, teams_may_override: true;
    /// Lets members sign their own machines out, and leave the organization while they have some, without an
    /// administrator. An agent that must refuse says whom to ask.
    MemberSignOut = Features."member_sign_out", "Sign-out by members", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Lets long-term memory record sound, such as meetings.
    AudioCapture = Memory."audio_capture", "Audio context capture", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Forms no new memories while it is on, whatever the other settings say.
    MemoryPaused = Memory."paused", "Pause memory formation", Switch, Value::Switch(false),
        stricter: On, teams_may_override: true;
    /// Enforces the organization's list of applications. Off keeps the list and enforces nothing of it.
    ManagedApplications = Memory."managed_applications", "Organization managed application sources", Switch,
        Value::Switch(true), stricter: On, teams_may_override: true;
    /// Enforces the organization's list of denied websites. Off keeps the list and enforces nothing of it.
    ManagedWebsites = Memory."managed_websites", "Organization managed denied websites", Switch,
        Value::Switch(true), stricter: On, teams_may_override: true;
    /// Applications that long-term memory never looks at, and ones that it may although Tessera blocks them at
    /// first. What any layer blocks is blocked.
    Applications = Memory."applications", "Applications", Table(RowKind::Application), Value::Rows(0),
        stricter: MoreRows, teams_may_override: true;
    /// Websites that long-term memory never looks at. The lists of all layers count together.
    Websites = Memory."websites", "Denied websites", Kind::WebsiteList, Value::Rows(0),
        stricter: MoreRows, teams_may_override: true;
    /// The model that turns what was captured into memories.
    EventModel = Memory."event_model", "Memory event processing", Model, Value::Model(None),
        stricter: Neither, teams_may_override: true;
    /// The model that takes over when the one for memory events does not answer.
    EventModelFallback = Memory."event_model_fallback", "Memory event processing, fallback", Model,
        Value::Model(None), stricter: Neither, teams_may_override: true;
    /// The model that writes summaries by itself.
    SummaryModel = Memory."summary_model", "Auto-generated summaries", Model, Value::Model(None),
        stricter: Neither, teams_may_override: true;
    /// The model that takes over when the one for summaries does not answer.
    SummaryModelFallback = Memory."summary_model_fallback", "Auto-generated summaries, fallback", Model,
        Value::Model(None), stricter: Neither, teams_may_override: true;
    /// The model that writes down what was said.
    TranscriptionModel = Memory."transcription_model", "Audio transcription", Model, Value::Model(None),
        stricter: Neither, teams_may_override: true;
    /// The model that takes over when the one for transcription does not answer.
    TranscriptionModelFallback = Memory."transcription_model_fallback", "Audio transcription, fallback", Model,
        Value::Model(None), stricter: Neither, teams_may_override: true;
    /// Orders to forget what was captured before a rule came. Each machine follows each order once.
    Purges = Memory."purges", "Purge orders", Table(RowKind::Purge), Value::Rows(0),
        stricter: MoreRows, teams_may_override: true;
    /// Allows only the models that are chosen here. Off allows every model of every provider that has a key.
    ManagedModels = Models."managed", "Customized Model Allow-List", Switch, Value::Switch(false),
        stricter: On, teams_may_override: true;
    /// What becomes of models that a provider adds later: `blocked` until somebody allows them, or `allowed`.
    NewModels = Models."new_models", "New models", Choice(&["blocked", "allowed"]), Value::Choice("blocked"),
        stricter: FirstChoice, teams_may_override: true;
    /// Which providers and models may be used while the allow-list is on. Every layer that has a list must
    /// allow a model.
    AllowedModels = Models."allowed", "Allowed models", Table(RowKind::ModelSwitch), Value::Rows(0),
        stricter: CommonRows, teams_may_override: true;
    /// Models of the organization's own, which no catalogue knows.
    CustomModels = Models."custom", "Custom models", Table(RowKind::CustomModel), Value::Rows(0),
        stricter: Neither, teams_may_override: false;
}

impl Leaf {
    /// `features.telemetry`: how documents, forms and commands name the leaf.
    pub const fn path(self) -> &'static str {
        self.entry().path
    }

    /// The section that the leaf belongs to.
    pub const fn section(self) -> SectionName {
        self.entry().section
    }

    /// The leaf's name within its section.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// How screens call the leaf.
    pub const fn title(self) -> &'static str {
        self.entry().title
    }

    /// What the leaf changes on the machine: one paragraph for people.
    pub fn help(self) -> String {
        let lines: Vec<&str> = self.entry().help.iter().map(|line| line.trim()).collect();
        lines.join(" ")
    }

    /// What sort of value the leaf takes.
    pub const fn kind(self) -> Kind {
        self.entry().kind
    }

    /// The value when no layer says anything.
    pub fn default_value(self) -> Value {
        self.entry().default.clone()
    }

    /// Which direction is the stricter one.
    pub const fn strictness(self) -> Strictness {
        self.entry().strict
    }

    /// Whether a team's word can replace the organization's.
    pub const fn teams_may_override(self) -> bool {
        self.entry().teams
    }

    /// Whether a team's word counts only where it is stricter than the organization's. So it is with allow-lists,
    /// which all layers must agree on.
    pub const fn teams_only_tighten(self) -> bool {
        matches!(self, Self::ManagedModels | Self::NewModels)
    }

    /// The leaves of one section, in the order of [`Leaf::ALL`].
    pub fn in_section(section: SectionName) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |leaf| leaf.section() == section)
    }

    /// The leaf of a section with this name.
    pub fn named(section: SectionName, name: &str) -> Option<Self> {
        Self::in_section(section).find(|leaf| leaf.name() == name)
    }

    /// The value that takes the most away; what an unreadable value counts as.
    pub fn strictest(self) -> Value {
        match (self.kind(), self.strictness()) {
            (Kind::Choice(words), _) => Value::Choice(words[0]),
            (Kind::WebsiteList | Kind::Table(_), _) => Value::Rows(u64::MAX),
            (Kind::Model, _) => Value::Model(None),
            (Kind::Switch, strict) => Value::Switch(strict == Strictness::On),
        }
    }

    /// How much a value takes away: of two values of the leaf, the greater one is the stricter. All are equal
    /// where no direction is stricter.
    pub fn severity(self, value: &Value) -> u64 {
        match (value, self.kind()) {
            (_, _) if self.strictness() == Strictness::Neither => 0,
            (Value::Switch(on), _) => u64::from(*on == (self.strictness() == Strictness::On)),
            (Value::Choice(word), Kind::Choice(words)) => {
                let looser = words.iter().position(|known| known == word).unwrap_or(0);
                (words.len() - looser) as u64
            }
            (Value::Rows(rows), _) => *rows,
            (Value::Choice(_) | Value::Model(_), _) => 0,
        }
    }

    /// Reads a plain value for this leaf.
    pub fn read(self, json: &serde_json::Value) -> Option<Value> {
        match self.kind() {
            Kind::Switch => json.as_bool().map(Value::Switch),
            Kind::Choice(words) => {
                let word = json.as_str()?;
                words
                    .iter()
                    .find(|known| **known == word)
                    .map(|known| Value::Choice(known))
            }
            Kind::Model => match json.as_str()? {
                NO_MODEL => Some(Value::Model(None)),
                name => name.parse().ok().map(|name| Value::Model(Some(name))),
            },
            Kind::WebsiteList | Kind::Table(_) => None,
        }
    }

    /// What a plain value for this leaf must look like; the end of the sentence "expected …".
    pub fn expected(self) -> String {
        match self.kind() {
            Kind::Switch => "true or false".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            Kind::Model => "a model such as openai/gpt-5, or none".to_owned(),
            Kind::WebsiteList => "an object with `add` and `remove`".to_owned(),
            Kind::Table(_) => "an object with `set` and `remove`".to_owned(),
        }
    }

    /// A value of this leaf in words: "on", "3 websites", "openai/gpt-5".
    pub fn say(self, value: &Value) -> String {
        let rows = |noun: &str, rows: u64| counted(usize::try_from(rows).unwrap_or(usize::MAX), noun);
        match (value, self.kind()) {
            (Value::Rows(number), Kind::WebsiteList) => rows("website", *number),
            (Value::Rows(number), Kind::Table(kind)) => rows(kind.noun(), *number),
            (value, _) => value.to_string(),
        }
    }
}

impl Value {
    /// The switch's position, if this is a switch.
    pub const fn as_switch(&self) -> Option<bool> {
        match self {
            Self::Switch(on) => Some(*on),
            Self::Choice(_) | Self::Model(_) | Self::Rows(_) => None,
        }
    }

    /// The model, if this is one.
    pub const fn as_model(&self) -> Option<&ModelName> {
        match self {
            Self::Model(name) => name.as_ref(),
            Self::Switch(_) | Self::Choice(_) | Self::Rows(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(true) => f.write_str("on"),
            Self::Switch(false) => f.write_str("off"),
            Self::Choice(word) => f.write_str(word),
            Self::Model(None) => f.write_str(NO_MODEL),
            Self::Model(Some(name)) => name.fmt(f),
            Self::Rows(1) => f.write_str("1 row"),
            Self::Rows(rows) => write!(f, "{rows} rows"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Choice(word) => serializer.serialize_str(word),
            Self::Model(None) => serializer.serialize_str(NO_MODEL),
            Self::Model(Some(name)) => serializer.serialize_str(name.as_str()),
            Self::Rows(rows) => serializer.serialize_u64(*rows),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        if let Some(rows) = json.as_u64() {
            return Ok(Self::Rows(rows));
        }
        let read = Leaf::ALL.iter().find_map(|leaf| leaf.read(&json));
        read.ok_or_else(|| de::Error::custom("not a value of any known setting"))
    }
}

macro_rules! as_text {
    ($name:ident, $text:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.$text())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                let known = Self::ALL.iter().copied().find(|item| item.$text() == text);
                known.ok_or_else(|| UnknownName(text.to_owned()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$text())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

as_text!(SectionName, as_str);
as_text!(Leaf, path);
