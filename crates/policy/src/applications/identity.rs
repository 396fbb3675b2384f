//! What a window says about the application it belongs to.

use serde::{Deserialize, Serialize};

use super::{ApplicationKind, ApplicationRule, rule::fold};

/// How many processes up responsibility is followed.
const MAX_HELPERS: usize = 8;

/// An application as the system names it; each system fills what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationIdentity {
    /// macOS: `com.google.Chrome`.
    pub bundle_id: Option<String>,
    /// Windows: the application user model id.
    pub aumid: Option<String>,
    /// Windows and Linux: the executable's name or path.
    pub exe: Option<String>,
    /// Linux: the desktop file's id.
    pub app_id: Option<String>,
    /// What people call it. Anybody can take any name, so it proves nothing.
    pub name: Option<String>,
    /// The process that a helper works for.
    pub responsible: Option<Box<ApplicationIdentity>>,
}

impl ApplicationIdentity {
    /// An application of which only one word is known: a rule's text such as `exe:tool`, else any kind of id or a name.
    pub fn called(word: &str) -> Self {
        let said = || Some(word.to_owned());
        let Ok(rule) = word.parse::<ApplicationRule>() else {
            return Self {
                bundle_id: said(),
                aumid: said(),
                exe: said(),
                app_id: said(),
                name: said(),
                responsible: None,
            };
        };
        let of = |kind| (rule.kind() == kind).then(|| rule.pattern());
        Self {
            bundle_id: of(ApplicationKind::BundleId),
            aumid: of(ApplicationKind::Aumid),
            exe: of(ApplicationKind::Exe),
            app_id: of(ApplicationKind::AppId),
            name: of(ApplicationKind::Name),
            responsible: None,
        }
    }

    /// What the identity says of this kind.
    pub fn get(&self, kind: ApplicationKind) -> Option<&str> {
        let said = match kind {
            ApplicationKind::BundleId => &self.bundle_id,
            ApplicationKind::Aumid => &self.aumid,
            ApplicationKind::Exe => &self.exe,
            ApplicationKind::AppId => &self.app_id,
            ApplicationKind::Name => &self.name,
        };
        said.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The rules that would recognise exactly this application, without its display name and without the folder that it
    /// runs from. None for one that nobody could recognise.
    pub fn exact_rules(&self) -> Vec<ApplicationRule> {
        let rule = |kind: &ApplicationKind| {
            let said = self.get(*kind)?;
            let said = match kind {
                ApplicationKind::Exe => said.rsplit(['/', '\\']).next()?,
                ApplicationKind::Name => return None,
                _ => said,
            };
            ApplicationRule::new(*kind, said).ok()
        };
        ApplicationKind::ALL.iter().filter_map(rule).collect()
    }

    /// Itself, then the process it works for, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |helper| helper.responsible.as_deref()).take(MAX_HELPERS)
    }

    /// Whether anything but a display name is known, of itself or of whom it works for.
    pub fn is_known(&self) -> bool {
        let kinds = ApplicationKind::ALL
            .iter()
            .filter(|kind| **kind != ApplicationKind::Name);
        self.chain()
            .any(|process| kinds.clone().any(|kind| process.get(*kind).is_some()))
    }
}

/// What an identity says of itself and of those it works for, made ready once to be compared with many rules.
pub(super) struct Said {
    texts: Vec<(ApplicationKind, String)>,
}

impl Said {
    pub(super) fn by(identity: &ApplicationIdentity) -> Self {
        let kinds = |process: &ApplicationIdentity| {
            let said = |kind: &ApplicationKind| Some((*kind, fold(process.get(*kind)?)));
            ApplicationKind::ALL.iter().filter_map(said).collect::<Vec<_>>()
        };
        Self {
            texts: identity.chain().flat_map(kinds).collect(),
        }
    }

    /// Whether a rule is about the application, or about one that it works for.
    pub(super) fn is_what(&self, rule: &ApplicationRule) -> bool {
        self.texts
            .iter()
            .any(|(kind, text)| *kind == rule.kind() && rule.matches_folded(text))
    }
}
