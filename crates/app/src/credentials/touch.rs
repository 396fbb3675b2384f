//! Who must be told of a key's change: devices that have it, or shall.

use tessera_domain::{Result, credential::Delivery};

use super::CredentialView;
use crate::{Change, Topic, sync::move_devices};

/// Tells devices and pages. A key that stays on the server changes nothing for any device.
pub(crate) async fn announce(change: &mut Change<'_>, touched: &[CredentialView]) -> Result<()> {
    change.touch(Topic::Credentials);
    if touched.iter().all(|view| view.delivery == Delivery::Relayed) {
        return Ok(());
    }
    let (org, revision) = (change.org().id, change.org().revision);
    let began = change.tx().note_teams_with_credentials(org).await?;
    // Who has a team's key gets another manifest than who has not, so teams with keys part audiences.
    if began > 0 && move_devices(change).await? {
        change.raise_audience_epoch().await?;
    }
    change.take_serial(revision).await?;
    change.touch(Topic::Devices);
    Ok(())
}
