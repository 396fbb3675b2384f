//! What an org said to this device, as it lies on the disk. Nothing read here is believed before its signature
//! or its digest was checked; nothing is replaced before what replaces it lies whole beside it.

use std::{io, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tessera_ids::Timestamp;
use tessera_wire::{
    Digest, EnvelopeError, KeyStorage, Manifest, Name, OrgVerifyingKey, Verified, limits, verify,
};

use super::{
    keyring,
    ledger::Ledger,
    profile::{DeviceKeys, Profile},
    storage::Storage,
};
use crate::{Error, commons::Commons, http::PortalCa, purges::PurgeOrders};

const PROFILE: &str = "device.json";
const KEYS: &str = "device.keys";
const MANIFEST: &str = "manifest.json";
const LEDGER: &str = "ledger.json";
const REMOVAL: &str = "removal.json";
const LAST_RECEIPT: &str = "last-receipt.json";
const BLOBS: &str = "blobs";
const CREDENTIALS: &str = "credentials";
const PURGES: &str = "purges.json";
const SMALL_FILE: u64 = 1024 * 1024;
/// Thousands of orders with a thousand rules each.
const PURGES_FILE: u64 = 256 * 1024 * 1024;

/// One org's folder, or its likeness in memory.
#[derive(Debug)]
pub(crate) struct OrgState {
    storage: Storage,
    commons: Arc<Commons>,
}

/// What a removal must know to be finished after an interruption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Journal {
    /// The digest of the tombstone's payload; none where the member signed out on the machine itself.
    pub(crate) tombstone: Option<Digest>,
    /// The last receipt's counter.
    pub(crate) counter: u64,
}

/// A manifest read back from the disk, with the envelope it came in.
#[derive(Debug)]
pub(crate) struct StoredManifest {
    pub(crate) envelope: Arc<[u8]>,
    pub(crate) manifest: Verified<Manifest>,
}

impl OrgState {
    pub(crate) fn new(storage: Storage, commons: Arc<Commons>) -> Self {
        Self { storage, commons }
    }

    /// Removes what an interrupted writer left; for the one process that writes.
    pub(crate) fn sweep(&self) -> Result<(), Error> {
        self.storage
            .sweep()
            .map_err(|e| Error::state("tidy its folder", e))
    }

    /// Who this device is; `None` before it is enrolled.
    pub(crate) fn profile(&self) -> Result<Option<Profile>, Error> {
        self.read_json(PROFILE)
    }

    /// Writes down who this device is, keys first: a profile without its keys would be of no use.
    pub(crate) fn enrol(&self, profile: &Profile, keys: &DeviceKeys) -> Result<(), Error> {
        if profile.key_storage == KeyStorage::File {
            self.write(KEYS, keys.to_bytes().as_slice().into())?;
        }
        self.write_json(PROFILE, profile)
    }

    /// Keeps the authority that vouches for the portal's certificate; for a state that holds a device.
    pub(crate) fn keep_portal_ca(&self, ca: &PortalCa) -> Result<(), Error> {
        match self.profile()? {
            Some(profile) if profile.portal_ca.as_ref() != Some(ca) => self.write_json(
                PROFILE,
                &Profile {
                    portal_ca: Some(ca.clone()),
                    ..profile
                },
            ),
            Some(_) | None => Ok(()),
        }
    }

    /// This device's keys.
    pub(crate) fn keys(&self, profile: &Profile) -> Result<DeviceKeys, Error> {
        let bytes = match profile.key_storage {
            KeyStorage::Keyring => keyring::recall(&profile.device.to_string()),
            KeyStorage::File | KeyStorage::Unknown => {
                self.read(KEYS, SMALL_FILE)?.map(|bytes| bytes.to_vec().into())
            }
        };
        bytes
            .and_then(|bytes| DeviceKeys::from_bytes(&bytes))
            .filter(|keys| profile.keys_digest.is_none_or(|known| known == keys.digest()))
            .ok_or(Error::KeysLost {
                storage: profile.key_storage.as_str(),
            })
    }

    /// The stored manifest, if there is one that this key signed.
    pub(crate) fn manifest(&self, key: &OrgVerifyingKey) -> Result<Option<StoredManifest>, Unusable> {
        let limit = u64::try_from(limits::ENVELOPE_BYTES).unwrap_or(u64::MAX);
        let Some(envelope) = self.storage.read(MANIFEST, limit).map_err(Unusable::Disk)? else {
            return Ok(None);
        };
        let manifest = verify(&envelope, key).map_err(Unusable::Manifest)?;
        Ok(Some(StoredManifest { envelope, manifest }))
    }

    /// Makes this the stored manifest.
    pub(crate) fn keep_manifest(&self, envelope: Arc<[u8]>) -> Result<(), Error> {
        self.write(MANIFEST, envelope)
    }

    /// A blob's bytes, if they are here and are what their name says.
    pub(crate) fn blob(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        let limit = u64::try_from(limits::BLOB_BYTES).unwrap_or(u64::MAX);
        let bytes = self.storage.read(&blob_name(digest), limit).ok()??;
        match &self.storage {
            // In memory nothing can have changed since the digest was checked on the way in.
            Storage::Memory(_) => Some(bytes),
            Storage::Disk(_) => (Digest::of(&bytes) == *digest).then_some(bytes),
        }
    }

    /// Keeps a blob whose digest the caller has checked.
    pub(crate) fn keep_blob(&self, digest: &Digest, bytes: Arc<[u8]>) -> Result<(), Error> {
        let bytes = match &self.storage {
            Storage::Memory(_) => self.commons.share_blob(digest, bytes),
            Storage::Disk(_) => bytes,
        };
        self.write(&blob_name(digest), bytes)
    }

    /// Removes every blob that is not among the named ones.
    pub(crate) fn drop_other_blobs(&self, kept: impl Fn(&Digest) -> bool) -> Result<(), Error> {
        let names = self
            .storage
            .names(BLOBS)
            .map_err(|e| Error::state("list its blobs", e))?;
        for name in names {
            if !name.parse().is_ok_and(|digest| kept(&digest)) {
                self.remove(&format!("{BLOBS}/{name}"))?;
            }
        }
        Ok(())
    }

    /// An envelope with a sealed key, if it is here. Nothing of it has been checked.
    pub(crate) fn credential(&self, name: &Name) -> Option<Arc<[u8]>> {
        let limit = u64::try_from(limits::ENVELOPE_BYTES).unwrap_or(u64::MAX);
        self.storage.read(&credential_name(name), limit).ok().flatten()
    }

    /// Keeps an envelope with a sealed key. Only the device's own key opens it, so it lies as safe as that does.
    pub(crate) fn keep_credential(&self, name: &Name, envelope: Vec<u8>) -> Result<(), Error> {
        self.write(&credential_name(name), envelope.into())
    }

    /// Removes every key that is not among the named ones.
    pub(crate) fn drop_other_credentials(&self, kept: impl Fn(&Name) -> bool) -> Result<(), Error> {
        let names = self
            .storage
            .names(CREDENTIALS)
            .map_err(|e| Error::state("list its keys", e))?;
        for name in names {
            if !name.parse().is_ok_and(|credential| kept(&credential)) {
                self.remove(&format!("{CREDENTIALS}/{name}"))?;
            }
        }
        Ok(())
    }

    /// The ledger; one that cannot be read begins anew beyond every number it can have used.
    pub(crate) fn ledger(&self, now: Timestamp) -> Ledger {
        match self.read_json(LEDGER) {
            Ok(Some(ledger)) => ledger,
            Ok(None) if !self.storage.contains(MANIFEST) => Ledger::default(),
            Ok(None) | Err(_) => Ledger::after_loss(now),
        }
    }

    /// Replaces the ledger.
    pub(crate) fn keep_ledger(&self, ledger: &Ledger) -> Result<(), Error> {
        self.write_json(LEDGER, ledger)
    }

    /// Orders to forget something; none when they cannot be read, since they then come again.
    pub(crate) fn purges(&self) -> PurgeOrders {
        let read = self.read(PURGES, PURGES_FILE).ok().flatten();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Replaces the orders to forget something.
    pub(crate) fn keep_purges(&self, orders: &PurgeOrders) -> Result<(), Error> {
        self.write_json(PURGES, orders)
    }

    /// Opens the journal of a removal: from here on it is finished, whatever happens in between.
    pub(crate) fn begin_removal(&self, journal: &Journal) -> Result<(), Error> {
        self.write_json(REMOVAL, journal)
    }

    /// A removal that was begun. A journal that cannot be read is one too.
    pub(crate) fn removal(&self) -> Option<Journal> {
        self.storage
            .contains(REMOVAL)
            .then(|| self.read_json(REMOVAL).ok().flatten().unwrap_or_default())
    }

    /// Keeps the last receipt's envelope.
    pub(crate) fn keep_last_receipt(&self, envelope: Vec<u8>) -> Result<(), Error> {
        self.write(LAST_RECEIPT, envelope.into())
    }

    /// The last receipt's envelope, if it was written.
    pub(crate) fn last_receipt(&self) -> Option<Arc<[u8]>> {
        self.read(LAST_RECEIPT, SMALL_FILE).ok().flatten()
    }

    /// Wipes the org's keys.
    pub(crate) fn wipe_credentials(&self) -> io::Result<()> {
        for name in self.storage.names(CREDENTIALS)? {
            self.storage.remove(&format!("{CREDENTIALS}/{name}"))?;
        }
        Ok(())
    }

    /// Wipes what the org said. The journal and the profile go last, so that an interrupted wipe goes on.
    pub(crate) fn wipe_settings(&self) -> io::Result<()> {
        self.storage.remove(MANIFEST)?;
        for name in self.storage.names(BLOBS)? {
            self.storage.remove(&format!("{BLOBS}/{name}"))?;
        }
        self.storage.remove(PURGES)?;
        self.storage.remove(LEDGER)
    }

    /// Removes the folder itself.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.storage.clear()
    }

    fn read(&self, name: &str, limit: u64) -> Result<Option<Arc<[u8]>>, Error> {
        self.storage
            .read(name, limit)
            .map_err(|e| Error::state(format!("read {name}"), e))
    }

    fn write(&self, name: &str, bytes: Arc<[u8]>) -> Result<(), Error> {
        self.storage
            .write(name, bytes)
            .map_err(|e| Error::state(format!("write {name}"), e))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.storage
            .remove(name)
            .map_err(|e| Error::state(format!("remove {name}"), e))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.read(name, SMALL_FILE)? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some)
            .map_err(|e| Error::state(format!("read {name}"), e.into()))
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|e| Error::state(format!("write {name}"), e.into()))?;
        self.write(name, bytes.into())
    }
}

/// Why what lies on the disk is not enforced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// It cannot be read.
    #[error("the stored settings cannot be read: {0}")]
    Disk(io::Error),
    /// It is not what the org signed.
    #[error("the stored settings are not what the organization signed: {0}")]
    Manifest(EnvelopeError),
    /// It was signed for another org.
    #[error("the stored settings are another organization's")]
    Foreign,
    /// Something newer was in force before.
    #[error("the stored settings are older than those that were in force before")]
    RolledBack,
    /// Something was in force before.
    #[error("the stored settings are gone")]
    Lost,
    /// A part is missing, damaged, or cannot be understood.
    #[error("a part of the stored settings cannot be used: {0}")]
    Part(String),
}

fn credential_name(name: &Name) -> String {
    format!("{CREDENTIALS}/{name}")
}

fn blob_name(digest: &Digest) -> String {
    format!("{BLOBS}/{digest}")
}
