//! The catalogue as a file: its shape, and every reason to refuse one.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Model, Provider};
use crate::ModelName;

/// The most bytes of a title.
const MAX_TITLE: usize = 120;
/// The most entries that an error names.
const MAX_PROBLEMS: usize = 10;

/// What stands in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The day that it is of.
    #[serde(default)]
    pub(super) dated: String,
    /// Where its facts are from.
    #[serde(default)]
    pub(super) sources: Vec<String>,
    /// The unit of its prices.
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    pub(super) currency: String,
    /// Whether it stands alone; otherwise its entries replace and extend the built-in ones.
    #[serde(default)]
    pub(super) replaces: bool,
    /// Built-in providers and models that are not offered.
    #[serde(default)]
    pub(super) removed: Vec<String>,
    /// Providers.
    #[serde(default)]
    pub(super) providers: Vec<Provider>,
    /// Models.
    #[serde(default)]
    pub(super) models: Vec<Model>,
}

/// A catalogue that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The text is not the JSON that is wanted.
    #[error("{0}")]
    Malformed(String),
    /// Entries do not fit.
    #[error("{}", said(.0))]
    Entries(Vec<Problem>),
}

/// One entry that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry}: {message}")]
pub struct Problem {
    /// Which entry, by its id.
    pub entry: String,
    /// What is wrong with it.
    pub message: String,
}

fn said(problems: &[Problem]) -> String {
    let mut lines: Vec<String> = problems
        .iter()
        .take(MAX_PROBLEMS)
        .map(ToString::to_string)
        .collect();
    if problems.len() > MAX_PROBLEMS {
        lines.push(format!("and {} more", problems.len() - MAX_PROBLEMS));
    }
    lines.join("; ")
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, CatalogueError> {
        serde_json::from_str(text).map_err(|error| CatalogueError::Malformed(error.to_string()))
    }
}

/// Checks the entries of a whole catalogue.
pub(super) fn check(providers: &[Provider], models: &[Model]) -> Result<(), CatalogueError> {
    let mut problems = Vec::new();
    let mut complain = |entry: &str, message: &str| {
        problems.push(Problem {
            entry: entry.to_owned(),
            message: message.to_owned(),
        });
    };
    let mut ids = BTreeSet::new();
    for provider in providers {
        if !ModelName::is_provider(&provider.id) {
            complain(
                &provider.id,
                "a provider's id is lower-case letters, digits and inner hyphens",
            );
        }
        if !is_title(&provider.title) {
            complain(&provider.id, "the title must be one line of 1 to 120 bytes");
        }
        let https = |url: &String| url::Url::parse(url).is_ok_and(|url| url.scheme() == "https");
        if !provider.base_url.as_ref().is_none_or(https) {
            complain(&provider.id, "the base_url must be an https address");
        }
        if !ids.insert(provider.id.as_str()) {
            complain(&provider.id, "this provider stands twice");
        }
    }
    let mut names = BTreeSet::new();
    for model in models {
        let name = model.name.as_str();
        if !ids.contains(model.name.provider()) {
            complain(name, "its provider is not in the catalogue");
        }
        if !is_title(&model.title) {
            complain(name, "the title must be one line of 1 to 120 bytes");
        }
        if model.context_window == Some(0) {
            complain(name, "the context_window must be at least 1, or left out");
        }
        if !model.released.as_deref().is_none_or(is_date) {
            complain(name, "the release date must be written as 2026-01-31");
        }
        if !names.insert(name) {
            complain(name, "this model stands twice");
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(CatalogueError::Entries(problems))
    }
}

fn is_title(text: &str) -> bool {
    (1..=MAX_TITLE).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

fn is_date(text: &str) -> bool {
    let shape = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}
