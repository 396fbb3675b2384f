//! What a rollout's page shows of its stages.

use std::collections::BTreeMap;

use tessera_domain::{Result, Right, TeamName};
use tessera_ids::{OrgId, TeamId};
use tessera_store::StagedRollout;

use crate::{Actor, App, access};

/// A rollout with how far each of its stages has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// It.
    pub rollout: StagedRollout,
    /// Its stages. Without counts once it has ended: then nobody is in a wave any more.
    pub stages: Vec<StageView>,
    /// The teams that it names and that are still there.
    pub teams: BTreeMap<TeamId, TeamName>,
    /// Whether it can be rolled back: it is under way, or nothing was saved since it finished.
    pub undoable: bool,
}

/// One stage with its devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageView {
    /// The devices that it adds.
    pub devices: u64,
    /// Those that have the revision.
    pub applied: u64,
    /// Those that could not apply it.
    pub failed: u64,
}

/// The rollout that a revision belongs to; none for one that went to everybody at once.
pub async fn staged(app: &App, actor: &Actor, org: OrgId, revision: u64) -> Result<Option<Staged>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::ManageDevices).await?;
    let Some(rollout) = tx.rollout_of(org, revision).await? else {
        return Ok(None);
    };
    let newest = tx.org(org).await?.map_or(0, |row| row.revision);
    let mut stages = vec![StageView::default(); rollout.plan.stages().len()];
    if rollout.state.released().is_some() {
        for counted in tx.rollout_waves(org, newest, app.clock.now()).await? {
            let index = usize::try_from(counted.wave)
                .ok()
                .and_then(|wave| wave.checked_sub(1));
            if let Some(stage) = index.and_then(|index| stages.get_mut(index)) {
                *stage = StageView {
                    devices: counted.devices,
                    applied: counted.applied,
                    failed: counted.failed,
                };
            }
        }
    }
    let mut teams = BTreeMap::new();
    for id in rollout.plan.teams() {
        if let Some(team) = tx.team(org, id).await? {
            teams.insert(id, team.name);
        }
    }
    Ok(Some(Staged {
        undoable: super::roll_back::is_undoable(&rollout, newest),
        rollout,
        stages,
        teams,
    }))
}

/// The rollout that is under way, for who sees settings.
pub async fn under_way(app: &App, actor: &Actor, org: OrgId) -> Result<Option<StagedRollout>> {
    let mut tx = app.store.read().await?;
    access::require(&mut tx, actor, org, Right::SeeSettings).await?;
    Ok(tx.rollout_under_way(org).await?)
}
