//! What providers' own lists show, and what it takes until such a model may be used.

use tessera_app::{
    credentials::{self, NewKey},
    models::{self, Refreshed},
    settings::{self, SaveRequest},
};
use tessera_domain::{
    Kind, Role,
    credential::{Delivery, ProviderKind, Typed},
};
use tessera_ids::CredentialId;
use tessera_policy::{
    Edit, LayerName, Leaf, Value,
    models::{Known, ModelReason, Origin},
};

use crate::{machine::kind, stories, world::World};

stories! {
    what_a_provider_lists_is_known_and_stays_off_until_allowed,
    keys_say_which_providers_members_can_use,
}

async fn key(world: &World, name: &str, kind: ProviderKind, more: &[(&'static str, &str)]) -> CredentialId {
    let typed = Typed::default().with("key", "sk-planted-0123456789-abcd");
    let new = NewKey {
        name: name.parse().unwrap(),
        kind,
        typed: more
            .iter()
            .fold(typed, |typed, (field, text)| typed.with(*field, *text)),
        delivery: Delivery::Relayed,
        teams: [].into(),
    };
    credentials::add(&world.app, &world.owner, world.org, new)
        .await
        .unwrap()
}

async fn known(world: &World, name: &str) -> Option<Known> {
    let view = models::view(&world.app, &world.owner, world.org, LayerName::Org, None).await;
    view.unwrap()
        .known
        .into_iter()
        .find(|known| known.model.name.as_str() == name)
}

async fn refresh(world: &World, credential: CredentialId) -> Refreshed {
    models::refresh(&world.app, &world.owner, world.org, credential)
        .await
        .unwrap()
}

async fn what_a_provider_lists_is_known_and_stays_off_until_allowed(world: &World) {
    let openai = key(world, "Main", ProviderKind::OpenAi, &[]).await;
    let anthropic = key(world, "Other", ProviderKind::Anthropic, &[]).await;
    let found = refresh(world, openai).await;
    assert_eq!(
        (found.provider.as_str(), found.listed, found.new),
        ("openai", 1, 1)
    );
    assert_eq!(refresh(world, openai).await.new, 0, "it is known by now");
    let model = known(world, "openai/openai-large").await.unwrap();
    assert_eq!(
        (model.origin, model.verdict.reason),
        (Origin::Found, ModelReason::NotManaged)
    );

    let on = Edit::Set {
        leaf: Leaf::ManagedModels,
        value: Value::Switch(true),
        locked: None,
    };
    let request = SaveRequest {
        layer: LayerName::Org,
        edits: vec![on],
        team_defaults: Vec::new(),
        note: None,
        expected: None,
    };
    settings::save(&world.app, &world.owner, world.org, request)
        .await
        .unwrap();
    let model = known(world, "openai/openai-large").await.unwrap();
    assert_eq!(
        model.verdict.reason,
        ModelReason::Allowed,
        "it was allowed when the list began"
    );
    refresh(world, anthropic).await;
    let model = known(world, "anthropic/anthropic-large").await.unwrap();
    assert_eq!(model.verdict.reason, ModelReason::NewBlocked);

    let reader = world.member("rea", Role::Read).await;
    let refused = models::refresh(&world.app, &reader, world.org, openai)
        .await
        .unwrap_err();
    assert_eq!(kind::<()>(Err(refused)), Kind::Forbidden);
}

async fn keys_say_which_providers_members_can_use(world: &World) {
    let address = |url| [("base_url", url)];
    key(
        world,
        "Fast",
        ProviderKind::OpenAiCompatible,
        &address("https://api.groq.com/openai/v1"),
    )
    .await;
    key(
        world,
        "Our vLLM",
        ProviderKind::OpenAiCompatible,
        &address("https://ai.example/v1"),
    )
    .await;
    let keyed = models::with_keys(&world.app, &world.owner, world.org)
        .await
        .unwrap();
    assert_eq!(keyed.into_iter().collect::<Vec<_>>(), ["groq", "our-vllm"]);
}
