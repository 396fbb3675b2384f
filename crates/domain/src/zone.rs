//! Time zones by their names in the time zone database, and the exact form of a time in one.
//!
//! The database is built in, so that every replica says the same whatever system it runs on.

use std::{fmt, str::FromStr, sync::LazyLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use tessera_ids::Timestamp;

/// The parts of the world whose zones people are offered; beside them only UTC.
const AREAS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let offered = |name: &String| AREAS.iter().any(|area| name.starts_with(area));
    let mut names: Vec<_> = DATABASE
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(offered)
        .collect();
    names.sort();
    names.insert(0, Zone::UTC.to_owned());
    names
});

/// A time zone that people may choose, such as `Europe/Rome`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: &'static str,
    rules: TimeZone,
}

/// A text that names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone. Choose one from the list, such as Europe/Rome.")]
pub struct UnknownZone(String);

impl Zone {
    /// The name of the zone of whoever has chosen none.
    pub const UTC: &'static str = "UTC";

    /// UTC.
    pub fn utc() -> Self {
        Self {
            name: Self::UTC,
            rules: TimeZone::UTC,
        }
    }

    /// The zone that was kept under this name, or UTC where this version does not know it.
    pub fn kept(name: &str) -> Self {
        name.parse().unwrap_or_else(|_| Self::utc())
    }

    /// Its name.
    pub const fn as_str(&self) -> &'static str {
        self.name
    }

    /// The names of all zones, UTC first, then by name.
    pub fn names() -> &'static [String] {
        &NAMES
    }

    /// The exact form of a time here: `22 November 2026, 02:15:50 CET`.
    pub fn exact(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::MAX);
        instant
            .to_zoned(self.rules.clone())
            .strftime("%-d %B %Y, %H:%M:%S %Z")
            .to_string()
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(crate::text::clip(text, 60));
        let name = NAMES.iter().find(|name| name.eq_ignore_ascii_case(text.trim()));
        let name = name.ok_or_else(unknown)?;
        if name == Self::UTC {
            return Ok(Self::utc());
        }
        let rules = DATABASE.get(name).map_err(|_| unknown())?;
        Ok(Self { name, rules })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn a_time_is_said_as_the_clocks_there_show_it() {
        let summer = Timestamp::from_seconds(1_783_598_400);
        let winter = Timestamp::from_seconds(1_800_000_000);
        assert_eq!(Zone::utc().exact(winter), "15 January 2027, 08:00:00 UTC");
        assert_eq!(zone("Europe/Rome").exact(winter), "15 January 2027, 09:00:00 CET");
        assert_eq!(zone("europe/rome").exact(summer), "9 July 2026, 14:00:00 CEST");
        assert_eq!(
            zone("America/New_York").exact(winter),
            "15 January 2027, 03:00:00 EST"
        );
        assert_eq!(
            zone("Asia/Kathmandu").exact(winter),
            "15 January 2027, 13:45:00 +0545"
        );
        assert_eq!(
            Zone::utc().exact(Timestamp::EPOCH),
            "1 January 1970, 00:00:00 UTC"
        );
        // What no calendar holds is still said.
        assert!(!Zone::utc().exact(Timestamp::from_micros(i64::MAX)).is_empty());
        assert!(
            !zone("Pacific/Apia")
                .exact(Timestamp::from_micros(i64::MIN))
                .is_empty()
        );
    }

    #[test]
    fn only_zones_that_are_offered_are_taken() {
        for wrong in [
            "",
            "Mars/Olympus",
            "Europe",
            "../../etc/passwd",
            "posixrules",
            "EST5EDT4",
            "Europe/Rome\0",
        ] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong:?}");
        }
        assert_eq!(zone(" utc ").as_str(), "UTC");
        assert_eq!(Zone::kept("Atlantis/Capital"), Zone::utc());
        assert!(Zone::names().len() > 300);
        for name in Zone::names() {
            assert_eq!(zone(name).as_str(), name);
        }
    }
}
