//! The words of a question to the guard and of its answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{LayerName, applications::ApplicationIdentity};

/// What somebody is about to capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subject {
    /// The page's address, as the browser gives it.
    pub url: Option<String>,
    /// The application whose window it is.
    pub application: Option<ApplicationIdentity>,
    /// Whether the window is a browser's, so that there should be an address.
    pub browser: bool,
    /// Whether the window is private (incognito).
    pub private_window: bool,
    /// Whether sound is captured.
    pub audio: bool,
}

impl Subject {
    /// A page in a browser.
    pub fn page(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            browser: true,
            ..Self::default()
        }
    }

    /// A window of an application that is not a browser.
    pub fn application(identity: ApplicationIdentity) -> Self {
        Self {
            application: Some(identity),
            ..Self::default()
        }
    }
}

/// May it be captured?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// Why the guard decided as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The device never had settings.
    NeverHadSettings,
    /// The question names nothing.
    NothingToDecide,
    /// The window is private.
    PrivateWindow,
    /// A browser without an address that can be read.
    UnreadableAddress,
    /// Wrapped deeper than three times.
    WrappedTooDeep,
    /// A page without an origin while the organization's list is on.
    UnknownOrigin,
    /// A website rule.
    DeniedWebsite,
    /// A rule that this version cannot read stands in a list.
    UnreadableRule,
    /// An application rule denies.
    DeniedApplication,
    /// An application rule allows.
    AllowedApplication,
    /// A list holds an application rule that this version cannot read.
    UnreadableApplication,
    /// Nobody can say which application it is while the organization's list is on.
    UnknownApplication,
    /// Memory is paused.
    Paused,
    /// A switch is off.
    SwitchedOff,
    /// A switch is on.
    SwitchedOn,
    /// No rule speaks about it.
    NoRule,
}

impl Reason {
    /// One sentence for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NeverHadSettings => "This device has not received its organization's settings yet.",
            Self::NothingToDecide => "Neither a page nor an application was named.",
            Self::PrivateWindow => "Private windows are never captured.",
            Self::UnreadableAddress => "The browser's address cannot be read.",
            Self::WrappedTooDeep => "The address is wrapped in more than three others.",
            Self::UnknownOrigin => "The page does not say which website it comes from.",
            Self::DeniedWebsite => "The website is on a list of denied websites.",
            Self::UnreadableRule => {
                "A list holds a rule that this version cannot read, so no website is captured."
            }
            Self::DeniedApplication => "The application is blocked.",
            Self::AllowedApplication => "The application is on the list of available applications.",
            Self::UnreadableApplication => {
                "A list holds an application that this version cannot read, so no application is captured."
            }
            Self::UnknownApplication => "The application cannot be identified.",
            Self::Paused => "Memory is paused.",
            Self::SwitchedOff => "It is switched off.",
            Self::SwitchedOn => "It is switched on.",
            Self::NoRule => "No rule speaks about it.",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The guard's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// May it be captured?
    pub decision: Decision,
    /// The rule that decided, if one did: a website rule, an application rule, or a setting's path.
    pub rule: Option<String>,
    /// Whose word it was.
    pub layer: LayerName,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    /// Whether capture is allowed.
    pub fn is_allow(&self) -> bool {
        self.decision == Decision::Allow
    }

    pub(crate) fn deny(reason: Reason, layer: LayerName, rule: Option<String>) -> Self {
        Self {
            decision: Decision::Deny,
            rule,
            layer,
            reason,
        }
    }

    pub(crate) fn allow(reason: Reason, layer: LayerName, rule: Option<String>) -> Self {
        Self {
            decision: Decision::Allow,
            rule,
            layer,
            reason,
        }
    }
}
