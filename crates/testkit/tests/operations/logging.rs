//! What docs/LOGGING.md says of the server's log is what the server logs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tessera_testkit::database::{Database, Engine};
use tessera_testkit::serve::{Options, Serve};
use tessera_testkit::wait;

/// The messages of `tracing::info!`, `warn!` and `error!`, with their levels.
fn messages(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for level in ["info", "warn", "error"] {
        for (at, call) in text.match_indices(&format!("tracing::{level}!(")) {
            let body = &text[at + call.len()..];
            if let Some(message) = last_literal(body) {
                found.push((level.to_uppercase(), message.to_owned()));
            }
        }
    }
    found
}

/// The last text of a macro's arguments: strings in them hold no parentheses that do not close.
fn last_literal(body: &str) -> Option<&str> {
    let (mut depth, mut last, mut opened) = (1, None, None);
    for (at, character) in body.char_indices() {
        match (character, opened) {
            ('"', None) => opened = Some(at + 1),
            ('"', Some(start)) => {
                last = Some(&body[start..at]);
                opened = None;
            }
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return last;
        }
    }
    None
}

fn read(folder: &Path, texts: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, texts)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[test]
fn every_line_of_the_servers_log_is_written_down() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for name in ["store", "app", "server"] {
        read(&root.join("crates").join(name).join("src"), &mut texts)?;
    }
    let logged: BTreeSet<_> = texts.iter().flat_map(|text| messages(text)).collect();
    assert!(logged.len() > 30, "the sources were read: {logged:?}");
    let page = fs::read_to_string(root.join("docs/LOGGING.md"))?;
    let written: BTreeSet<_> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let level = cells.next()?;
            let message = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            ["INFO", "WARN", "ERROR"]
                .contains(&level)
                .then(|| (level.to_owned(), message.to_owned()))
        })
        .collect();
    let missing: Vec<_> = logged.difference(&written).collect();
    assert!(missing.is_empty(), "not in docs/LOGGING.md: {missing:?}");
    let gone: Vec<_> = written.difference(&logged).collect();
    assert!(
        gone.is_empty(),
        "docs/LOGGING.md tells of what nobody logs: {gone:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_cannot_export_traces_says_so_and_serves() -> anyhow::Result<()> {
    let database = Database::create(Engine::Sqlite).await?;
    let options = Options {
        arguments: vec!["--otlp-endpoint=http://127.0.0.1:9".to_owned()],
        ..Options::default()
    };
    let server = Serve::start(&database, options).await?;
    wait::until_true("the log to say so", async || {
        let lines = server.printed();
        Ok(lines
            .iter()
            .any(|line| line.contains("built without OpenTelemetry")))
    })
    .await
}
