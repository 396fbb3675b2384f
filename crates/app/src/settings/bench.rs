//! The test bench: asks the device's own guard about a page or an application, over the layers that a device gets.

use tessera_domain::{Error, Result, Right};
use tessera_ids::{AccountId, OrgId, TeamId};
use tessera_policy::{Guard, LayerName, Subject, Verdict};

use super::{mine, snapshot::Snapshot};
use crate::{Actor, App, access};

/// For whose devices something is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// A member of no team.
    #[default]
    Everybody,
    /// A member of this team alone.
    Team(TeamId),
    /// This member.
    Member(AccountId),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The revision that was asked.
    pub revision: u64,
    /// What a device at that revision answers.
    pub verdict: Verdict,
}

/// Asks what a device answers. What its member added on the machine itself is not known here.
///
/// # Errors
/// *Not found* for a team or a member that is none.
pub async fn try_out(app: &App, actor: &Actor, org: OrgId, whom: Whom, subject: Subject) -> Result<Tried> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    let (revision, layers) = match whom {
        Whom::Member(account) => {
            if tx.membership(org, account).await?.is_none() {
                return Err(Error::not_found("member"));
            }
            let theirs = mine::for_member(app, &mut tx, org, account).await?;
            (theirs.revision, theirs.layers)
        }
        Whom::Everybody => {
            let snapshot = Snapshot::load(&mut tx, &app.lists, org, None).await?;
            (snapshot.revision, vec![snapshot.layer(LayerName::Org)])
        }
        Whom::Team(team) => {
            if tx.team(org, team).await?.is_none() {
                return Err(Error::not_found("team"));
            }
            let snapshot = Snapshot::load(&mut tx, &app.lists, org, None).await?;
            let layers = [LayerName::Org, LayerName::Team(team)].map(|name| snapshot.layer(name));
            (snapshot.revision, layers.to_vec())
        }
    };
    drop(tx);
    // A list of 100,000 websites takes a moment to build an index of.
    let asked = tokio::task::spawn_blocking(move || Guard::from_layers(&layers).decide(&subject));
    let verdict = asked.await.map_err(Error::internal)?;
    Ok(Tried { revision, verdict })
}
