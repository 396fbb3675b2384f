//! When devices were heard of last, written down many at a time.
//!
//! Thousands of devices may ask within the same second; a transaction for each would hold up what they ask for. A crash
//! loses a few seconds of these notes, which nothing but pages and alerts read.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tessera_domain::Result;
use tessera_ids::{DeviceId, Timestamp};

use crate::App;

/// Devices per transaction.
const AT_ONCE: usize = 2_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    waiting: Mutex<HashMap<DeviceId, Timestamp>>,
}

impl Contacts {
    /// Notes that a device was heard of.
    pub(super) fn note(&self, device: DeviceId, now: Timestamp) {
        self.lock().insert(device, now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Timestamp>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what waits; what could not be written waits on.
pub(crate) async fn write(app: &App) {
    let mut waiting: Vec<_> = std::mem::take(&mut *app.contacts.lock()).into_iter().collect();
    // One order for everybody, so that two replicas with the same devices wait, not deadlock.
    waiting.sort_unstable();
    for some in waiting.chunks(AT_ONCE) {
        if let Err(error) = write_some(app, some).await {
            tracing::debug!(
                internal = error.internal.as_deref(),
                "contacts could not be written yet"
            );
            let mut again = app.contacts.lock();
            for (device, at) in some {
                again.entry(*device).or_insert(*at);
            }
        }
    }
}

async fn write_some(app: &App, contacts: &[(DeviceId, Timestamp)]) -> Result<()> {
    let mut tx = app.store.begin().await?;
    tx.touch_devices(contacts).await?;
    Ok(tx.commit().await?)
}
