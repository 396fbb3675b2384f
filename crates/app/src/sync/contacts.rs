//! Who was heard of, written many at a time: after a restart thousands of devices come back within seconds, and none of them
//! shall wait for a transaction of its own.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tessera_ids::{DeviceId, Timestamp};
use tessera_store::Result;

use crate::App;

/// Contacts that nobody has written yet, and whose turn it is to write them.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    waiting: Mutex<BTreeMap<DeviceId, Timestamp>>,
    turn: tokio::sync::Mutex<()>,
}

impl Contacts {
    /// Notes one. It is written when this returns: by this task, with all that gathered while it waited for its turn, or by
    /// the one before.
    pub(crate) async fn note(&self, app: &App, device: DeviceId, at: Timestamp) -> Result<()> {
        self.waiting().insert(device, at);
        let _turn = self.turn.lock().await;
        let gathered = std::mem::take(&mut *self.waiting());
        if gathered.is_empty() {
            return Ok(());
        }
        let gathered: Vec<_> = gathered.into_iter().collect();
        let mut tx = app.store.begin().await?;
        tx.touch_devices(&gathered).await?;
        tx.commit().await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<DeviceId, Timestamp>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
