//! Review before saving: what would change, whom it touches, and what they lose. Changes nothing.

use tessera_domain::{Error, Result, Right};
use tessera_ids::OrgId;
use tessera_policy::{Edit, Layer, LayerName, Plan, Side, apply, permitted, plan};

use super::load;
use crate::{Actor, App, models};

/// What saving would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The revision that the changes are against.
    pub revision: u64,
    /// What would change, in sentences, with what one should know before.
    pub plan: Plan,
    /// Members that the layer speaks to.
    pub members: u64,
    /// Their devices that receive settings.
    pub devices: u64,
}

/// Says what saving these edits would do.
pub async fn review(
    app: &App,
    actor: &Actor,
    org: OrgId,
    layer: LayerName,
    edits: &[Edit],
) -> Result<Review> {
    permitted(layer, edits).map_err(Error::invalid_fields)?;
    let base = load(app, actor, org, Right::ChangeSettings, None).await?;
    if !base.exists(app, org, layer).await? {
        return Err(Error::not_found("team"));
    }
    let edits = models::complete(app, org, &base, layer, edits).await?;
    let before = base.layer(layer);
    let (document, websites) =
        apply(&before.document, &before.websites, &edits).map_err(Error::invalid_fields)?;
    let after = Layer {
        name: layer,
        document,
        websites,
    };
    models::refuse_broken_defaults(app, org, &base, &after).await?;
    let plan = plan(
        Side {
            document: &before.document,
            websites: &before.websites,
        },
        Side {
            document: &after.document,
            websites: &after.websites,
        },
    );
    let mut tx = app.store.read().await?;
    let reach = match layer {
        LayerName::Team(team) => tx.reach_of(org, &[team], &[]).await?,
        LayerName::Tightened(account) => tx.reach_of(org, &[], &[account]).await?,
        LayerName::BuiltIn | LayerName::Org | LayerName::Member => tx.reach(org, None).await?,
    };
    Ok(Review {
        revision: base.revision,
        plan,
        members: reach.members,
        devices: reach.devices,
    })
}
