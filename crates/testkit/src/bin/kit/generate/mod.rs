//! Writes docs/generated: what the code says of itself, for people and programs to read without running it.

mod configuration;
mod rights;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tessera_server::routes::openapi;

/// What `gen` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The folder of the generated pages
    folder: PathBuf,
    /// Changes nothing, and fails when a page is not what the code says
    #[arg(long)]
    check: bool,
}

/// Runs the task.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut openapi = serde_json::to_string_pretty(&openapi::document("https://tessera.example"))?;
    openapi.push('\n');
    let pages = [
        ("openapi.json", openapi),
        ("configuration.md", configuration::page()?),
        ("rights.md", rights::page()),
    ];
    let mut stale = Vec::new();
    for (name, text) in pages {
        let file = options.folder.join(name);
        let present = fs::read_to_string(&file).unwrap_or_default();
        if present == text {
            continue;
        }
        if options.check {
            stale.push(name);
            continue;
        }
        fs::create_dir_all(&options.folder)?;
        fs::write(&file, text).with_context(|| format!("{} can be written", file.display()))?;
        println!("wrote {}", file.display());
    }
    if !stale.is_empty() {
        bail!(
            "stale: {}. Run `cargo xtask gen` and commit what it writes.",
            stale.join(", ")
        );
    }
    Ok(())
}
