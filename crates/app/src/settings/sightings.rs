//! Applications that were seen on members' machines and that no list speaks of, for an admin to decide on.

use tessera_domain::{Result, Right};
use tessera_ids::{OrgId, Timestamp};
use tessera_policy::{
    LayerName,
    applications::{ApplicationCatalogue, ApplicationIdentity, ApplicationKind, ApplicationRule},
};

use super::standpoint;
use crate::{Actor, App, access};

/// How many are looked at.
const SHOWN: u64 = 1_000;

/// An application that nobody decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownApplication {
    /// What it calls itself. Anybody can take any name.
    pub name: String,
    /// By what it would be recognised.
    pub rules: Vec<ApplicationRule>,
    /// When some device first saw it.
    pub first_seen: Timestamp,
    /// When some device last saw it.
    pub last_seen: Timestamp,
}

impl UnknownApplication {
    /// What it is recognised by, of one kind; empty when it has nothing of that kind.
    pub fn pattern(&self, kind: ApplicationKind) -> String {
        let rule = self.rules.iter().find(|rule| rule.kind() == kind);
        rule.map(ApplicationRule::pattern).unwrap_or_default()
    }

    fn identity(&self) -> ApplicationIdentity {
        let said = |kind| Some(self.pattern(kind)).filter(|pattern| !pattern.is_empty());
        ApplicationIdentity {
            bundle_id: said(ApplicationKind::BundleId),
            aumid: said(ApplicationKind::Aumid),
            exe: said(ApplicationKind::Exe),
            app_id: said(ApplicationKind::AppId),
            ..ApplicationIdentity::default()
        }
    }
}

/// What was seen and is in neither the organization's lists nor Tessera's own, the last seen first.
pub async fn unknown_applications(app: &App, actor: &Actor, org: OrgId) -> Result<Vec<UnknownApplication>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let seen = tx.seen_applications(org, SHOWN).await?;
    drop(tx);
    let view = standpoint(app, actor, org, LayerName::Org, None).await?;
    let listed = view.applications();
    let is_known = |seen: &UnknownApplication| {
        let identity = seen.identity();
        let mut rules = listed.iter().flat_map(|row| &row.identifiers);
        ApplicationCatalogue::built_in().find(&identity).is_some()
            || rules.any(|rule| rule.matches(&identity))
    };
    let read = seen.into_iter().map(|row| UnknownApplication {
        rules: row.rules.lines().filter_map(|rule| rule.parse().ok()).collect(),
        name: row.name,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
    });
    Ok(read
        .filter(|seen| !seen.rules.is_empty() && !is_known(seen))
        .collect())
}
