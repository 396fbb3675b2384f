//! A small disk of its own, which can be filled to the last byte and emptied again. Linux, as root.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// What a full disk is filled with.
const BALLAST: &str = "ballast";

/// A mounted disk. It goes when this is dropped, with all that is on it.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one of this many mebibytes; nothing where this user may not mount.
    ///
    /// # Errors
    /// When it cannot be had and nothing may be skipped (`TESSERA_TEST_ALL`).
    pub fn mount(mebibytes: u32) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("tessera-disk-").tempdir()?;
        let size = format!("size={mebibytes}m");
        let tried = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output();
        if tried.as_ref().is_ok_and(|done| done.status.success()) {
            return Ok(Some(Self { folder }));
        }
        if std::env::var_os("TESSERA_TEST_ALL").is_some() {
            bail!("nothing may be skipped, and no disk can be mounted: {tried:?}");
        }
        Ok(None)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it to the last byte.
    pub fn fill(&self) -> anyhow::Result<()> {
        let path = self.folder.path().join(BALLAST);
        let mut ballast = File::options().create(true).append(true).open(path)?;
        for size in [1 << 20, 4_096, 1] {
            let block = vec![7_u8; size];
            loop {
                match ballast.write(&block) {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error).context("the disk can be filled"),
                }
            }
        }
        Ok(())
    }

    /// Gives back all that [`SmallDisk::fill`] took.
    pub fn free(&self) -> anyhow::Result<()> {
        fs::remove_file(self.folder.path().join(BALLAST)).context("the disk was filled")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}
