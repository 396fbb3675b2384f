//! Providers' keys over real HTTP: every provider is called as it wants to be, what it says never repeats a key, no
//! address inside is called, and a delivered key reaches its devices and leaves them.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use tessera_agent::{KeyHere, Phase};
use tessera_ids::CredentialId;
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::provider::{Asked, FakeProvider, PRIVATE_KEY};
use tessera_testkit::server::{Options, World};

const KEY: &str = "sk-planted-0123456789-abcd";

async fn world(engine: tessera_testkit::database::Engine, provider: &FakeProvider) -> anyhow::Result<World> {
    let options = Options {
        outbound: provider.outbound(),
        ..Options::default()
    };
    World::with(engine, options).await
}

fn service_account() -> Value {
    json!({
        "type": "service_account", "project_id": "museum-ai", "private_key_id": "0123456789abcdef9e8d",
        "private_key": PRIVATE_KEY, "client_email": "tessera@museum-ai.iam.gserviceaccount.com",
        "token_uri": "https://evil.example/token",
    })
}

/// A body for every provider: the settings and the secret.
fn bodies(provider: &FakeProvider) -> [(&'static str, Value, Value); 8] {
    [
        (
            "openai",
            json!({ "organization": "org-1", "project": "proj_1" }),
            json!({ "key": KEY }),
        ),
        ("anthropic", json!({}), json!({ "key": KEY })),
        ("gemini", json!({}), json!({ "key": KEY })),
        (
            "vertex_ai",
            json!({ "region": "us-central1" }),
            json!({ "service_account": service_account() }),
        ),
        (
            "bedrock",
            json!({ "region": "us-east-1" }),
            json!({ "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": KEY }),
        ),
        (
            "bedrock",
            json!({ "region": "us-east-1" }),
            json!({ "api_key": KEY }),
        ),
        (
            "azure_openai",
            json!({ "endpoint": provider.url("/azure"), "api_version": "2024-10-21", "deployments": ["chat"] }),
            json!({ "key": KEY }),
        ),
        (
            "openai_compatible",
            json!({ "base_url": provider.url("/compatible/v1") }),
            json!({ "key": KEY }),
        ),
    ]
}

async fn add(
    owner: &Person,
    name: &str,
    provider: &str,
    settings: &Value,
    secret: &Value,
) -> anyhow::Result<String> {
    let body = json!({ "name": name, "provider": provider, "settings": settings, "secret": secret });
    add_body(owner, &body).await
}

async fn add_body(owner: &Person, body: &Value) -> anyhow::Result<String> {
    let added = owner
        .http
        .json(Method::POST, &owner.api("/credentials"), body)
        .await?;
    Ok(added.expect(201)?.json()?["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

async fn test(owner: &Person, id: &str) -> anyhow::Result<Value> {
    let path = owner.api(&format!("/credentials/{id}/test"));
    owner
        .http
        .send(owner.http.request(Method::POST, &path))
        .await?
        .expect(200)?
        .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_called_as_it_wants_to_be() -> anyhow::Result<()> {
    for engine in engines() {
        let provider = FakeProvider::start().await?;
        let world = world(engine, &provider).await?;
        for (number, (kind, settings, secret)) in bodies(&provider).into_iter().enumerate() {
            let id = add(
                &world.owner,
                &format!("{kind} {number}"),
                kind,
                &settings,
                &secret,
            )
            .await?;
            let tested = test(&world.owner, &id).await?;
            assert_eq!(tested["works"], true, "{kind}: {tested}");
            let asked = provider.asked();
            assert_asked(kind, number, asked.last().expect("it was asked"));
            if kind == "vertex_ai" {
                assert_assertion(&asked[0]);
            }
            let models = world
                .owner
                .http
                .get(&world.owner.api(&format!("/credentials/{id}/models")))
                .await?;
            let models = models.expect(200)?.json()?["models"].clone();
            let wanted = match kind {
                "anthropic" => json!(["claude-sonnet-4-5"]),
                "gemini" | "vertex_ai" => json!(["gemini-2.5-pro"]),
                "bedrock" => json!(["anthropic.claude-sonnet-4-5"]),
                "azure_openai" => json!(["chat"]),
                _ => json!(["gpt-5", "gpt-5-mini"]),
            };
            assert_eq!(models, wanted, "{kind}");
            provider.asked();
        }
        world.server.stop().await?;
    }
    Ok(())
}

fn assert_asked(kind: &str, number: usize, asked: &Asked) {
    let bearer = format!("Bearer {KEY}");
    match kind {
        "anthropic" => assert_eq!(
            (asked.header("x-api-key"), asked.header("anthropic-version")),
            (KEY, "2023-06-01")
        ),
        "gemini" => assert_eq!(asked.header("x-goog-api-key"), KEY),
        "azure_openai" => {
            assert_eq!(asked.header("api-key"), KEY);
            assert!(
                asked.target.ends_with("?api-version=2024-10-21"),
                "{}",
                asked.target
            );
        }
        "vertex_ai" => assert_eq!(asked.header("authorization"), "Bearer ya29.planted-access-token"),
        "bedrock" if number == 4 => {
            let signed = asked.header("authorization");
            assert!(
                signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"),
                "{signed}"
            );
            assert!(
                signed.contains("/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, "),
                "{signed}"
            );
            assert_eq!(asked.header("x-amz-date").len(), 16);
        }
        "openai" => {
            assert_eq!(
                (
                    asked.header("openai-organization"),
                    asked.header("openai-project")
                ),
                ("org-1", "proj_1")
            );
            assert_eq!(asked.header("authorization"), bearer);
        }
        _ => assert_eq!(asked.header("authorization"), bearer),
    }
    assert!(
        !asked.target.contains("planted"),
        "a key never stands in an address"
    );
}

/// Google would believe what was signed, and it is meant for Google.
fn assert_assertion(asked: &Asked) {
    let form: Vec<(String, String)> = serde_urlencoded(&asked.body);
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    };
    assert_eq!(field("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let assertion = field("assertion");
    let (signed, signature) = assertion.rsplit_once('.').expect("a JWT has three parts");
    let pem: String = PRIVATE_KEY
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let pair = RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(pem).expect("PEM")).expect("a key");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64");
    public
        .verify(signed.as_bytes(), &signature)
        .expect("the signature fits");
    let claims = signed.split('.').nth(1).expect("claims");
    let claims: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON");
    assert_eq!(
        claims["aud"], "https://oauth2.googleapis.com/token",
        "never where the file says"
    );
    assert_eq!(claims["iss"], "tessera@museum-ai.iam.gserviceaccount.com");
}

fn serde_urlencoded(body: &str) -> Vec<(String, String)> {
    let base = reqwest::Url::parse(&format!("http://localhost/?{body}")).expect("a query");
    base.query_pairs().into_owned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_says_never_repeats_a_key() -> anyhow::Result<()> {
    let provider = FakeProvider::start().await?;
    let world = world(engines()[0], &provider).await?;
    for (key, wanted) in [
        ("sk-planted-0123456789-bad", "The provider refused (401)."),
        (
            "sk-planted-0123456789-polite",
            "The provider refused (403): This key has no access to models.",
        ),
        (
            "sk-planted-0123456789-moved",
            "What answered is not what was expected: it redirects, which is not followed.",
        ),
    ] {
        let name = key.rsplit('-').next().unwrap_or_default();
        let id = add(&world.owner, name, "openai", &json!({}), &json!({ "key": key })).await?;
        assert_eq!(test(&world.owner, &id).await?["problem"], wanted);
        let page = world
            .owner
            .http
            .post(&world.owner.page(&format!("/models/keys/{id}/test")), &[])
            .await?;
        page.expect(303)?;
    }
    assert!(
        provider
            .asked()
            .iter()
            .all(|asked| asked.target == "/openai/v1/models")
    );
    world.server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_inside_is_called() -> anyhow::Result<()> {
    let provider = FakeProvider::start().await?;
    let world = World::new(engines()[0]).await?;
    for (number, url) in [
        provider.url("/compatible/v1"),
        "https://169.254.169.254/latest".to_owned(),
        "https://[::ffff:127.0.0.1]/v1".to_owned(),
        "https://localhost/v1".to_owned(),
        "https://10.0.0.1/v1".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let settings = json!({ "base_url": url });
        let id = add(
            &world.owner,
            &format!("key {number}"),
            "openai_compatible",
            &settings,
            &json!({ "key": KEY }),
        )
        .await?;
        let tested = test(&world.owner, &id).await?;
        let problem = tested["problem"].as_str().unwrap_or_default();
        assert!(
            problem.starts_with("This address is not called from here"),
            "{url}: {tested}"
        );
    }
    assert!(provider.asked().is_empty());
    world.server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivered_key_reaches_its_devices_and_leaves_them() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let mei = world
            .brings_in("Mei Tanaka", "mei@meridian.example", "write")
            .await?;
        let (hers, code) = TestAgent::start(&world.base(), "mei-thinkpad").await?;
        mei.approve(&code).await?;
        let (owners, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        hers.until("settings", |status| status.in_force.is_some()).await?;
        owners
            .until("settings", |status| status.in_force.is_some())
            .await?;

        let all = delivered(&world.owner, "Everybody's", &json!([])).await?;
        for agent in [&hers, &owners] {
            let status = agent.until("the key", |status| status.keys.len() == 1).await?;
            assert_eq!(names(&status.keys), ["Everybody's"]);
            let key = agent.handle().key(all).expect("it is here");
            assert_eq!((key.field("key"), key.last_four.as_str()), (Some(KEY), "abcd"));
            assert!(
                !serde_json::to_string(&status)?.contains("planted"),
                "its status never holds it"
            );
        }

        let team = world
            .owner
            .http
            .json(
                Method::POST,
                &world.owner.api("/teams"),
                &json!({ "name": "Scouts" }),
            )
            .await?;
        let team = team.expect(201)?.json()?["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let own = delivered(&world.owner, "Scouts'", &json!([team])).await?;
        let members = world
            .owner
            .http
            .get(&world.owner.api("/members?q=mei"))
            .await?
            .expect(200)?
            .json()?;
        let me = members["members"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let path = world.owner.api(&format!("/teams/{team}/members"));
        world
            .owner
            .http
            .json(Method::POST, &path, &json!({ "members": [me] }))
            .await?
            .expect_done()?;
        hers.until("the team's key", |status| status.keys.len() == 2)
            .await?;
        assert!(hers.handle().key(own).is_some());
        assert!(
            owners.handle().key(own).is_none(),
            "who is not in the team has it not"
        );

        let hers = hers.restart().await?;
        hers.until("both keys, from the disk", |status| status.keys.len() == 2)
            .await?;
        let request = world
            .owner
            .http
            .request(Method::DELETE, &world.owner.api(&format!("/credentials/{all}")));
        world.owner.http.send(request).await?.expect(204)?;
        owners.until("no key", |status| status.keys.is_empty()).await?;
        assert!(owners.handle().key(all).is_none());

        let request = world
            .owner
            .http
            .request(Method::DELETE, &world.owner.api(&format!("/members/{me}")));
        world.owner.http.send(request).await?.expect(204)?;
        hers.until("the device to be removed", |status| {
            status.phase == Phase::Removed
        })
        .await?;
        assert!(
            hers.handle().key(own).is_none(),
            "a removed member's device has no key"
        );
        world.server.stop().await?;
    }
    Ok(())
}

async fn delivered(owner: &Person, name: &str, teams: &Value) -> anyhow::Result<CredentialId> {
    let body = json!({
        "name": name, "provider": "anthropic", "delivery": "delivered", "teams": teams, "secret": { "key": KEY },
    });
    Ok(add_body(owner, &body).await?.parse()?)
}

fn names(keys: &[KeyHere]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}
