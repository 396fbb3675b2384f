//! What a window says about the application it belongs to.

use serde::{Deserialize, Serialize};

use super::ApplicationKind;

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
