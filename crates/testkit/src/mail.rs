//! A real SMTP server that keeps what it is given.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::outside;
use crate::wait;

/// A delivered mail.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The decoded subject.
    pub subject: String,
    /// The decoded plain text.
    pub text: String,
    /// The decoded HTML.
    pub html: String,
}

impl Mail {
    /// The first link in the text that contains `part`.
    pub fn link(&self, part: &str) -> anyhow::Result<String> {
        link_in(&self.text, part).with_context(|| format!("no link with `{part}` in: {}", self.text))
    }
}

/// A link in the newest mail to this address, where a server without a mail server keeps mails as files.
///
/// `folder` is the one of the test's database.
pub async fn filed_link(folder: &Path, address: &str, part: &str) -> anyhow::Result<String> {
    wait::until(format!("a filed mail to {address} with `{part}`"), async || {
        let entries = std::fs::read_dir(folder.join("server/mail"))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort_by_key(|file| std::fs::metadata(file).and_then(|about| about.modified()).ok());
        let texts = files
            .iter()
            .rev()
            .filter_map(|file| std::fs::read_to_string(file).ok());
        let mut wanted = texts.filter(|text| text.contains(&format!("To: {address}")));
        Ok(wanted.find_map(|text| link_in(&text.replace("=\r\n", "").replace("=3D", "="), part)))
    })
    .await
}

fn link_in(text: &str, part: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || "<>()\"".contains(c))
        .find(|word| word.starts_with("http") && word.contains(part))
        .map(str::to_owned)
}

/// A running SMTP server on loopback. It ends when dropped.
#[derive(Debug)]
pub struct MailServer {
    process: Child,
    port: u16,
    taken: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Starts one on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_on(0).await
    }

    /// Starts one on this port, as when a mail server comes back.
    pub async fn start_on(port: u16) -> anyhow::Result<Self> {
        let mut process = Command::new(outside::variable("TESSERA_TEST_PYTHON")?)
            .args(["-c", include_str!("mail_server.py"), &port.to_string()])
            .env("PYTHONPATH", outside::variable("TESSERA_TEST_AIOSMTPD")?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the SMTP server could not be started")?;
        let output = process.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let first = lines
            .next_line()
            .await?
            .context("the SMTP server says its port")?;
        let port = first.parse()?;
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(mail) = serde_json::from_str(&line) {
                    keep.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                }
            }
        });
        Ok(Self { process, port, taken })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What a server is given as `--smtp-url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// All mails so far.
    pub fn taken(&self) -> Vec<Mail> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a mail to this address whose subject contains `subject`.
    pub async fn mail_to(&self, address: &str, subject: &str) -> anyhow::Result<Mail> {
        wait::until(format!("a mail to {address} about `{subject}`"), async || {
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = |mail: &&Mail| {
                mail.to.iter().any(|to| to.eq_ignore_ascii_case(address))
                    && mail.subject.to_lowercase().contains(&subject.to_lowercase())
            };
            Ok(taken.iter().rev().find(wanted).cloned())
        })
        .await
    }

    /// Ends it, and gives the port for its successor.
    pub async fn stop(mut self) -> anyhow::Result<u16> {
        self.process.kill().await?;
        Ok(self.port)
    }
}
