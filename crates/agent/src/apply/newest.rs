//! The one offer that is worth looking at.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::bus::Offer;

/// The newest offer that nobody has looked at. An older one that was not begun is not worth beginning.
#[derive(Default)]
pub(super) struct Newest {
    offer: Mutex<Option<Arc<Offer>>>,
    ready: Notify,
}

impl Newest {
    pub(super) fn put(&self, offer: Arc<Offer>) {
        *self.offer.lock().unwrap_or_else(PoisonError::into_inner) = Some(offer);
        self.ready.notify_one();
    }

    pub(super) async fn take(&self) -> Arc<Offer> {
        loop {
            if let Some(offer) = self.offer.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return offer;
            }
            self.ready.notified().await;
        }
    }

    /// Completes when an offer waits. Leaves it there.
    pub(super) async fn arrived(&self) {
        loop {
            if self
                .offer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some()
            {
                return;
            }
            self.ready.notified().await;
        }
    }
}
