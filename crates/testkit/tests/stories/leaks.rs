//! Planted keys are sought in everything that comes out of a server: trace-level logs, pages, API answers, errors, metrics,
//! the database's own bytes and rows, mails, exports, a backup, and the agent's folder. They must be found nowhere.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, Row as _};
use tessera_server::routes::table;
use tessera_testkit::actors::Person;
use tessera_testkit::admin::{admin_does, text};
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, engines};
use tessera_testkit::http::{Answer, Client};
use tessera_testkit::provider::{FakeProvider, PRIVATE_KEY};
use tessera_testkit::serve::{self, Serve};

use crate::policy::Shell;
use crate::said::Said;

/// Every secret that is planted; each is one of its kind, so that what leaked is known.
const PLANTED: [&str; 8] = [
    "sk-plantedrelayed-0123456789-aaaa",
    "sk-planteddelivered-0123456789-bbbb",
    "sk-plantedsuccessor-0123456789-cccc",
    "sk-plantedrefused-0123456789-bad",
    "plantedawssecret/0123456789+dddd",
    "sk-plantededited-0123456789-eeee",
    "sk-plantedmistake 0123456789-ffff",
    "ya29.planted-access-token",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_key_is_found_nowhere() -> anyhow::Result<()> {
    for engine in engines() {
        let provider = FakeProvider::start().await?;
        let database = Database::create(engine).await?;
        let config = database.folder().join("tessera.toml");
        std::fs::write(&config, provider.outbound_toml())?;
        let options = serve::Options {
            log: Some("trace".to_owned()),
            arguments: vec!["--config".to_owned(), config.display().to_string()],
            ..serve::Options::default()
        };
        let mut server = Serve::start(&database, options).await?;
        let owner = Person::set_up(
            &server.setup_link().await?,
            "Meridian",
            "Ada",
            "ada@meridian.example",
        )
        .await?;
        let mut said = Said::default();
        let keys = plant(&owner, &provider, &mut said).await?;

        let (agent, code) = TestAgent::start(&server.base(), "ada-macbook").await?;
        owner.approve(&code).await?;
        let status = agent
            .until("the delivered keys", |status| !status.keys.is_empty())
            .await?;
        let held = agent.handle().key(status.keys[0].id).expect("it is here");
        assert!(
            held.field("key").is_some_and(|key| PLANTED.contains(&key)),
            "the agent itself has it"
        );
        said.hear("the agent's status", serde_json::to_vec(&status)?);
        said.folder(agent.folder())?;

        walk(&owner, &keys, &mut said).await?;
        for line in server.printed() {
            said.hear("log", line);
        }
        exports(&owner, &mut said).await?;
        backup(&database, &mut said).await?;
        said.folder(database.folder())?;
        said.folder(agent.folder())?;
        if let Some(url) = database.url() {
            rows(url, &mut said).await?;
        }
        let heard = said.count("log");
        assert!(heard > 200, "trace says much: {heard} lines");
        assert!(provider.asked().len() >= 4, "the provider was really called");
        let private = PRIVATE_KEY.lines().nth(3).unwrap_or_default();
        let leaks = said.leaks(&[&PLANTED[..], &[private]].concat());
        assert!(leaks.is_empty(), "{engine:?}: {leaks:#?}");
    }
    Ok(())
}

/// Does everything that can be done with keys, rightly and wrongly; the keys that are there then.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn plant(owner: &Person, provider: &FakeProvider, said: &mut Said) -> anyhow::Result<Vec<String>> {
    let [relayed, delivered, successor, refused, aws, edited, mistake, _] = PLANTED;
    let account = json!({
        "type": "service_account", "project_id": "museum-ai", "private_key_id": "0123456789abcdef9e8d",
        "private_key": PRIVATE_KEY, "client_email": "tessera@museum-ai.iam.gserviceaccount.com",
    });
    let azure = json!({ "endpoint": provider.url("/azure"), "api_version": "2024-10-21" });
    let new = [
        (
            "Relayed",
            "openai",
            "relayed",
            json!({}),
            json!({ "key": relayed }),
        ),
        (
            "Delivered",
            "anthropic",
            "delivered",
            json!({}),
            json!({ "key": delivered }),
        ),
        (
            "Refused",
            "gemini",
            "relayed",
            json!({}),
            json!({ "key": refused }),
        ),
        (
            "Vertex",
            "vertex_ai",
            "delivered",
            json!({ "region": "global" }),
            json!({ "service_account": account }),
        ),
        (
            "Bedrock",
            "bedrock",
            "relayed",
            json!({ "region": "us-east-1" }),
            json!({ "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": aws }),
        ),
        (
            "Azure",
            "azure_openai",
            "relayed",
            azure,
            json!({ "key": relayed }),
        ),
    ];
    let mut keys = Vec::new();
    for (name, kind, delivery, settings, secret) in new {
        let body = json!({
            "name": name, "provider": kind, "delivery": delivery, "settings": settings, "secret": secret,
        });
        let added = post(owner, "/credentials", &body, said)
            .await?
            .expect(201)?
            .json()?;
        keys.push(added["id"].as_str().unwrap_or_default().to_owned());
    }
    for key in &keys {
        post(owner, &format!("/credentials/{key}/test"), &json!({}), said)
            .await?
            .expect(200)?;
        let models = owner
            .http
            .get(&owner.api(&format!("/credentials/{key}/models")))
            .await?;
        said.answer("models", &models);
    }
    let replace = json!({ "secret": { "key": successor }, "overlap_seconds": 3600 });
    post(
        owner,
        &format!("/credentials/{}/replace", keys[0]),
        &replace,
        said,
    )
    .await?
    .expect(201)?;
    mistakes(owner, &keys, mistake, said).await?;
    // By form, rightly and wrongly: what is typed again must not come back.
    let form = [
        ("name", "By form"),
        ("key", edited),
        ("delivery", "relayed"),
        ("base_url", "not an address"),
    ];
    let page = owner
        .http
        .post(&owner.page("/models/keys?provider=openai"), &form)
        .await?
        .expect(422)?;
    said.answer("the form again", &page);
    let form = [
        ("name", "By form"),
        ("key", edited),
        ("delivery", "relayed"),
        ("base_url", ""),
    ];
    said.answer(
        "the form",
        &owner
            .http
            .post(&owner.page("/models/keys?provider=openai"), &form)
            .await?
            .expect(303)?,
    );
    let form = [("key", edited), ("overlap", "nonsense")];
    let path = owner.page(&format!("/models/keys/{}/replace", keys[1]));
    said.answer("the replacement again", &owner.http.post(&path, &form).await?);
    Ok(keys)
}

/// Keys where no key belongs, and of types that no key has.
async fn mistakes(owner: &Person, keys: &[String], mistake: &str, said: &mut Said) -> anyhow::Result<()> {
    let body = |secret: Value| json!({ "name": "Wrong", "provider": "openai", "secret": secret });
    for wrong in [
        body(json!({ "key": mistake })),
        body(json!({ "key": [mistake] })),
        body(json!({ "kee": mistake })),
        body(json!(mistake)),
        json!({ "name": "Wrong", "provider": "vertex_ai", "secret": { "service_account": { "private_key": mistake } } }),
        json!({ "name": "Relayed", "provider": "openai", "secret": { "key": PLANTED[0] } }),
    ] {
        let answer = post(owner, "/credentials", &wrong, said).await?;
        assert!(
            answer.status.is_client_error(),
            "{} {}",
            answer.status,
            answer.body
        );
    }
    let elsewhere =
        json!({ "settings": { "base_url": "https://elsewhere.example" }, "secret": { "key": mistake } });
    let path = owner.api(&format!("/credentials/{}", keys[1]));
    said.answer(
        "a wrong edit",
        &owner.http.json(Method::PATCH, &path, &elsewhere).await?,
    );
    Ok(())
}

async fn post(owner: &Person, path: &str, body: &Value, said: &mut Said) -> anyhow::Result<Answer> {
    let answer = owner.http.json(Method::POST, &owner.api(path), body).await?;
    said.answer(path, &answer);
    Ok(answer)
}

/// Reads every page and every answer that there is, and the metrics.
async fn walk(owner: &Person, keys: &[String], said: &mut Said) -> anyhow::Result<()> {
    let ids = BTreeMap::from([("org", owner.org.as_str()), ("revision", "1")]);
    let metrics = Client::new(owner.http.base())?;
    for route in table()
        .iter()
        .filter(|route| route.method == Method::GET && !route.is_stream)
    {
        for key in keys {
            let part = |part: &str| {
                let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
                name.map_or(part.to_owned(), |name| match name {
                    "credential" => key.clone(),
                    name => ids
                        .get(name)
                        .map_or_else(|| "x".to_owned(), |id| (*id).to_owned()),
                })
            };
            let path = route.path.split('/').map(part).collect::<Vec<_>>().join("/");
            // What calls the provider was heard before.
            if !path.ends_with("/models") {
                said.answer(route.path, &owner.http.get(&path).await?);
            }
            if !route.path.contains("{credential}") {
                break;
            }
        }
    }
    let figures = metrics.get("/metrics").await?.expect(200)?;
    assert!(figures.body.contains("tessera_"), "there are figures");
    said.answer("metrics", &figures);
    Ok(())
}

/// Everything that people take away as a file: lists, the audit log, the organization as a policy file.
async fn exports(owner: &Person, said: &mut Said) -> anyhow::Result<()> {
    for (path, holds) in [
        (owner.page("/members.csv"), owner.email.as_str()),
        (owner.page("/devices.csv"), "ada-macbook"),
        (owner.api("/audit/export?format=csv"), "credential.added"),
        (owner.api("/audit/export"), "credential.added"),
        (owner.page("/settings/policy/download"), "[credentials."),
        (owner.api("/policy"), "[credentials."),
    ] {
        let answer = owner.http.get(&path).await?.expect(200)?;
        assert!(answer.body.contains(holds), "{path}: {}", answer.body);
        said.answer(&path, &answer);
    }
    let folder = tempfile::tempdir()?;
    let shell = Shell {
        folder: folder.path(),
        url: owner.http.base().to_owned(),
        token: owner.make_token().await?,
        secrets: Vec::new(),
    };
    let exported = shell.ends(&["export", &owner.org], 0).await?;
    assert!(exported.output.contains("Relayed"), "{}", exported.output);
    said.hear(
        "tessera org export",
        format!("{}{}", exported.output, exported.errors),
    );
    Ok(())
}

/// A backup of the running server, taken by its operator's command.
async fn backup(database: &Database, said: &mut Said) -> anyhow::Result<()> {
    let file = database.folder().join("planted.backup");
    let printed = admin_does(database, &["backup", text(&file)?]).await?;
    let mut whole = String::new();
    GzDecoder::new(std::fs::File::open(&file)?).read_to_string(&mut whole)?;
    let held = |table: &str| whole.contains(&format!("{{\"table\":\"{table}\""));
    assert!(held("credentials") && held("blobs") && held("audit"), "{printed}");
    said.hear("what the backup's command says", printed);
    said.hear("the backup", std::fs::read(&file)?);
    Ok(())
}

/// Every row of every table.
async fn rows(url: &str, said: &mut Said) -> anyhow::Result<()> {
    let mut database = PgConnection::connect(url).await?;
    let tables = sqlx::query(
        "select table_name::text as name from information_schema.tables where table_schema = 'public'",
    );
    let tables: Vec<String> = tables
        .fetch_all(&mut database)
        .await?
        .iter()
        .map(|row| row.get("name"))
        .collect();
    assert!(tables.iter().any(|table| table == "credentials"));
    for table in tables {
        let sql = format!("select r::text as line from \"{table}\" r");
        for row in sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut database)
            .await?
        {
            said.hear(table.clone(), row.get::<String, _>("line"));
        }
    }
    Ok(())
}
