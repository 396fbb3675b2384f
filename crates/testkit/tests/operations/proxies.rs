//! The example configurations of nginx and Caddy, with the real proxies: streams come through as they are sent, and
//! nobody chooses their own address.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use reqwest::Method;
use tempfile::TempDir;
use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::device::Applicant;
use tessera_testkit::http::Client;
use tessera_testkit::outside::{Party, all_present, variable};
use tessera_testkit::serve::{Options, Serve, free_port};
use tessera_testkit::wait;
use tokio::process::{Child, Command};

const NAME: &str = "tessera.example.com";

fn packaged(name: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packaging")
        .join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Replaces a text that must be there.
fn with(text: &str, what: &str, instead: &str) -> anyhow::Result<String> {
    anyhow::ensure!(text.contains(what), "the example has no {what}");
    Ok(text.replace(what, instead))
}

fn start(program: &Path, arguments: &[&str], home: &Path) -> anyhow::Result<Child> {
    Command::new(program)
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| program.display().to_string())
}

/// The example, without TLS and on free ports, in one process that ends with the test.
fn nginx(home: &Path, front: u16, back: u16) -> anyhow::Result<Child> {
    let example = packaged("nginx/tessera.conf")?;
    let example = with(&example, "127.0.0.1:8080", &format!("127.0.0.1:{back}"))?;
    let example = with(
        &example,
        "listen 443 ssl http2;",
        &format!("listen 127.0.0.1:{front};"),
    )?;
    let example = with(
        &example,
        "listen 80;",
        &format!("listen 127.0.0.1:{};", free_port()?),
    )?;
    let plain: Vec<_> = example
        .lines()
        .filter(|line| !line.trim_start().starts_with("ssl_"))
        .collect();
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: Vec<_> = folders
        .iter()
        .map(|name| format!("{name}_temp_path {name};"))
        .collect();
    let whole = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr warn;\nevents {{ worker_connections 64; }}\nhttp {{\n\
         access_log off; {}\n{}\n}}\n",
        temporary.join(" "),
        plain.join("\n")
    );
    std::fs::write(home.join("nginx.conf"), whole)?;
    let prefix = home.display().to_string();
    start(
        &variable("TESSERA_TEST_NGINX")?,
        &["-p", &prefix, "-e", "stderr", "-c", "nginx.conf"],
        home,
    )
}

/// The example, without TLS and on free ports.
fn caddy(home: &Path, front: u16, back: u16) -> anyhow::Result<Child> {
    let example = packaged("caddy/Caddyfile")?;
    let example = with(&example, "127.0.0.1:8080", &format!("127.0.0.1:{back}"))?;
    let example = with(
        &example,
        &format!("{NAME} {{"),
        &format!("http://127.0.0.1:{front} {{"),
    )?;
    std::fs::write(home.join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{example}"))?;
    start(
        &variable("TESSERA_TEST_CADDY")?,
        &["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
        home,
    )
}

async fn is_served_well(proxy: fn(&Path, u16, u16) -> anyhow::Result<Child>) -> anyhow::Result<()> {
    let (front, back) = (free_port()?, free_port()?);
    let base = format!("http://127.0.0.1:{front}");
    let database = Database::create(Engine::Sqlite).await?;
    let options = Options {
        public_url: Some(base.clone()),
        arguments: ["--trusted-proxy", "127.0.0.1"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let mut server = Serve::start_on(back, &database, options).await?;
    let home = TempDir::new()?;
    let _running = proxy(home.path(), front, back)?;
    let client = Client::new(&base)?;
    wait::until_true("the proxy to answer", async || {
        Ok(client.get("/readyz").await?.status.is_success())
    })
    .await?;
    let owner = Person::set_up(
        &server.setup_link().await?,
        "Meridian",
        "Ada",
        "ada@meridian.example",
    )
    .await?;

    // Somebody who says that they come from elsewhere.
    let form = [
        ("next", ""),
        ("email", owner.email.as_str()),
        ("password", PASSWORD),
    ];
    let liar = Client::new(&base)?;
    let request = liar
        .request(Method::POST, "/sign-in")
        .header("x-forwarded-for", "203.0.113.9")
        .form(&form);
    liar.send(request).await?.expect(303)?;
    let page = owner.http.get("/account").await?.expect(200)?;
    assert!(!page.body.contains("203.0.113.9"), "{}", page.gist());
    assert!(page.body.contains("127.0.0.1"), "{}", page.gist());

    // A stream's first words are a few bytes: a proxy that gathers them would keep them.
    let applicant = Applicant::begin(&base, "ada-macbook").await?;
    owner.approve(applicant.code()).await?;
    let device = applicant.finish().await?;
    let mut stream = device.stream(&device.token().await?).await?;
    let mut heard = String::new();
    for website in ["bank.example", "clinic.example"] {
        owner.block(website).await?;
        let events = heard.matches("event: manifest").count();
        let more = async {
            while heard.matches("event: manifest").count() <= events {
                let chunk = stream.chunk().await?.context("the stream goes on")?;
                heard.push_str(&String::from_utf8_lossy(&chunk));
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(wait::PATIENCE, more)
            .await
            .with_context(|| format!("{website} is not heard"))??;
    }

    // An upload of some megabytes is Tessera's to judge.
    let large = "x".repeat(2 << 20);
    let refused = owner.http.post("/account", &[("name", &large)]).await?;
    assert_eq!(refused.status, 413, "{}", refused.gist());
    assert!(
        refused.header("x-request-id").is_some(),
        "the answer is Tessera's own"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_streams_flow_and_addresses_are_true() -> anyhow::Result<()> {
    if !all_present(&[Party::Nginx]) {
        return Ok(());
    }
    is_served_well(nginx).await
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_caddy_streams_flow_and_addresses_are_true() -> anyhow::Result<()> {
    if !all_present(&[Party::Caddy]) {
        return Ok(());
    }
    is_served_well(caddy).await
}
