//! Applications that Tessera knows by itself: the portal marks them *Global*.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use serde::Deserialize;

use super::{
    ApplicationEntry, ApplicationIdentity, ApplicationKind, ApplicationRule, Effect, identity::Said,
};
use crate::{ApplicationRow, LayerName};

const TEXT: &str = include_str!("../../catalogue/applications.toml");

static BUILT_IN: LazyLock<ApplicationCatalogue> =
    LazyLock::new(|| ApplicationCatalogue::parse(TEXT).expect("the tests read the same text"));

/// Applications by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationCatalogue {
    known: BTreeMap<String, KnownApplication>,
    rules: Arc<[ApplicationEntry]>,
}

/// One application of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownApplication {
    /// The key of its row in settings.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub category: ApplicationCategory,
    /// What holds while nobody says otherwise.
    pub stance: Stance,
    /// By what it is recognised.
    pub identifiers: Vec<ApplicationRule>,
}

/// What holds for an application while no layer says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub enum Stance {
    /// It may be captured.
    #[default]
    #[serde(skip)]
    Available,
    /// It may not, until the organization makes it available.
    #[serde(rename = "default")]
    Blocked,
    /// It may not, whatever anybody says.
    #[serde(rename = "always")]
    AlwaysBlocked,
}

/// What an application is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationCategory {
    /// Keeps or asks for passwords.
    Passwords,
    /// Accounts, wallets, book-keeping at home.
    Money,
    /// Shows another machine, whose windows nobody here can tell apart.
    Remote,
    /// Messages.
    Messages,
    /// Mail.
    Mail,
    /// Calls with picture and sound.
    Calls,
    /// Web browsers.
    Browser,
    /// Documents, notes, calendars.
    Office,
    /// Pictures, drawings, recordings.
    Design,
    /// Writing software.
    Development,
    /// Command lines.
    Terminal,
    /// Assistants.
    Assistant,
    /// Music, films, games.
    Media,
    /// Parts of the system.
    System,
}

impl ApplicationCategory {
    /// What pages call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Passwords => "Passwords",
            Self::Money => "Money",
            Self::Remote => "Remote desktop",
            Self::Messages => "Messages",
            Self::Mail => "Mail",
            Self::Calls => "Calls",
            Self::Browser => "Browser",
            Self::Office => "Office",
            Self::Design => "Design",
            Self::Development => "Development",
            Self::Terminal => "Terminal",
            Self::Assistant => "Assistant",
            Self::Media => "Media",
            Self::System => "System",
        }
    }
}

/// One application as the file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    category: ApplicationCategory,
    #[serde(default)]
    blocked: Stance,
    #[serde(default)]
    bundle_id: Vec<String>,
    #[serde(default)]
    aumid: Vec<String>,
    #[serde(default)]
    exe: Vec<String>,
    #[serde(default)]
    app_id: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
}

impl ApplicationCatalogue {
    /// The one that comes with Tessera.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    fn parse(text: &str) -> Result<Self, String> {
        let written: BTreeMap<String, Written> = toml::from_str(text).map_err(|error| error.to_string())?;
        let known = written.into_iter().map(|(key, written)| {
            let known = KnownApplication::read(&key, written).map_err(|error| format!("{key}: {error}"))?;
            Ok((key, known))
        });
        let known: BTreeMap<_, _> = known.collect::<Result<_, String>>()?;
        let rules = known.values().flat_map(KnownApplication::entries).collect();
        Ok(Self { known, rules })
    }

    /// Every application, in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &KnownApplication> + Clone {
        self.known.values()
    }

    /// The application of this key.
    pub fn get(&self, key: &str) -> Option<&KnownApplication> {
        self.known.get(key)
    }

    /// The application that this is, if the catalogue knows it.
    pub fn find(&self, identity: &ApplicationIdentity) -> Option<&KnownApplication> {
        let said = Said::by(identity);
        let speaks = |known: &&KnownApplication| known.identifiers.iter().any(|rule| said.is_what(rule));
        self.known.values().find(speaks)
    }

    /// What the catalogue blocks, as rules of the built-in layer.
    pub(super) fn rules(&self) -> &[ApplicationEntry] {
        &self.rules
    }
}

impl KnownApplication {
    fn read(key: &str, written: Written) -> Result<Self, String> {
        let kinds = [
            (ApplicationKind::BundleId, &written.bundle_id),
            (ApplicationKind::Aumid, &written.aumid),
            (ApplicationKind::Exe, &written.exe),
            (ApplicationKind::AppId, &written.app_id),
            (ApplicationKind::Name, &written.names),
        ];
        let rules = kinds.iter().flat_map(|(kind, patterns)| {
            patterns.iter().map(|pattern| {
                ApplicationRule::new(*kind, pattern).map_err(|error| format!("{pattern}: {error}"))
            })
        });
        Ok(Self {
            key: key.to_owned(),
            identifiers: rules.collect::<Result<_, _>>()?,
            name: written.name,
            category: written.category,
            stance: written.blocked,
        })
    }

    /// The same as a row of somebody's settings.
    pub fn row(&self, blocked: bool) -> ApplicationRow {
        ApplicationRow {
            name: self.name.clone(),
            identifiers: self.identifiers.clone(),
            blocked,
        }
    }

    fn entries(&self) -> impl Iterator<Item = ApplicationEntry> + '_ {
        let blocks = self.stance != Stance::Available;
        let entry = |rule: &ApplicationRule| ApplicationEntry {
            layer: LayerName::BuiltIn,
            rule: rule.clone(),
            effect: Effect::Deny,
            locked: self.stance == Stance::AlwaysBlocked,
        };
        self.identifiers.iter().filter(move |_| blocks).map(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Row, RowKind};

    #[test]
    fn every_application_can_be_told_from_every_other_and_makes_a_row() {
        let catalogue = ApplicationCatalogue::parse(TEXT).unwrap();
        assert!(catalogue.iter().len() >= 150, "{}", catalogue.iter().len());
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for known in catalogue.iter() {
            assert!(!known.identifiers.is_empty(), "{}", known.key);
            for rule in &known.identifiers {
                let before = seen.insert(rule.to_string(), &known.key);
                assert_eq!(before, None, "{rule} of {}", known.key);
            }
            let row = Row::Application(known.row(true));
            assert_eq!(
                Row::read(RowKind::Application, &known.key, &row.to_json()),
                Ok(row)
            );
        }
    }

    #[test]
    fn it_is_found_by_what_each_system_says() {
        let catalogue = ApplicationCatalogue::built_in();
        let of = |kind, text: &str| {
            let mut identity = ApplicationIdentity::default();
            let said = Some(text.to_owned());
            match kind {
                ApplicationKind::BundleId => identity.bundle_id = said,
                ApplicationKind::Aumid => identity.aumid = said,
                ApplicationKind::Exe => identity.exe = said,
                ApplicationKind::AppId => identity.app_id = said,
                ApplicationKind::Name => identity.name = said,
            }
            catalogue.find(&identity).map(|known| known.key.as_str())
        };
        assert_eq!(
            of(ApplicationKind::BundleId, "COM.1Password.1password"),
            Some("1password")
        );
        assert_eq!(
            of(ApplicationKind::Exe, r"C:\Program Files\Slack\slack.exe"),
            Some("slack")
        );
        assert_eq!(
            of(ApplicationKind::AppId, "org.keepassxc.KeePassXC"),
            Some("keepassxc")
        );
        assert_eq!(
            of(ApplicationKind::BundleId, "com.google.Chrome.app.mail"),
            Some("chrome")
        );
        assert_eq!(of(ApplicationKind::BundleId, "com.google.ChromeX"), None);
    }

    #[test]
    fn a_bad_file_is_refused_with_its_place() {
        let twice = "[a]\nname='A'\ncategory='mail'\nexe=['a']\n[a]\nname='A'\n";
        assert!(ApplicationCatalogue::parse(twice).is_err());
        let wild = "[a]\nname='A'\ncategory='mail'\nexe=['*']\n";
        assert!(ApplicationCatalogue::parse(wild).unwrap_err().starts_with("a: *"));
    }
}
