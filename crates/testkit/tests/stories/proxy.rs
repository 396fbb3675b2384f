//! Behind a proxy, nothing that a stranger says of hosts or addresses is believed.

use reqwest::Method;
use reqwest::header::HOST;
use tessera_testkit::actors::PASSWORD;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::http::Client;
use tessera_testkit::mail::MailServer;
use tessera_testkit::outside::{Party, all_present};
use tessera_testkit::server::{Options, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_host_reaches_no_link_and_no_redirect() -> anyhow::Result<()> {
    if !all_present(&[Party::Mail]) {
        return Ok(());
    }
    let mail = MailServer::start().await?;
    let database = Database::create(Engine::Sqlite).await?;
    let options = Options {
        smtp_url: Some(mail.url()),
        public_url: Some("https://portal.meridian.example".to_owned()),
        trusted_proxies: vec!["127.0.0.1/32".to_owned()],
        ..Options::default()
    };
    let server = TestServer::start(&database, options).await?;
    let direct = format!("http://{}", server.running.address);
    let link = server.running.setup_link.clone().unwrap_or_default();
    let path = link
        .strip_prefix("https://portal.meridian.example")
        .expect("links are made of public_url");

    let proxy = Client::new(&direct)?.speaking_as("https://portal.meridian.example");
    let form = [
        ("org_name", "Meridian"),
        ("name", "Ada"),
        ("email", "ada@meridian.example"),
        ("password", PASSWORD),
    ];
    let made = proxy.post(path, &form).await?.expect_done()?;
    let cookie = made.header("set-cookie").unwrap_or_default().to_owned();
    assert!(
        cookie.starts_with("__Host-") && cookie.contains("Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );

    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-proto", "http"),
    ] {
        let stranger = Client::new(&direct)?.speaking_as("https://portal.meridian.example");
        let request = stranger
            .request(Method::POST, "/forgot-password")
            .header(name, value)
            .form(&[("email", "ada@meridian.example")]);
        let answer = stranger.send(request).await?;
        let whole = format!("{:?} {}", answer.headers, answer.body);
        assert!(!whole.contains("evil.example"), "{name}: {whole}");
        let page = stranger
            .send(stranger.request(Method::GET, "/").header(name, value))
            .await?;
        assert!(
            !format!("{:?} {}", page.headers, page.body).contains("evil.example"),
            "{name}"
        );
    }
    let letter = mail.mail_to("ada@meridian.example", "").await?;
    assert!(!letter.text.contains("evil.example") && !letter.html.contains("evil.example"));
    letter.link("https://portal.meridian.example/reset-password/")?;

    // Another site's page cannot act for somebody who is signed in.
    let http = reqwest::Client::builder().no_proxy().build()?;
    for says in [
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ][..],
        &[],
    ] {
        let mut forged = http
            .post(format!("{direct}/account"))
            .header(HOST, "portal.meridian.example")
            .header("cookie", proxy.cookie_header());
        for (name, value) in says {
            forged = forged.header(*name, *value);
        }
        assert_eq!(
            forged.form(&[("name", "Eve")]).send().await?.status(),
            403,
            "{says:?}"
        );
    }
    server.stop().await?;
    Ok(())
}
