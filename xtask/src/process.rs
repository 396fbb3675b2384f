//! Running other programs: said before, shown while, judged after.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, bail};

/// A command that is about to be run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
}

impl Run {
    /// Any program.
    pub(crate) fn program(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
        }
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets several environment variables.
    pub(crate) fn envs(mut self, variables: &[(OsString, OsString)]) -> Self {
        self.environment.extend_from_slice(variables);
        self
    }

    /// Runs in this folder.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs it on this terminal and says whether it succeeded.
    pub(crate) fn shown(&self) -> anyhow::Result<bool> {
        println!("$ {}", self.text());
        let status = self
            .command()
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("`{}` could not be started", self.text()))?;
        Ok(status.success())
    }

    /// Runs it with both streams in a file, whose end is shown when it fails.
    pub(crate) fn logged(&self, log: &Path) -> anyhow::Result<bool> {
        const END: usize = 4_000;
        let file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
        let status = self
            .command()
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .status()
            .with_context(|| format!("`{}` could not be started", self.text()))?;
        if !status.success() {
            let written = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
            let from = written.floor_char_boundary(written.len().saturating_sub(END));
            println!("$ {}\n{}", self.text(), &written[from..]);
        }
        Ok(status.success())
    }

    /// Runs it silently and gives its standard output; failing is an error that shows what it wrote.
    pub(crate) fn output(&self) -> anyhow::Result<String> {
        let output = self
            .command()
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("`{}` could not be started", self.text()))?;
        if !output.status.success() {
            let written = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed ({}): {}", self.text(), output.status, written.trim());
        }
        String::from_utf8(output.stdout).with_context(|| format!("`{}` writes UTF-8", self.text()))
    }

    /// Runs it, shows each line of both streams as it comes, and gives each to `see`.
    pub(crate) fn watched(&self, mut see: impl FnMut(&str)) -> anyhow::Result<bool> {
        println!("$ {}", self.text());
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.text()))?;
        let (sender, lines) = mpsc::channel();
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as Box<_>),
            child.stderr.take().map(|stream| Box::new(stream) as Box<_>),
        ];
        for stream in streams.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let mut line = Vec::new();
                while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                    let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                    line.clear();
                    if sender.send(text).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for line in lines {
            println!("{line}");
            see(&line);
        }
        Ok(child.wait()?.success())
    }

    /// The command as the standard library runs it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// The command as one would type it.
    fn text(&self) -> String {
        let program = Path::new(&self.program)
            .file_name()
            .unwrap_or(&self.program)
            .to_string_lossy();
        self.arguments
            .iter()
            .fold(program.into_owned(), |text, argument| {
                format!("{text} {}", argument.to_string_lossy())
            })
    }
}
