//! What the guard answers.

use rstest::rstest;
use tessera_policy::{
    Decision, Guard, Layer, LayerName, Leaf, Reason, Setting, Subject, Value, WebsiteList,
    applications::{
        ApplicationEntry, ApplicationIdentity, ApplicationKind, ApplicationRule, ApplicationRules, Effect,
    },
};

fn layer(name: LayerName, rows: &[&str]) -> Layer {
    Layer {
        websites: WebsiteList::from_rows(rows.iter().copied()),
        ..Layer::empty(name)
    }
}

fn switched(mut layer: Layer, leaf: Leaf, on: bool) -> Layer {
    layer.document = layer.document.with(leaf, Setting::open(Value::Switch(on)));
    layer
}

fn guard() -> Guard {
    Guard::from_layers(&[
        layer(
            LayerName::Org,
            &["bank.com", "example.com:8443", "wiki.org/private"],
        ),
        layer(LayerName::Member, &["mine.net"]),
    ])
}

#[rstest]
#[case("https://bank.com/x", Reason::DeniedWebsite)]
#[case("bank.com", Reason::DeniedWebsite)]
#[case("bank.com:443/x", Reason::DeniedWebsite)]
#[case("view-source:https://bank.com", Reason::DeniedWebsite)]
#[case("VIEW-SOURCE:view-source:view-source:https://bank.com", Reason::DeniedWebsite)]
#[case(
    "view-source:view-source:view-source:view-source:https://ok.com",
    Reason::WrappedTooDeep
)]
#[case("blob:https://login.bank.com/7a-b", Reason::DeniedWebsite)]
#[case("filesystem:https://bank.com/temporary/x", Reason::DeniedWebsite)]
#[case("about:reader?url=https%3A%2F%2Fbank.com%2Fa", Reason::DeniedWebsite)]
#[case(
    "chrome-distiller://0a_1b/?title=x&url=https%3A%2F%2Fbank.com",
    Reason::DeniedWebsite
)]
#[case("read://https_bank.com/?url=https%3A%2F%2Fbank.com%2F", Reason::DeniedWebsite)]
#[case("about:reader", Reason::UnreadableAddress)]
#[case("blob:null/7a-b", Reason::UnreadableAddress)]
#[case("ipfs://bank.com/x", Reason::DeniedWebsite)]
#[case("https://bank.com.", Reason::DeniedWebsite)]
#[case("https://wiki.org/./private/x", Reason::DeniedWebsite)]
#[case("https://example.com:8443", Reason::DeniedWebsite)]
#[case("https://mine.net", Reason::DeniedWebsite)]
#[case("", Reason::UnreadableAddress)]
#[case("   ", Reason::UnreadableAddress)]
#[case("https://", Reason::UnreadableAddress)]
#[case("https://a b", Reason::UnreadableAddress)]
#[case("javascript:alert(1)", Reason::UnreadableAddress)]
#[case("data:text/html,hello", Reason::UnknownOrigin)]
fn the_guard_denies(#[case] address: &str, #[case] reason: Reason) {
    let verdict = guard().decide(&Subject::page(address));
    assert_eq!((verdict.decision, verdict.reason), (Decision::Deny, reason));
    assert_eq!(guard().decide_url(address), verdict);
}

#[rstest]
#[case("https://bank.com.example.org/")]
#[case("https://notbank.com/")]
#[case("https://example.com/")]
#[case("https://wiki.org/privateer")]
#[case("https://ok.com/?next=https://bank.com")]
#[case("file:///home/me/x")]
#[case("chrome-extension://abcdef/page.html")]
#[case("about:blank")]
#[case("chrome://settings")]
fn the_guard_allows(#[case] address: &str) {
    let verdict = guard().decide(&Subject::page(address));
    assert_eq!(
        (verdict.decision, verdict.reason),
        (Decision::Allow, Reason::NoRule)
    );
}

#[test]
fn a_verdict_names_rule_and_layer() {
    let verdict = guard().decide_url("https://login.bank.com/");
    assert_eq!(
        (verdict.rule.as_deref(), verdict.layer),
        (Some("bank.com"), LayerName::Org)
    );
    let verdict = guard().decide_url("https://mine.net/");
    assert_eq!(
        (verdict.rule.as_deref(), verdict.layer),
        (Some("mine.net"), LayerName::Member)
    );
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["reason"], "denied_website");
    assert_eq!(json["decision"], "deny");
}

#[test]
fn a_device_that_never_had_settings_is_closed() {
    let guard = Guard::closed();
    for subject in [
        Subject::page("https://ok.com"),
        Subject::default(),
        Subject {
            audio: true,
            ..Subject::default()
        },
    ] {
        let verdict = guard.decide(&subject);
        assert_eq!(
            (verdict.decision, verdict.reason),
            (Decision::Deny, Reason::NeverHadSettings)
        );
    }
    assert!(!guard.permits(Leaf::AudioCapture).unwrap().is_allow());
}

#[test]
fn private_windows_and_browsers_without_address_are_denied() {
    let guard = Guard::from_layers(&[]);
    let private = Subject {
        private_window: true,
        ..Subject::page("https://ok.com")
    };
    assert_eq!(guard.decide(&private).reason, Reason::PrivateWindow);
    let blind = Subject {
        browser: true,
        ..Subject::default()
    };
    assert_eq!(guard.decide(&blind).reason, Reason::UnreadableAddress);
    assert_eq!(guard.decide(&Subject::default()).reason, Reason::NothingToDecide);
    assert!(guard.decide(&Subject::page("https://ok.com")).is_allow());
}

#[test]
fn a_managed_list_that_is_off_enforces_nothing_but_the_members_own_stays() {
    let org = switched(
        layer(LayerName::Org, &["bank.com", "~unreadable"]),
        Leaf::ManagedWebsites,
        false,
    );
    let guard = Guard::from_layers(&[org.clone(), layer(LayerName::Member, &["mine.net"])]);
    assert!(guard.decide_url("https://bank.com").is_allow());
    assert!(!guard.decide_url("https://mine.net").is_allow());
    let stricter = switched(layer(LayerName::Member, &[]), Leaf::ManagedWebsites, true);
    assert!(
        !Guard::from_layers(&[org, stricter])
            .decide_url("https://bank.com")
            .is_allow()
    );
}

#[test]
fn a_row_that_nobody_can_read_denies_every_website() {
    let guard = Guard::from_layers(&[layer(LayerName::Org, &["bank.com", "~newer:syntax"])]);
    assert_eq!(guard.decide_url("https://bank.com").reason, Reason::DeniedWebsite);
    let verdict = guard.decide_url("https://ok.com");
    assert_eq!(
        (verdict.reason, verdict.rule.as_deref()),
        (Reason::UnreadableRule, Some("~newer:syntax"))
    );
}

#[test]
fn sound_and_switches_are_answered() {
    let guard = Guard::from_layers(&[switched(layer(LayerName::Org, &[]), Leaf::AudioCapture, false)]);
    let heard = guard.decide(&Subject {
        audio: true,
        ..Subject::page("https://ok.com")
    });
    assert_eq!(
        (heard.reason, heard.rule.as_deref()),
        (Reason::SwitchedOff, Some("memory.audio_capture"))
    );
    assert!(guard.decide(&Subject::page("https://ok.com")).is_allow());
    assert!(guard.permits(Leaf::Processing).unwrap().is_allow());
    assert_eq!(guard.permits(Leaf::ManagedWebsites), None);
}

fn entry(layer: LayerName, rule: &str, effect: Effect) -> ApplicationEntry {
    ApplicationEntry {
        layer,
        rule: rule.parse().expect("the test names rules"),
        effect,
        locked: false,
    }
}

fn app(bundle: &str) -> ApplicationIdentity {
    ApplicationIdentity {
        bundle_id: Some(bundle.to_owned()),
        ..ApplicationIdentity::default()
    }
}

#[rstest]
#[case("com.google.Chrome.*", "com.google.chrome", true)]
#[case("com.google.Chrome.*", "com.google.Chrome.app.x", true)]
#[case("com.google.Chrome.*", "com.google.ChromeX", false)]
#[case("com.google.Chrome", "com.google.Chrome.app", false)]
#[case(" COM.google.chrome ", "com.google.Chrome", true)]
fn a_bundle_pattern_is_about(#[case] pattern: &str, #[case] bundle: &str, #[case] about: bool) {
    let rule = ApplicationRule::new(ApplicationKind::BundleId, pattern).unwrap();
    assert_eq!(rule.matches(&app(bundle)), about);
    assert_eq!(rule.to_string().parse(), Ok(rule));
}

#[rstest]
#[case("bundle_id:")]
#[case("bundle_id:.*")]
#[case("bundle_id:*")]
#[case("bundle_id:a.*.b")]
#[case("bundle_id:a..*")]
#[case("flavour:a")]
#[case("a")]
fn an_application_rule_is_refused(#[case] text: &str) {
    assert!(text.parse::<ApplicationRule>().is_err());
}

#[test]
fn applications_follow_precedence() {
    let rules = ApplicationRules {
        managed: true,
        unreadable: Vec::new(),
        entries: vec![
            ApplicationEntry {
                locked: true,
                ..entry(LayerName::BuiltIn, "bundle_id:vault", Effect::Deny)
            },
            entry(LayerName::BuiltIn, "bundle_id:keys", Effect::Deny),
            entry(LayerName::BuiltIn, "bundle_id:notes", Effect::Deny),
            entry(LayerName::Org, "bundle_id:vault", Effect::Allow),
            entry(LayerName::Org, "bundle_id:keys", Effect::Allow),
            entry(LayerName::Org, "bundle_id:com.chat.*", Effect::Deny),
            entry(LayerName::Org, "bundle_id:com.chat.work", Effect::Allow),
            entry(LayerName::Org, "name:Notes", Effect::Allow),
            entry(LayerName::Member, "bundle_id:com.chat.work", Effect::Deny),
            entry(LayerName::Member, "bundle_id:notes", Effect::Allow),
        ],
    };
    let guard = Guard::from_layers(&[]).with_applications(rules);
    let decide = |identity: ApplicationIdentity| {
        let verdict = guard.decide(&Subject::application(identity));
        (verdict.decision, verdict.layer)
    };
    assert_eq!(decide(app("vault")), (Decision::Deny, LayerName::BuiltIn));
    assert_eq!(decide(app("keys")), (Decision::Allow, LayerName::Org));
    assert_eq!(decide(app("com.chat.x")), (Decision::Deny, LayerName::Org));
    assert_eq!(decide(app("com.chat.work")), (Decision::Deny, LayerName::Member));
    let named = ApplicationIdentity {
        name: Some("Notes".into()),
        ..app("notes")
    };
    assert_eq!(
        decide(named),
        (Decision::Deny, LayerName::BuiltIn),
        "neither a name nor a member allows"
    );
    assert_eq!(decide(app("other")), (Decision::Allow, LayerName::BuiltIn));
    let helper = ApplicationIdentity {
        responsible: Some(Box::new(app("com.chat.x"))),
        ..app("helper")
    };
    assert_eq!(decide(helper), (Decision::Deny, LayerName::Org));
    let nobody = ApplicationIdentity {
        name: Some("Thing".into()),
        ..ApplicationIdentity::default()
    };
    assert_eq!(
        decide(nobody),
        (Decision::Deny, LayerName::Org),
        "unknown while a list is on"
    );
}

#[test]
fn an_executable_is_known_by_name_or_path() {
    let exe = |path: &str| ApplicationIdentity {
        exe: Some(path.into()),
        ..ApplicationIdentity::default()
    };
    let by_name: ApplicationRule = "exe:Chrome.exe".parse().unwrap();
    assert!(by_name.matches(&exe(r"C:\Program Files\Google\chrome.EXE")));
    assert!(!by_name.matches(&exe(r"C:\chrome.exe\other.exe")));
    let by_path: ApplicationRule = "exe:/usr/bin/chrome".parse().unwrap();
    assert!(by_path.matches(&exe("/usr/bin/chrome")));
    assert!(!by_path.matches(&exe("/home/me/chrome")));
}
