//! The one way this crate makes an HTTP client: whom it believes, which proxy it goes through, and what it never does.

mod ca;
mod proxy;
mod trust;

use std::{sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, client::danger::ServerCertVerifier, crypto::ring};

pub use ca::{CaError, PortalCa};
pub(crate) use proxy::proxy_of;
pub(crate) use trust::not_trusted;

use trust::Explaining;

/// A client as an agent wants it: TLS by rustls against the system's certificate authorities, the proxy that
/// `HTTPS_PROXY` and `NO_PROXY` or the system name (never for this machine itself), no redirects (a portal never sends
/// any; captive pages do), and no limit on the length of an answer in time, since streams stay open.
///
/// Without any certificate authority on the machine there is a client all the same; it says so of every certificate.
///
/// # Panics
/// When ring cannot do TLS 1.2 and 1.3, which it can.
pub fn http_client() -> reqwest::Client {
    client(Vec::new())
}

/// As [`http_client`], and believes this certificate authority beside the system's.
///
/// # Panics
/// As [`http_client`].
pub fn http_client_trusting(ca: &PortalCa) -> reqwest::Client {
    client(ca.certificates())
}

/// A client for this machine's own agent: plain http on loopback, past every proxy, and no certificate is good.
///
/// # Panics
/// As [`http_client`].
pub(crate) fn local_client() -> reqwest::Client {
    let tls = tls_versions().with_root_certificates(RootCertStore::empty());
    let built = builder(tls.with_no_client_auth()).no_proxy().build();
    built.expect("a client without options of the user can be built")
}

fn client(extra: Vec<rustls::pki_types::CertificateDer<'static>>) -> reqwest::Client {
    let verifier: Arc<dyn ServerCertVerifier> = Arc::new(Explaining::new(extra, provider()));
    // The verifier asks the system's own and only finds better words for its refusals.
    let tls = tls_versions()
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let built = builder(tls.with_no_client_auth()).proxy(proxy::proxy()).build();
    built.expect("a client without options of the user can be built")
}

fn builder(mut tls: ClientConfig) -> reqwest::ClientBuilder {
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("tessera-agent/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .tcp_keepalive(Duration::from_secs(30))
}

fn tls_versions() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring does TLS 1.2 and 1.3")
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(ring::default_provider())
}
