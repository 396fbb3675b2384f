//! `cargo xtask dist`: what is handed to operators. A stripped program, an archive with its papers, a Debian package, and
//! the hashes of all of them, in `dist/`.

mod archive;
mod deb;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use crate::process::Run;
use crate::workspace::Workspace;
use archive::{Entry, PROGRAM, TEXT};

/// What `dist` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Build for another platform than this one; its linker must be installed
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Pack this program instead of building one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What is packed, and under which name.
struct Release {
    version: String,
    target: String,
    program: PathBuf,
    /// Made by the program itself: manual pages and completions. None for a program that does not run here.
    papers: Option<PathBuf>,
    /// When the sources were last changed, in seconds since 1970, so that the same sources make the same files.
    at: u64,
    /// The same instant, as mails write it.
    date: String,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    let root = workspace.root();
    let host = host()?;
    let target = options.target.clone().unwrap_or_else(|| host.clone());
    let program = match &options.program {
        Some(program) => program.clone(),
        None => build(workspace, &target)?,
    };
    let folder = root.join("dist");
    fs::create_dir_all(&folder)?;
    let papers = tempfile_in(&folder)?;
    let release = Release {
        version: version(workspace)?,
        papers: (target == host)
            .then(|| write_papers(&program, &papers))
            .transpose()?,
        program,
        target,
        at: git(root, "--format=%ct")?.parse().context("git tells a time")?,
        date: git(root, "--format=%cD")?,
    };
    let mut made = vec![copy(&release, &folder)?, tarball(root, &release, &folder)?];
    if let Some(architecture) = deb::architecture(&release.target) {
        made.push(deb::write(root, &release, architecture, &folder)?);
    }
    fs::remove_dir_all(&papers)?;
    write_sums(&folder, &made)?;
    for path in &made {
        println!("{:>12} {}", size(path)?, path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn build(workspace: &Workspace, target: &str) -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--profile=dist", "--package=tessera", "--locked"];
    let built = Run::cargo(arguments)
        .args(["--target", target])
        .folder(workspace.root())
        .shown()?;
    ensure!(built, "the program could not be built");
    Ok(workspace.binary(&format!("{target}/dist"), "tessera"))
}

fn host() -> anyhow::Result<String> {
    let said = Run::program("rustc").args(["-vV"]).output()?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc names its host")?.to_owned())
}

fn version(workspace: &Workspace) -> anyhow::Result<String> {
    let packages = workspace.metadata()["packages"]
        .as_array()
        .context("cargo metadata lists packages")?;
    let ours = packages.iter().find(|package| package["name"] == "tessera");
    let version = ours.and_then(|package| package["version"].as_str());
    Ok(version.context("tessera has a version")?.to_owned())
}

fn git(root: &Path, format: &str) -> anyhow::Result<String> {
    let said = Run::program("git")
        .args(["log", "-1", format])
        .folder(root)
        .output()?;
    Ok(said.trim().to_owned())
}

fn tempfile_in(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("papers");
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    fs::create_dir_all(&path)?;
    Ok(path)
}

/// Lets the program write its manual pages and completions.
fn write_papers(program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    Run::program(program).args(["manual"]).args([folder]).output()?;
    for (shell, file) in [("bash", "tessera"), ("zsh", "_tessera"), ("fish", "tessera.fish")] {
        let text = Run::program(program).args(["completions", shell]).output()?;
        fs::write(folder.join(file), text)?;
    }
    Ok(folder.to_owned())
}

/// The manual pages among the papers, in order.
fn manual(papers: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(papers)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "1") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

fn copy(release: &Release, folder: &Path) -> anyhow::Result<PathBuf> {
    let end = if release.target.contains("windows") {
        ".exe"
    } else {
        ""
    };
    let path = folder.join(format!("tessera-{}-{}{end}", release.version, release.target));
    fs::copy(&release.program, &path).with_context(|| release.program.display().to_string())?;
    Ok(path)
}

fn tarball(root: &Path, release: &Release, folder: &Path) -> anyhow::Result<PathBuf> {
    let name = format!("tessera-{}-{}", release.version, release.target);
    let program = if release.target.contains("windows") {
        "tessera.exe"
    } else {
        "tessera"
    };
    let mut entries = vec![Entry::file(program, &release.program, PROGRAM)?];
    for text in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md"] {
        entries.push(Entry::file(text, &root.join(text), TEXT)?);
    }
    if let Some(papers) = &release.papers {
        for file in ["tessera", "_tessera", "tessera.fish"] {
            entries.push(Entry::file(
                format!("completions/{file}"),
                &papers.join(file),
                TEXT,
            )?);
        }
        for page in manual(papers)? {
            let file = page
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            entries.push(Entry::file(format!("man/{file}"), &page, TEXT)?);
        }
    }
    let entries: Vec<_> = entries.into_iter().map(|entry| entry.below(&name)).collect();
    let path = folder.join(format!("{name}.tar.gz"));
    fs::write(&path, archive::tar_gz(&entries, release.at)?)?;
    Ok(path)
}

fn write_sums(folder: &Path, made: &[PathBuf]) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for path in made {
        let digits = hex(&Sha256::digest(fs::read(path)?));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        lines.push(format!("{digits}  {name}\n"));
    }
    lines.sort_by(|one, other| one[64..].cmp(&other[64..]));
    fs::write(folder.join("SHA256SUMS"), lines.concat())?;
    Ok(())
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn size(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::metadata(path)?.len();
    Ok(format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10))
}
