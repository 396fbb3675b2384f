//! The frame around every page: who is signed in, where in the portal they are, and what was just done.

use tessera_policy::SectionName;
use tessera_policy::file::FileSection;

/// What every page needs beside its own content.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Light, dark or as the system says (from the `theme` cookie).
    pub theme: Theme,
    /// Who is signed in; nobody on the pages before that.
    pub person: Option<Person>,
    /// The organization at hand and what of it this person may see; `None` outside an organization.
    pub nav: Option<Nav>,
    /// What the last action did, said once.
    pub flash: Option<Flash>,
    /// The policy file that owns the settings on this page, which are read-only then.
    pub owned: Option<OwnedByFile>,
    /// What was searched for in the settings.
    pub settings_query: String,
    /// Path of the event stream that moves the page's live regions, without its query (`/o/org_…/live`).
    pub live: Option<String>,
}

/// The policy file that owns a page's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedByFile {
    /// What its author calls it.
    pub source: String,
    /// Who applied it.
    pub by: String,
    /// When.
    pub at: super::Moment,
    /// Where it can be released.
    pub href: String,
    /// The sections of this page that it owns.
    pub sections: Vec<FileSection>,
}

impl Frame {
    /// Whether a policy file owns this section of the page.
    pub fn owns(&self, section: &str) -> bool {
        let mut owned = self.owned.iter().flat_map(|owned| &owned.sections);
        owned.any(|owned| owned.as_str() == section)
    }
}

/// How the portal is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The text used in the cookie, the form field `theme` and `data-theme`.
    pub fn text(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that a cookie or form names; anything unknown follows the system.
    pub fn from_text(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// The signed-in person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name as they wrote it.
    pub name: String,
    /// Primary email address.
    pub email: String,
    /// Path of their picture.
    pub picture: Option<String>,
    /// They run the installation.
    pub is_operator: bool,
}

/// What the sidebar shows. What a role may not see is not in it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each shows or hides one thing of its own"
)]
#[derive(Clone, Debug, Default)]
pub struct Nav {
    /// Name of the organization at hand.
    pub org_name: String,
    /// Path of its logo.
    pub logo: Option<String>,
    /// Its path, `/o/org_…`, without a trailing slash.
    pub org_path: String,
    /// The page to mark as current.
    pub current: Place,
    /// The person's organizations, for the switcher (the current one included).
    pub orgs: Vec<OrgLink>,
    /// Owners and admins: shows Memory, Devices and Settings.
    pub may_manage: bool,
    /// Shows *Invite people*.
    pub may_invite: bool,
    /// Shows *Create an organization* in the switcher.
    pub may_create_org: bool,
    /// Shows *Create team*.
    pub may_manage_teams: bool,
    /// The first teams by name.
    pub teams: Vec<TeamLink>,
    /// There are more than these.
    pub more_teams: bool,
}

/// One team in the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamLink {
    /// Its name.
    pub name: String,
    /// Its path.
    pub href: String,
    /// It is the one at hand.
    pub current: bool,
}

impl Nav {
    /// Whether one of the teams shown is at hand; else the list of all is marked.
    pub fn at_team(&self) -> bool {
        self.teams.iter().any(|team| team.current)
    }

    /// Whether the sidebar marks this place.
    pub fn is(&self, place: Place) -> bool {
        self.current == place
    }
}

/// One organization in the switcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgLink {
    /// Its name.
    pub name: String,
    /// Its path.
    pub href: String,
    /// It is the one at hand.
    pub current: bool,
}

/// The places the sidebar can mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Home.
    #[default]
    Home,
    /// Updates of the organization.
    Updates,
    /// Members, invitations and inviting.
    Members,
    /// Teams: the list, and each team's page.
    Teams,
    /// Models, and custom ones.
    Models,
    /// Models → API keys.
    ApiKeys,
    /// Long-Term Memory → General.
    Memory,
    /// Long-Term Memory → Applications.
    Applications,
    /// Long-Term Memory → Websites.
    Websites,
    /// Long-Term Memory → Test bench.
    TestBench,
    /// Devices and rollouts.
    Devices,
    /// Settings → General.
    Settings,
    /// Settings → Features.
    Features,
    /// Settings → Teams.
    TeamSettings,
    /// Settings → History.
    History,
    /// Settings → Audit log.
    AuditLog,
    /// Settings → Policy as code.
    Policy,
    /// Settings → Alerts.
    Alerts,
    /// What a search of the settings found.
    SettingsSearch,
    /// Help and its guides.
    Help,
    /// My settings.
    MySettings,
    /// The account page.
    Account,
}

impl Place {
    /// Whether settings are decided here, so that a search over all of them stands at its head.
    pub fn is_about_settings(self) -> bool {
        self.section().is_some()
            || matches!(
                self,
                Self::TestBench
                    | Self::Settings
                    | Self::TeamSettings
                    | Self::History
                    | Self::Policy
                    | Self::Alerts
                    | Self::SettingsSearch
            )
    }

    /// The section of the organization's policy that is changed here.
    pub fn section(self) -> Option<FileSection> {
        let settings = match self {
            Self::ApiKeys => return Some(FileSection::Credentials),
            Self::Features => SectionName::Features,
            Self::Memory | Self::Applications | Self::Websites => SectionName::Memory,
            Self::Models => SectionName::Models,
            _ => return None,
        };
        Some(settings.into())
    }
}

/// A sentence about what was just done, shown on the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Good, warning, bad or neutral.
    pub tone: super::Tone,
    /// One sentence.
    pub text: String,
    /// Where more of it is to be seen: label and path.
    pub link: Option<(String, String)>,
}
