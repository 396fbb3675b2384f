//! Samples of models: the list, and models of the organization's own.

use super::data::{ORG, ago, org_source, owner, switch, tab};
use super::{Sample, draw};
use crate::portal::pages::{
    CustomModelLine, CustomModels, ListKey, ModelGroup, ModelRow, Models, Replacement,
};
use crate::portal::view::{ChoiceLeaf, Input, Opt, Place, Select, SwitchLeaf};

pub(super) fn all() -> Vec<Sample> {
    let off = Models {
        managed: switch(
            "models.managed",
            "Customized Model Allow-List",
            "Allows only the models that are chosen here.",
            false,
        ),
        summary: "No allow-list is on: all 422 known models are allowed.".to_owned(),
        providers: vec![ModelGroup {
            keyless: true,
            ..provider("anthropic", "Anthropic")
        }],
        ..models()
    };
    let refused = Models {
        replacements: vec![
            Replacement {
                field: "memory.event_model".to_owned(),
                title: "Memory event processing".to_owned(),
                select: Select {
                    options: vec![
                        Opt::new("none", "No default"),
                        Opt::new("openai/gpt-5-mini", "GPT-5 Mini"),
                    ],
                    value: String::new(),
                    error: Some(
                        "openai/gpt-5 is in use and would not be allowed any more. Name its replacement."
                            .to_owned(),
                    ),
                },
            },
            Replacement {
                field: "team_default/team_01h455vb4pex5vsknk084sn02q/memory.summary_model".to_owned(),
                title: "The team Night watch: Auto-generated summaries".to_owned(),
                select: Select {
                    options: vec![
                        Opt::new("inherit", "As the organization says"),
                        Opt::new("none", "No default"),
                        Opt::new("openai/gpt-5-mini", "GPT-5 Mini"),
                    ],
                    value: "openai/gpt-5-mini".to_owned(),
                    error: None,
                },
            },
        ],
        unsaved: 1,
        ..models()
    };
    let empty = Models {
        query: "<script>".to_owned(),
        providers: Vec::new(),
        ..models()
    };
    let own_list = SwitchLeaf {
        lock: None,
        ..models().managed
    };
    let of_team = Models {
        managed: own_list,
        of_whom: "of Design".to_owned(),
        tabs: Vec::new(),
        keys: Vec::new(),
        new_models: None,
        summary: "38 of the 41 models that the organization allows.".to_owned(),
        ..models()
    };
    let kept_out = Models {
        of_whom: "of Design".to_owned(),
        tabs: Vec::new(),
        keys: Vec::new(),
        new_models: None,
        kept_out: true,
        summary: "No list of its own: all 41 models that the organization allows.".to_owned(),
        ..models()
    };
    vec![
        draw("models-team", &of_team),
        draw("models-kept-out", &kept_out),
        draw("models", &models()),
        draw("models-off", &off),
        draw("models-replacement", &refused),
        draw("models-empty", &empty),
        draw("models-custom", &custom()),
    ]
}

fn models() -> Models {
    Models {
        frame: owner(Place::Models),
        tabs: vec![tab("Models", None, true), tab("Custom models", None, false)],
        action: format!("{ORG}/models"),
        base_revision: 12,
        managed: switch(
            "models.managed",
            "Customized Model Allow-List",
            "Allows only the models that are chosen here.",
            true,
        ),
        new_models: Some(ChoiceLeaf {
            path: "models.new_models".to_owned(),
            title: "New models".to_owned(),
            help: "What becomes of models that a provider adds later.".to_owned(),
            options: vec![
                Opt::new("blocked", "Off until allowed"),
                Opt::new("allowed", "Allowed"),
            ],
            value: "blocked".to_owned(),
            saved: "blocked".to_owned(),
            source: org_source(),
            ..ChoiceLeaf::default()
        }),
        summary: "41 of 422 known models are allowed.".to_owned(),
        facts: "Facts and list prices as of 2026-11-22.".to_owned(),
        keys: vec![ListKey {
            provider: "OpenAI".to_owned(),
            credential: "cred_1".to_owned(),
            name: "Main key".to_owned(),
            asked: Some(ago("3 minutes ago")),
        }],
        refresh: format!("{ORG}/models/refresh"),
        providers: vec![provider("openai", "OpenAI"), provider("anthropic", "Anthropic")],
        ..Models::default()
    }
}

fn provider(id: &str, title: &str) -> ModelGroup {
    let model = |name: &str, title: &str, label: &str, mark: &str, on| ModelRow {
        name: format!("{id}/{name}"),
        title: title.to_owned(),
        facts: "text and images · 400,000 tokens · $1.25 in, $10.00 out per million tokens".to_owned(),
        label: label.to_owned(),
        mark: mark.to_owned(),
        on,
        saved: on,
    };
    ModelGroup {
        id: id.to_owned(),
        title: title.to_owned(),
        on: true,
        saved: true,
        count: "2 of 3 allowed".to_owned(),
        asked: Some(ago("3 minutes ago")),
        open: true,
        models: vec![
            model("large", "Large", "Accurate", "", true),
            model("small", "Small", "Fast", "", true),
            model(
                "large-2027-a-name-that-goes-on-and-on-and-on",
                "Large 2027",
                "",
                "found at the provider",
                false,
            ),
        ],
        ..ModelGroup::default()
    }
}

fn custom() -> CustomModels {
    CustomModels {
        frame: owner(Place::Models),
        tabs: vec![tab("Models", None, false), tab("Custom models", None, true)],
        base_revision: 12,
        provider: Input::refused(
            "My House",
            "Use 1 to 64 lower-case letters, digits and inner hyphens.",
        ),
        providers: vec![Opt::new("openai", "OpenAI")],
        title: Input::new("Our own"),
        label: Select {
            options: vec![Opt::new("fast", "Fast"), Opt::new("accurate", "Accurate")],
            ..Select::default()
        },
        rows: vec![CustomModelLine {
            name: "house/llama-tuned".to_owned(),
            edit: "?edit=house%2Fllama%2Dtuned".to_owned(),
            title: "House Llama".to_owned(),
            facts: "128,000 tokens · Fast".to_owned(),
        }],
        ..CustomModels::default()
    }
}
