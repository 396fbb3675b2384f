//! Keys as they are typed: each provider's fields, what is refused, and that nothing secret is ever printed.

use rstest::rstest;
use tessera_domain::{
    Kind,
    credential::{Delivery, Entered, ProviderKind, Scope, Secret, Settings, Typed},
};

const KEY: &str = "sk-planted-0123456789-abcd";
const ACCOUNT: &str = r#"{"type":"service_account","project_id":"museum-ai","private_key_id":"0123456789abcdef9e8d",
    "private_key":"-----BEGIN PRIVATE KEY-----\nUExBTlRFRC1QUklWQVRFLUtFWQ==\n-----END PRIVATE KEY-----\n",
    "client_email":"tessera@museum-ai.iam.gserviceaccount.com","token_uri":"https://evil.example/token"}"#;

fn typed(fields: &[(&str, &str)]) -> Typed {
    fields
        .iter()
        .fold(Typed::default(), |typed, (name, text)| typed.with(*name, *text))
}

/// What a new key of each provider is made of.
fn whole(kind: ProviderKind) -> Typed {
    let fields: &[(&str, &str)] = match kind {
        ProviderKind::OpenAi => &[
            ("key", KEY),
            ("organization", "org-1"),
            ("project", "proj_1"),
            ("base_url", ""),
        ],
        ProviderKind::Anthropic | ProviderKind::Gemini => &[("key", KEY)],
        ProviderKind::VertexAi => &[("service_account", ACCOUNT), ("region", "us-central1")],
        ProviderKind::Bedrock => &[
            ("region", "us-east-1"),
            ("access_key_id", "AKIAIOSFODNN7EXAMPLE"),
            ("secret_access_key", KEY),
        ],
        ProviderKind::AzureOpenAi => &[
            ("endpoint", "https://museum.openai.azure.com/"),
            ("key", KEY),
            ("deployments", "gpt-5\r\nembed, gpt-5"),
            ("api_version", "2024-10-21"),
        ],
        ProviderKind::OpenAiCompatible => &[("base_url", "https://gateway.example/v1"), ("key", KEY)],
    };
    typed(fields)
}

fn read(kind: ProviderKind) -> Entered {
    whole(kind)
        .read(kind)
        .unwrap_or_else(|error| panic!("{kind}: {error} {:?}", error.fields))
}

#[test]
fn every_provider_is_read_kept_and_read_again() {
    for kind in ProviderKind::ALL {
        let entered = read(kind);
        assert_eq!(entered.settings.kind(), kind);
        let json = serde_json::to_string(&entered.settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), entered.settings);
        let secret = entered.secret.expect("it was typed");
        let again = Secret::from_bytes(&secret.to_bytes()).expect("it reads back");
        assert_eq!(*again.to_bytes(), *secret.to_bytes());
        let names =
            |of: Vec<(&'static str, String)>| of.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let fields: Vec<_> = kind.fields().iter().map(|field| field.name).collect();
        assert!(
            names(entered.settings.entries())
                .iter()
                .all(|name| fields.contains(name))
        );
        assert!(secret.parts(kind).iter().all(|(name, _)| fields.contains(name)));
        // What is shown to be edited is what would be typed.
        let again = entered
            .settings
            .entries()
            .into_iter()
            .fold(Typed::default(), |typed, (name, text)| typed.with(name, text));
        assert_eq!(again.read(kind).unwrap().settings, entered.settings);
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
}

#[test]
fn nothing_that_can_be_printed_holds_the_secret() {
    for kind in ProviderKind::ALL {
        let (typed, entered) = (whole(kind), read(kind));
        let secret = entered.secret.clone().expect("it was typed");
        let printed = format!("{typed:?} {entered:?} {secret:?}");
        for part in ["planted", "PLANTED", "UExBTlRFRC1", "AKIA"] {
            assert!(!printed.contains(part), "{kind}: {printed}");
        }
        assert!(!secret.unspeakable().is_empty());
    }
}

#[rstest]
#[case(ProviderKind::OpenAi, "abcd")]
#[case(ProviderKind::Bedrock, "MPLE")]
#[case(ProviderKind::VertexAi, "9e8d")]
fn the_end_is_shown_by_which_people_find_it_again(#[case] kind: ProviderKind, #[case] last: &str) {
    assert_eq!(read(kind).secret.unwrap().last_four(), last);
}

#[test]
fn of_a_short_key_nothing_is_shown() {
    let short = typed(&[("key", "local-key")]).read(ProviderKind::Gemini).unwrap();
    assert_eq!(short.secret.unwrap().last_four(), "");
}

#[rstest]
#[case(ProviderKind::Anthropic, &[("key", "two words")], &["/secret/key"])]
#[case(ProviderKind::Anthropic, &[("key", KEY), ("base_url", "https://x.example")], &["/settings/base_url"])]
#[case(ProviderKind::OpenAiCompatible, &[("key", KEY), ("base_url", "http://x.example")], &["/settings/base_url"])]
#[case(ProviderKind::Bedrock, &[("access_key_id", "AKIA"), ("region", "us east")], &["/secret/secret_access_key", "/settings/region"])]
#[case(ProviderKind::Bedrock, &[("access_key_id", "A"), ("secret_access_key", "B"), ("api_key", "C"), ("region", "us-east-1")], &["/secret/api_key"])]
#[case(ProviderKind::VertexAi, &[("service_account", "{\"private_key\": 7}")], &["/secret/service_account", "/settings/project", "/settings/region"])]
#[case(ProviderKind::AzureOpenAi, &[("key", KEY), ("deployments", "a b")], &["/settings/endpoint", "/settings/deployments", "/settings/api_version"])]
fn all_that_is_wrong_is_said_at_once_and_never_repeats_it(
    #[case] kind: ProviderKind,
    #[case] fields: &[(&str, &str)],
    #[case] wrong: &[&str],
) {
    let error = typed(fields).read(kind).unwrap_err();
    assert_eq!(error.kind, Kind::Invalid);
    let pointers: Vec<_> = error.fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, wrong);
    let told = format!("{error:?}");
    assert!(!told.contains(KEY) && !told.contains("two words"), "{told}");
}

#[test]
fn an_empty_secret_keeps_the_one_there_is() {
    let entered = typed(&[("key", "  "), ("organization", "org-2")])
        .read(ProviderKind::OpenAi)
        .unwrap();
    assert!(entered.secret.is_none());
}

#[test]
fn a_key_leads_elsewhere_when_its_host_would_be_another() {
    let openai = |fields: &[(&str, &str)]| typed(fields).read(ProviderKind::OpenAi).unwrap().settings;
    let plain = openai(&[]);
    assert!(openai(&[("base_url", "https://eu.api.openai.com/v1")]).leads_elsewhere(&plain));
    assert!(!openai(&[("organization", "org-9")]).leads_elsewhere(&plain));
    let bedrock = |region| {
        typed(&[("region", region)])
            .read(ProviderKind::Bedrock)
            .unwrap()
            .settings
    };
    assert!(bedrock("us-east-1").leads_elsewhere(&bedrock("eu-west-1")));
}

#[test]
fn a_key_of_teams_never_becomes_everybodys() {
    assert_eq!(Scope::of([]), Scope::Organization);
    let gone = Scope::Teams([].into());
    assert!(!gone.includes(&[].into()));
    let team = "team_00000000000000000000000001".parse().unwrap();
    assert!(Scope::of([team]).includes(&[team].into()));
    assert!(!Scope::of([team]).includes(&[].into()));
    assert_eq!("delivered".parse(), Ok(Delivery::Delivered));
    assert!("Delivered".parse::<Delivery>().is_err());
}
