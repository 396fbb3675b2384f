//! The one way this crate makes an HTTP client.

use std::time::Duration;

/// A client as an agent wants it: TLS by rustls, no redirects (a portal never sends any; captive pages do), and
/// no limit on the length of an answer in time, since streams stay open.
///
/// # Panics
/// When the system's certificates cannot be asked for at all.
pub fn http_client() -> reqwest::Client {
    // A second call finds a provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("tessera-agent/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .tcp_keepalive(Duration::from_secs(30))
        .build()
        .expect("a client without options of the user can be built")
}
