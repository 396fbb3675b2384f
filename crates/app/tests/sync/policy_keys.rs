//! Providers' keys in a policy file: compared by fingerprint, changed in one transaction, owned, drifted, released.

use bytes::Bytes;
use tessera_app::{
    credentials::{self, CredentialView, KeyEdit, NewKey},
    policy_file::{self, Applied, ApplyRequest, FilePlan, KeyDeed, KeysTally, SecretValues},
    settings, teams,
};
use tessera_domain::{
    Error, Kind, Result, Role,
    credential::{CredentialState, Delivery, ProviderKind, Scope, Typed},
};
use tessera_policy::{LayerName, SectionName, file::FileSection};
use tessera_store::AuditQuery;

use crate::{
    machine::{Machine, kind},
    stories,
    world::World,
};

const KEY: &str = "sk-planted-0123456789-abcd";
const OTHER: &str = "sk-planted-9876543210-wxyz";

stories! {
    a_file_brings_keys_replaces_and_deletes_them,
    a_plan_without_values_compares_no_key,
    a_file_leads_a_key_elsewhere_since_it_names_it,
    an_emergency_shows_as_drift_until_the_file_is_applied,
    a_section_that_leaves_the_file_takes_its_keys_with_it,
    nothing_is_kept_of_a_file_that_says_a_secret,
    settings_and_keys_change_together_or_not_at_all,
    every_provider_comes_and_goes_by_file,
    keys_in_a_file_are_for_owners_and_admins,
}

const ONE: &str =
    "[credentials.Production]\nprovider = \"openai\"\norganization = \"org-1\"\nkey = { env = \"K\" }\n";

fn values(given: &[(&str, &str)]) -> SecretValues {
    let given = given.iter();
    given
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn k(value: &str) -> SecretValues {
    values(&[("env:K", value)])
}

fn request(text: &str, values: SecretValues) -> ApplyRequest {
    ApplyRequest {
        text: Bytes::from(text.to_owned()),
        source: "git/policy.toml".to_owned(),
        note: None,
        expected: None,
        values,
        keys_seen: None,
    }
}

async fn try_apply(world: &World, text: &str, values: SecretValues) -> Result<Applied> {
    policy_file::apply(&world.app, &world.owner, world.org, request(text, values)).await
}

async fn apply(world: &World, text: &str, values: SecretValues) -> Applied {
    try_apply(world, text, values).await.unwrap()
}

async fn try_plan(world: &World, text: &str, values: &SecretValues) -> Result<FilePlan> {
    let text = Bytes::from(text.to_owned());
    policy_file::plan(&world.app, &world.owner, world.org, text, values).await
}

/// Each key of a plan with what becomes of it.
async fn plan(world: &World, text: &str, values: &SecretValues) -> Vec<(String, KeyDeed, bool)> {
    let planned = try_plan(world, text, values).await.unwrap();
    let keys = planned.keys.unwrap_or_default().keys.into_iter();
    keys.map(|key| (key.name.to_string(), key.deed, key.compared))
        .collect()
}

async fn keys(world: &World) -> Vec<CredentialView> {
    credentials::list(&world.app, &world.owner, world.org)
        .await
        .unwrap()
}

async fn active(world: &World, name: &str) -> CredentialView {
    let keys = keys(world).await.into_iter();
    let mut named = keys.filter(|key| key.name.as_str() == name && key.state == CredentialState::Active);
    named.next().unwrap()
}

/// What drifted: names and sentences.
async fn drift(world: &World) -> Vec<(String, String)> {
    let standing = policy_file::standing(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    let keys = standing.drift.keys.into_iter();
    keys.map(|key| (key.name, key.sentences.join(" "))).collect()
}

fn told(error: &Error) -> String {
    let fields: Vec<_> = error.fields.iter().map(|field| field.message.as_str()).collect();
    format!("{} {}", error.public, fields.join("; "))
}

async fn kept(world: &World) -> Option<String> {
    let mut tx = world.app.store.read().await.unwrap();
    tx.policy_text(world.org).await.unwrap()
}

fn name(name: &str, deed: KeyDeed) -> (String, KeyDeed, bool) {
    (name.to_owned(), deed, true)
}

async fn a_file_brings_keys_replaces_and_deletes_them(world: &World) {
    assert_eq!(
        plan(world, ONE, &k(KEY)).await,
        [name("Production", KeyDeed::Add)]
    );
    let applied = apply(world, ONE, k(KEY)).await;
    assert_eq!(
        (applied.revision, applied.changed, applied.keys.added),
        (0, false, 1)
    );
    let first = active(world, "Production").await;
    assert_eq!(
        (first.last_four.as_str(), first.delivery),
        ("abcd", Delivery::Relayed)
    );
    assert_eq!(
        plan(world, ONE, &k(KEY)).await,
        [name("Production", KeyDeed::Keep)]
    );
    let entries = world.audit().await.len();
    let again = apply(world, ONE, k(KEY)).await;
    assert_eq!(again.keys, KeysTally::default());
    assert_eq!(
        world.audit().await.len(),
        entries,
        "the same file is not applied again"
    );
    assert_eq!(active(world, "Production").await.version, 1);

    let edited = ONE.replace("org-1", "org-2").replace("Production", "PRODUCTION");
    assert_eq!(
        plan(world, &edited, &k(KEY)).await,
        [name("PRODUCTION", KeyDeed::Change)]
    );
    apply(world, &edited, k(KEY)).await;
    let changed = active(world, "PRODUCTION").await;
    assert_eq!(
        (changed.id, changed.version),
        (first.id, 2),
        "another spelling is no other key"
    );

    apply(world, ONE, k(OTHER)).await;
    let (old, new) = (keys(world).await, active(world, "Production").await);
    let old = old.into_iter().find(|key| key.id == first.id).unwrap();
    assert!(matches!(old.state, CredentialState::Draining(drain) if drain.successor == new.id));
    assert_eq!(new.settings.entries(), [("organization", "org-1".to_owned())]);
    let at_once = format!("{ONE}overlap = \"0\"\n");
    apply(world, &at_once, k(KEY)).await;
    assert!(
        keys(world)
            .await
            .iter()
            .any(|key| key.id == new.id && matches!(key.state, CredentialState::Retired { .. }))
    );

    assert!(
        try_plan(world, &at_once, &k(KEY)).await.unwrap().is_empty(),
        "what drains goes by itself"
    );

    let other = ONE.replace("Production", "Staging");
    assert_eq!(
        plan(world, &other, &k(OTHER)).await,
        [
            name("Production", KeyDeed::Delete),
            name("PRODUCTION", KeyDeed::Delete),
            name("Staging", KeyDeed::Add)
        ],
        "what drains in favour of it goes too"
    );
    let planned = try_plan(world, &other, &k(OTHER)).await.unwrap();
    let said = planned.keys.unwrap().keys[0].sentences.join(" ");
    assert!(
        said.contains("Everybody may use it: 1 member with 0 devices."),
        "{said}"
    );
    apply(world, &other, k(OTHER)).await;
    let usable = |key: &&CredentialView| !matches!(key.state, CredentialState::Retired { .. });
    assert_eq!(keys(world).await.iter().filter(usable).count(), 1);

    let mut tx = world.app.store.read().await.unwrap();
    let log = tx.audit(world.org, &AuditQuery::default(), 100).await.unwrap();
    let of_keys: Vec<_> = log
        .iter()
        .filter(|line| line.action.starts_with("credential."))
        .collect();
    assert_eq!(of_keys.len(), 7, "{of_keys:?}");
    for line in of_keys {
        assert!(format!("{line:?}").contains("git/policy.toml"), "{line:?}");
    }
    assert!(!format!("{log:?}").contains("planted"));
    drop(tx);
    assert!(!kept(world).await.unwrap().contains("planted"));
}

async fn a_plan_without_values_compares_no_key(world: &World) {
    let nothing = SecretValues::default();
    let unknown = |deed| ("Production".to_owned(), deed, false);
    assert_eq!(plan(world, ONE, &nothing).await, [unknown(KeyDeed::Add)]);
    let refused = try_apply(world, ONE, nothing.clone()).await.unwrap_err();
    let wanted = "line 4, column 7: the value of env:K was not given";
    assert!(
        refused.kind == Kind::Invalid && told(&refused).contains(wanted),
        "{}",
        told(&refused)
    );
    assert!(keys(world).await.is_empty() && kept(world).await.is_none());
    apply(world, ONE, k(KEY)).await;
    let planned = try_plan(world, ONE, &nothing).await.unwrap();
    assert!(planned.is_empty(), "a key that is not compared is no change");
    assert_eq!(plan(world, ONE, &nothing).await, [unknown(KeyDeed::Keep)]);
    let edited = ONE.replace("org-1", "org-2");
    assert_eq!(plan(world, &edited, &nothing).await, [unknown(KeyDeed::Change)]);
}

async fn a_file_leads_a_key_elsewhere_since_it_names_it(world: &World) {
    let machine = Machine::enrol(world, &world.owner).await;
    apply(world, ONE, k(KEY)).await;
    let id = active(world, "Production").await.id;
    assert!(machine.keys(world).await.is_empty());
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let edited = format!(
        "{ONE}base_url = \"https://eu.api.openai.com/v1/\"\ndelivery = \"delivered\"\n[features]\ntelemetry = false\n"
    );
    let applied = apply(world, &edited, k(KEY)).await;
    assert_eq!(
        (applied.revision, applied.changed, applied.keys.changed),
        (1, true, 1)
    );
    let keys_there = machine.keys(world).await;
    assert_eq!(keys_there[&id].1.field("key"), Some(KEY));
    assert_eq!(
        keys_there[&id].1.field("base_url"),
        Some("https://eu.api.openai.com/v1")
    );
    let payload = machine.manifest(world).await.into_payload();
    assert_eq!(payload.revision, 1, "devices are told of both at once");
    assert!(try_plan(world, &edited, &k(KEY)).await.unwrap().is_empty());

    let of_team = edited.replace("[features]", "teams = [\"design\"]\n[features]");
    apply(world, &of_team, k(KEY)).await;
    assert_eq!(
        active(world, "Production").await.scope,
        Scope::Teams([team].into())
    );
    assert!(
        machine.keys(world).await.is_empty(),
        "the owner is not in that team"
    );
    let nobodys = edited.replace("[features]", "teams = []\n[features]");
    apply(world, &nobodys, k(KEY)).await;
    assert_eq!(
        active(world, "Production").await.scope,
        Scope::Teams([].into()),
        "nobody's, not everybody's"
    );
    let unknown = edited.replace("[features]", "teams = [\"Desing\"]\n[features]");
    let refused = try_plan(world, &unknown, &k(KEY)).await.unwrap_err();
    assert!(
        told(&refused).contains("line 7, column 10: there is no team called “Desing”"),
        "{}",
        told(&refused)
    );
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn an_emergency_shows_as_drift_until_the_file_is_applied(world: &World) {
    apply(world, ONE, k(KEY)).await;
    let key = active(world, "Production").await;
    let new = NewKey {
        name: "Mine".parse().unwrap(),
        kind: ProviderKind::OpenAi,
        typed: Typed::default().with("key", OTHER),
        delivery: Delivery::Relayed,
        teams: [].into(),
    };
    let refused = credentials::add(&world.app, &world.owner, world.org, new.clone())
        .await
        .unwrap_err();
    assert!(
        refused.kind == Kind::Conflict
            && refused
                .public
                .contains("git/policy.toml owns credentials of the organization"),
        "{refused:?}"
    );
    let edit = KeyEdit {
        name: Some("Renamed".parse().unwrap()),
        ..KeyEdit::default()
    };
    let edited = credentials::edit(&world.app, &world.owner, world.org, key.id, edit).await;
    assert_eq!(kind(edited), Kind::Conflict);
    assert_eq!(drift(world).await, []);

    let replace = |id, typed| {
        credentials::replace(
            &world.app,
            &world.owner,
            world.org,
            id,
            typed,
            std::time::Duration::ZERO,
        )
    };
    let led = Typed::default()
        .with("key", OTHER)
        .with("base_url", "https://elsewhere.example");
    assert_eq!(
        kind(replace(key.id, led).await),
        Kind::Conflict,
        "only the key itself"
    );
    let successor = replace(key.id, Typed::default().with("key", OTHER))
        .await
        .unwrap();
    let replaced = (
        "Production".to_owned(),
        "Another key was put in its place by Olga Owner.".to_owned(),
    );
    assert_eq!(drift(world).await, [replaced]);
    assert_eq!(
        plan(world, ONE, &k(KEY)).await,
        [name("Production", KeyDeed::Replace)]
    );
    apply(world, ONE, k(OTHER)).await;
    assert_eq!(
        drift(world).await,
        [],
        "whoever puts the new key where the file finds it makes it the file's"
    );
    assert_eq!(active(world, "Production").await.id, successor);

    credentials::delete(&world.app, &world.owner, world.org, successor)
        .await
        .unwrap();
    let deleted = ("Production".to_owned(), "It was deleted.".to_owned());
    assert_eq!(drift(world).await, [deleted]);
    apply(world, ONE, k(OTHER)).await;
    assert_eq!(drift(world).await, []);
    active(world, "Production").await;

    policy_file::release(
        &world.app,
        &world.owner,
        world.org,
        LayerName::Org,
        FileSection::Credentials,
    )
    .await
    .unwrap();
    credentials::add(&world.app, &world.owner, world.org, new)
        .await
        .unwrap();
    assert_eq!(drift(world).await, [], "what is released is no file's any more");
    let exported = policy_file::export(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert!(
        exported
            .contains("[credentials.Mine]\nprovider = \"openai\"\nkey = { env = \"TESSERA_KEY_MINE\" }\n"),
        "{exported}"
    );
    assert!(
        exported.contains("key = { env = \"K\" }") && !exported.contains("planted"),
        "{exported}"
    );
    let given = values(&[("env:K", OTHER), ("env:TESSERA_KEY_MINE", OTHER)]);
    assert!(
        try_plan(world, &exported, &given).await.unwrap().is_empty(),
        "{exported}"
    );
}

async fn a_section_that_leaves_the_file_takes_its_keys_with_it(world: &World) {
    apply(world, &format!("{ONE}[features]\n"), k(KEY)).await;
    let without = "[features]\n";
    let planned = try_plan(world, without, &SecretValues::default()).await.unwrap();
    assert_eq!(planned.drops.len(), 1, "{planned:?}");
    assert_eq!(planned.keys.as_ref().unwrap().keys[0].deed, KeyDeed::Delete);
    assert!(!planned.is_empty());
    policy_file::release(
        &world.app,
        &world.owner,
        world.org,
        LayerName::Org,
        FileSection::Credentials,
    )
    .await
    .unwrap();
    let planned = try_plan(world, without, &SecretValues::default()).await.unwrap();
    assert!(
        planned.keys.is_none() && planned.is_empty(),
        "what was released stays: {planned:?}"
    );
    apply(world, &format!("{ONE}[features]\n"), k(KEY)).await;
    let applied = apply(world, without, SecretValues::default()).await;
    assert_eq!(applied.keys.deleted, 1);
    assert!(keys(world).await.is_empty());
    let owned = policy_file::ownership(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert!(owned.owns(LayerName::Org, SectionName::Features));
    assert!(!owned.owns(LayerName::Org, FileSection::Credentials));
    let empty = apply(world, "[credentials]\n", SecretValues::default()).await;
    assert_eq!(empty.sections.len(), 1, "no key at all can be said, too");
}

async fn nothing_is_kept_of_a_file_that_says_a_secret(world: &World) {
    let spoken = ONE.replace("{ env = \"K\" }", &format!("\"{KEY}\""));
    let in_a_comment = format!("# key = \"{KEY}\"\n{ONE}");
    for (text, line) in [
        (&spoken, "line 4, column 7: `key` is secret"),
        (
            &in_a_comment,
            "line 1, column 1: this line says the very secret that env:K names",
        ),
    ] {
        for refused in [
            try_plan(world, text, &k(KEY)).await.map(drop).unwrap_err(),
            try_apply(world, text, k(KEY)).await.map(drop).unwrap_err(),
        ] {
            let told = told(&refused);
            assert!(refused.kind == Kind::Invalid && told.contains(line), "{told}");
            assert!(!format!("{refused:?}").contains("planted"), "{told}");
        }
    }
    let bad = try_apply(world, ONE, k("sk planted with spaces"))
        .await
        .unwrap_err();
    assert!(
        told(&bad).contains("line 4, column 7: `key` (env:K): A key has no spaces"),
        "{}",
        told(&bad)
    );
    assert!(!format!("{bad:?}").contains("planted"));
    assert!(kept(world).await.is_none() && keys(world).await.is_empty());
    assert!(!format!("{:?}", request(ONE, k(KEY))).contains("planted"));
}

async fn settings_and_keys_change_together_or_not_at_all(world: &World) {
    let seen = try_plan(world, ONE, &k(KEY)).await.unwrap().keys.unwrap().state;
    let both = format!("{ONE}[features]\ntelemetry = false\n");
    let other = NewKey {
        name: "Meanwhile".parse().unwrap(),
        kind: ProviderKind::Anthropic,
        typed: Typed::default().with("key", OTHER),
        delivery: Delivery::Relayed,
        teams: [].into(),
    };
    credentials::add(&world.app, &world.owner, world.org, other)
        .await
        .unwrap();
    let stale = ApplyRequest {
        keys_seen: Some(seen),
        ..request(&both, k(KEY))
    };
    let refused = policy_file::apply(&world.app, &world.owner, world.org, stale).await;
    assert_eq!(
        kind(refused),
        Kind::Conflict,
        "a key that nobody saw is not deleted"
    );
    // What is wrong with a key keeps the settings from changing, too.
    let team = teams::create(&world.app, &world.owner, world.org, &"Design".parse().unwrap())
        .await
        .unwrap();
    let of_team = both.replace("[features]", "teams = [\"Design\"]\n[features]");
    teams::delete(&world.app, &world.owner, world.org, team)
        .await
        .unwrap();
    assert_eq!(kind(try_apply(world, &of_team, k(KEY)).await), Kind::Invalid);
    let now = settings::current(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!((now.snapshot.revision, keys(world).await.len()), (0, 1));
    let applied = apply(world, &both, k(KEY)).await;
    assert_eq!(
        (applied.revision, applied.keys.added, applied.keys.deleted),
        (1, 1, 1)
    );
}

async fn every_provider_comes_and_goes_by_file(world: &World) {
    let account = "{\"type\":\"service_account\",\"client_email\":\"a@b.example\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nplantedplanted\\n-----END PRIVATE KEY-----\",\"project_id\":\"museum\",\"private_key_id\":\"0123456789abcdef9e8d\"}";
    let text = r#"
[credentials.Claude]
provider = "anthropic"
key = { env = "K" }
[credentials.Gemini]
provider = "gemini"
key = { env = "K" }
[credentials.Vertex]
provider = "vertex_ai"
region = "us-central1"
service_account = { file = "sa.json" }
[credentials.Pair]
provider = "bedrock"
region = "us-east-1"
access_key_id = { env = "ID" }
secret_access_key = { env = "K" }
[credentials.One]
provider = "bedrock"
region = "us-east-1"
api_key = { env = "K" }
[credentials.Azure]
provider = "azure_openai"
endpoint = "https://a.openai.azure.com"
api_version = "2024-10-21"
deployments = ["one", "two"]
key = { env = "K" }
[credentials.Gateway]
provider = "openai_compatible"
base_url = "https://gateway.example/v1/"
key = { env = "K" }
"#;
    let given = values(&[
        ("env:K", KEY),
        ("env:ID", "AKIAIOSFODNN7EXAMPLE"),
        ("file:sa.json", account),
    ]);
    let nothing = SecretValues::default();
    assert_eq!(
        try_plan(world, text, &nothing)
            .await
            .unwrap()
            .keys
            .unwrap()
            .keys
            .len(),
        7
    );
    assert_eq!(apply(world, text, given.clone()).await.keys.added, 7);
    for given in [&given, &nothing] {
        assert!(
            try_plan(world, text, given).await.unwrap().is_empty(),
            "{:?}",
            plan(world, text, given).await
        );
    }
    assert_eq!(drift(world).await, []);
    let exported = policy_file::export(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert!(
        try_plan(world, &exported, &given).await.unwrap().is_empty(),
        "{exported}"
    );

    // Another provider under the same name is another key.
    let moved = text.replace("\"anthropic\"", "\"gemini\"");
    let planned = plan(world, &moved, &given).await;
    assert_eq!(planned[0], name("Claude", KeyDeed::Delete));
    assert!(planned.contains(&name("Claude", KeyDeed::Add)), "{planned:?}");
    apply(world, &moved, given).await;
    assert_eq!(active(world, "Claude").await.kind(), ProviderKind::Gemini);
}

async fn keys_in_a_file_are_for_owners_and_admins(world: &World) {
    apply(world, ONE, k(KEY)).await;
    for role in [Role::Write, Role::Read] {
        let member = world.member(role.as_str(), role).await;
        let applied = policy_file::apply(&world.app, &member, world.org, request(ONE, k(KEY))).await;
        assert_eq!(kind(applied), Kind::Forbidden);
        let text = Bytes::from_static(ONE.as_bytes());
        let planned = policy_file::plan(&world.app, &member, world.org, text, &k(KEY)).await;
        assert_eq!(kind(planned), Kind::Forbidden);
        assert_eq!(
            kind(policy_file::export(&world.app, &member, world.org).await),
            Kind::Forbidden
        );
    }
}
