//! Whose settings a page is about: the organization's, a team's, or an admin's for one member.

use serde::Deserialize;
use tessera_app::{members, teams};
use tessera_domain::{Error, Result};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_policy::file::FileSection;
use tessera_policy::{LayerName, SectionName};

use super::view::{self, Frame, Place, Source};
use super::visit::{Visit, path, team_path};
use super::words;
use crate::http::extract::Fields;

/// Whose settings the path of a page names: an organization's, one of its teams', or what is tightened for one of its members.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct ScopePath {
    pub(super) org: OrgId,
    team: Option<TeamId>,
    member: Option<AccountId>,
}

/// A layer that pages can change, and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) org: OrgId,
    pub(super) layer: LayerName,
    /// The team's or the member's name; empty for the organization.
    pub(super) name: String,
}

impl Scope {
    /// The layer that a path names.
    pub(super) async fn at(visit: &Visit, path: ScopePath) -> Result<Self> {
        match (path.team, path.member) {
            (Some(team), _) => Self::of_team(visit, path.org, team).await,
            (None, Some(who)) => Self::of_member(visit, path.org, who).await,
            (None, None) => Ok(Self::of_org(path.org)),
        }
    }

    /// The organization's own layer.
    pub(super) const fn of_org(org: OrgId) -> Self {
        Self {
            org,
            layer: LayerName::Org,
            name: String::new(),
        }
    }

    /// One team's layer.
    pub(super) async fn of_team(visit: &Visit, org: OrgId, team: TeamId) -> Result<Self> {
        let found = teams::team(visit.app(), visit.actor()?, org, team).await?;
        Ok(Self {
            org,
            layer: LayerName::Team(team),
            name: found.name.to_string(),
        })
    }

    /// What is tightened for one member.
    pub(super) async fn of_member(visit: &Visit, org: OrgId, who: AccountId) -> Result<Self> {
        let found = members::member(visit.app(), visit.actor()?, org, who).await?;
        Ok(Self {
            org,
            layer: LayerName::Tightened(who),
            name: found.name.to_string(),
        })
    }

    /// The layer that a form names; the organization's when it names none.
    pub(super) async fn of_form(visit: &Visit, org: OrgId, fields: &Fields) -> Result<Self> {
        match layer_of(fields)? {
            LayerName::Org => Ok(Self::of_org(org)),
            LayerName::Team(team) => Self::of_team(visit, org, team).await,
            LayerName::Tightened(who) => Self::of_member(visit, org, who).await,
            LayerName::BuiltIn | LayerName::Member => Err(Error::not_found("page")),
        }
    }

    /// Where its leaves are changed.
    pub(super) fn leaves(&self) -> String {
        match self.layer {
            LayerName::Team(team) => team_path(self.org, team) + "/settings",
            LayerName::Tightened(who) => format!("{}/members/{who}/tighten", path(self.org)),
            LayerName::BuiltIn | LayerName::Org | LayerName::Member => path(self.org) + "/memory",
        }
    }

    /// Where its applications are.
    pub(super) fn applications(&self) -> String {
        self.leaves() + "/applications"
    }

    /// Where its models are.
    pub(super) fn models(&self) -> String {
        match self.layer {
            LayerName::Team(_) | LayerName::Tightened(_) => self.leaves() + "/models",
            LayerName::BuiltIn | LayerName::Org | LayerName::Member => path(self.org) + "/models",
        }
    }

    /// Where its websites are.
    pub(super) fn websites(&self) -> String {
        self.leaves() + "/websites"
    }

    /// The layer as forms carry it.
    pub(super) fn field(&self) -> String {
        self.layer.to_string()
    }

    /// Whose pages these are, as headings say it: `of Design`, `for Ada`; empty for the organization.
    pub(super) fn of_whom(&self) -> String {
        match self.layer {
            LayerName::Team(_) => format!("of {}", self.name),
            LayerName::Tightened(_) => format!("for {}", self.name),
            LayerName::BuiltIn | LayerName::Org | LayerName::Member => String::new(),
        }
    }

    /// The frame of one of its pages; the organization's are at `place`.
    pub(super) async fn frame(&self, visit: &Visit, place: Place) -> Result<Frame> {
        let mut frame = match self.layer {
            LayerName::Team(team) => visit.team_frame(self.org, team).await?,
            LayerName::Tightened(_) => visit.org_frame(self.org, Place::Members).await?.1,
            LayerName::BuiltIn | LayerName::Org | LayerName::Member => {
                return Ok(visit.org_frame(self.org, place).await?.1);
            }
        };
        let sections: Vec<FileSection> = match place {
            // All leaves of another layer stand on one page.
            Place::Memory => SectionName::ALL.iter().map(|section| (*section).into()).collect(),
            place => place.section().into_iter().collect(),
        };
        frame.owned = visit.owner(self.org, self.layer, &sections).await?;
        Ok(frame)
    }

    /// A layer as a badge, with this scope's name where it is this one.
    #[expect(
        clippy::unused_self,
        reason = "callers ask the scope for everything that a page says"
    )]
    pub(super) fn source(&self, layer: LayerName, locked: bool, names: &Names) -> Source {
        let source = words::source(layer, locked);
        match layer {
            LayerName::Team(team) => Source {
                layer: view::Layer::Team(names.team(team)),
                ..source
            },
            _ => source,
        }
    }
}

/// The layer that a form names.
pub(super) fn layer_of(fields: &Fields) -> Result<LayerName> {
    match fields.find("layer").filter(|text| !text.is_empty()) {
        None => Ok(LayerName::Org),
        Some(text) => text.parse().map_err(|_| Error::not_found("page")),
    }
}

/// What the teams of an organization are called.
#[derive(Debug, Default)]
pub(super) struct Names(std::collections::HashMap<TeamId, String>);

impl Names {
    pub(super) async fn of(visit: &Visit, org: OrgId) -> Result<Self> {
        let found = teams::list(visit.app(), visit.actor()?, org).await?;
        let named = found.into_iter().map(|team| (team.id, team.name.to_string()));
        Ok(Self(named.collect()))
    }

    fn team(&self, team: TeamId) -> String {
        self.0.get(&team).cloned().unwrap_or_else(|| team.to_string())
    }
}
