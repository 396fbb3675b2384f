//! Which models are kept: the current and useful ones, each once.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::providers::{self, BROKERED, Provider, Standing};
use super::sources::Sources;

/// Models older than this are left out, where their date is known.
const MAX_AGE_MONTHS: u32 = 36;
/// The same for brokers, who list everything that there ever was.
const MAX_AGE_BROKERED_MONTHS: u32 = 9;

/// Parts of names that are left out: tuned by customers, free tiers, experiments, and what no assistant can use to
/// read, write, listen or search.
const UNWANTED: &[&str] = &[
    "-exp-",
    "ada-002-v2",
    "audio-preview",
    "beta",
    "codex-spark",
    "computer-use",
    "customtools",
    "daybreak",
    "embeddings-v",
    "experimental",
    "guard",
    "-gv2",
    "image",
    "imagine",
    "labs-",
    "learnlm",
    "-live",
    "lyria",
    "orpheus",
    "presets/",
    "realtime",
    "robotics",
    "router",
    "search-api",
    "search-preview",
    "-tts",
    "vibe-cli",
    "video",
    "-vision-exp",
];
/// Beginnings that say where a model runs, not which one it is.
const REGIONS: &[&str] = &[
    "apac.", "au.", "ca.", "eu.", "global.", "in.", "jp.", "sa.", "us-gov.", "us.",
];

/// A day, compared as text.
#[derive(Clone, Debug)]
pub(crate) struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// Reads `YYYY-MM-DD`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = |len: usize| parts.next().filter(|part| part.len() == len)?.parse::<u32>().ok();
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }

    fn months_before(&self, months: u32) -> String {
        let all = self.year * 12 + self.month - 1 - months;
        format!("{:04}-{:02}-{:02}", all / 12, all % 12 + 1, self.day)
    }
}

/// The models to keep, provider by provider, by title.
pub(crate) fn select(sources: &Sources, date: &Date) -> Vec<Model> {
    let mut kept = Vec::new();
    let mut makers = BTreeSet::new();
    for provider in providers::ALL {
        let empty = BTreeMap::new();
        let told = sources.models.get(provider.id).unwrap_or(&empty);
        let mut chosen: Vec<&Model> = told
            .values()
            .filter(|model| vouched(provider, model, &makers) && current(provider, model, date))
            .filter(|model| wanted(&model.name) && useful(model))
            .collect();
        let names: BTreeSet<&str> = chosen.iter().map(|model| model.name.as_str()).collect();
        chosen.retain(|model| !is_repeated(&model.name, &names));
        once(&mut chosen);
        if provider.standing == Standing::Maker {
            makers.extend(chosen.iter().map(|model| stem(&model.name).to_owned()));
        }
        chosen.sort_by_cached_key(|model| (by_title(&model.title), model.name.clone()));
        kept.extend(chosen.into_iter().cloned());
    }
    kept
}

/// Titles as people sort them: `Opus 4.7` before `Opus 4.10`, whatever the case.
fn by_title(title: &str) -> Vec<(String, u64)> {
    let lower = title.to_lowercase();
    let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
    for letter in lower.chars() {
        let (text, number) = parts.last_mut().expect("one part is there from the beginning");
        match letter.to_digit(10) {
            Some(digit) => *number = number.saturating_mul(10).saturating_add(u64::from(digit)),
            None if *number > 0 => parts.push((letter.to_string(), 0)),
            None => text.push(letter),
        }
    }
    parts
}

/// Whether it is sure enough that the provider has this model.
fn vouched(provider: &Provider, model: &Model, makers: &BTreeSet<String>) -> bool {
    let priced = model.price.is_some() || model.input == ["audio"];
    let told = priced && (model.context_window.is_some() || model.input == ["audio"]);
    match provider.standing {
        Standing::Maker => model.in_litellm && told,
        Standing::Seller if model.in_models_dev => model.in_litellm && told,
        Standing::Seller => {
            let known = makers_name(provider, &model.name).is_some_and(|name| makers.contains(stem(name)));
            model.in_litellm && told && known
        }
        Standing::Listed | Standing::Broker => model.in_models_dev,
    }
}

/// What the maker calls a model that somebody else sells. Amazon Bedrock writes the maker before it:
/// `anthropic.claude-opus-5` is `claude-opus-5`.
fn makers_name<'a>(provider: &Provider, name: &'a str) -> Option<&'a str> {
    if provider.id != "bedrock" {
        return Some(name);
    }
    let (maker, bare) = name.split_once('.')?;
    (maker.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !bare.contains('@')).then_some(bare)
}

fn current(provider: &Provider, model: &Model, date: &Date) -> bool {
    let today = date.months_before(0);
    let oldest = match provider.standing {
        Standing::Broker => date.months_before(MAX_AGE_BROKERED_MONTHS),
        _ => date.months_before(MAX_AGE_MONTHS),
    };
    let ended = model.ends.as_ref().is_some_and(|end| *end <= today);
    let aged = model.released.as_ref().is_some_and(|released| *released < oldest);
    let brokered = provider.standing != Standing::Broker
        || (model.released.is_some() && BROKERED.iter().any(|maker| model.name.starts_with(maker)));
    !ended && !aged && brokered
}

fn wanted(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let unwanted = UNWANTED.iter().any(|part| lower.contains(part))
        || lower.ends_with("-exp")
        || lower.ends_with(":free")
        || lower.starts_with("ft:");
    !unwanted && !REGIONS.iter().any(|region| lower.starts_with(region))
}

fn useful(model: &Model) -> bool {
    model.output.contains(&"text") || model.output.contains(&"embedding")
}

/// A name without the date or the word that makes it a snapshot of another: `gpt-4o-2024-08-06`, `claude-opus-4@default`.
fn stem(name: &str) -> &str {
    let numbered = |at: &usize| name[at + 2..].starts_with(|c: char| c.is_ascii_digit());
    let front = match name.rfind("-v").filter(numbered) {
        Some(at) if name[at..].contains(':') || name.len() - at == 3 => &name[..at],
        _ => name,
    };
    let cut = |front: &str| {
        let digits =
            |text: &str, len: usize| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        let tail = front.rfind(['-', '@']).map(|at| (&front[..at], &front[at + 1..]));
        if let Some((rest, word)) = tail
            && (digits(word, 8) || digits(word, 4) || matches!(word, "latest" | "default" | "preview"))
        {
            // `2024-08-06` ends in two digits, and `08-2024` in four behind two.
            let month = rest
                .len()
                .checked_sub(3)
                .filter(|at| digits(word, 4) && rest[*at..].starts_with('-'));
            return month
                .filter(|at| digits(&rest[at + 1..], 2))
                .unwrap_or(rest.len());
        }
        let day = front.len().checked_sub(11).filter(|at| {
            let text = &front[*at..];
            text.starts_with(['-', '@']) && Date::read(&text[1..]).is_some()
        });
        day.unwrap_or(front.len())
    };
    &name[..cut(front)]
}

/// Whether a name is a snapshot or another word for one that is kept as well.
fn is_repeated(name: &str, names: &BTreeSet<&str>) -> bool {
    let stem = stem(name);
    if stem == name {
        return false;
    }
    let latest = format!("{stem}-latest");
    names.contains(stem) || (latest != name && names.contains(latest.as_str()))
}

/// Leaves one of names that differ in their signs only: `mistral-medium-3.5` and `mistral-medium-3-5`.
fn once(models: &mut Vec<&Model>) {
    let mut seen = BTreeSet::new();
    models.sort_by_key(|model| (!model.in_models_dev, model.name.clone()));
    models.retain(|model| {
        let plain = model.name.to_ascii_lowercase().replace(['.', '_'], "-");
        seen.insert(plain.strip_suffix("-0").unwrap_or(&plain).to_owned())
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(entries: &serde_json::Value, listed: &serde_json::Value) -> Vec<String> {
        let mut sources = Sources::default();
        for provider in providers::ALL {
            sources.add_models_dev(provider, &listed[provider.id]);
        }
        sources.add_litellm(entries);
        let date = Date::read("2026-11-22").unwrap();
        let named = |model: Model| format!("{}/{}", model.provider, model.name);
        select(&sources, &date).into_iter().map(named).collect()
    }

    fn chat(provider: &str) -> serde_json::Value {
        json!({ "litellm_provider": provider, "mode": "chat", "max_input_tokens": 9,
            "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6 })
    }

    #[test]
    fn snapshots_experiments_and_retired_ones_go() {
        let mut retired = chat("openai");
        retired["deprecation_date"] = "2026-11-22".into();
        let entries = json!({
            "gpt-6": chat("openai"), "gpt-6-2026-08-06": chat("openai"), "gpt-4.5": retired,
            "gpt-6-latest": chat("openai"), "ft:gpt-6": chat("openai"), "gpt-6-realtime": chat("openai"),
            "claude-opus-5-latest": chat("anthropic"), "claude-opus-5-20260101": chat("anthropic"),
        });
        assert_eq!(
            names(&entries, &json!({})),
            ["openai/gpt-6", "anthropic/claude-opus-5-latest"]
        );
    }

    #[test]
    fn a_seller_is_believed_about_models_that_a_maker_has() {
        let entries = json!({
            "claude-opus-5": chat("anthropic"),
            "anthropic.claude-opus-5-20260101-v1:0": chat("bedrock"),
            "us.anthropic.claude-opus-5-20260101-v1:0": chat("bedrock"),
            "anthropic.claude-v2": chat("bedrock"),
            "vertex_ai/claude-opus-5@default": chat("vertex_ai-anthropic_models"),
        });
        assert_eq!(
            names(&entries, &json!({})),
            [
                "anthropic/claude-opus-5",
                "vertex/claude-opus-5@default",
                "bedrock/anthropic.claude-opus-5-20260101-v1:0",
            ]
        );
    }

    #[test]
    fn a_broker_keeps_recent_models_of_known_makers() {
        let told = |date: &str| json!({ "release_date": date, "modalities": { "input": ["text"], "output": ["text"] } });
        let listed = json!({ "openrouter": {
            "openai/gpt-6": told("2026-08-01"), "openai/gpt-5": told("2025-08-07"), "nobody/x": told("2026-08-01"),
        }});
        assert_eq!(names(&json!({}), &listed), ["openrouter/openai/gpt-6"]);
    }

    #[test]
    fn titles_are_sorted_as_people_do() {
        let mut titles = ["Opus 4.10", "opus 4.7", "Opus 10", "GPT-5 mini", "GPT-5"];
        titles.sort_by_key(|title| by_title(title));
        assert_eq!(
            titles,
            ["GPT-5", "GPT-5 mini", "opus 4.7", "Opus 4.10", "Opus 10"]
        );
    }

    #[test]
    fn a_name_without_its_date() {
        for (name, bare) in [
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("claude-opus-4-5-20251101", "claude-opus-4-5"),
            ("claude-opus-4@20250514", "claude-opus-4"),
            ("mistral-small-2603", "mistral-small"),
            ("command-r-08-2024", "command-r"),
            ("claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
            ("claude-opus-4-6-v1", "claude-opus-4-6"),
            ("gemini-3-pro-preview", "gemini-3-pro"),
            ("deepseek-v3", "deepseek"),
            ("gpt-5", "gpt-5"),
        ] {
            assert_eq!(stem(name), bare, "{name}");
        }
    }
}
