//! Alerts: the conditions that somebody is told of, in which form, and where to.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use url::{Host, Position, Url};

/// Days without contact after which a device counts as silent, where the org does not say.
pub const SILENT_DAYS: u64 = 7;
/// The most days that an org may wait.
pub const MOST_SILENT_DAYS: u64 = 90;
/// How long before its end a key is told of.
pub const EXPIRES_SOON: Duration = Duration::from_hours(14 * 24);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $title:literal, $help:literal;)+) => {
        /// A condition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum AlertKind { $($(#[$doc])* $name,)+ }

        impl AlertKind {
            /// Every kind, those of orgs first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its word in JSON, forms and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What people read.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// When it opens, in one sentence.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)+ }
            }
        }

        impl FromStr for AlertKind {
            type Err = UnknownKind;

            fn from_str(text: &str) -> Result<Self, UnknownKind> {
                match text { $($word => Ok(Self::$name),)+ _ => Err(UnknownKind) }
            }
        }
    };
}

kinds! {
    /// A receipt says that a device could not apply the settings.
    DeviceFailing = "device_failing", "Device failing", "A device says that it could not apply the settings.";
    /// A device was not heard of for as long as the org waits.
    DeviceSilent = "device_silent", "Device silent", "A device was not heard of for as many days as you choose.";
    /// A provider refused a key.
    KeyFailing = "key_failing", "Key failing", "A provider refused a key when it was last tested.";
    /// A key's end is near, or past.
    KeyExpiring = "key_expiring", "Key expiring", "The end that you noted for a key is less than 14 days away.";
    /// Nobody else can be invited.
    SeatsFull = "seats_full", "Seats full", "Every seat is used or held by an invitation.";
    /// A rollout halted by itself.
    RolloutHalted = "rollout_halted", "Rollout halted", "Too many devices failed, and a rollout halted by itself.";
    /// Mail does not leave.
    MailStuck = "mail_stuck", "Mail stuck", "A mail has been failing for a quarter of an hour.";
    /// Jobs were given up.
    JobsGivenUp = "jobs_given_up", "Jobs given up", "A mail, an alert or another job was given up.";
    /// The data's disk is nearly full.
    DiskLow = "disk_low", "Disk low", "The disk that holds the data is nearly full.";
}

/// No condition is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no such condition.")]
pub struct UnknownKind;

impl AlertKind {
    /// The conditions of orgs, which their owners and admins are told of.
    pub fn of_orgs() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| !kind.is_operators())
    }

    /// The conditions of the installation, which its operators are told of.
    pub fn of_operators() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_operators())
    }

    /// Whether it is the operators' and no org's.
    pub const fn is_operators(self) -> bool {
        matches!(self, Self::MailStuck | Self::JobsGivenUp | Self::DiskLow)
    }

    /// How long after one message of this kind the next one waits. Where many things can go wrong at once, they come as
    /// one digest instead of a flood.
    pub const fn gathered_for(self) -> Duration {
        match self {
            Self::DeviceFailing | Self::DeviceSilent => Duration::from_mins(10),
            _ => Duration::ZERO,
        }
    }

    /// What a message calls so many of them: `Device failing`, `12 devices are failing`.
    pub fn headline(self, count: usize, resolved: bool) -> String {
        let (one, many) = match (self, resolved) {
            (Self::DeviceFailing, false) => ("A device is failing", "devices are failing"),
            (Self::DeviceFailing, true) => ("A device no longer fails", "devices no longer fail"),
            (Self::DeviceSilent, false) => ("A device is silent", "devices are silent"),
            (Self::DeviceSilent, true) => ("A device is no longer silent", "devices are no longer silent"),
            (Self::KeyFailing, false) => ("A provider key is failing", "provider keys are failing"),
            (Self::KeyFailing, true) => ("A provider key no longer fails", "provider keys no longer fail"),
            (Self::KeyExpiring, false) => ("A provider key ends soon", "provider keys end soon"),
            (Self::KeyExpiring, true) => (
                "A provider key no longer ends soon",
                "provider keys no longer end soon",
            ),
            (Self::SeatsFull, false) => ("All seats are taken", "times all seats are taken"),
            (Self::SeatsFull, true) => ("Seats are free again", "times seats are free again"),
            (Self::RolloutHalted, false) => ("A rollout halted", "rollouts halted"),
            (Self::RolloutHalted, true) => ("A rollout is no longer halted", "rollouts are no longer halted"),
            (Self::MailStuck, false) => ("Mail does not leave", "times mail does not leave"),
            (Self::MailStuck, true) => ("Mail leaves again", "times mail leaves again"),
            (Self::JobsGivenUp, false) => ("Jobs were given up", "times jobs were given up"),
            (Self::JobsGivenUp, true) => ("No given-up job is left", "times no given-up job is left"),
            (Self::DiskLow, false) => ("The disk is nearly full", "times the disk is nearly full"),
            (Self::DiskLow, true) => ("The disk has room again", "times the disk has room again"),
        };
        if count == 1 {
            one.to_owned()
        } else {
            format!("{count} {many}")
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for AlertKind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        text.parse()
    }
}

impl From<AlertKind> for String {
    fn from(kind: AlertKind) -> Self {
        kind.as_str().to_owned()
    }
}

/// In which form an endpoint is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertFormat {
    /// Signed JSON by the Standard Webhooks specification.
    #[default]
    Standard,
    /// Slack's incoming webhooks.
    Slack,
    /// Workflows of Microsoft Teams.
    Teams,
}

impl AlertFormat {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Slack, Self::Teams];

    /// Its word in JSON, forms and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
            Self::Teams => "teams",
        }
    }

    /// What people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Standard => "Signed webhook",
            Self::Slack => "Slack",
            Self::Teams => "Microsoft Teams",
        }
    }

    /// What it is, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Standard => {
                "JSON, signed as the Standard Webhooks specification says. For a program of yours."
            }
            Self::Slack => "The address of an incoming webhook of a Slack channel.",
            Self::Teams => {
                "The address of a Teams workflow that posts to a channel when a webhook request is received."
            }
        }
    }

    /// Whether messages carry a signature, made with a secret that both sides know.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Standard)
    }
}

impl fmt::Display for AlertFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AlertFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or(UnknownFormat)
    }
}

/// No form is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose standard, slack or teams.")]
pub struct UnknownFormat;

/// Where an endpoint is. Slack's and Teams' hold what lets anybody post, so it is kept as a secret and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlError {
    /// Not an address.
    #[error("Type a whole address, such as https://hooks.example/alerts.")]
    Address,
    /// Plain http.
    #[error("The address must begin with https://. Only this machine's own addresses may be plain http.")]
    PlainHttp,
    /// More than an address.
    #[error("Leave out user name, password and #.")]
    Extra,
}

impl WebhookUrl {
    /// The most bytes.
    pub const LIMIT: usize = 2_000;

    /// The address, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be shown: scheme, host and port, and the end of a long rest.
    pub fn shown(&self) -> String {
        const END: usize = 4;
        let Ok(url) = Url::parse(&self.0) else {
            return String::new();
        };
        let origin = url.origin().ascii_serialization();
        let rest = &url[Position::AfterPort..];
        match rest.len() {
            0 | 1 => origin,
            length if length < 3 * END => format!("{origin}/…"),
            _ => {
                let end: Vec<char> = rest.chars().rev().take(END).collect();
                format!("{origin}/…{}", end.into_iter().rev().collect::<String>())
            }
        }
    }
}

impl FromStr for WebhookUrl {
    type Err = WebhookUrlError;

    fn from_str(text: &str) -> Result<Self, WebhookUrlError> {
        let text = text.trim();
        if text.len() > Self::LIMIT || text.contains(['\\', ' ']) || text.chars().any(char::is_control) {
            return Err(WebhookUrlError::Address);
        }
        let url = Url::parse(text).map_err(|_| WebhookUrlError::Address)?;
        let is_local = match url.host().ok_or(WebhookUrlError::Address)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_local => {}
            "http" => return Err(WebhookUrlError::PlainHttp),
            _ => return Err(WebhookUrlError::Address),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(WebhookUrlError::Extra);
        }
        Ok(Self(url.into()))
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_headlines_count() {
        for kind in AlertKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert!(!kind.headline(1, false).contains('1'));
            assert!(kind.headline(500, true).starts_with("500 "));
        }
        assert_eq!(
            AlertKind::of_orgs().count() + AlertKind::of_operators().count(),
            AlertKind::ALL.len()
        );
        for format in AlertFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
    }

    #[test]
    fn an_address_is_https_and_shown_by_its_ends() {
        for (text, shown) in [
            ("https://hooks.example", "https://hooks.example"),
            ("https://hooks.example/a", "https://hooks.example/…"),
            (
                "https://hooks.slack.com/services/T0/B0/planted-secret",
                "https://hooks.slack.com/…cret",
            ),
            (
                "https://hooks.example:8443/x?sig=planted-secret",
                "https://hooks.example:8443/…cret",
            ),
            ("http://127.0.0.1:4010/hook", "http://127.0.0.1:4010/…"),
        ] {
            let url: WebhookUrl = text.parse().expect("good");
            assert_eq!(url.shown(), shown);
            assert!(!format!("{url:?}").contains("planted-"));
        }
        for (text, why) in [
            ("http://hooks.example/", WebhookUrlError::PlainHttp),
            ("ftp://hooks.example/", WebhookUrlError::Address),
            ("hooks.example/x", WebhookUrlError::Address),
            ("https://u:p@hooks.example/", WebhookUrlError::Extra),
            ("https://hooks.example/#x", WebhookUrlError::Extra),
        ] {
            assert_eq!(text.parse::<WebhookUrl>(), Err(why), "{text}");
        }
    }
}
