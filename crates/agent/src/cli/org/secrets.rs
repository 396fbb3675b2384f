//! The secrets that a policy file names: found here, sent beside the file, and kept nowhere.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Read as _},
    path::Path,
};

use bytes::Bytes;
use serde::{Serialize, Serializer};
use tessera_policy::file::{FileProblem, PolicyFile, SecretRef};
use zeroize::Zeroizing;

/// Bytes of one secret; a service account's file has a few thousand.
const MOST: usize = 64 * 1024;

/// Values by their references. Wiped when dropped, and never printed.
#[derive(Default)]
pub(super) struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    /// Finds every secret that a file names; paths are taken from `folder`.
    ///
    /// # Errors
    /// With every reference that leads to nothing, at its line. No message repeats what was found.
    pub(super) fn find(file: &[u8], folder: &Path) -> Result<Self, Vec<FileProblem>> {
        let Some(keys) = PolicyFile::read_keys(file)? else {
            return Ok(Self::default());
        };
        let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
        for (reference, place) in keys.references() {
            match look_up(reference, folder) {
                Ok(value) => drop(found.insert(reference.to_string(), value)),
                Err(why) => problems.push(FileProblem {
                    place,
                    message: format!("{reference} {why}"),
                }),
            }
        }
        if problems.is_empty() {
            return Ok(Self(found));
        }
        Err(problems)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Secrets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value.as_str())))
    }
}

/// A body with secrets in it, which is wiped once it is sent.
pub(super) fn body(value: &impl Serialize, about: usize) -> serde_json::Result<Bytes> {
    // Room enough from the beginning: what grows leaves copies behind.
    let mut body = Zeroizing::new(Vec::with_capacity(about));
    serde_json::to_writer(&mut *body, value)?;
    Ok(Bytes::from_owner(body))
}

fn look_up(reference: &SecretRef, folder: &Path) -> Result<Zeroizing<String>, String> {
    let mut value = match reference {
        SecretRef::Env(name) => of_variable(name)?,
        SecretRef::File(path) => of_file(&folder.join(path))?,
    };
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    match value.len() {
        0 => Err("is empty".to_owned()),
        length if length > MOST => Err(format!("is longer than {} KiB", MOST / 1024)),
        _ => Ok(value),
    }
}

fn of_variable(name: &str) -> Result<Zeroizing<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Zeroizing::new(value)),
        Err(env::VarError::NotPresent) => Err("is not set".to_owned()),
        Err(env::VarError::NotUnicode(_)) => Err("is no text".to_owned()),
    }
}

fn of_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let failed = |error: io::Error| format!("cannot be read: {}", error.kind());
    let file = fs::File::open(path).map_err(failed)?;
    let most = MOST + 3;
    let mut value = Zeroizing::new(String::with_capacity(most));
    match file.take(most as u64).read_to_string(&mut value) {
        Ok(_) => Ok(value),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err("is no text".to_owned()),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, folder: &Path) -> Result<Secrets, Vec<String>> {
        let problems = |problems: Vec<FileProblem>| problems.iter().map(ToString::to_string).collect();
        Secrets::find(text.as_bytes(), folder).map_err(problems)
    }

    #[test]
    fn a_secret_loses_one_newline_and_is_named_by_its_reference() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for (end, kept) in [("", ""), ("\n", ""), ("\r\n", ""), ("\n\n", "\n")] {
            fs::write(folder.path().join("key"), format!("sk-planted{end}"))?;
            let text = "[credentials.A]\nprovider = \"openai\"\nkey = { file = \"key\" }\n";
            let found = find(text, folder.path()).unwrap_or_default();
            let json = serde_json::json!({ "file:key": format!("sk-planted{kept}") });
            assert_eq!(serde_json::to_value(&found)?, json);
        }
        Ok(())
    }

    #[test]
    fn what_leads_to_nothing_is_said_with_its_line() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("empty"), "\n")?;
        fs::write(folder.path().join("long"), "x".repeat(MOST + 1))?;
        fs::write(folder.path().join("binary"), [0xff, 0xfe])?;
        let said = |reference: &str| {
            let text = format!("[credentials.A]\nprovider = \"gemini\"\nkey = {reference}\n");
            find(&text, folder.path()).err().unwrap_or_default().join("; ")
        };
        for (reference, says) in [
            (
                "{ file = \"none\" }",
                "line 3, column 7: file:none cannot be read: entity not found",
            ),
            ("{ file = \"empty\" }", "file:empty is empty"),
            ("{ file = \"long\" }", "file:long is longer than 64 KiB"),
            ("{ file = \"binary\" }", "file:binary is no text"),
            (
                "{ env = \"TESSERA_SURELY_UNSET\" }",
                "env:TESSERA_SURELY_UNSET is not set",
            ),
            ("\"sk-planted\"", "line 3, column 7: `key` is secret"),
        ] {
            assert!(said(reference).contains(says), "{says}: {}", said(reference));
            assert!(!said(reference).contains("sk-planted"));
        }
        Ok(())
    }
}
