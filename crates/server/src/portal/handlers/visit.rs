//! Who looks at a page, from where, and the frame that their pages get.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use tessera_app::accounts::{self, Visitor};
use tessera_app::orgs::{self, OrgView};
use tessera_app::{Actor, App, operator, picture, policy_file, sessions, teams};
use tessera_domain::{Error, Result, Right};
use tessera_ids::{OrgId, TeamId};
use tessera_policy::LayerName;
use tessera_policy::file::FileSection;
use tessera_store::TeamLabel;

use super::pictures::{avatar_path, logo_path};
use super::view::{Flash, Frame, Nav, OrgLink, OwnedByFile, Person, Place, TeamLink, Theme, Tone};
use crate::http::Failure;
use crate::http::address::ClientAddress;
use crate::http::caller::Caller;
use crate::http::extract::Fields;
use crate::site::Site;

/// Teams that the sidebar names; the list of all has the others.
const TEAMS_SHOWN: usize = 20;

/// One request for a page.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) site: Site,
    pub(super) caller: Option<Actor>,
    pub(super) address: ClientAddress,
    headers: HeaderMap,
}

impl FromRequestParts<Site> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let Caller(caller) = Caller::from_request_parts(parts, site).await?;
        let address = ClientAddress::from_request_parts(parts, site).await?;
        Ok(Self {
            site: site.clone(),
            caller,
            address,
            headers: parts.headers.clone(),
        })
    }
}

impl Visit {
    pub(super) fn app(&self) -> &App {
        &self.site.app
    }

    /// The signed-in person. The gate lets nobody else come this far.
    pub(super) fn actor(&self) -> Result<&Actor> {
        self.caller
            .as_ref()
            .ok_or_else(|| Error::unauthenticated("Sign in first."))
    }

    /// The same, for a use case that runs to its end by itself.
    pub(super) fn owned(&self) -> Result<Actor> {
        self.actor().cloned()
    }

    /// What limits and the audit log are told of the browser.
    pub(super) fn visitor(&self) -> Visitor {
        Visitor {
            address: Some(self.address.ip),
            user_agent: self.header(header::USER_AGENT.as_str()).map(str::to_owned),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token in the session's cookie, whatever it is worth.
    pub(super) fn session_token(&self) -> Option<&str> {
        self.site.cookies.session(&self.headers)
    }

    /// Refuses who may not, before anything of what they sent is looked at.
    pub(super) async fn require(&self, org: OrgId, right: Right) -> Result<()> {
        right.require(orgs::view(self.app(), self.actor()?, org).await?.role)
    }

    /// The signed-in person as one whose password was typed just now: recently enough already, or with this.
    ///
    /// # Errors
    /// *Invalid* for a wrong password, *Unauthenticated* where one is needed and none was typed.
    pub(super) async fn recent(&self, fields: &Fields) -> Result<Actor> {
        let actor = self.owned()?;
        if actor.require_recent().is_ok() || fields.get("password").is_empty() {
            actor.require_recent()?;
            return Ok(actor);
        }
        let (password, asking) = (fields.secret("password"), actor.clone());
        let work = |app: Arc<App>| async move { sessions::confirm_password(&app, &asking, &password).await };
        self.site.run(work).await?;
        let token = self.session_token().unwrap_or_default();
        sessions::authenticate(self.app(), token, self.address.ip).await
    }

    /// The page of ours that a form was sent from, or another.
    pub(super) fn came_from(&self, other: &str) -> String {
        super::referrer(&self.site, &self.headers).map_or_else(|| other.to_owned(), str::to_owned)
    }

    /// The frame before and outside of any organization.
    pub(super) async fn frame(&self) -> Result<Frame> {
        let mut frame = plain_frame(&self.site, &self.headers);
        if let Some(actor) = &self.caller {
            frame.person = Some(person(self.app(), actor).await?);
        }
        Ok(frame)
    }

    /// The frame of a page about one team, which the sidebar marks.
    pub(super) async fn team_frame(&self, org: OrgId, team: TeamId) -> Result<Frame> {
        let (_, mut frame) = self.org_frame(org, Place::Teams).await?;
        let here = team_path(org, team);
        for link in frame.nav.iter_mut().flat_map(|nav| &mut nav.teams) {
            link.current = link.href == here;
        }
        Ok(frame)
    }

    /// The policy file that owns what this page changes, if one does.
    pub(super) async fn owner(
        &self,
        org: OrgId,
        layer: LayerName,
        sections: &[FileSection],
    ) -> Result<Option<OwnedByFile>> {
        if sections.is_empty() {
            return Ok(None);
        }
        let ownership = policy_file::ownership(self.app(), self.actor()?, org).await?;
        let owned = sections.iter().filter(|section| ownership.owns(layer, **section));
        let sections: Vec<_> = owned.copied().collect();
        let file = ownership.file.filter(|_| !sections.is_empty());
        Ok(file.map(|file| OwnedByFile {
            source: file.source,
            by: file.by.to_string(),
            at: super::words::moment(file.at, self.app().clock.now()),
            href: path(org) + "/settings/policy#owned",
            sections,
        }))
    }

    /// The frame inside an organization, and what the person is there.
    pub(super) async fn org_frame(&self, org: OrgId, current: Place) -> Result<(OrgView, Frame)> {
        let actor = self.actor()?;
        let view = orgs::view(self.app(), actor, org).await?;
        let mine = orgs::mine(self.app(), actor).await?;
        let org_path = path(org);
        let link = |org: &tessera_store::OrgOfAccount| OrgLink {
            name: org.name.to_string(),
            href: path(org.org),
            current: org.org == view.id,
        };
        let labels = teams::labels(self.app(), actor, org, TEAMS_SHOWN as u64 + 1).await?;
        let team = |team: &TeamLabel| TeamLink {
            name: team.name.to_string(),
            href: team_path(org, team.id),
            current: false,
        };
        let may = |right: Right| right.granted_to(view.role);
        let nav = Nav {
            org_name: view.name.to_string(),
            logo: view.logo.map(|digest| logo_path(org, digest)),
            org_path: org_path.clone(),
            current,
            orgs: mine.iter().map(link).collect(),
            may_manage: may(Right::SeeSettings),
            may_invite: may(Right::Invite),
            may_create_org: orgs::may_create(self.app(), actor).await?,
            may_manage_teams: may(Right::ManageTeams),
            more_teams: labels.len() > TEAMS_SHOWN,
            teams: labels.iter().take(TEAMS_SHOWN).map(team).collect(),
        };
        let mut frame = self.frame().await?;
        if may(Right::SeeSettings) {
            let sections: Vec<_> = current.section().into_iter().collect();
            frame.owned = self.owner(org, LayerName::Org, &sections).await?;
        }
        frame.nav = Some(nav);
        frame.live = Some(format!("{org_path}/live"));
        Ok((view, frame))
    }
}

/// A frame without anybody in it.
pub(super) fn plain_frame(site: &Site, headers: &HeaderMap) -> Frame {
    let flash = site.cookies.flash(headers).map(|flash| Flash {
        tone: if flash.failed { Tone::Bad } else { Tone::Good },
        text: flash.text,
        link: flash.link,
    });
    Frame {
        theme: theme(headers),
        flash,
        ..Frame::default()
    }
}

async fn person(app: &App, actor: &Actor) -> Result<Person> {
    let account = accounts::me(app, actor).await?;
    let pictures = picture::avatars(app, &[account.id]).await?;
    Ok(Person {
        picture: pictures
            .get(&account.id)
            .map(|digest| avatar_path(account.id, *digest)),
        name: account.name.to_string(),
        email: account.email.to_string(),
        is_operator: operator::is_operator(app, &account),
    })
}

/// The path of a team's pages.
pub(super) fn team_path(org: OrgId, team: TeamId) -> String {
    format!("{}/teams/{team}", path(org))
}

/// The path of an organization's pages.
pub(super) fn path(org: OrgId) -> String {
    format!("/o/{org}")
}

fn theme(headers: &HeaderMap) -> Theme {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let pairs = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(name, _)| *name == "theme")
        .map(|(_, value)| Theme::from_text(value))
        .next()
        .unwrap_or_default()
}
