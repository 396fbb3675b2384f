//! The agent for download: resumed, cached, never from outside its folder; and its script, run by real shells.

use std::path::Path;
use std::process::Stdio;

use reqwest::header::{IF_NONE_MATCH, IF_RANGE, RANGE};
use reqwest::{Method, StatusCode};
use tessera_server::downloads::Target;
use tessera_testkit::http::{Answer, Client};
use tokio::process::Command;

use crate::cast::TestServer;

/// A program as far as the script can see: it says its version.
const PROGRAM: &str = "#!/bin/sh\necho \"tessera 9.9.9 $*\"\n";

async fn ask(client: &Client, path: &str, headers: &[(reqwest::header::HeaderName, &str)]) -> Answer {
    let mut request = client.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    client.send(request).await.unwrap()
}

fn put(server: &TestServer, file: &str, content: &str) {
    let folder = server.running.site.config.downloads();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), content).unwrap();
}

#[tokio::test]
async fn a_file_is_resumed_and_cached_by_its_hash() {
    let server = TestServer::start().await;
    let client = server.client();
    let file = "tessera-aarch64-apple-darwin";
    let (path, content) = (format!("/downloads/{file}"), "0123456789".repeat(20_000));
    ask(&client, &path, &[]).await.expect(404).unwrap();
    put(&server, file, &content);

    let whole = ask(&client, &path, &[]).await.expect(200).unwrap();
    assert_eq!(whole.body, content, "a machine fetches it without a session");
    let disposition = whole.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"tessera\""));
    assert_eq!(whole.header("cache-control"), Some("no-cache"));
    let tag = whole.header("etag").unwrap().to_owned();
    let sha256 = tag.trim_matches('"');

    let exact = ask(&client, &format!("/downloads/{sha256}/{file}"), &[])
        .await
        .expect(200)
        .unwrap();
    assert_eq!(
        exact.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(exact.header("content-length"), Some("200000"));
    let sums = ask(&client, "/downloads/SHA256SUMS", &[])
        .await
        .expect(200)
        .unwrap();
    assert_eq!(sums.body, format!("{sha256}  {file}\n"));
    let other = format!("/downloads/{}/{file}", "0".repeat(64));
    ask(&client, &other, &[]).await.expect(404).unwrap();

    let known = ask(&client, &path, &[(IF_NONE_MATCH, &tag)])
        .await
        .expect(304)
        .unwrap();
    assert_eq!(known.body, "");
    let rest = ask(&client, &path, &[(RANGE, "bytes=199995-"), (IF_RANGE, &tag)])
        .await
        .expect(206)
        .unwrap();
    assert_eq!(
        (rest.body.as_str(), rest.header("content-range")),
        ("56789", Some("bytes 199995-199999/200000"))
    );
    let beyond = ask(&client, &path, &[(RANGE, "bytes=200000-")])
        .await
        .expect(416)
        .unwrap();
    assert_eq!(beyond.header("content-range"), Some("bytes */200000"));
    put(&server, file, "another build");
    let anew = ask(&client, &path, &[(RANGE, "bytes=5-"), (IF_RANGE, &tag)])
        .await
        .expect(200)
        .unwrap();
    assert_eq!(
        anew.body, "another build",
        "half of one build is never put behind half of another"
    );
    server.running.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_but_the_listed_files_is_given() {
    let server = TestServer::start().await;
    put(&server, "notes.txt", "the operator's own");
    let folder = server.running.site.config.downloads();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../master.key", folder.join("tessera-x86_64-apple-darwin")).unwrap();
    std::fs::create_dir(folder.join("tessera-aarch64-unknown-linux-gnu")).unwrap();
    for path in [
        "notes.txt",
        "..%2Fmaster.key",
        "../master.key",
        "tessera-x86_64-apple-darwin",
        "tessera-aarch64-unknown-linux-gnu",
        "TESSERA-X86_64-UNKNOWN-LINUX-GNU",
        "tessera-x86_64-unknown-linux-gnu%00",
        "%00",
        "x/../../master.key",
        "00/tessera-x86_64-apple-darwin",
    ] {
        let answer = ask(&server.client(), &format!("/downloads/{path}"), &[]).await;
        answer.expect(404).unwrap();
    }
    let script = ask(&server.client(), "/install.sh", &[])
        .await
        .expect(200)
        .unwrap();
    assert!(!script.body.contains("apple-darwin) echo"), "{}", script.body);
    server.running.stop().await.unwrap();
}

/// Runs the server's script as people do, and gives what it printed and whether it succeeded.
async fn install(server: &TestServer, shell: &str, home: &Path) -> (String, bool) {
    let command = format!("curl -fsS {}/install.sh | {shell}", server.base);
    let mut child = Command::new(shell);
    child
        .args(["-c", &command])
        .env("HOME", home)
        .env("TESSERA_INSTALL_DIR", home.join("my programs"))
        .env_remove("TESSERA_CA")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = child.output().await.unwrap();
    let both = [output.stdout, output.stderr].concat();
    (String::from_utf8(both).unwrap(), output.status.success())
}

fn installed(home: &Path) -> Vec<String> {
    let found = std::fs::read_dir(home.join("my programs"))
        .into_iter()
        .flatten()
        .flatten();
    found
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

/// The shells that can be asked here.
fn shells() -> Vec<&'static str> {
    let present = |shell: &&str| {
        std::process::Command::new(shell)
            .args(["-c", ":"])
            .status()
            .is_ok()
    };
    ["dash", "bash", "sh"].into_iter().filter(present).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_script_installs_what_the_portal_offers_and_nothing_that_was_tampered_with() {
    let file = Target::own().unwrap().file;
    for shell in shells() {
        let (server, home) = (TestServer::start().await, tempfile::tempdir().unwrap());
        let (said, done) = install(&server, shell, home.path()).await;
        assert!(
            !done && said.contains("offers no agent for this machine"),
            "{shell}: {said}"
        );
        assert_eq!(installed(home.path()), Vec::<String>::new());

        put(&server, file, PROGRAM);
        let (said, done) = install(&server, shell, home.path()).await;
        assert!(
            done && said.contains("tessera 9.9.9 --version is now "),
            "{shell}: {said}"
        );
        assert!(
            said.contains(&format!("login {}", server.base)),
            "{shell}: {said}"
        );
        assert_eq!(installed(home.path()), ["tessera"], "nothing else is left");

        // The bytes change behind the hash that the portal knows, as on a disk that somebody else can write.
        let path = server.running.site.config.downloads().join(file);
        let stamp = std::fs::metadata(&path).unwrap().modified().unwrap();
        put(&server, file, &PROGRAM.replace("9.9.9", "6.6.6"));
        std::fs::File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(stamp)
            .unwrap();
        let (said, done) = install(&server, shell, home.path()).await;
        assert!(!done && said.contains("thrown away unopened"), "{shell}: {said}");
        assert_eq!(installed(home.path()), ["tessera"]);
        let kept = std::fs::read_to_string(home.path().join("my programs/tessera")).unwrap();
        assert_eq!(kept, PROGRAM, "the one before is still there, whole");

        // What does not run here is not put into place, either.
        put(&server, file, "#!/no/such/interpreter\n");
        let (said, done) = install(&server, shell, home.path()).await;
        assert!(
            !done && said.contains("does not run on this machine"),
            "{shell}: {said}"
        );
        assert_eq!(installed(home.path()), ["tessera"]);
        server.running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_script_that_arrives_in_part_does_nothing() {
    let server = TestServer::start().await;
    put(&server, "tessera-x86_64-unknown-linux-gnu", PROGRAM);
    let script = ask(&server.client(), "/install.sh", &[]).await;
    assert_eq!(
        (script.status, script.header("content-type")),
        (StatusCode::OK, Some("text/plain; charset=utf-8"))
    );
    let home = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = script.body.lines().collect();
    for shell in shells() {
        for cut in [lines.len() / 2, lines.len() - 1] {
            let part = lines[..cut].join("\n");
            let mut child = Command::new(shell);
            child
                .args(["-c", &part])
                .env("HOME", home.path())
                .env("TESSERA_INSTALL_DIR", home.path().join("my programs"));
            child.stderr(Stdio::null()).status().await.unwrap();
            assert_eq!(installed(home.path()), Vec::<String>::new(), "{shell}");
        }
    }
    server.running.stop().await.unwrap();
}
