//! The end of a device: wipe what the org said, keep only the key that signs the last receipt, deliver that
//! until it is acknowledged, then drop the key. Interrupted at any point, it goes on at the next start.

use std::{io, sync::Arc};

use tessera_ids::{Clock, Entropy};
use tessera_wire::{Digest, Format, KeyStorage, LastReceipt, MachineFacts, Text, Wiped, sign};

use crate::{
    Error,
    ambient::Ambient,
    backoff::Backoff,
    portal::Portal,
    session::{Session, SessionError},
    state::{DeviceKeys, Journal, OrgState, Profile, forget_in_keyring},
};

/// Opens the journal. From here on the wipe is finished, whatever happens.
pub(crate) fn begin(
    state: &OrgState,
    tombstone: Option<Digest>,
    clock: &dyn Clock,
) -> Result<Journal, Error> {
    let counter = state.ledger(clock.now()).counter + 1;
    let journal = Journal { tombstone, counter };
    state.begin_removal(&journal)?;
    Ok(journal)
}

/// Wipes what a journal was opened for, and leaves the last receipt and its key in `leaving`.
pub(crate) fn wipe(
    state: &OrgState,
    leaving: &OrgState,
    journal: &Journal,
    facts: MachineFacts,
    clock: &dyn Clock,
) -> Result<(), Error> {
    if let Some(profile) = state.profile()? {
        let keys = state.keys(&profile)?;
        leaving.enrol(&profile, &keys)?;
        let (keys_wiped, wiped) = (state.wipe_credentials(), state.wipe_settings());
        // A receipt that was already signed is the one to send: its number must not say two things.
        if leaving.last_receipt().is_none() {
            let failed = |wiped: io::Result<()>| wiped.err().map(|error| Text::clip(&error.to_string()));
            let wiped = [
                ("keys", failed(keys_wiped)),
                ("settings", failed(wiped)),
                ("tokens", None),
            ];
            let receipt = last_receipt(&profile, journal, wiped, facts, clock);
            let signed = sign(&receipt, &keys.signing)
                .map_err(|error| Error::state("sign its last receipt", std::io::Error::other(error)))?;
            leaving.keep_last_receipt(signed.json)?;
        }
    }
    state
        .clear()
        .map_err(|error| Error::state("wipe the organization's settings", error))
}

fn last_receipt(
    profile: &Profile,
    journal: &Journal,
    wiped: [(&str, Option<Text<500>>); 3],
    facts: MachineFacts,
    clock: &dyn Clock,
) -> LastReceipt {
    LastReceipt {
        format: Format,
        org: profile.org,
        device: profile.device,
        tombstone: journal.tombstone,
        counter: journal.counter,
        at: clock.now(),
        wiped: wiped
            .map(|(what, failed)| Wiped {
                what: Text::clip(what),
                failed,
            })
            .to_vec(),
        facts,
    }
}

/// A device that is gone but for its last receipt.
#[derive(Debug)]
pub(crate) struct Leaver {
    leaving: Arc<OrgState>,
    profile: Profile,
    session: Session,
    receipt: Vec<u8>,
    ambient: Ambient,
}

impl Leaver {
    /// What still has to be delivered, if anything.
    pub(crate) fn find(
        leaving: Arc<OrgState>,
        http: reqwest::Client,
        ambient: &Ambient,
    ) -> Result<Option<Self>, Error> {
        let Some(profile) = leaving.profile()? else {
            return Ok(None);
        };
        let Some(receipt) = leaving.last_receipt() else {
            return Ok(None);
        };
        let keys: DeviceKeys = leaving.keys(&profile)?;
        let portal = Portal::new(
            profile.server.parse()?,
            profile.http(http),
            Arc::clone(&ambient.timer),
        );
        let clock: Arc<dyn Clock> = Arc::clone(&ambient.clock);
        let entropy: Arc<dyn Entropy> = Arc::clone(&ambient.entropy);
        let session = Session::new(portal, profile.device, Arc::new(keys), clock, entropy);
        let (receipt, ambient) = (receipt.to_vec(), ambient.clone());
        Ok(Some(Self {
            leaving,
            profile,
            session,
            receipt,
            ambient,
        }))
    }

    /// Delivers the receipt, however long that takes.
    pub(crate) async fn deliver(&self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.try_deliver().await {
            tracing::debug!(%error, "the last receipt is kept and sent again");
            self.ambient
                .timer
                .sleep(backoff.next(&*self.ambient.entropy))
                .await;
        }
    }

    /// Tries once. Afterwards nothing of the device is left on this machine.
    pub(crate) async fn try_deliver(&self) -> Result<(), SessionError> {
        match self.session.send_last_receipt(self.receipt.clone()).await {
            // A portal that does not know the device has nothing to acknowledge.
            Ok(()) | Err(SessionError::Unknown(_)) => {}
            Err(SessionError::Portal(error)) if !error.is_passing() => {
                tracing::warn!(%error, "the portal does not take this device's last receipt");
            }
            Err(error) => return Err(error),
        }
        self.drop_key();
        Ok(())
    }

    fn drop_key(&self) {
        if self.profile.key_storage == KeyStorage::Keyring {
            forget_in_keyring(&self.profile.device.to_string());
        }
        if let Err(error) = self.leaving.clear() {
            tracing::warn!(%error, "the key of a removed device stays on the disk");
        }
    }
}
