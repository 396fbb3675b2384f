//! https by the operator's own files: as a browser, an agent and somebody without the `s` meet it.

use std::path::Path;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, Version};

use crate::cast::{PASSWORD, TestServer};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes a certificate for this machine's loopback addresses, and its key.
    fn certify(&self, folder: &Path) {
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &self.0)
            .unwrap();
        std::fs::write(folder.join("portal.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.join("portal.key"), key.serialize_pem()).unwrap();
    }

    /// A client that believes this authority alone, with a connection for each request.
    fn client(&self) -> reqwest::ClientBuilder {
        let certificate = Certificate::from_pem(self.0.pem().as_bytes()).unwrap();
        Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .tls_certs_only([certificate])
    }
}

async fn serving(folder: &Path) -> TestServer {
    TestServer::start_with(&format!(
        "tls_certificate = '{0}/portal.pem'\ntls_key = '{0}/portal.key'",
        folder.display()
    ))
    .await
}

#[tokio::test]
async fn https_is_spoken_in_both_versions_of_http_and_cookies_are_bound_to_the_host() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    authority.certify(folder.path());
    let server = serving(folder.path()).await;
    let origin = server.running.site.origin.clone();
    assert_eq!(origin, format!("https://{}", server.running.address));

    let modern = authority.client().build().unwrap();
    let answer = modern.get(format!("{origin}/healthz")).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_2)
    );
    let old = authority.client().http1_only().build().unwrap();
    let answer = old.get(format!("{origin}/healthz")).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (200, Version::HTTP_11)
    );

    let form = [
        ("org_name", "Example"),
        ("name", "Owner"),
        ("email", "owner@example.org"),
        ("password", PASSWORD),
    ];
    let link = server.running.setup_link.clone().unwrap();
    assert!(link.starts_with("https://"), "{link}");
    let made = modern
        .post(&link)
        .header("origin", &origin)
        .form(&form)
        .send()
        .await
        .unwrap();
    let cookie = made.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-tessera_session=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(made.headers().contains_key("strict-transport-security"));

    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = plain.get(origin.replace("https", "http")).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("speaks https, not http"));
    assert!(
        modern.get(format!("{origin}/healthz")).send().await.is_ok(),
        "whoever forgot the s harms nobody"
    );
    let stranger = Authority::new().client().build().unwrap();
    assert!(stranger.get(format!("{origin}/healthz")).send().await.is_err());
    server.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let (folder, first, second) = (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    first.certify(folder.path());
    let server = serving(folder.path()).await;
    let health = format!("{}/healthz", server.running.site.origin);
    let (before, after) = (first.client().build().unwrap(), second.client().build().unwrap());
    before.get(&health).send().await.unwrap();
    assert!(after.get(&health).send().await.is_err());
    second.certify(folder.path());
    tokio::time::timeout(Duration::from_secs(30), async {
        while after.get(&health).send().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the new certificate is served");
    // Who was there before resumes the session that began with the old certificate; whoever comes now is shown the new one.
    let newcomer = first.client().build().unwrap();
    assert!(newcomer.get(&health).send().await.is_err(), "the old one is gone");
    server.running.stop().await.unwrap();
}
