//! A PostgreSQL cluster of our own in a temporary folder, for as long as a task runs.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::Run;
use crate::workspace::find_program;

/// Whether a crash may lose what was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As in production: what is measured must have reached the disk.
    Full,
    /// For tests, which start from nothing anyway.
    None,
}

/// A running cluster; it is stopped and removed when dropped.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster whose default collation is a linguistic one, so that a text column
    /// that forgot its `collate "C"` shows.
    pub(crate) fn start(programs: &Path, durability: Durability) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("tessera-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let owner = Owner::of_cluster()?;
        owner.give(&folder)?;
        let data = folder.join("data");
        let initdb = Run::program(programs.join("initdb"))
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-sync",
            ])
            .args(["--locale=C.UTF-8", "--pgdata"])
            .args([&data])
            .folder(&folder);
        let linguistic = initdb
            .clone()
            .args(["--locale-provider=icu", "--icu-locale=en-US"]);
        if owner.output(&linguistic).is_err() {
            fs::remove_dir_all(&data).ok();
            owner.output(&initdb)?;
        }
        let port = free_port()?;
        let mut arguments = vec![
            format!("-cport={port}"),
            format!("-cunix_socket_directories={}", folder.display()),
        ];
        arguments.extend(["-clisten_addresses=127.0.0.1", "-cmax_connections=400"].map(String::from));
        if durability == Durability::None {
            arguments.extend(
                [
                    "-cfsync=off",
                    "-csynchronous_commit=off",
                    "-cfull_page_writes=off",
                ]
                .map(String::from),
            );
        }
        let log = fs::File::create(folder.join("log"))?;
        let run = Run::program(programs.join("postgres"))
            .args(["-D"])
            .args([&data])
            .args(&arguments)
            .folder(&folder);
        let server = owner
            .become_in(run.command())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres could not be started")?;
        let mut cluster = Self { server, folder, port };
        cluster.wait_until_ready(programs)?;
        Ok(cluster)
    }

    /// Where tests may make databases of their own.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, programs: &Path) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_mins(1);
        let probe = Run::program(programs.join("pg_isready"))
            .args(["--quiet", "--host=127.0.0.1"])
            .args([format!("--port={}", self.port)]);
        while probe.output().is_err() {
            if self.server.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL did not start:\n{log}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The folder with `initdb` and `postgres`, newest version first.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version_of(folder)));
    let initdb = find_program(&["initdb"], &folders)?;
    Some(fs::canonicalize(initdb).ok()?.parent()?.to_owned())
}

fn version_of(folder: &Path) -> u32 {
    let name = folder.parent().and_then(Path::file_name).unwrap_or_default();
    name.to_string_lossy().parse().unwrap_or(0)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Who runs the cluster: PostgreSQL refuses to run as root, so root lends it to the user `postgres`.
#[derive(Clone, Copy)]
struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    fn of_cluster() -> anyhow::Result<Self> {
        let id = |arguments: &[&str]| -> anyhow::Result<u32> {
            let text = Run::program("id").args(arguments).output()?;
            text.trim().parse().context("id prints a number")
        };
        let ids = match id(&["-u"])? {
            0 => Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)),
            _ => None,
        };
        Ok(Self { ids })
    }

    fn give(self, folder: &Path) -> anyhow::Result<()> {
        #[cfg(unix)]
        if let Some((user, group)) = self.ids {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn become_in(self, mut command: std::process::Command) -> std::process::Command {
        #[cfg(unix)]
        if let Some((user, group)) = self.ids {
            use std::os::unix::process::CommandExt as _;
            command.uid(user).gid(group);
        }
        command
    }

    fn output(self, run: &Run) -> anyhow::Result<()> {
        let output = self.become_in(run.command()).stdin(Stdio::null()).output()?;
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }
}
