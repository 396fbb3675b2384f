//! What is secret of a key. Wiped when dropped, never printed, and written only to be sealed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{ProviderKind, typed::Reading};

/// Characters of a secret at its end that are shown; of a short one none are, since they would say too much.
const SHOWN: usize = 4;
const SHOWN_FROM: usize = 16;

/// One line that is secret: an API key, half of a pair.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

/// Why a secret was refused. Never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Something that no key holds.
    #[error("A key has no spaces and only plain characters. Was it copied whole, and nothing else?")]
    Characters,
    /// Too much.
    #[error("This is longer than any key.")]
    TooLong,
    /// Not the file.
    #[error("This is not the JSON file of a service account's key. Paste all of it.")]
    NotAServiceAccount,
}

impl SecretText {
    /// The most characters.
    pub const LIMIT: usize = 4_096;

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretText {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretError::Characters);
        }
        if text.len() > Self::LIMIT {
            return Err(SecretError::TooLong);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// The JSON file of a Google service account's key, whole, since tools on a device want it whole.
#[derive(Clone)]
pub struct ServiceAccount {
    json: Zeroizing<String>,
    email: String,
    project: String,
    key_id: String,
    private_key: Zeroizing<String>,
}

/// What is read of the file.
#[derive(Deserialize)]
struct AccountFile {
    #[serde(rename = "type")]
    kind: String,
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    project_id: String,
}

impl Drop for AccountFile {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

impl ServiceAccount {
    /// The most characters.
    pub const LIMIT: usize = 12_000;

    /// Whom Google knows it as.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Its own project; may be empty.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The id by which Google lists the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The private key, as PEM.
    pub fn private_key(&self) -> &str {
        &self.private_key
    }

    /// The whole file.
    pub fn expose(&self) -> &str {
        &self.json
    }
}

impl FromStr for ServiceAccount {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.len() > Self::LIMIT {
            return Err(SecretError::TooLong);
        }
        // The parser's own words could repeat parts of the file.
        let file: AccountFile = serde_json::from_str(text).map_err(|_| SecretError::NotAServiceAccount)?;
        let is_whole = file.kind == "service_account"
            && file.client_email.contains('@')
            && file.private_key.contains("PRIVATE KEY-----");
        if !is_whole {
            return Err(SecretError::NotAServiceAccount);
        }
        Ok(Self {
            json: Zeroizing::new(text.to_owned()),
            email: file.client_email.clone(),
            project: file.project_id.clone(),
            key_id: file.private_key_id.clone(),
            private_key: Zeroizing::new(file.private_key.clone()),
        })
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceAccount(…)")
    }
}

/// What is secret of a key, by its kind.
#[derive(Clone, Debug)]
pub enum Secret {
    /// One key.
    Key(SecretText),
    /// A service account.
    ServiceAccount(ServiceAccount),
    /// A pair.
    AccessKey {
        /// The half that names it.
        id: SecretText,
        /// The half that signs.
        secret: SecretText,
    },
}

/// How a secret lies under its seal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sealed {
    Key(String),
    ServiceAccount(String),
    AccessKey(String, String),
}

impl Drop for Sealed {
    fn drop(&mut self) {
        match self {
            Self::Key(text) | Self::ServiceAccount(text) => text.zeroize(),
            Self::AccessKey(id, secret) => {
                id.zeroize();
                secret.zeroize();
            }
        }
    }
}

impl Secret {
    /// Reads a provider's secret fields; nothing when all are blank.
    pub(super) fn read(reading: &mut Reading<'_>) -> Option<Self> {
        match reading.kind {
            ProviderKind::VertexAi => reading.take("service_account").map(Self::ServiceAccount),
            ProviderKind::Bedrock => Self::read_bedrock(reading),
            _ => reading.take("key").map(Self::Key),
        }
    }

    fn read_bedrock(reading: &mut Reading<'_>) -> Option<Self> {
        let typed = |name| reading.text(name).is_some();
        match (
            typed("access_key_id"),
            typed("secret_access_key"),
            typed("api_key"),
        ) {
            (false, false, true) => reading.take("api_key").map(Self::Key),
            (true, true, false) => {
                let (id, secret) = (reading.take("access_key_id"), reading.take("secret_access_key"));
                Some(Self::AccessKey {
                    id: id?,
                    secret: secret?,
                })
            }
            (false, false, false) => None,
            (_, _, true) => {
                reading.refuse(
                    "api_key",
                    "Type either the access key pair or an API key, not both.",
                );
                None
            }
            (true, false, false) => {
                reading.refuse("secret_access_key", "The pair needs both halves.");
                None
            }
            (false, true, false) => {
                reading.refuse("access_key_id", "The pair needs both halves.");
                None
            }
        }
    }

    /// What is shown of it, so that people find it again at the provider: the end of the key, of the pair's
    /// id, or of the id of the service account's key. Empty for a short one.
    pub fn last_four(&self) -> String {
        let shown = match self {
            Self::Key(key) => key.expose(),
            Self::AccessKey { id, .. } => id.expose(),
            Self::ServiceAccount(account) => account.key_id(),
        };
        if shown.len() < SHOWN_FROM || !shown.is_ascii() {
            return String::new();
        }
        shown[shown.len() - SHOWN..].to_owned()
    }

    /// All of it as bytes, to be sealed or hashed under a key.
    #[expect(clippy::missing_panics_doc, reason = "texts are JSON")]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let sealed = match self {
            Self::Key(key) => Sealed::Key(key.expose().to_owned()),
            Self::ServiceAccount(account) => Sealed::ServiceAccount(account.expose().to_owned()),
            Self::AccessKey { id, secret } => {
                Sealed::AccessKey(id.expose().to_owned(), secret.expose().to_owned())
            }
        };
        Zeroizing::new(serde_json::to_vec(&sealed).expect("texts are JSON"))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let sealed: Sealed = serde_json::from_slice(bytes).ok()?;
        Some(match &sealed {
            Sealed::Key(key) => Self::Key(key.parse().ok()?),
            Sealed::ServiceAccount(json) => Self::ServiceAccount(json.parse().ok()?),
            Sealed::AccessKey(id, secret) => Self::AccessKey {
                id: id.parse().ok()?,
                secret: secret.parse().ok()?,
            },
        })
    }

    /// Its parts by the names of their fields.
    pub fn parts(&self, kind: ProviderKind) -> Vec<(&'static str, &str)> {
        match self {
            Self::Key(key) if kind == ProviderKind::Bedrock => vec![("api_key", key.expose())],
            Self::Key(key) => vec![("key", key.expose())],
            Self::ServiceAccount(account) => vec![("service_account", account.expose())],
            Self::AccessKey { id, secret } => {
                vec![
                    ("access_key_id", id.expose()),
                    ("secret_access_key", secret.expose()),
                ]
            }
        }
    }

    /// Every text of it that must be found nowhere outside.
    pub fn unspeakable(&self) -> Vec<&str> {
        match self {
            Self::Key(key) => vec![key.expose()],
            Self::AccessKey { secret, .. } => vec![secret.expose()],
            Self::ServiceAccount(account) => {
                let lines = account.private_key().lines().map(str::trim);
                lines
                    .filter(|line| !line.is_empty() && !line.starts_with("-----"))
                    .collect()
            }
        }
    }
}
