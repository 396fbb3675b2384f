//! A TLS front for a portal, with an authority of its own: what stands at an address can be exchanged.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tessera_agent::PortalCa;
use tokio::{io::copy_bidirectional, net::TcpListener, net::TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// A certificate authority that no system knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// As agents are given it.
    pub(crate) fn ca(&self) -> PortalCa {
        self.0.pem().parse().unwrap()
    }

    /// A server with a certificate of this authority for this name.
    fn server(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What stands at an address now.
#[derive(Clone)]
struct Behind {
    tls: TlsAcceptor,
    upstream: Option<SocketAddr>,
    /// Ends the conversations that were begun with it.
    over: CancellationToken,
}

/// An https address on loopback.
pub(crate) struct Front {
    port: u16,
    behind: Arc<Mutex<Behind>>,
}

impl Front {
    /// Listens, with nothing behind it yet.
    pub(crate) async fn start(authority: &Authority) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = Arc::new(Mutex::new(Behind {
            tls: authority.server("localhost"),
            upstream: None,
            over: CancellationToken::new(),
        }));
        let shared = Arc::clone(&behind);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let now = shared.lock().unwrap().clone();
                tokio::spawn(async move { now.over.clone().run_until_cancelled(now.lead(stream)).await });
            }
        });
        Self { port, behind }
    }

    pub(crate) fn address(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// From now on this portal stands here.
    pub(crate) fn show(&self, upstream: SocketAddr) {
        self.exchange(|behind| behind.upstream = Some(upstream));
    }

    /// From now on somebody with a certificate of this authority for this name does.
    pub(crate) fn certify(&self, authority: &Authority, name: &str) {
        self.exchange(|behind| behind.tls = authority.server(name));
    }

    fn exchange(&self, change: impl FnOnce(&mut Behind)) {
        let mut behind = self.behind.lock().unwrap();
        behind.over.cancel();
        behind.over = CancellationToken::new();
        change(&mut behind);
    }
}

impl Behind {
    async fn lead(self, stream: TcpStream) -> Option<()> {
        let mut inside = self.tls.accept(stream).await.ok()?;
        let mut upstream = TcpStream::connect(self.upstream?).await.ok()?;
        copy_bidirectional(&mut inside, &mut upstream).await.ok()?;
        Some(())
    }
}
