//! One operator's year: a scripted install, a lock-out, backups by a timer, a rotated key, a tampered file, a doctor.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::http::Client;
use tessera_testkit::program::{self, Finished, Program};
use tessera_testkit::serve::free_port;
use tessera_testkit::wait;

/// An installation with the embedded database and its own key file.
struct Office {
    home: TempDir,
    base: String,
    port: u16,
}

impl Office {
    fn new() -> anyhow::Result<Self> {
        let home = tempfile::Builder::new().prefix("tessera-office-").tempdir()?;
        let port = free_port()?;
        Ok(Self {
            home,
            base: format!("http://127.0.0.1:{port}"),
            port,
        })
    }

    fn path(&self, rest: &str) -> PathBuf {
        self.home.path().join(rest)
    }

    async fn admin(&self, data: &str, arguments: &[&str]) -> anyhow::Result<Finished> {
        let mut all = vec!["admin"];
        all.extend(arguments);
        all.extend(["--data", data, "--public-url", &self.base]);
        program::run(self.home.path(), all).await
    }

    async fn does(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let done = self.admin("data", arguments).await?;
        anyhow::ensure!(
            done.code == Some(0),
            "{arguments:?}: {} {}",
            done.output,
            done.errors
        );
        Ok(done.output)
    }

    async fn refuses(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let done = self.admin("data", arguments).await?;
        anyhow::ensure!(
            done.code == Some(1),
            "{arguments:?}: {:?} {}",
            done.code,
            done.output
        );
        Ok(done.errors)
    }

    /// What the doctor finds of one thing, and the exit code.
    async fn examined(&self, check: &str) -> anyhow::Result<(Vec<Value>, Option<i32>)> {
        let done = self.admin("data", &["doctor", "--json"]).await?;
        let said: Value = serde_json::from_str(&done.output).with_context(|| done.errors.clone())?;
        let findings = said["findings"].as_array().cloned().unwrap_or_default();
        let those = findings.into_iter().filter(|finding| finding["check"] == check);
        Ok((those.collect(), done.code))
    }

    async fn serve(&self) -> anyhow::Result<Program> {
        let listen = format!("127.0.0.1:{}", self.port);
        let arguments = [
            "serve",
            "--listen",
            &listen,
            "--public-url",
            &self.base,
            "--data",
            "data",
        ];
        let mut server = Program::start(self.home.path(), arguments)?;
        let client = Client::new(&self.base)?;
        let ready = wait::until_true("the server to be ready", async || {
            Ok(client.get("/readyz").await?.status.is_success())
        });
        tokio::select! {
            ready = ready => ready?,
            ended = server.ended() => anyhow::bail!("the server ended: {ended:?}\n{}", server.printed().join("\n")),
        }
        Ok(server)
    }
}

fn level(findings: &[Value]) -> &str {
    findings
        .last()
        .and_then(|finding| finding["level"].as_str())
        .unwrap_or_default()
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{}", path.display());
}

#[cfg(not(unix))]
fn assert_private(_: &Path) {}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_made_from_the_command_line() -> anyhow::Result<()> {
    let office = Office::new()?;
    let ada = "ada@meridian.example";
    let link = office
        .does(&["create-owner", ada, "--org", "Meridian", "--name", "Ada"])
        .await?;
    let server = office.serve().await?;
    assert!(
        !server.printed().iter().any(|line| line.contains("/setup/")),
        "there is an owner, so nobody else can make themselves one"
    );
    let client = Client::new(&office.base)?;
    let path = link
        .trim()
        .strip_prefix(&office.base)
        .context("links are made of public_url")?;
    client.get(path).await?.expect(200)?;
    client.post(path, &[("password", PASSWORD)]).await?.expect(303)?;
    let owner = Person::sign_in(&office.base, ada).await?;
    owner.block("bank.example").await?;

    // Somebody who was locked out, while the server runs.
    let link = office.does(&["create-owner", "mei@meridian.example"]).await?;
    let path = link
        .trim()
        .strip_prefix(&office.base)
        .unwrap_or_default()
        .to_owned();
    client.post(&path, &[("password", PASSWORD)]).await?.expect(303)?;
    let mei = Person::sign_in(&office.base, "mei@meridian.example").await?;
    assert_eq!(mei.org, owner.org);
    let used = Client::new(&office.base)?
        .post(&path, &[("password", PASSWORD)])
        .await?;
    assert!(!used.status.is_redirection(), "the link works once");
    let log = mei.http.get(&mei.api("/audit")).await?.expect(200)?;
    assert!(
        log.body.contains("member.made_owner") && log.body.contains("operator"),
        "{}",
        log.body
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_kept_checked_and_refused_when_they_were_touched() -> anyhow::Result<()> {
    let office = Office::new()?;
    office
        .does(&["create-owner", "ada@meridian.example", "--org", "Meridian"])
        .await?;
    let (backup, code) = office.examined("backup").await?;
    assert_eq!((level(&backup), code), ("look", Some(2)), "{backup:?}");
    let file = office.path("one.backup");
    office.does(&["backup", "one.backup"]).await?;
    assert_private(&file);
    assert_eq!(level(&office.examined("backup").await?.0), "fine");
    let there = office.refuses(&["backup", "one.backup"]).await?;
    assert!(there.contains("nothing is overwritten"), "{there}");
    let key = fs::read_to_string(office.path("data/master.key"))?;
    let bytes = fs::read(&file)?;

    // Elsewhere: without the key, with another, and with the right one.
    let elsewhere = ["restore", "one.backup"];
    let missing = office.admin("elsewhere", &elsewhere).await?;
    assert!(
        missing.errors.contains("the master key is not in a backup"),
        "{}",
        missing.errors
    );
    fs::create_dir_all(office.path("elsewhere"))?;
    let other = office.path("elsewhere/master.key");
    fs::write(&other, format!("{}\n", "5a".repeat(32)))?;
    private(&other)?;
    let wrong = office.admin("elsewhere", &elsewhere).await?;
    assert!(
        wrong.errors.contains("the master key is not in a backup"),
        "{}",
        wrong.errors
    );
    fs::write(&other, &key)?;

    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    for touched in [&bytes[..bytes.len() - 20], &changed] {
        fs::write(&file, touched)?;
        let refused = office.admin("elsewhere", &elsewhere).await?;
        assert_eq!(refused.code, Some(1));
        assert!(
            refused.errors.contains("Nothing was changed"),
            "{}",
            refused.errors
        );
    }
    assert!(
        !office.path("elsewhere/tessera.db").exists(),
        "nothing was even begun"
    );
    fs::write(&file, &bytes)?;
    let restored = office.admin("elsewhere", &elsewhere).await?;
    assert_eq!(restored.code, Some(0), "{}", restored.errors);

    // By a timer, into a folder.
    fs::create_dir_all(office.path("kept"))?;
    fs::write(office.path("kept/tessera-notes.txt"), "mine")?;
    fs::write(office.path("kept/tessera-20200101T000000Z.backup"), "old")?;
    office.does(&["backup", "kept", "--keep", "1"]).await?;
    let mut names: Vec<_> = fs::read_dir(office.path("kept"))?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names[0].starts_with("tessera-2") && !names[0].contains("2020"),
        "{names:?}"
    );
    assert_eq!(names[1], "tessera-notes.txt");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_is_rotated_and_a_wrong_one_is_found_by_the_doctor() -> anyhow::Result<()> {
    let office = Office::new()?;
    office
        .does(&["create-owner", "ada@meridian.example", "--org", "Meridian"])
        .await?;
    let path = office.path("data/master.key");
    let old = fs::read_to_string(&path)?;
    office.does(&["backup", "before.backup"]).await?;
    let server = office.serve().await?;
    let served = office.refuses(&["rotate-master-key"]).await?;
    assert!(served.contains("Stop the Tessera server"), "{served}");
    server.kill().await?;

    // Cut short before the database heard of the new key.
    let new = "a7".repeat(32);
    let pending = office.path("data/master.key.new");
    fs::write(&pending, &new)?;
    private(&pending)?;
    assert_eq!(office.examined("master key").await?.0[0]["level"], "look");
    office.does(&["rotate-master-key"]).await?;
    assert_eq!(
        fs::read_to_string(&path)?.trim(),
        new,
        "it went on with the key that was there"
    );
    let kept = office.path("data/master.key.old-1");
    assert_eq!(fs::read_to_string(&kept)?, old);
    assert_private(&kept);
    let server = office.serve().await?;
    server.kill().await?;

    // Cut short after: the file's name is still the old key's.
    fs::rename(&path, &pending)?;
    fs::copy(&kept, &path)?;
    let server = office.serve().await?;
    assert_eq!(fs::read_to_string(&path)?.trim(), new, "the start finished it");
    server.kill().await?;

    let refused = office
        .refuses(&["restore", "before.backup", "--replace", "--yes"])
        .await?;
    assert!(refused.contains("rotated"), "{refused}");
    fs::write(&path, &old)?;
    fs::remove_file(&pending).ok();
    let (key, code) = office.examined("master key").await?;
    assert_eq!((level(&key), code), ("mend", Some(1)), "{key:?}");
    fs::write(&path, &new)?;
    let (all, code) = office.examined("organizations").await?;
    assert_eq!((level(&all), code), ("fine", Some(2)), "{all:?}");
    Ok(())
}

#[cfg(unix)]
fn private(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn private(_: &Path) -> anyhow::Result<()> {
    Ok(())
}
