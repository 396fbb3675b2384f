//! The SMTP server that tests deliver to: Python's aiosmtpd, pinned, in cargo's target folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Run;
use crate::workspace::{Workspace, find_program};

const PACKAGE: &str = "aiosmtpd==1.4.6";

/// An installed aiosmtpd.
pub(crate) struct Sink {
    python: PathBuf,
    folder: PathBuf,
}

impl Sink {
    /// Installs it, unless an earlier run did; says why when it cannot.
    pub(crate) fn provide(workspace: &Workspace) -> Option<Self> {
        let sink = Self {
            python: python()?,
            folder: workspace.tool(&PACKAGE.replace("==", "-")),
        };
        if sink.works() {
            return Some(sink);
        }
        let installed = Run::program(&sink.python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--target",
            ])
            .args([sink.folder.as_os_str(), PACKAGE.as_ref()])
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .shown();
        match installed {
            Ok(true) if sink.works() => Some(sink),
            _ => {
                println!("{PACKAGE} could not be installed with pip");
                None
            }
        }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a test needs to start it.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        vec![
            ("TESSERA_TEST_PYTHON".into(), self.python.clone().into()),
            ("TESSERA_TEST_AIOSMTPD".into(), self.folder.clone().into()),
        ]
    }

    fn works(&self) -> bool {
        Run::program(&self.python)
            .args(["-m", "aiosmtpd", "--version"])
            .env("PYTHONPATH", &self.folder)
            .output()
            .is_ok()
    }
}

/// The Python interpreter.
pub(crate) fn python() -> Option<PathBuf> {
    find_program(&["python3", "python"], &[])
}

/// Whether Python can install packages.
pub(crate) fn has_pip() -> bool {
    python().is_some_and(|python| {
        Run::program(python)
            .args(["-m", "pip", "--version"])
            .output()
            .is_ok()
    })
}
