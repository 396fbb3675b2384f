//! How much room the data's disk has.

use std::path::Path;

use tessera_app::alerts::Disk;

/// The room on the disk that holds a folder; none where the system does not say.
#[cfg(unix)]
pub(crate) fn of(folder: &Path) -> Option<Disk> {
    let room = rustix::fs::statvfs(folder).ok()?;
    Some(Disk {
        free: room.f_bavail.saturating_mul(room.f_frsize),
        total: room.f_blocks.saturating_mul(room.f_frsize),
    })
}

/// Not known on this system.
#[cfg(not(unix))]
pub(crate) fn of(_folder: &Path) -> Option<Disk> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn a_disk_has_room_and_no_folder_has_none() {
        let room = super::of(&std::env::temp_dir()).expect("there is a disk");
        assert!(room.total > 0 && room.free <= room.total);
        assert_eq!(super::of(std::path::Path::new("/no/such/folder")), None);
    }
}
