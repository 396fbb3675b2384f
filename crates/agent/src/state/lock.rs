//! One agent per home: a file lock that the operating system drops with the process, however that ends.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use super::storage::private_folder;

/// How often a held lock is looked at before it counts as held.
const GLANCES: u32 = 200;

/// Held as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of that name in a home; `None` when another process holds it.
    pub(crate) fn try_take(home: &Path, name: &str) -> io::Result<Option<Self>> {
        private_folder(home)?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let path = home.join(format!("{name}.lock"));
        // On a disk that takes no writes any more, the lock of an earlier run does as well.
        let file = options
            .open(&path)
            .or_else(|error| File::open(&path).map_err(|_| error))?;
        // Whoever asks `is_held` holds it for an instant: that is no reason to give up.
        for _ in 0..GLANCES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Whether some process holds the lock of that name. Takes nothing and makes no folder.
    pub(crate) fn is_held(home: &Path, name: &str) -> bool {
        let Ok(file) = File::open(home.join(format!("{name}.lock"))) else {
            return false;
        };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        assert!(!Lock::is_held(home.path(), "agent"));
        let first = Lock::try_take(home.path(), "agent").unwrap().unwrap();
        assert!(Lock::try_take(home.path(), "agent").unwrap().is_none());
        assert!(Lock::is_held(home.path(), "agent"));
        drop(first);
        assert!(!Lock::is_held(home.path(), "agent"));
        assert!(Lock::try_take(home.path(), "agent").unwrap().is_some());
    }
}
