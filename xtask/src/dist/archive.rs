//! Archives that come out the same from the same files: one owner, one time, in the order that is given.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::Context as _;
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

/// The mode of a program.
pub(super) const PROGRAM: u32 = 0o755;
/// The mode of a text.
pub(super) const TEXT: u32 = 0o644;

/// One file.
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    pub(super) mode: u32,
}

impl Entry {
    /// A file that is read from the disk.
    pub(super) fn file(path: impl Into<String>, from: &Path, mode: u32) -> anyhow::Result<Self> {
        let content = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
        Ok(Self::made(path, content, mode))
    }

    /// A file with this content.
    pub(super) fn made(path: impl Into<String>, content: impl Into<Vec<u8>>, mode: u32) -> Self {
        Self {
            path: path.into(),
            content: content.into(),
            mode,
        }
    }

    /// The same in a folder.
    pub(super) fn below(self, folder: &str) -> Self {
        Self {
            path: format!("{folder}/{}", self.path),
            ..self
        }
    }

    /// The same, packed by gzip.
    pub(super) fn packed(self) -> anyhow::Result<Self> {
        Ok(Self {
            path: format!("{}.gz", self.path),
            content: gz(&self.content)?,
            ..self
        })
    }
}

/// A `.tar.gz` of these files and of the folders that they are in.
pub(super) fn tar_gz(entries: &[Entry], at: u64) -> anyhow::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut folders = BTreeSet::new();
    for entry in entries {
        let parts: Vec<&str> = entry.path.split('/').collect();
        for depth in 1..parts.len() {
            let folder = parts[..depth].join("/") + "/";
            if folders.insert(folder.clone()) {
                let header = header(&folder, at, PROGRAM, 0, EntryType::Directory)?;
                archive.append(&header, std::io::empty())?;
            }
        }
        let length = entry.content.len() as u64;
        let header = header(&entry.path, at, entry.mode, length, EntryType::Regular)?;
        archive.append(&header, Cursor::new(&entry.content))?;
    }
    gz(&archive.into_inner()?)
}

/// A header with the path exactly as it is written; the `tar` crate would take away the `./` that Debian begins with.
fn header(path: &str, at: u64, mode: u32, length: u64, kind: EntryType) -> anyhow::Result<Header> {
    let mut header = Header::new_gnu();
    let place = header.as_old_mut().name.get_mut(..path.len());
    place
        .with_context(|| format!("{path} is too long for an archive"))?
        .copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(length);
    header.set_mtime(at);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_cksum();
    Ok(header)
}

fn gz(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    Ok(packer.finish()?)
}
