//! Small disks of their own: one can be filled to the last byte and emptied again, one gives up in the middle of everything and
//! can be repaired. Linux, as root.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use tempfile::{NamedTempFile, TempDir};

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
        refused(&format!("{tried:?}"))?;
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

/// A disk with a real file system, which turns read-only as one does whose hardware fails. It goes when this is dropped.
#[derive(Debug)]
pub struct AilingDisk {
    image: NamedTempFile,
    folder: TempDir,
}

impl AilingDisk {
    /// Mounts one of this many mebibytes; nothing where this user may not mount, or has no such file system.
    ///
    /// # Errors
    /// When it cannot be had and nothing may be skipped (`TESSERA_TEST_ALL`).
    pub fn mount(mebibytes: u64) -> anyhow::Result<Option<Self>> {
        let image = tempfile::Builder::new().prefix("tessera-image-").tempfile()?;
        image.as_file().set_len(mebibytes << 20)?;
        let folder = tempfile::Builder::new().prefix("tessera-disk-").tempdir()?;
        let disk = Self { image, folder };
        let made = done(Command::new("mkfs.ext4").arg("-q").arg(disk.image.path()));
        let made = made.and_then(|()| disk.attach());
        match made {
            Ok(()) => Ok(Some(disk)),
            Err(error) => {
                refused(&format!("{error:#}"))?;
                Ok(None)
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Refuses every write from now on, also to files that are open.
    pub fn give_up(&self) -> anyhow::Result<()> {
        done(
            Command::new("mount")
                .args(["-o", "remount,abort"])
                .arg(self.path()),
        )
    }

    /// Repairs it, as an operator does who has stopped everything that had a file open there.
    pub fn repair(&self) -> anyhow::Result<()> {
        done(Command::new("umount").arg(self.path()))?;
        // It answers with 1 after it has mended something.
        let checked = Command::new("e2fsck").arg("-p").arg(self.image.path()).output()?;
        anyhow::ensure!(matches!(checked.status.code(), Some(0 | 1)), "{checked:?}");
        self.attach()
    }

    fn attach(&self) -> anyhow::Result<()> {
        let (image, folder) = (self.image.path(), self.path());
        done(Command::new("mount").args(["-o", "loop"]).arg(image).arg(folder))
    }
}

impl Drop for AilingDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    anyhow::ensure!(output.status.success(), "{command:?}: {output:?}");
    Ok(())
}

/// Fails where nothing may be skipped.
fn refused(why: &str) -> anyhow::Result<()> {
    if std::env::var_os("TESSERA_TEST_ALL").is_some() {
        bail!("nothing may be skipped, and no disk can be mounted: {why}");
    }
    Ok(())
}
