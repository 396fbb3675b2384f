//! How a life with one org ends: wiped, and said so.

use std::{sync::Arc, time::Duration};

use tessera_wire::{Tombstone, Verified};
use tokio::sync::oneshot;

use super::Life;
use crate::{
    agent::{Place, SignedOut},
    departure::{self, Leaver},
    device::Device,
    enforcement::InForce,
    state::OrgState,
    timer::within,
};

/// How long signing out waits for the portal before it is left to the background.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(5);

impl Life {
    pub(super) async fn remove(
        &mut self,
        device: &Arc<Device>,
        tombstone: Option<Arc<Verified<Tombstone>>>,
        asked: Option<oneshot::Sender<SignedOut>>,
    ) {
        let leaving = self.leaving_state(&device.profile.device.to_string());
        let digest = tombstone.map(|tombstone| tombstone.payload_digest());
        self.shared.enforcement.set(InForce::Closed);
        self.shared.keys.clear();
        self.shared.enforcement.set_purges(None);
        let place = Arc::clone(&leaving);
        let wiped = device.work(move |device| {
            let clock = &*device.ambient.clock;
            let journal = departure::begin(&device.state, digest, clock)?;
            departure::wipe(&device.state, &place, &journal, device.facts.clone(), clock)
        });
        let alarm = wiped.await.err().map(|error| error.to_string());
        self.note(|status| status.removed(alarm));
        let delivered = self.say_goodbye(leaving).await;
        if let Some(asked) = asked {
            let _ = asked.send(if delivered {
                SignedOut::Acknowledged
            } else {
                SignedOut::Wiped
            });
        }
    }

    /// Tries to deliver the last receipt now; what fails goes on beside whatever comes next.
    async fn say_goodbye(&self, leaving: Arc<OrgState>) -> bool {
        let ambient = &self.config.ambient;
        if let Some(Err(error)) = self.config.ca.as_ref().map(|ca| leaving.keep_portal_ca(ca)) {
            tracing::warn!(%error, "the authority behind the portal's certificate cannot be kept");
        }
        let leaver = match Leaver::find(leaving, self.config.http.clone(), ambient) {
            Ok(Some(leaver)) => leaver,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "the last receipt cannot be sent");
                return false;
            }
        };
        if let Ok(Ok(())) = within(&*ambient.timer, SIGN_OUT_PATIENCE, leaver.try_deliver()).await {
            return true;
        }
        let stop = self.shared.stop.clone();
        self.leavers.spawn(async move {
            stop.run_until_cancelled(leaver.deliver()).await;
        });
        false
    }

    pub(super) async fn deliver_what_is_owed(&self) {
        let Place::Home(home) = &self.config.place else {
            return;
        };
        for storage in home.leaving().unwrap_or_default() {
            self.say_goodbye(Arc::new(OrgState::new(storage, Arc::clone(&self.config.commons))))
                .await;
        }
    }
}
