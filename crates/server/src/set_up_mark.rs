//! A mark beside an embedded database that somebody has set Tessera up in it. A file that is lost, or cut back to nothing, must not
//! be taken for a new installation: that would lock everybody out, and be anybody's who reads the log.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tessera_store::Location;

/// What the mark adds to the database's name.
const SUFFIX: &str = ".set-up";

/// What it says to who finds it.
const TEXT: &str = "Tessera was set up in the database beside this file. Remove this file only to begin anew in an empty database.\n";

/// Refuses a database that is not there or empty although it was set up. Creates nothing.
///
/// # Errors
/// With what is wrong and what to do about it.
pub fn check_file(location: &Location) -> anyhow::Result<()> {
    let Location::File(path) = location else {
        return Ok(());
    };
    let is_there = fs::metadata(path).is_ok_and(|about| about.len() > 0);
    check(location, is_there)
}

/// Refuses a database in which nobody is, although it was set up.
///
/// # Errors
/// With what is wrong and what to do about it.
pub fn check(location: &Location, has_people: bool) -> anyhow::Result<()> {
    let Some((path, mark)) = place(location).filter(|(_, mark)| !has_people && mark.exists()) else {
        return Ok(());
    };
    bail!(
        "the database {} is empty or gone, and Tessera was set up in it: {} says so. No new organization was begun, and devices \
         go on enforcing what they have. Put the file back, or restore the last backup with `tessera admin restore`. To begin \
         anew, remove the mark",
        path.display(),
        mark.display()
    )
}

/// Leaves the mark beside a database in which somebody is.
///
/// # Errors
/// When it cannot be written.
pub fn leave(location: &Location) -> anyhow::Result<()> {
    match place(location) {
        Some((_, mark)) if !mark.exists() => {
            fs::write(&mark, TEXT).with_context(|| format!("writing {}", mark.display()))
        }
        _ => Ok(()),
    }
}

fn place(location: &Location) -> Option<(&Path, PathBuf)> {
    let Location::File(path) = location else {
        return None;
    };
    let mut mark = path.as_os_str().to_owned();
    mark.push(SUFFIX);
    Some((path, mark.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_that_was_set_up_is_missed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tessera.db");
        let location = Location::File(path.clone());
        check_file(&location).expect("a first start");
        leave(&location).expect("it can be written");
        leave(&location).expect("once is enough");
        let said = check_file(&location).expect_err("the file is gone").to_string();
        assert!(said.contains("tessera admin restore"), "{said}");
        fs::write(&path, "").expect("it can be written");
        check_file(&location).expect_err("the file is empty");
        fs::write(&path, "pages").expect("it can be written");
        check_file(&location).expect("what is in it is asked elsewhere");
        check(&location, false).expect_err("nobody is in it");
        check(&location, true).expect("somebody is");
        let elsewhere = Location::Server("postgres://db/tessera".to_owned());
        check(&elsewhere, false).expect("no file of ours can be lost there");
    }
}
