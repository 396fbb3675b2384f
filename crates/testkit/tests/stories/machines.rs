//! A member's machine as companies set them up: behind a proxy that wants a password, with a portal whose certificate comes
//! from an authority of the company's own, and the agent installed by the portal's script.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tessera_server::downloads::Target;
use tessera_testkit::actors::Person;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::http;
use tessera_testkit::machine::Machine;
use tessera_testkit::outside::tessera_binary;
use tessera_testkit::server::{Options, TestServer};
use tessera_testkit::tunnel::Tunnel;

const HOST: &str = "portal.meridian.example";
const PORTAL: &str = "https://portal.meridian.example";

/// A portal whose certificate only a file of the company's vouches for.
struct Company {
    owner: Person,
    server: TestServer,
    ca: PathBuf,
    _database: Database,
    folder: tempfile::TempDir,
}

impl Company {
    async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let authority = certify(folder.path())?;
        let downloads = folder.path().join("downloads");
        std::fs::create_dir(&downloads)?;
        if let Some(target) = Target::own() {
            let (binary, offered) = (tessera_binary()?, downloads.join(target.file));
            std::fs::hard_link(&binary, &offered).or_else(|_| std::fs::copy(&binary, &offered).map(drop))?;
        }
        let database = Database::create(Engine::Sqlite).await?;
        let options = Options {
            public_url: Some(PORTAL.to_owned()),
            tls: Some((folder.path().join("portal.pem"), folder.path().join("portal.key"))),
            downloads: Some(downloads),
            ..Options::default()
        };
        let server = TestServer::start(&database, options).await?;
        http::introduce(HOST, server.running.address, &authority)?;
        Ok(Self {
            owner: server.founded().await?,
            server,
            ca: folder.path().join("ca.pem"),
            _database: database,
            folder,
        })
    }
}

/// Writes an authority's certificate, and the portal's own with its key.
fn certify(folder: &Path) -> anyhow::Result<String> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Meridian Internal CA");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = [HOST.to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    std::fs::write(folder.join("ca.pem"), authority.pem())?;
    std::fs::write(folder.join("portal.pem"), certificate.pem())?;
    std::fs::write(folder.join("portal.key"), key.serialize_pem())?;
    Ok(authority.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_behind_a_proxy_enrols_with_the_companys_authority_and_keeps_it() -> anyhow::Result<()> {
    let company = Company::new().await?;
    // anna:s@fe
    let tunnel = Tunnel::start(company.server.running.address, "YW5uYTpzQGZl").await?;
    let proxy = format!("http://anna:s%40fe@{}", tunnel.address());
    let machine = Machine::new()?.seeing(&[("HTTPS_PROXY", &proxy), ("HTTP_PROXY", &proxy)]);
    let login = ["login", PORTAL, "--no-browser", "--keyring", "off"];

    let refused = machine.run(&login).await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for part in ["is not trusted", "“Meridian Internal CA”", "--ca FILE"] {
        assert!(
            refused.errors.contains(part),
            "{part} is not in: {}",
            refused.errors
        );
    }
    assert!(
        !refused.errors.contains("s@fe") && !refused.errors.contains("s%40fe"),
        "{refused:?}"
    );

    let dead = Machine::new()?.seeing(&[("HTTPS_PROXY", "http://127.0.0.1:9")]);
    let unreachable = dead.run(&login).await?;
    assert!(
        unreachable
            .errors
            .contains("by way of the proxy http://127.0.0.1:9"),
        "{unreachable:?}"
    );
    let wrong = dead.run(&["login", PORTAL, "--ca", "/no/such/file.pem"]).await?;
    assert_eq!(wrong.code, Some(64), "{wrong:?}");

    let ca = company.ca.display().to_string();
    let signing_in = machine.log_in_with(PORTAL, &["--ca", &ca]).await?;
    company.owner.approve(&signing_in.code).await?;
    signing_in.finish().await?;
    assert!(
        tunnel
            .asked()
            .iter()
            .all(|asked| asked == "portal.meridian.example:443"),
        "{:?}",
        tunnel.asked()
    );

    // The authority was named once. The commands ask the agent on loopback, past the proxy.
    let agent = machine.start_agent().await?;
    let revision = company
        .owner
        .save(json!({ "features": { "telemetry": false } }))
        .await?;
    company.owner.sees_applied(revision, 1).await?;
    let (said, code) = machine.check("https://fine.example/").await?;
    assert_eq!(
        (said["revision"].as_u64(), code),
        (Some(revision), Some(0)),
        "{said}"
    );
    assert!(
        tunnel
            .asked()
            .iter()
            .all(|asked| asked == "portal.meridian.example:443"),
        "{:?}",
        tunnel.asked()
    );
    agent.kill().await?;

    let logged_out = machine.run(&["logout", "--json"]).await?;
    let said: serde_json::Value = serde_json::from_str(&logged_out.output)?;
    assert_eq!(said["acknowledged"], json!(true), "{logged_out:?}");
    company.server.stop().await?;
    Ok(())
}

/// The portal's script fetches the real program over TLS, checks it, runs it and puts it into place.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_script_installs_the_real_program() -> anyhow::Result<()> {
    let company = Company::new().await?;
    let (home, ca) = (company.folder.path().join("home"), company.ca.display());
    std::fs::create_dir(&home)?;
    let resolve = format!(
        "--resolve {HOST}:443:127.0.0.1 --connect-to {HOST}:443:{}",
        company.server.running.address
    );
    std::fs::write(
        home.join(".curlrc"),
        resolve.replace(" --connect-to", "\n--connect-to"),
    )?;
    let run = |command: String| {
        let mut shell = tokio::process::Command::new("sh");
        shell
            .args(["-c", &command])
            .env("HOME", &home)
            .env("CURL_HOME", &home)
            .env("TESSERA_CA", &company.ca)
            .stdin(std::process::Stdio::null());
        async move { shell.output().await }
    };
    let output = run(format!("id -u >/dev/null; TESSERA_INSTALL_DIR='' curl --cacert '{ca}' -fsS {PORTAL}/install.sh | TESSERA_INSTALL_DIR='{}' sh", home.join("bin").display())).await?;
    let said = String::from_utf8([output.stdout, output.stderr].concat())?;
    assert!(
        output.status.success() && said.contains(env!("CARGO_PKG_VERSION")),
        "{said}"
    );
    assert!(said.contains(&format!("login {PORTAL} --ca {ca}")), "{said}");
    let version = run(format!("'{}' --version", home.join("bin/tessera").display())).await?;
    assert!(String::from_utf8(version.stdout)?.starts_with("tessera "));
    company.server.stop().await?;
    Ok(())
}

/// The unit that would be installed, as the real binary writes it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_installed_can_be_read_before() -> anyhow::Result<()> {
    let machine = Machine::new()?.seeing(&[
        ("HTTPS_PROXY", "http://anna:hunter2@proxy.example:3128"),
        ("NO_PROXY", ".meridian.example"),
    ]);
    let shown = machine.run(&["agent", "install", "--system", "--print"]).await?;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    for line in [
        "ProtectSystem=strict",
        "After=network-online.target",
        "Environment=\"NO_PROXY=.meridian.example\"",
        "ReadWritePaths=\"/var/lib/tessera-agent\"",
    ] {
        assert!(shown.output.contains(line), "{line} is not in {}", shown.output);
    }
    assert!(
        !shown.output.contains("hunter2"),
        "a unit can be read by everybody"
    );
    let both = machine.run(&["agent", "install", "--system", "--user"]).await?;
    assert_eq!(both.code, Some(64));
    let status = machine.run(&["agent", "status", "--json"]).await?;
    assert_ne!(status.code, Some(0), "{status:?}");
    Ok(())
}

/// Systemd does not run everywhere that tests do, so a stand-in notes what it is asked for. The unit itself is judged by
/// `systemd-analyze` in the agent's own tests.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_persons_service_is_installed_explained_and_taken_away() -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    let (systemctl, asked) = (folder.path().join("systemctl"), folder.path().join("asked"));
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{0}/asked'\n[ ! -e '{0}/refuse' ] || {{ echo 'Failed to connect to bus' >&2; exit 1; }}\n\
         [ \"$2\" != status ] || exit 0\n",
        folder.path().display()
    );
    std::fs::write(&systemctl, script)?;
    std::fs::set_permissions(&systemctl, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let machine = Machine::new()?.seeing(&[("PATH", &path)]);

    std::fs::write(folder.path().join("refuse"), "")?;
    let refused = machine.run(&["agent", "install"]).await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.errors.contains("Failed to connect to bus"), "{refused:?}");
    let absent = machine.run(&["agent", "status", "--json"]).await?;
    assert!(
        absent.output.contains("\"installed\":false"),
        "nothing half-done is left: {absent:?}"
    );
    std::fs::remove_file(folder.path().join("refuse"))?;

    let installed = machine.run(&["agent", "install"]).await?;
    assert_eq!(installed.code, Some(0), "{installed:?}");
    for part in [
        "systemd/user/tessera-agent.service",
        "tessera agent uninstall --user",
        "journalctl --user",
        "tessera login <url>",
    ] {
        assert!(
            installed.output.contains(part),
            "{part} is not in {}",
            installed.output
        );
    }
    let status = machine.run(&["agent", "status", "--json"]).await?;
    let said: serde_json::Value = serde_json::from_str(&status.output)?;
    assert_eq!((&said["installed"], &said["runs"]), (&json!(true), &json!(true)));
    let unit = PathBuf::from(said["file"].as_str().unwrap_or_default());
    assert!(std::fs::read_to_string(&unit)?.contains("NoNewPrivileges=yes"));

    let gone = machine.run(&["agent", "uninstall"]).await?;
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(!unit.exists());
    let asked = std::fs::read_to_string(asked)?;
    for call in ["--user enable ", "--user start tessera-agent", "--user disable "] {
        assert!(
            asked.lines().any(|line| line.starts_with(call)),
            "{call} is not in {asked}"
        );
    }
    Ok(())
}
