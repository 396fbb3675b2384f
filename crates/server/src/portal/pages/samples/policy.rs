//! Samples of policies as files, and of the search over settings.

use super::data::{ORG, ago, diff, owner};
use super::{Sample, draw};
use crate::portal::pages::{
    Hit, LeafHit, OwnedSection, PolicyAsCode, PolicyFile, PolicyKey, PolicyLayer, PolicyPlan, SettingsSearch,
};
use crate::portal::view::{Input, OwnedByFile, Place, Source, Tone};

pub(super) fn all() -> Vec<Sample> {
    vec![
        draw("policy", &applied()),
        draw("policy-plan", &planned()),
        draw("policy-empty", &fresh()),
        draw("policy-broken", &broken()),
        draw("settings-search", &found()),
        draw("settings-search-nothing", &nothing()),
    ]
}

/// The notice above settings that a file owns.
pub(super) fn owned() -> OwnedByFile {
    OwnedByFile {
        source: "policies/meridian.toml".to_owned(),
        by: "Ines Okafor".to_owned(),
        at: ago("2 hours ago"),
        href: format!("{ORG}/settings/policy#owned"),
        sections: vec![tessera_policy::SectionName::Features.into()],
    }
}

fn fresh() -> PolicyAsCode {
    PolicyAsCode {
        frame: owner(Place::Policy),
        action: format!("{ORG}/settings/policy"),
        commands: "export TESSERA_URL=https://tessera.meridian.example TESSERA_TOKEN=…\n\
                   tessera org export org_1 -o policy.toml\n\
                   tessera org plan -f policy.toml\n\
                   tessera org apply -f policy.toml --yes"
            .to_owned(),
        ..PolicyAsCode::default()
    }
}

fn layer(whose: &str, touches: &str) -> PolicyLayer {
    PolicyLayer {
        whose: whose.to_owned(),
        touches: touches.to_owned(),
        diff: diff(),
    }
}

fn key(name: &str, deed: Option<(Tone, &str)>, sentences: &[&str]) -> PolicyKey {
    PolicyKey {
        name: name.to_owned(),
        deed: deed.map(|(tone, word)| (tone, word.to_owned())),
        sentences: sentences.iter().map(|sentence| (*sentence).to_owned()).collect(),
    }
}

fn applied() -> PolicyAsCode {
    let section = |whose: &str, title: &str, layer: &str, section: &str| OwnedSection {
        whose: whose.to_owned(),
        title: title.to_owned(),
        layer: layer.to_owned(),
        section: section.to_owned(),
    };
    PolicyAsCode {
        file: Some(PolicyFile {
            source: "policies/meridian.toml".to_owned(),
            by: "Ines Okafor".to_owned(),
            at: ago("2 hours ago"),
            revision: Some((14, format!("{ORG}/settings/history/14"))),
        }),
        owned: vec![
            section("the organization", "Features", "org", "features"),
            section("the organization", "Long-Term Memory", "org", "memory"),
            section("the team Conservation", "Features", "team_1", "features"),
            section("the organization", "API keys", "org", "credentials"),
        ],
        drift: vec![layer("The organization", "")],
        drifted_keys: vec![key(
            "Production OpenAI",
            None,
            &["Another key was put in its place by Ines Okafor."],
        )],
        drift_notes: vec!["The team Press is the team Communications now.".to_owned()],
        ..fresh()
    }
}

fn planned() -> PolicyAsCode {
    PolicyAsCode {
        plan: Some(PolicyPlan {
            summary: "1,204 to add, 1 to change, 3 to delete".to_owned(),
            deletes: 3,
            layers: vec![
                layer("The organization", "It reaches 25 devices of 18 members."),
                layer("The team Conservation", "It reaches 4 devices of 3 members."),
            ],
            keys: vec![
                key(
                    "Old Gemini",
                    Some((Tone::Bad, "deleted")),
                    &[
                        "It is deleted with its secret (…9f3c). Revoke it at Gemini, too.",
                        "Everybody may use it: 18 members with 25 devices. It was last used 3 days ago.",
                    ],
                ),
                key(
                    "Production OpenAI",
                    Some((Tone::Neutral, "not compared")),
                    &["The key itself was not compared: its value was not given."],
                ),
            ],
            touches: "It reaches 25 devices of 18 members.".to_owned(),
            losses: vec!["1,204 more websites are never captured.".to_owned()],
            takes: vec!["Models of the organization".to_owned()],
            drops: vec!["Features of the team Press".to_owned()],
        }),
        text: Input::new("[features]\ntelemetry = false\n"),
        ..applied()
    }
}

fn broken() -> PolicyAsCode {
    PolicyAsCode {
        problems: vec![
            "line 2, column 1: there is no setting called `features.teleport`".to_owned(),
            "line 9, column 8: there is no team called “Nobody”".to_owned(),
        ],
        is_withheld: true,
        ..fresh()
    }
}

fn found() -> SettingsSearch {
    let mut frame = owner(Place::SettingsSearch);
    "telemetry".clone_into(&mut frame.settings_query);
    SettingsSearch {
        frame,
        query: "telemetry".to_owned(),
        leaves: vec![LeafHit {
            title: "Telemetry".to_owned(),
            path: "features.telemetry".to_owned(),
            place: "Settings → Features".to_owned(),
            help: "Lets the assistant send usage figures and error reports to its maker.".to_owned(),
            value: "off".to_owned(),
            source: Source::default(),
            href: format!("{ORG}/settings/features#features.telemetry"),
        }],
        pages: vec![Hit {
            kind: "Page".to_owned(),
            title: "Features".to_owned(),
            detail: String::new(),
            href: format!("{ORG}/settings/features"),
        }],
    }
}

fn nothing() -> SettingsSearch {
    SettingsSearch {
        frame: owner(Place::SettingsSearch),
        query: "hologram".to_owned(),
        ..SettingsSearch::default()
    }
}
