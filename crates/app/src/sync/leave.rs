//! A device that is asked to sign out asks whether it may.

use tessera_domain::Result;
use tessera_wire::LeaveAnswer;

use super::DeviceActor;
use crate::{App, devices};

/// Whether the device's member may sign it out, and whom to ask otherwise.
pub async fn may_leave(app: &App, device: &DeviceActor) -> Result<LeaveAnswer> {
    device.require_sync()?;
    devices::may_leave(app, device).await
}
