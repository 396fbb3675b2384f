//! TLS by the operator's own files: read when the server starts, read anew when they change, so that a renewed certificate
//! needs no restart. What cannot be used never replaces what can.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tessera_ids::{Clock, Timestamp};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long before its end a certificate that nobody renewed is warned of.
const SOON: Duration = Duration::from_hours(14 * 24);

/// Why no TLS can be served with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or not for this account to read.
    #[error("{key} {path} cannot be read: {source}")]
    Unreadable {
        /// The configuration's key.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{key} {path} cannot be used: {why}")]
    Unusable {
        /// The configuration's key.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The two do not belong together.
    #[error(
        "the key in {key} is not the key of the first certificate in {certificate}; the certificate itself stands \
         first, those of its issuers after it"
    )]
    Mismatched {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
}

/// The certificate that this server shows, and where it comes from.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    clock: Arc<dyn Clock>,
    shown: Arc<Shown>,
    /// The digest of what was read last, good or bad.
    seen: Mutex<[u8; 32]>,
    acceptor: TlsAcceptor,
}

/// What goes out with the next handshake.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown))
    }
}

impl Tls {
    /// Reads the files. A certificate that has expired or is not valid yet is served, and warned of.
    pub fn open(certificate: &Path, key: &Path, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let (first, digest) = read(certificate, key)?;
        warn_of_its_end(&first, certificate, clock.now());
        warn_of_readers(key);
        let shown = Arc::new(Shown(RwLock::new(Arc::new(first))));
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&shown) as _;
        let unusable = |error: rustls::Error| TlsError::Unusable {
            key: CERTIFICATE,
            path: certificate.to_owned(),
            why: error.to_string(),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            clock,
            shown,
            seen: Mutex::new(digest),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// What speaks TLS on accepted connections.
    pub fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Looks at the files every two seconds, forever.
    pub async fn keep_current(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || tls.look()).await;
            if let Ok(Err(error)) = looked {
                tracing::error!(%error, "the new certificate cannot be used; the one before is served on");
            }
        }
    }

    /// Takes what the files hold now, if they changed and can be used. Says no more than once that they cannot.
    fn look(&self) -> Result<(), TlsError> {
        // Renewal replaces files; what is missing now may be there at the next look.
        let digest = digest(&self.certificate, &self.key).unwrap_or([0; 32]);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == digest {
                return Ok(());
            }
            *seen = digest;
        }
        let (new, _) = read(&self.certificate, &self.key)?;
        warn_of_its_end(&new, &self.certificate, self.clock.now());
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        tracing::info!(certificate = %self.certificate.display(), "a new certificate is served");
        Ok(())
    }
}

const CERTIFICATE: &str = "tls_certificate";
const KEY: &str = "tls_key";

fn bytes(key: &'static str, path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(path).map(zeroize::Zeroizing::new);
    read.map_err(|source| TlsError::Unreadable {
        key,
        path: path.to_owned(),
        source,
    })
}

fn digest(certificate: &Path, key: &Path) -> Result<[u8; 32], TlsError> {
    Ok(digest_of(&bytes(CERTIFICATE, certificate)?, &bytes(KEY, key)?))
}

fn digest_of(certificate: &[u8], key: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update((certificate.len() as u64).to_be_bytes());
    digest.update(certificate);
    digest.update(key);
    digest.finalize().into()
}

fn read(certificate: &Path, key: &Path) -> Result<(CertifiedKey, [u8; 32]), TlsError> {
    let (chain_bytes, key_bytes) = (bytes(CERTIFICATE, certificate)?, bytes(KEY, key)?);
    let of_certificate = |why: String| TlsError::Unusable {
        key: CERTIFICATE,
        path: certificate.to_owned(),
        why,
    };
    let of_key = |why: &str| TlsError::Unusable {
        key: KEY,
        path: key.to_owned(),
        why: why.to_owned(),
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain_bytes).collect();
    let chain = chain.map_err(|error| of_certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(of_certificate("there is no `BEGIN CERTIFICATE` in it".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&key_bytes)
        .map_err(|_| of_key("there is no private key in it; one with a passphrase cannot be used"))?;
    let certified = CertifiedKey::from_der(chain, secret, &ring::default_provider());
    let certified = certified.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatched {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        },
        rustls::Error::InvalidCertificate(error) => of_certificate(error.to_string()),
        _ => of_key("it is of a kind that TLS cannot use here; RSA, P-256, P-384 and Ed25519 keys can be"),
    })?;
    Ok((certified, digest_of(&chain_bytes, &key_bytes)))
}

/// The time in which a certificate is valid.
fn validity(certified: &CertifiedKey) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(certified.cert.first()?).ok()?;
    let validity = certificate.validity();
    let instant = |time: x509_parser::time::ASN1Time| Timestamp::from_seconds(time.timestamp());
    Some((instant(validity.not_before), instant(validity.not_after)))
}

fn warn_of_its_end(certified: &CertifiedKey, path: &Path, now: Timestamp) {
    let Some((begins, ends)) = validity(certified) else {
        return;
    };
    let certificate = path.display();
    if now >= ends {
        tracing::warn!(%certificate, ends = shown(ends), "the TLS certificate has expired; clients refuse it");
    } else if now < begins {
        tracing::warn!(%certificate, begins = shown(begins), "the TLS certificate is not valid yet; clients refuse it");
    } else if ends.since(now) < SOON {
        tracing::warn!(%certificate, ends = shown(ends), "the TLS certificate expires soon");
    }
}

fn shown(instant: Timestamp) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(instant.as_seconds());
    time.map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(unix)]
fn warn_of_readers(key: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::metadata(key).is_ok_and(|file| file.permissions().mode() & 0o007 != 0);
    if open {
        tracing::warn!(key = %key.display(), "the TLS key can be read by everybody on this machine");
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path) {}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::SystemClock;

    use super::*;

    struct Files {
        _folder: tempfile::TempDir,
        certificate: PathBuf,
        key: PathBuf,
    }

    fn fresh() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["portal.example".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn files(certificate: &str, key: &str) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let files = Files {
            certificate: folder.path().join("portal.pem"),
            key: folder.path().join("portal.key"),
            _folder: folder,
        };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files
    }

    fn open(files: &Files) -> Result<Tls, TlsError> {
        Tls::open(&files.certificate, &files.key, Arc::new(SystemClock))
    }

    fn served(tls: &Tls) -> Vec<u8> {
        tls.shown.0.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let ((certificate, key), (other, _)) = (fresh(), fresh());
        for (certificate, key, expected) in [
            (
                other.as_str(),
                key.as_str(),
                "is not the key of the first certificate",
            ),
            (key.as_str(), key.as_str(), "tls_certificate"),
            (
                certificate.as_str(),
                certificate.as_str(),
                "there is no private key in it",
            ),
            (certificate.as_str(), "", "there is no private key in it"),
            ("", key.as_str(), "there is no `BEGIN CERTIFICATE` in it"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                key.as_str(),
                "tls_certificate",
            ),
        ] {
            let said = open(&files(certificate, key)).err().unwrap().to_string();
            assert!(said.contains(expected), "{expected}: {said}");
        }
        let gone = files(&certificate, &key);
        std::fs::remove_file(&gone.key).unwrap();
        let said = open(&gone).err().unwrap().to_string();
        assert!(
            said.starts_with("tls_key ") && said.contains("portal.key cannot be read"),
            "{said}"
        );
    }

    #[test]
    fn an_expired_certificate_is_served_and_known_to_be() {
        let mut params = rcgen::CertificateParams::new(["portal.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let files = files(&certificate.pem(), &key.serialize_pem());
        let tls = open(&files).unwrap();
        let (_, ends) = validity(&tls.shown.0.read().unwrap()).unwrap();
        assert_eq!(ends, Timestamp::from_seconds(1_609_459_200));
    }

    #[test]
    fn a_renewal_half_way_changes_nothing_and_a_whole_one_does() {
        let ((certificate, key), (renewed, renewed_key)) = (fresh(), fresh());
        let files = files(&certificate, &key);
        let tls = open(&files).unwrap();
        let first = served(&tls);
        std::fs::write(&files.certificate, &renewed).unwrap();
        assert!(matches!(tls.look(), Err(TlsError::Mismatched { .. })));
        tls.look().expect("it is said once");
        assert_eq!(served(&tls), first);
        std::fs::remove_file(&files.key).unwrap();
        assert!(matches!(tls.look(), Err(TlsError::Unreadable { .. })));
        assert_eq!(served(&tls), first);
        std::fs::write(&files.key, &renewed_key).unwrap();
        tls.look().unwrap();
        assert_ne!(served(&tls), first);
    }
}
