//! Believing a portal's certificate as the system does, and saying in plain words why one is not believed.

use std::{
    error::Error as StdError,
    fmt::{self, Write as _},
    io,
    sync::Arc,
};

use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use rustls_platform_verifier::Verifier;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate, X509Name};

/// Characters of a certificate's names that are shown.
const SHOWN: usize = 120;

/// The system's own judgement, with words. It accepts nothing that the system refuses.
#[derive(Debug)]
pub(super) struct Explaining {
    /// None when this machine has no certificate authorities at all.
    system: Option<Verifier>,
    provider: Arc<CryptoProvider>,
}

/// Why a certificate is not believed.
#[derive(Debug)]
struct NotTrusted(String);

impl fmt::Display for NotTrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for NotTrusted {}

impl Explaining {
    pub(super) fn new(extra: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Self {
        let system = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
        let system = system
            .inspect_err(|error| tracing::warn!(%error, "no certificate can be trusted"))
            .ok();
        Self { system, provider }
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(system) = &self.system else {
            let why = "this machine has no list of certificate authorities (on Debian it is the package ca-certificates)";
            return Err(refusal(why.to_owned()));
        };
        let judged = system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        judged.map_err(|error| match error {
            rustls::Error::InvalidCertificate(kind) => refusal(explain(&kind, end_entity)),
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Why a request failed, if it was for a certificate.
pub(crate) fn not_trusted(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(why)))) => {
                return Some(why.to_string());
            }
            Some(rustls::Error::InvalidCertificate(kind)) => return Some(kind.to_string()),
            _ => {}
        }
        // What an `io::Error` carries is not what it calls its source.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match carried {
            Some(carried) => Some(carried),
            None => error.source(),
        };
    }
    None
}

fn refusal(why: String) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(NotTrusted(why)))))
}

fn explain(kind: &CertificateError, shown: &CertificateDer<'_>) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(shown) else {
        return "it is not a certificate".to_owned();
    };
    let (subject, issuer) = (named(certificate.subject()), named(certificate.issuer()));
    let why = match kind {
        CertificateError::UnknownIssuer if subject == issuer => {
            "it was issued by itself, and this machine does not trust it".to_owned()
        }
        CertificateError::UnknownIssuer => {
            format!("it was issued by “{issuer}”, whom this machine does not trust")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("it expired on {}", certificate.validity().not_after)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "it is valid from {} on only; look at this machine's clock",
            certificate.validity().not_before
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is for {}, not for this address", names(&certificate))
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    };
    format!(
        "{why} (certificate of “{subject}”, SHA-256 {})",
        fingerprint(shown)
    )
}

/// The common name, or else the whole name. Strangers write these, so nothing of them may steer a terminal.
fn named(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|name| name.as_str().ok());
    plain(&common.map_or_else(|| name.to_string(), str::to_owned))
}

fn names(certificate: &X509Certificate<'_>) -> String {
    let listed = certificate.subject_alternative_name().ok().flatten();
    let listed = listed.map(|names| {
        let names = names.value.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(_) => Some("an IP address".to_owned()),
            _ => None,
        });
        plain(&names.take(5).collect::<Vec<_>>().join(", "))
    });
    let listed = listed.filter(|names| !names.is_empty());
    listed.unwrap_or_else(|| "no name at all".to_owned())
}

fn plain(text: &str) -> String {
    let shown = text.chars().filter(|letter| !letter.is_control());
    shown.take(SHOWN).collect()
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate.as_ref());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
