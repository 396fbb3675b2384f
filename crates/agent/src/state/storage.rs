//! Named byte strings that are replaced whole or not at all: on disk, or in memory for agents that only live
//! in a demo or a bench. What the bytes mean is none of its business.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a file is called until it is whole. Never read; swept when a writer opens the state.
const PARTIAL: &str = "partial";

/// A folder of byte strings. Names may hold one slash.
#[derive(Debug)]
pub(crate) enum Storage {
    /// Files under a folder, readable by their owner alone.
    Disk(PathBuf),
    /// Nothing that outlives the process.
    Memory(Mutex<BTreeMap<String, Arc<[u8]>>>),
}

impl Storage {
    /// Files under `root`, which need not exist yet.
    pub(crate) fn on_disk(root: impl Into<PathBuf>) -> Self {
        Self::Disk(root.into())
    }

    /// An empty one in memory.
    pub(crate) fn in_memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Removes what an interrupted writer left. Only for the one process that may write.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        let Self::Disk(root) = self else { return Ok(()) };
        sweep_folder(root, 2)
    }

    /// The bytes of that name, if it is there. More than `limit` bytes are an error.
    pub(crate) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Arc<[u8]>>> {
        match self {
            Self::Disk(root) => read_file(&root.join(name), limit).map(|found| found.map(Arc::from)),
            Self::Memory(map) => Ok(held(map).get(name).cloned()),
        }
    }

    /// Whether something of that name is there.
    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            Self::Disk(root) => root.join(name).is_file(),
            Self::Memory(map) => held(map).contains_key(name),
        }
    }

    /// Puts the bytes there: written aside, flushed to the disk, then swapped in by one rename.
    pub(crate) fn write(&self, name: &str, bytes: Arc<[u8]>) -> io::Result<()> {
        match self {
            Self::Disk(root) => write_file(&root.join(name), &bytes),
            Self::Memory(map) => {
                held(map).insert(name.to_owned(), bytes);
                Ok(())
            }
        }
    }

    /// Takes that name away, if it is there.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match self {
            Self::Disk(root) => absent_is_fine(fs::remove_file(root.join(name))),
            Self::Memory(map) => {
                held(map).remove(name);
                Ok(())
            }
        }
    }

    /// The names in a folder, without the folder.
    pub(crate) fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        match self {
            Self::Disk(root) => names_in(&root.join(folder)),
            Self::Memory(map) => Ok(held(map)
                .keys()
                .filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/'))
                .map(str::to_owned)
                .collect()),
        }
    }

    /// Takes everything away, the folder included.
    pub(crate) fn clear(&self) -> io::Result<()> {
        match self {
            Self::Disk(root) => absent_is_fine(fs::remove_dir_all(root)),
            Self::Memory(map) => {
                held(map).clear();
                Ok(())
            }
        }
    }
}

/// Makes a folder that only its owner can enter, with its parents.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for writing that only its owner can read.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Replaces a file whole; survives the loss of power at any point.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    private_folder(folder)?;
    let mut aside = path.as_os_str().to_owned();
    aside.push(".");
    aside.push(PARTIAL);
    let aside = PathBuf::from(aside);
    let mut file = private_file(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&aside, path)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Reads a file that may be absent and must not be larger than `limit`.
pub(crate) fn read_file(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the file is larger than it can be",
        ));
    }
    Ok(Some(bytes))
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

fn sweep_folder(folder: &Path, depth: u32) -> io::Result<()> {
    for name in names_in(folder)? {
        let path = folder.join(name);
        if path.is_dir() && depth > 0 {
            sweep_folder(&path, depth - 1)?;
        } else if path.extension().is_some_and(|extension| extension == PARTIAL) {
            absent_is_fine(fs::remove_file(&path))?;
        }
    }
    Ok(())
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn held(map: &Mutex<BTreeMap<String, Arc<[u8]>>>) -> MutexGuard<'_, BTreeMap<String, Arc<[u8]>>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Arc<[u8]> {
        Arc::from(text.as_bytes())
    }

    #[test]
    fn both_kinds_keep_list_and_forget() {
        let folder = tempfile::tempdir().unwrap();
        for storage in [Storage::on_disk(folder.path().join("org")), Storage::in_memory()] {
            assert!(storage.read("device", 10).unwrap().is_none());
            storage.write("device", bytes("one")).unwrap();
            storage.write("device", bytes("two")).unwrap();
            storage.write("blobs/aa", bytes("blob")).unwrap();
            assert_eq!(storage.read("device", 10).unwrap(), Some(bytes("two")));
            assert_eq!(storage.names("blobs").unwrap(), ["aa"]);
            storage.remove("blobs/aa").unwrap();
            storage.remove("blobs/aa").unwrap();
            assert!(!storage.contains("blobs/aa"));
            storage.clear().unwrap();
            assert!(!storage.contains("device"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::on_disk(folder.path().join("org"));
        storage.write("blobs/aa", bytes("blob")).unwrap();
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode("org"), 0o700);
        assert_eq!(mode("org/blobs"), 0o700);
        assert_eq!(mode("org/blobs/aa"), 0o600);
    }

    #[test]
    fn what_an_interrupted_writer_left_is_never_read_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::on_disk(folder.path());
        storage.write("manifest", bytes("good")).unwrap();
        fs::write(folder.path().join("manifest.partial"), "half").unwrap();
        assert_eq!(storage.read("manifest", 10).unwrap(), Some(bytes("good")));
        storage.sweep().unwrap();
        assert!(!folder.path().join("manifest.partial").exists());
        assert_eq!(storage.read("manifest", 10).unwrap(), Some(bytes("good")));
    }

    #[test]
    fn a_file_larger_than_it_can_be_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::on_disk(folder.path());
        storage.write("manifest", bytes("0123456789a")).unwrap();
        assert!(storage.read("manifest", 10).is_err());
        assert!(storage.read("manifest", 11).is_ok());
    }
}
