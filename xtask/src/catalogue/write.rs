//! Writes the catalogue: JSON with one line per provider and per model, so that a difference reads well.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Model, label, providers};

/// The text of the file.
pub(crate) fn text(dated: &str, sources: &[String], models: &[Model]) -> String {
    let providers = providers::ALL.iter().map(|provider| {
        let mut line = json!({ "id": provider.id, "title": provider.title, "dialect": provider.dialect });
        if let Some(url) = provider.base_url {
            line["base_url"] = url.into();
        }
        line
    });
    let head = [
        ("dated", json!(dated)),
        ("sources", json!(sources)),
        ("currency", json!("millionths of a US dollar per million tokens")),
    ];
    let mut text = String::from("{\n");
    for (name, value) in head {
        let _ = writeln!(text, "  \"{name}\": {value},");
    }
    let (providers, models) = (lines(providers), lines(models.iter().map(model)));
    text + "  \"providers\": [\n" + &providers + "\n  ],\n  \"models\": [\n" + &models + "\n  ]\n}\n"
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    let lines: Vec<String> = values.map(|value| format!("    {value}")).collect();
    lines.join(",\n")
}

fn model(model: &Model) -> Value {
    let mut line = json!({
        "id": format!("{}/{}", model.provider, model.name),
        "title": model.title,
        "input": model.input,
        "output": model.output,
    });
    if let Some(tokens) = model.context_window {
        line["context_window"] = tokens.into();
    }
    if let Some((input, output)) = model.price {
        line["price"] = json!({ "input": input, "output": output });
    }
    if let Some(label) = label::label(&model.output, model.price) {
        line["label"] = label.into();
    }
    if let Some(date) = &model.released {
        line["released"] = date.as_str().into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_one_line_and_what_is_not_known_is_not_said() {
        let models = [
            Model {
                provider: "openai",
                name: "gpt-5".to_owned(),
                title: "GPT-5".to_owned(),
                context_window: Some(400_000),
                input: vec!["text"],
                output: vec!["text"],
                price: Some((1_250_000, 10_000_000)),
                released: Some("2025-08-07".to_owned()),
                ..Model::default()
            },
            Model {
                provider: "openai",
                name: "whisper-1".to_owned(),
                title: "Whisper 1".to_owned(),
                input: vec!["audio"],
                output: vec!["text"],
                ..Model::default()
            },
        ];
        let text = text("2026-01-31", &["one 1.0".to_owned()], &models);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["models"][0]["price"]["output"], 10_000_000);
        assert_eq!(read["models"][0]["label"], "accurate");
        assert!(read["models"][1].get("price").is_none());
        assert_eq!(text.lines().filter(|line| line.contains("\"openai/")).count(), 2);
    }
}
