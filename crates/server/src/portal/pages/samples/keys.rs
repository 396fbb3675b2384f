//! Samples of *API keys*: the list, the form of each provider, and what is done to a key.

use super::data::{ORG, ago, owner};
use super::{Sample, draw};
use crate::portal::pages::{
    ApiKeys, KeyDeletion, KeyField, KeyForm, KeyGroup, KeyReplacement, KeyRow, TeamChoice,
};
use crate::portal::view::{Input, Opt, OwnedByFile, Place, Select, Tone};
use tessera_policy::file::FileSection;

pub(super) fn all() -> Vec<Sample> {
    vec![
        draw("api-keys", &list(rows())),
        draw("api-keys-empty", &list(Vec::new())),
        draw("api-keys-owned", &by_a_file()),
        draw("key-new", &new()),
        draw("key-edit", &edit()),
        draw("key-replace", &replacement()),
        draw("key-delete", &deletion()),
    ]
}

fn path() -> String {
    format!("{ORG}/models/keys")
}

fn row(name: &str, state: (Tone, &str)) -> KeyRow {
    KeyRow {
        name: name.to_owned(),
        path: format!("{}/cred_1", path()),
        last_four: "…4x7Q".to_owned(),
        fingerprint: "8f1c 02aa 91d0 77e3".to_owned(),
        delivery: "relayed".to_owned(),
        audience: "Everybody".to_owned(),
        state: (state.0, state.1.to_owned()),
        added_by: "Ines Okafor".to_owned(),
        added: ago("3 weeks ago"),
        is_active: state.1 == "active",
        is_usable: state.1 != "retired",
        ..KeyRow::default()
    }
}

fn rows() -> Vec<KeyRow> {
    let works = KeyRow {
        used: Some(ago("2 minutes ago")),
        test: Some((ago("2 minutes ago"), None)),
        ..row("Production", (Tone::Good, "active"))
    };
    let fails = KeyRow {
        delivery: "delivered".to_owned(),
        audience: "Collections, Visitor services, evenings and weekends".to_owned(),
        test: Some((
            ago("an hour ago"),
            Some("The provider refused (401): Incorrect API key provided: sk-pr****x7Q.".to_owned()),
        )),
        ..row(
            "Research & development, the second key of three",
            (Tone::Bad, "active"),
        )
    };
    let drains = KeyRow {
        until: Some(ago("in 5 hours")),
        ..row("Production", (Tone::Warn, "draining"))
    };
    let retired = KeyRow {
        last_four: String::new(),
        ..row("Trial", (Tone::Neutral, "retired"))
    };
    vec![works, fails, drains, retired]
}

fn list(rows: Vec<KeyRow>) -> ApiKeys {
    let group = |title: &str, summary: &str, adds: &[&str], rows| KeyGroup {
        title: title.to_owned(),
        id: format!("keys-{}", title.to_lowercase().replace(' ', "-")),
        summary: summary.to_owned(),
        adds: adds
            .iter()
            .map(|add| ((*add).to_owned(), format!("{}/new", path())))
            .collect(),
        trials: adds
            .iter()
            .map(|add| {
                let provider = add.trim_start_matches("Add ").trim_end_matches(" key");
                let words =
                    "It lists the models: the provider takes the key. Credit and limits are not tested.";
                (provider.to_owned(), words.to_owned())
            })
            .collect(),
        rows,
    };
    let vertex: Vec<KeyRow> = rows
        .first()
        .cloned()
        .into_iter()
        .map(|row| KeyRow {
            provider: Some("Vertex AI".to_owned()),
            ..row
        })
        .collect();
    ApiKeys {
        frame: owner(Place::ApiKeys),
        groups: vec![
            group(
                "OpenAI",
                "A project's or an organization's key of api.openai.com.",
                &["Add OpenAI key"],
                rows,
            ),
            group(
                "GCP",
                "A key of the Gemini API, as Google AI Studio makes them. A service account of a Google Cloud project with Vertex AI.",
                &["Add Gemini key", "Add Vertex AI key"],
                vertex,
            ),
        ],
    }
}

fn field(name: &str, title: &str, help: &str, input: Input, kind: &'static str) -> KeyField {
    KeyField {
        name: name.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        input,
        kind: kind.to_owned(),
        ..KeyField::default()
    }
}

fn new() -> KeyForm {
    let team = |name: &str, chosen| TeamChoice {
        id: format!("team_{name}"),
        name: name.to_owned(),
        chosen,
    };
    let delivery = |word: &str, may: &str| (word.to_owned(), may.to_owned());
    KeyForm {
        frame: owner(Place::ApiKeys),
        provider: "Vertex AI".to_owned(),
        summary: "A service account of a Google Cloud project with Vertex AI.".to_owned(),
        action: path(),
        name: Input::refused("Production", "A key with this name exists."),
        fields: vec![
            KeyField {
                is_area: true,
                required: true,
                ..field(
                    "service_account",
                    "Service account",
                    "The whole JSON file of the service account's key.",
                    Input::default(),
                    "text",
                )
            },
            field(
                "region",
                "Region",
                "Such as us-central1, or global.",
                Input::new("us-central1"),
                "text",
            ),
        ],
        deliveries: vec![
            delivery(
                "relayed",
                "The key never leaves the server. Members' tools go through it.",
            ),
            delivery(
                "delivered",
                "The key is sealed to each device's own key, for tools that must call the provider directly.",
            ),
        ],
        delivery: "relayed".to_owned(),
        teams: vec![team("Collections", false), team("Conservation", true)],
        back: path(),
        ..KeyForm::default()
    }
}

fn edit() -> KeyForm {
    KeyForm {
        present: Some("Production".to_owned()),
        provider: "OpenAI".to_owned(),
        summary: "A project's or an organization's key of api.openai.com.".to_owned(),
        name: Input::new("Production"),
        version: 3,
        fields: vec![
            field(
                "key",
                "API key",
                "",
                Input::refused(
                    "",
                    "Type the key again: it would be sent to another place than before.",
                ),
                "password",
            ),
            field(
                "base_url",
                "Base URL",
                "Only for a regional address or a proxy of yours.",
                Input::new("https://eu.api.openai.com/v1"),
                "url",
            ),
        ],
        ..new()
    }
}

/// The keys while a policy file owns them.
fn by_a_file() -> ApiKeys {
    let mut page = list(rows());
    page.frame.owned = Some(OwnedByFile {
        sections: vec![FileSection::Credentials],
        ..super::policy::owned()
    });
    page
}

fn replacement() -> KeyReplacement {
    KeyReplacement {
        frame: owner(Place::ApiKeys),
        name: "Production".to_owned(),
        last_four: "…4x7Q".to_owned(),
        action: format!("{}/cred_1/replace", path()),
        fields: vec![KeyField {
            required: true,
            ..field("key", "API key", "", Input::default(), "password")
        }],
        overlap: Select {
            options: vec![Opt::new("3600", "An hour"), Opt::new("86400", "A day")],
            value: "86400".to_owned(),
            error: None,
        },
        problem: None,
        back: path(),
    }
}

fn deletion() -> KeyDeletion {
    KeyDeletion {
        frame: owner(Place::ApiKeys),
        name: "Production".to_owned(),
        what: "A key of OpenAI that ends in …4x7Q".to_owned(),
        action: format!("{}/cred_1/delete", path()),
        consequences: vec![
            "Its secret is erased here; it stays valid at the provider until it is revoked there.".to_owned(),
            "Devices that have it lose it within a second of hearing so.".to_owned(),
        ],
        back: path(),
    }
}
