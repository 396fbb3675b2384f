//! A rule about applications.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

use super::ApplicationIdentity;

/// The longest pattern.
const MAX_PATTERN: usize = 512;

/// What a pattern is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// A macOS bundle id.
    BundleId,
    /// A Windows application user model id.
    Aumid,
    /// An executable: its name, or its whole path if the pattern holds a separator.
    Exe,
    /// A Linux desktop id.
    AppId,
    /// A display name. May deny, never allow.
    Name,
}

impl ApplicationKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::BundleId, Self::Aumid, Self::Exe, Self::AppId, Self::Name];

    /// The kind's name in files and rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BundleId => "bundle_id",
            Self::Aumid => "aumid",
            Self::Exe => "exe",
            Self::AppId => "app_id",
            Self::Name => "name",
        }
    }
}

/// A rule about applications; its text is `kind:pattern`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationRule {
    kind: ApplicationKind,
    stem: String,
    below: bool,
}

/// Why a text is no rule about applications.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationRuleError {
    /// There is nothing to compare with.
    #[error("there is nothing in it")]
    Empty,
    /// The pattern is too long.
    #[error("a pattern has at most {MAX_PATTERN} bytes")]
    TooLong,
    /// There is a control character in it.
    #[error("a pattern has no control characters")]
    Control,
    /// There is a `*` somewhere else than in a trailing `.*`.
    #[error("the only wildcard is .* at the end")]
    Wildcard,
    /// The kind is none of the known ones.
    #[error("`{0}` is no kind of application rule")]
    Kind(String),
}

impl ApplicationRule {
    /// A rule of this kind.
    pub fn new(kind: ApplicationKind, pattern: &str) -> Result<Self, ApplicationRuleError> {
        let folded = fold(pattern);
        let (stem, below) = match folded.strip_suffix(".*") {
            Some(stem) => (stem, true),
            None => (folded.as_str(), false),
        };
        if stem.is_empty() {
            return Err(ApplicationRuleError::Empty);
        }
        if folded.len() > MAX_PATTERN {
            return Err(ApplicationRuleError::TooLong);
        }
        if folded.chars().any(char::is_control) {
            return Err(ApplicationRuleError::Control);
        }
        if stem.contains('*') || stem.ends_with('.') {
            return Err(ApplicationRuleError::Wildcard);
        }
        Ok(Self {
            kind,
            stem: stem.to_owned(),
            below,
        })
    }

    /// What the pattern is compared with.
    pub fn kind(&self) -> ApplicationKind {
        self.kind
    }

    /// How special the rule is: an exact one before a family, a longer one before a shorter.
    pub fn weight(&self) -> (bool, usize) {
        (!self.below, self.stem.len())
    }

    /// Whether the rule is about this process; its helpers are not looked at.
    pub fn matches(&self, process: &ApplicationIdentity) -> bool {
        process
            .get(self.kind)
            .is_some_and(|said| self.matches_folded(&fold(said)))
    }

    /// The same for what was said of the rule's kind, folded.
    pub(super) fn matches_folded(&self, said: &str) -> bool {
        let said = match self.kind {
            ApplicationKind::Exe if !self.stem.contains(['/', '\\']) => {
                said.rsplit(['/', '\\']).next().unwrap_or_default()
            }
            _ => said,
        };
        match said.strip_prefix(&self.stem) {
            Some("") => true,
            Some(rest) => self.below && rest.starts_with('.'),
            None => false,
        }
    }

    /// Whether the rule says all that another one says.
    pub fn covers(&self, other: &Self) -> bool {
        let within = |rest: &str| rest.is_empty() || rest.starts_with('.');
        self.kind == other.kind
            && match other.stem.strip_prefix(&self.stem) {
                Some("") => self.below || !other.below,
                Some(rest) => self.below && within(rest),
                None => false,
            }
    }

    /// The pattern as it is written after the kind.
    pub fn pattern(&self) -> String {
        format!("{}{}", self.stem, if self.below { ".*" } else { "" })
    }
}

impl fmt::Display for ApplicationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}{}",
            self.kind.as_str(),
            self.stem,
            if self.below { ".*" } else { "" }
        )
    }
}

impl FromStr for ApplicationRule {
    type Err = ApplicationRuleError;

    fn from_str(text: &str) -> Result<Self, ApplicationRuleError> {
        let (kind, pattern) = text.split_once(':').ok_or(ApplicationRuleError::Empty)?;
        let known = ApplicationKind::ALL
            .iter()
            .find(|known| known.as_str() == kind.trim());
        let kind = known.ok_or_else(|| ApplicationRuleError::Kind(kind.to_owned()))?;
        Self::new(*kind, pattern)
    }
}

impl Serialize for ApplicationRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ApplicationRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Trimmed, composed and without case, so that what looks the same compares the same.
pub(super) fn fold(text: &str) -> String {
    let upper = text.trim().nfc().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).nfc().collect()
}
