//! The registry of settings: every leaf with its help text, default, order of strictness, and whether
//! teams may override it. Nothing about what anybody chose lives here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A group of leaves that is stored, hashed and sent as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionName {
    /// What the assistant may do at all.
    Features,
    /// What long-term memory may look at.
    Memory,
}

impl SectionName {
    /// Every section, in the order of their names.
    pub const ALL: &'static [Self] = &[Self::Features, Self::Memory];

    /// The section's name in documents, paths and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::Memory => "memory",
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
    /// A list of denied websites, kept beside the document.
    WebsiteList,
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
}

/// A leaf's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// One of the leaf's words.
    Choice(&'static str),
    /// How many rules a website list holds.
    Websites(u64),
}

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
}

use Kind::{Choice, Switch};

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
    /// Lets long-term memory record sound, such as meetings.
    AudioCapture = Memory."audio_capture", "Audio context capture", Switch, Value::Switch(true),
        stricter: Off, teams_may_override: true;
    /// Enforces the organization's list of denied websites. Off keeps the list and enforces nothing of it.
    ManagedWebsites = Memory."managed_websites", "Organization managed denied websites", Switch,
        Value::Switch(true), stricter: On, teams_may_override: true;
    /// Websites that long-term memory never looks at. The lists of all layers count together.
    Websites = Memory."websites", "Denied websites", Kind::WebsiteList, Value::Websites(0),
        stricter: MoreRows, teams_may_override: true;
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
    pub const fn default_value(self) -> Value {
        self.entry().default
    }

    /// Which direction is the stricter one.
    pub const fn strictness(self) -> Strictness {
        self.entry().strict
    }

    /// Whether a team's word can replace the organization's.
    pub const fn teams_may_override(self) -> bool {
        self.entry().teams
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
            (Kind::WebsiteList, _) => Value::Websites(u64::MAX),
            (Kind::Switch, strict) => Value::Switch(strict == Strictness::On),
        }
    }

    /// How much a value takes away: of two values of the leaf, the greater one is the stricter.
    pub fn severity(self, value: Value) -> u64 {
        match value {
            Value::Switch(on) => u64::from(on == (self.strictness() == Strictness::On)),
            Value::Choice(word) => match self.kind() {
                Kind::Choice(words) => {
                    let looser = words.iter().position(|known| *known == word).unwrap_or(0);
                    (words.len() - looser) as u64
                }
                Kind::Switch | Kind::WebsiteList => 0,
            },
            Value::Websites(rules) => rules,
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
            Kind::WebsiteList => None,
        }
    }

    /// What a plain value for this leaf must look like; the end of the sentence "expected …".
    pub fn expected(self) -> String {
        match self.kind() {
            Kind::Switch => "true or false".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            Kind::WebsiteList => "an object with `add` and `remove`".to_owned(),
        }
    }
}

impl Value {
    /// The switch's position, if this is a switch.
    pub const fn as_switch(self) -> Option<bool> {
        match self {
            Self::Switch(on) => Some(on),
            Self::Choice(_) | Self::Websites(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(true) => f.write_str("on"),
            Self::Switch(false) => f.write_str("off"),
            Self::Choice(word) => f.write_str(word),
            Self::Websites(1) => f.write_str("1 website"),
            Self::Websites(rules) => write!(f, "{rules} websites"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Choice(word) => serializer.serialize_str(word),
            Self::Websites(rules) => serializer.serialize_u64(*rules),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        if let Some(rules) = json.as_u64() {
            return Ok(Self::Websites(rules));
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
