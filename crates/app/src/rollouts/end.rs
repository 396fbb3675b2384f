//! The end of a rollout: everybody gets the newest, and nobody is in a wave any more.

use std::collections::BTreeSet;

use tessera_domain::{Error, Result};
use tessera_ids::TeamId;
use tessera_policy::LayerName;
use tessera_store::StagedRollout;

use crate::{Change, settings::Tree, sync};

/// Writes down that a rollout has ended, and issues the newest revision to everybody.
pub(super) async fn end(change: &mut Change<'_>, rollout: &StagedRollout) -> Result<()> {
    change.tx().set_rollout(rollout).await?;
    let (org, revision) = (change.org().id, change.org().revision);
    let tree = tree_at(change, revision).await?;
    settle(change, &tree).await?;
    change.take_serial(revision).await?;
    super::touch(change);
    tracing::info!(%org, revision, state = rollout.state.as_str(), "a rollout ended");
    Ok(())
}

/// Places every device by what holds now: by the teams that carry settings in the newest tree, or in the
/// baseline of the rollout that is under way, and by its waves. The caller takes the serial afterwards.
pub(crate) async fn settle(change: &mut Change<'_>, newest: &Tree) -> Result<()> {
    let org = change.org().id;
    let mut carrying = teams_in(newest);
    let mut tightened = newest.tightened();
    if let Some(rollout) = change.tx().rollout_under_way(org).await? {
        // Who waits must not lose what a team said, although the newest revision does not say it any more.
        let baseline = tree_at(change, rollout.baseline).await?;
        carrying.extend(teams_in(&baseline));
        tightened.extend(baseline.tightened());
    }
    let carrying: Vec<TeamId> = carrying.into_iter().collect();
    change.tx().set_teams_with_settings(org, &carrying).await?;
    change.tx().set_tightened(org, &tightened).await?;
    sync::move_devices(change).await?;
    // Also when nobody moved: what a wave gets has changed.
    change.raise_audience_epoch().await
}

fn teams_in(tree: &Tree) -> BTreeSet<TeamId> {
    let teams = tree.layers().iter().filter_map(|layer| match layer.layer {
        LayerName::Team(team) => Some(team),
        _ => None,
    });
    teams.collect()
}

async fn tree_at(change: &mut Change<'_>, revision: u64) -> Result<Tree> {
    if revision == 0 {
        return Ok(Tree::default());
    }
    let org = change.org().id;
    let row = change.tx().revision(org, revision).await?;
    let row = row.ok_or_else(|| Error::internal(format!("revision {revision} is missing")))?;
    Tree::from_bytes(&row.tree)
}
