//! Real processes of the `tessera` binary, with everything that they print kept.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::outside;
use crate::wait;

/// A running `tessera` process. It is killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: String,
    process: Child,
    printed: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts `tessera` with these arguments and a home of its own.
    pub fn start<A: AsRef<OsStr>>(
        home: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> anyhow::Result<Self> {
        Self::start_with(home, arguments, &[])
    }

    /// As [`Program::start`], with further environment variables.
    pub fn start_with<A: AsRef<OsStr>>(
        home: &Path,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut command = command(home, arguments)?;
        command.envs(variables.iter().copied());
        let mut process = command.spawn().context("tessera could not be started")?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        let output = process
            .stdout
            .take()
            .map(|output| keep_lines(output, Arc::clone(&printed)));
        let errors = process
            .stderr
            .take()
            .map(|errors| keep_lines(errors, Arc::clone(&printed)));
        let name = format!("{:?}", command.as_std().get_args().collect::<Vec<_>>());
        Ok(Self {
            name,
            process,
            printed,
            readers: output.into_iter().chain(errors).collect(),
        })
    }

    /// The process id.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.process.id().context("the process has ended")
    }

    /// All lines that it printed so far, on both streams.
    pub fn printed(&self) -> Vec<String> {
        self.printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until something can be read off the printed lines; fails at once when the process has ended.
    pub async fn reads<T>(
        &mut self,
        what: &str,
        mut read: impl FnMut(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let printed = Arc::clone(&self.printed);
        let waiting = wait::until(what, async || {
            let lines = printed.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(lines.iter().find_map(|line| read(line)))
        });
        let ended = tokio::select! {
            found = waiting => return found.with_context(|| self_portrait(&self.name, &self.printed)),
            ended = self.process.wait() => ended,
        };
        // What it printed last may still be on its way.
        for reader in self.readers.drain(..) {
            reader.await?;
        }
        let found = self.printed().iter().find_map(|line| read(line));
        found.with_context(|| {
            let portrait = self_portrait(&self.name, &self.printed);
            format!("{portrait} ({ended:?}) ended before {what}")
        })
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        let ended = tokio::time::timeout(wait::PATIENCE, self.process.wait()).await;
        ended
            .with_context(|| format!("{} does not end", self_portrait(&self.name, &self.printed)))?
            .context("the process can be waited for")
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the process can be killed")
    }
}

/// What a `tessera` command printed and how it ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub output: String,
    /// Its standard error.
    pub errors: String,
}

/// Runs a `tessera` command to its end.
pub async fn run<A: AsRef<OsStr>>(
    home: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> anyhow::Result<Finished> {
    run_with(home, arguments, &[]).await
}

/// As [`run`], with further environment variables.
pub async fn run_with<A: AsRef<OsStr>>(
    home: &Path,
    arguments: impl IntoIterator<Item = A>,
    variables: &[(&str, &str)],
) -> anyhow::Result<Finished> {
    let mut command = command(home, arguments)?;
    command.envs(variables.iter().copied());
    let output = tokio::time::timeout(wait::PATIENCE, command.output())
        .await
        .context("the command does not end")??;
    Ok(Finished {
        code: output.status.code(),
        output: String::from_utf8(output.stdout)?,
        errors: String::from_utf8(output.stderr)?,
    })
}

/// `tessera` in a home of its own, where no setting of this machine's user reaches it.
fn command<A: AsRef<OsStr>>(home: &Path, arguments: impl IntoIterator<Item = A>) -> anyhow::Result<Command> {
    let mut command = Command::new(outside::tessera_binary()?);
    command
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("BROWSER")
        .env_remove("DISPLAY")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let inherited: Vec<_> = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("TESSERA_"))
        .collect();
    for name in inherited {
        command.env_remove(name);
    }
    Ok(command)
}

fn keep_lines(
    stream: impl AsyncRead + Unpin + Send + 'static,
    kept: Arc<Mutex<Vec<String>>>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    })
}

fn self_portrait(name: &str, printed: &Mutex<Vec<String>>) -> String {
    let lines = printed.lock().unwrap_or_else(PoisonError::into_inner);
    let last = lines.len().saturating_sub(40);
    format!("tessera {name}, which printed:\n{}\n", lines[last..].join("\n"))
}
