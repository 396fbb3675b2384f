//! Where the agent of this person on this machine keeps what it knows.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tessera_ids::OrgId;

use super::{
    lock::Lock,
    storage::{Storage, private_folder, read_file, write_file},
};
use crate::Error;

const LOCAL_FILE: &str = "local.json";
const SMALL_FILE: u64 = 64 * 1024;

/// One agent's folder: `orgs/<org>/` for what an org said, `leaving/<device>/` for devices that still owe
/// their last receipt, and where the running agent listens.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

/// Where the running agent's local API is, and the secret that it wants to hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalAddress {
    /// The port on loopback.
    pub port: u16,
    /// What goes into `Authorization: Bearer`.
    pub token: String,
}

impl Home {
    /// The given folder, or the usual one of this platform (`$XDG_DATA_HOME/tessera` on Linux).
    pub fn find(given: Option<PathBuf>) -> Result<Self, Error> {
        let root = match given {
            Some(path) => path,
            None => directories::ProjectDirs::from("", "", "tessera")
                .ok_or(Error::NoHome)?
                .data_local_dir()
                .join("agent"),
        };
        Ok(Self { root })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The org that this machine is signed in to, if it is.
    pub fn org(&self) -> Result<Option<OrgId>, Error> {
        let orgs = folder_names(&self.root, "orgs").map_err(|e| self.unreadable(e))?;
        Ok(orgs.iter().find_map(|name| name.parse().ok()))
    }

    /// Where one org's state is kept.
    pub(crate) fn org_storage(&self, org: OrgId) -> Storage {
        Storage::on_disk(self.root.join("orgs").join(org.to_string()))
    }

    /// The storages of devices that were removed and whose last receipt is not yet acknowledged.
    pub(crate) fn leaving(&self) -> Result<Vec<Storage>, Error> {
        let names = folder_names(&self.root, "leaving").map_err(|e| self.unreadable(e))?;
        Ok(names.iter().map(|name| self.leaving_storage(name)).collect())
    }

    /// Where a removed device keeps its key and its last receipt.
    pub(crate) fn leaving_storage(&self, device: &str) -> Storage {
        Storage::on_disk(self.root.join("leaving").join(device))
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn create(&self) -> Result<(), Error> {
        private_folder(&self.root).map_err(|e| self.unreadable(e))
    }

    /// Takes the right to be the one agent of this home.
    pub(crate) fn lock_agent(&self) -> Result<Lock, Error> {
        Lock::try_take(&self.root, "agent")
            .map_err(|e| self.unreadable(e))?
            .ok_or_else(|| Error::AlreadyRunning {
                home: self.root.clone(),
            })
    }

    /// Takes the right to sign this home in or out.
    pub(crate) fn lock_sign_in(&self) -> Result<Lock, Error> {
        Lock::try_take(&self.root, "sign-in")
            .map_err(|e| self.unreadable(e))?
            .ok_or_else(|| Error::SigningIn {
                home: self.root.clone(),
            })
    }

    /// Whether an agent runs on this home.
    pub(crate) fn agent_runs(&self) -> bool {
        Lock::is_held(&self.root, "agent")
    }

    /// Where the running agent listens, as it wrote down. Believed only while an agent runs.
    pub fn local_address(&self) -> Option<LocalAddress> {
        if !self.agent_runs() {
            return None;
        }
        let bytes = read_file(&self.root.join(LOCAL_FILE), SMALL_FILE).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes down where this agent listens, unless that is known already.
    pub(crate) fn announce(&self, address: &LocalAddress) -> Result<(), Error> {
        if self.earlier_address().as_ref() == Some(address) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(address).map_err(|e| self.unreadable(e.into()))?;
        write_file(&self.root.join(LOCAL_FILE), &bytes).map_err(|e| self.unreadable(e))
    }

    /// The token of an earlier run, so that programs that hold it need not be told a new one.
    pub(crate) fn earlier_token(&self) -> Option<String> {
        self.earlier_address().map(|address| address.token)
    }

    fn earlier_address(&self) -> Option<LocalAddress> {
        let bytes = read_file(&self.root.join(LOCAL_FILE), SMALL_FILE).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    fn unreadable(&self, source: io::Error) -> Error {
        Error::Home {
            home: self.root.clone(),
            source,
        }
    }
}

fn folder_names(root: &Path, folder: &str) -> io::Result<Vec<String>> {
    Storage::on_disk(root).names(folder)
}
