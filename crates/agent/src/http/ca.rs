//! A certificate authority of the organization's own, which the portal's certificate may come from.

use std::{fmt, fs::File, io::Read as _, path::Path, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::{Deserialize, Serialize};

/// Bytes of a file of certificates; the whole store of a system has half as many.
const MOST: u64 = 512 * 1024;

/// One or more certificates, as PEM without anything else. They are believed for the connection to the portal and for
/// nothing more: settings are signed by the organization's own key, whoever carries them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortalCa(String);

/// Why a file holds no certificate authority.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// It cannot be read.
    #[error("the file of certificates {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{path} holds no certificate that could be trusted: {why}")]
    Unusable {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
}

impl PortalCa {
    /// Reads a PEM file. Keys and comments in it are left behind.
    ///
    /// # Errors
    /// When it is not readable, longer than 512 KiB, or holds anything but certificates that could be authorities.
    pub fn read(path: &Path) -> Result<Self, CaError> {
        let shown = || path.display().to_string();
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_string(&mut text));
        let unusable = |why: String| CaError::Unusable { path: shown(), why };
        match read {
            Ok(_) if text.len() as u64 > MOST => Err(unusable(format!("it is longer than {} KiB", MOST / 1024))),
            Ok(_) => text.parse().map_err(unusable),
            Err(source) if source.kind() == std::io::ErrorKind::InvalidData => {
                Err(unusable("it is not PEM text; convert it, for example: openssl x509 -inform der -in FILE -out FILE.pem".to_owned()))
            }
            Err(source) => Err(CaError::Unreadable { path: shown(), source }),
        }
    }

    /// The certificates.
    pub(super) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let parsed = CertificateDer::pem_slice_iter(self.0.as_bytes());
        parsed.filter_map(Result::ok).collect()
    }
}

impl FromStr for PortalCa {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut kept = String::new();
        for parsed in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let certificate = parsed.map_err(|error| error.to_string())?;
            let mut store = RootCertStore::empty();
            store
                .add(certificate.clone())
                .map_err(|error| error.to_string())?;
            kept.push_str("-----BEGIN CERTIFICATE-----\n");
            let lines = STANDARD.encode(&certificate);
            for line in lines.as_bytes().chunks(64) {
                kept.push_str(&String::from_utf8_lossy(line));
                kept.push('\n');
            }
            kept.push_str("-----END CERTIFICATE-----\n");
        }
        if kept.is_empty() {
            return Err("there is no `BEGIN CERTIFICATE` in it".to_owned());
        }
        Ok(Self(kept))
    }
}

impl TryFrom<String> for PortalCa {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PortalCa> for String {
    fn from(ca: PortalCa) -> Self {
        ca.0
    }
}

impl fmt::Debug for PortalCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PortalCa({} certificates)", self.certificates().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_are_kept_of_a_file() {
        let made = rcgen::generate_simple_self_signed(["portal.example".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let ca: PortalCa = format!("a comment\n{key}{certificate}").parse().unwrap();
        assert_eq!(ca.certificates(), [made.cert.der().clone()]);
        let kept = String::from(ca.clone());
        assert!(!kept.contains("PRIVATE") && !kept.contains("comment"), "{kept}");
        assert_eq!(
            serde_json::from_str::<PortalCa>(&serde_json::to_string(&ca).unwrap()).unwrap(),
            ca
        );
    }

    #[test]
    fn what_is_no_certificate_is_refused_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(PortalCa::read(&path), Err(CaError::Unreadable { .. })));
        for bytes in [
            b"".as_slice(),
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            b"\x30\x82\xff\xfe",
            vec![b'a'; 600 * 1024].as_slice(),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let said = PortalCa::read(&path).unwrap_err().to_string();
            assert!(said.contains("ca.pem holds no certificate"), "{said}");
        }
    }
}
