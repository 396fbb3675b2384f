//! The outside parties that `cargo xtask test` found, and the honest way of doing without one.
//!
//! A test that needs one asks here. When it is missing, the test notes that it was skipped and why, and
//! ends; where nothing may be skipped (CI sets `TESSERA_TEST_ALL`), it fails.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

/// A party outside Tessera that some tests talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A PostgreSQL server on which tests may create databases.
    Postgres,
    /// Headless Chromium and its driver.
    Browser,
    /// The SMTP server.
    Mail,
    /// Real lists of websites, and Python to judge them by.
    Lists,
    /// nginx.
    Nginx,
    /// Caddy.
    Caddy,
}

impl Party {
    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["TESSERA_TEST_POSTGRES"],
            Self::Browser => &["TESSERA_TEST_BROWSER", "TESSERA_TEST_DRIVER"],
            Self::Mail => &["TESSERA_TEST_PYTHON", "TESSERA_TEST_AIOSMTPD"],
            Self::Lists => &["TESSERA_TEST_PYTHON", "TESSERA_TEST_LISTS"],
            Self::Nginx => &["TESSERA_TEST_NGINX"],
            Self::Caddy => &["TESSERA_TEST_CADDY"],
        }
    }

    /// Whether this party can be had.
    pub fn is_present(self) -> bool {
        self.variables()
            .iter()
            .all(|name| std::env::var_os(name).is_some())
    }
}

/// Whether all these parties can be had. If not, notes the running test as skipped.
///
/// # Panics
/// When one is missing and nothing may be skipped.
pub fn all_present(parties: &[Party]) -> bool {
    let missing: Vec<Party> = parties
        .iter()
        .copied()
        .filter(|party| !party.is_present())
        .collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("TESSERA_TEST_ALL").is_none(),
        "nothing may be skipped, and these are missing: {missing:?}"
    );
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    if let Some(file) = std::env::var_os("TESSERA_TEST_SKIPS") {
        let opened = OpenOptions::new().create(true).append(true).open(file);
        if let Ok(mut file) = opened {
            writeln!(
                file,
                "{name}\tneeds {missing:?}; `cargo xtask setup` says how to get it"
            )
            .ok();
        }
    }
    false
}

/// The value of a variable that `cargo xtask test` sets.
pub fn variable(name: &str) -> anyhow::Result<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| anyhow::anyhow!("{name} is not set: run `cargo xtask test`"))
}

/// The built `tessera` binary: named by `cargo xtask`, else beside the running test.
pub fn tessera_binary() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("TESSERA_BIN") {
        return Ok(named.into());
    }
    let here = std::env::current_exe()?;
    let name = format!("tessera{}", std::env::consts::EXE_SUFFIX);
    here.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| anyhow::anyhow!("no tessera binary beside {}: build it first", here.display()))
}
