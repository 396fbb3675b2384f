//! How models are told on pages.

use tessera_policy::models::{Catalogue, Modality, Model, Origin, Price};

use super::super::words::grouped;

/// Millionths of a dollar in a cent.
const CENT: u64 = 10_000;

/// Where the facts are from.
pub(super) fn facts(catalogue: &Catalogue) -> String {
    let sources = catalogue.sources().join(" and ");
    format!(
        "Facts and list prices as of {}, from {sources}. Labels go by the price of answers.",
        catalogue.dated()
    )
}

/// The query of a page that was searched; empty for one that was not.
pub(super) fn found(query: &str) -> String {
    super::super::words::query(&[("q", query)])
        .trim_end_matches('?')
        .to_owned()
}

/// What people call a provider.
pub(super) fn provider(catalogue: &Catalogue, id: &str) -> String {
    catalogue
        .provider(id)
        .map_or_else(|| id.to_owned(), |known| known.title.clone())
}

/// What tells a model from those that the catalogue knows.
pub(super) const fn mark(origin: Origin) -> &'static str {
    match origin {
        Origin::Catalogue => "",
        Origin::Custom => "custom",
        Origin::Found => "found at the provider",
        Origin::Listed => "not in the catalogue",
    }
}

/// What a model takes in, how much, and at which price: `text, images and PDF · 400,000 tokens · $1.25 in, $10.00 out per
/// million tokens`.
pub(super) fn of_model(model: &Model) -> String {
    let parts = [
        sides(model),
        model.context_window.map(window),
        model.price.map(price),
        model.released.as_ref().map(|date| format!("released {date}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// `400,000 tokens`.
pub(super) fn window(tokens: u64) -> String {
    format!("{} tokens", grouped(tokens))
}

fn sides(model: &Model) -> Option<String> {
    let input = listed(&model.input);
    if input.is_empty() {
        return None;
    }
    if model.output == [Modality::Text] {
        return Some(input);
    }
    Some(format!("{input} to {}", listed(&model.output)))
}

fn listed(modalities: &[Modality]) -> String {
    let words: Vec<&str> = modalities.iter().map(|modality| modality.title()).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

fn price(price: Price) -> String {
    if price.output == 0 {
        return format!("{} per million tokens", dollars(price.input));
    }
    format!(
        "{} in, {} out per million tokens",
        dollars(price.input),
        dollars(price.output)
    )
}

/// `$1.25`; parts of a cent only where there are some.
fn dollars(millionths: u64) -> String {
    let (dollars, rest) = (millionths / 1_000_000, millionths % 1_000_000);
    let shown = if rest.is_multiple_of(CENT) {
        format!("{:02}", rest / CENT)
    } else {
        format!("{rest:06}").trim_end_matches('0').to_owned()
    };
    format!("${}.{shown}", grouped(dollars))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_facts_read_well() {
        let catalogue = Catalogue::built_in();
        let facts = |name: &str| of_model(catalogue.model(&name.parse().unwrap()).unwrap());
        assert_eq!(
            facts("openai/gpt-5"),
            "text and images · 400,000 tokens · $1.25 in, $10.00 out per million tokens · released 2025-08-07"
        );
        assert!(facts("openai/text-embedding-3-large").contains("text to embeddings"));
        assert_eq!(
            [dollars(37_500), dollars(0), dollars(1_234_000_000)],
            ["$0.0375", "$0.00", "$1,234.00"]
        );
        assert_eq!(of_model(&Model::named("x/y".parse().unwrap())), "");
    }
}
