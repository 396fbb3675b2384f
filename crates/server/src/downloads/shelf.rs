//! What is there to download: files that the operator put into one folder, and the server's own program for its own
//! platform. Hashed when first asked for, and again when a file changes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use tessera_domain::{Error, Result};
use tokio::sync::Mutex;

use super::target::{System, Target};

/// Bytes that are hashed at a time.
const PIECE: usize = 256 * 1024;

/// The folder, the server's own program, and what is known of their contents.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    own: Option<PathBuf>,
    known: Mutex<HashMap<PathBuf, (Stamp, String)>>,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

/// A file that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// For which machines.
    pub target: &'static Target,
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub length: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
}

impl Shelf {
    /// A shelf of this folder, which need not exist, and of this program for the server's own platform.
    pub fn new(folder: PathBuf, own: Option<PathBuf>) -> Self {
        Self {
            folder,
            own,
            known: Mutex::default(),
        }
    }

    /// Where a target's file is, if there is one. The operator's file comes before the server's own program.
    pub fn find(&self, target: &Target) -> Option<PathBuf> {
        let own = || {
            self.own
                .clone()
                .filter(|path| Target::own() == Some(target) && path.is_file())
        };
        inside(&self.folder, target.file).or_else(own)
    }

    /// Whether there is anything for this system.
    pub fn has(&self, system: System) -> bool {
        system.targets().any(|target| self.find(target).is_some())
    }

    /// A target's file with its hash.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub async fn offer(&self, target: &'static Target) -> Result<Option<Offered>> {
        let Some(path) = self.find(target) else {
            return Ok(None);
        };
        let stamp = stamp(&path).map_err(Error::unavailable)?;
        // One at a time: strangers may ask, and hashing keeps a core busy.
        let mut known = self.known.lock().await;
        let seen = known.get(&path).filter(|(seen, _)| *seen == stamp);
        let sha256 = if let Some((_, sha256)) = seen {
            sha256.clone()
        } else {
            let hashed = path.clone();
            let sha256 = tokio::task::spawn_blocking(move || hash(&hashed)).await;
            let sha256 = sha256.map_err(Error::internal)?.map_err(Error::unavailable)?;
            known.insert(path.clone(), (stamp, sha256.clone()));
            sha256
        };
        Ok(Some(Offered {
            target,
            path,
            length: stamp.length,
            sha256,
        }))
    }

    /// Everything that is offered.
    ///
    /// # Errors
    /// When something is there and cannot be read.
    pub async fn offers(&self) -> Result<Vec<Offered>> {
        let mut offers = Vec::new();
        for target in &Target::ALL {
            offers.extend(self.offer(target).await?);
        }
        Ok(offers)
    }
}

/// A file in the folder itself. What a link leads out of it to is nobody's to download.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(name).canonicalize().ok()?;
    (path.starts_with(&folder) && path.is_file()).then_some(path)
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    Ok(Stamp {
        length: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
    }
    Ok(digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_hashed_anew_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().to_owned(), None);
        let target = &Target::ALL[0];
        assert_eq!(shelf.offer(target).await.unwrap(), None);
        std::fs::write(folder.path().join(target.file), "one").unwrap();
        let first = shelf.offer(target).await.unwrap().unwrap();
        assert_eq!(
            (first.length, first.sha256.as_str()),
            (
                3,
                "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
            )
        );
        std::fs::write(folder.path().join(target.file), "another").unwrap();
        let second = shelf.offer(target).await.unwrap().unwrap();
        assert_eq!(second.length, 7);
        assert_ne!(second.sha256, first.sha256);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_leads_nowhere() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = outside.path().join("master.key");
        std::fs::write(&secret, "secret").unwrap();
        let shelf = Shelf::new(folder.path().to_owned(), None);
        let [out, within, ..] = &Target::ALL;
        std::os::unix::fs::symlink(&secret, folder.path().join(out.file)).unwrap();
        assert_eq!(shelf.find(out), None);
        // One build under another name is fine: it stays in the folder.
        std::fs::write(folder.path().join("build-7"), "x").unwrap();
        std::os::unix::fs::symlink("build-7", folder.path().join(within.file)).unwrap();
        assert!(shelf.find(within).is_some());
    }

    #[test]
    fn the_servers_own_program_is_for_its_own_platform_and_gives_way() {
        let (folder, program) = (
            tempfile::tempdir().unwrap(),
            tempfile::NamedTempFile::new().unwrap(),
        );
        let Some(own) = Target::own() else { return };
        let shelf = Shelf::new(folder.path().to_owned(), Some(program.path().to_owned()));
        assert_eq!(shelf.find(own).as_deref(), Some(program.path()));
        let others = Target::ALL.iter().filter(|target| *target != own);
        assert!(others.into_iter().all(|target| shelf.find(target).is_none()));
        std::fs::write(folder.path().join(own.file), "x").unwrap();
        assert_ne!(shelf.find(own).as_deref(), Some(program.path()));
    }
}
