//! Where a secret is found. A file holds this in its place, so that it can be kept beside code.

use std::fmt;

use toml_edit::Item;

/// Letters of a variable's name.
const LONGEST_NAME: usize = 128;
/// Letters of a path.
const LONGEST_PATH: usize = 500;

/// Where a secret is found on the machine that applies the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretRef {
    /// In the environment variable of this name.
    Env(String),
    /// In the file at this path, which is taken from the policy file's own folder.
    File(String),
}

impl fmt::Display for SecretRef {
    /// As values are named beside a file: `env:OPENAI_API_KEY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

impl SecretRef {
    /// Reads `{ env = "…" }` or `{ file = "…" }`.
    ///
    /// # Errors
    /// With a sentence that repeats nothing of what stands there, since that may be the secret.
    pub(super) fn read(field: &str, item: &Item) -> Result<Self, String> {
        let Some(table) = item.as_table_like() else {
            return Err(format!(
                "`{field}` is secret, and a policy file says only where it is found: {{ env = \"A_VARIABLE\" }} or \
                 {{ file = \"a/path\" }}. If a real key stands here, take it out and replace it at its provider"
            ));
        };
        let expected =
            || format!("expected {{ env = \"A_VARIABLE\" }} or {{ file = \"a/path\" }} as `{field}`");
        let mut entries = table.iter();
        let (Some((how, item)), None) = (entries.next(), entries.next()) else {
            return Err(expected());
        };
        let text = item.as_str().ok_or_else(expected)?;
        match how {
            "env" if is_variable(text) => Ok(Self::Env(text.to_owned())),
            "env" => Err(format!(
                "expected the name of a variable as `{field}.env`: up to {LONGEST_NAME} letters, digits and underscores"
            )),
            "file" if is_path(text) => Ok(Self::File(text.to_owned())),
            "file" => Err(format!(
                "expected a path as `{field}.file`: one line of up to {LONGEST_PATH} letters"
            )),
            _ => Err(expected()),
        }
    }
}

fn is_variable(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= LONGEST_NAME
        && text.bytes().all(plain)
        && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn is_path(text: &str) -> bool {
    let length = text.chars().count();
    text.trim() == text && (1..=LONGEST_PATH).contains(&length) && !text.chars().any(char::is_control)
}
