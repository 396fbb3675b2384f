//! The local API, and the commands that ask it or the disk.

use clap::Parser;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use tessera_agent::{
    Agent, AgentHandle, LocalConfig,
    cli::{self, Command, ExitCode},
    http_client,
};

use tessera_ids::{Clock, ambient::SystemClock};
use tessera_policy::{
    ApplicationRow, LayerDocument, LayerName, Leaf, PurgeRow, Reason, Row, Setting, Subject,
    applications::ApplicationIdentity,
};

use crate::{
    portal::Portal,
    world::{at_home, in_time, until},
};

struct Local {
    agent: AgentHandle,
    http: Client,
    base: String,
    token: String,
    folder: tempfile::TempDir,
}

async fn local() -> Local {
    let portal = Portal::start().await;
    portal.publish(3, &["blocked.example"]);
    local_at(portal).await
}

/// The same with these settings of memory.
async fn local_with(memory: &LayerDocument) -> Local {
    let portal = Portal::start().await;
    portal.publish_memory(3, memory);
    local_at(portal).await
}

async fn local_at(portal: Portal) -> Local {
    let folder = tempfile::tempdir().unwrap();
    let mut config = at_home(folder.path(), &portal);
    config.local = Some(LocalConfig {
        port: 0,
        open_decide: false,
    });
    let agent = Agent::start(config).await.unwrap();
    until(&agent, |status| status.acknowledged.is_some()).await;
    let address = agent.local_address().unwrap().clone();
    let base = format!("http://127.0.0.1:{}", address.port);
    Local {
        agent,
        http: http_client(),
        base,
        token: address.token,
        folder,
    }
}

/// Runs a command as the binary would.
async fn tessera(folder: &std::path::Path, arguments: &[&str]) -> ExitCode {
    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }
    let home = folder.to_str().unwrap();
    let line = [&["tessera"], arguments, &["--home", home]].concat();
    in_time(cli::run(Line::try_parse_from(line).unwrap().command)).await
}

#[tokio::test]
async fn it_decides_explains_and_shows_to_who_has_the_token() {
    let Local {
        agent,
        http,
        base,
        token,
        ..
    } = local().await;
    let ask = |body: Value| {
        let request = http
            .post(format!("{base}/v1/decide"))
            .bearer_auth(&token)
            .json(&body);
        async move { request.send().await.unwrap() }
    };
    let verdict: Value = ask(json!({ "url": "https://blocked.example/x", "browser": true }))
        .await
        .json()
        .await
        .unwrap();
    let expected = json!({
        "decision": "deny", "rule": "blocked.example", "layer": "org", "reason": "denied_website", "revision": 3,
    });
    assert_eq!(verdict, expected);
    let verdict: Value = ask(json!({ "url": "https://fine.example", "private_window": true }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(verdict["decision"], "deny");
    assert!(ask(json!({ "unknown": 1 })).await.status().is_client_error());
    let get = |path: &str| {
        let request = http.get(format!("{base}{path}")).bearer_auth(&token);
        async move { request.send().await.unwrap() }
    };
    let status: Value = get("/v1/status").await.json().await.unwrap();
    assert_eq!(
        (&status["phase"], &status["in_force"]["revision"]),
        (&json!("enrolled"), &json!(3))
    );
    let why: Value = get("/v1/explain?leaf=features.telemetry")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!((&why["value"], &why["source"]), (&json!(false), &json!("org")));
    assert_eq!(
        get("/v1/explain?leaf=features.nothing").await.status(),
        StatusCode::NOT_FOUND
    );
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn it_turns_away_web_pages_other_names_and_who_has_no_token() {
    let Local {
        agent,
        http,
        base,
        token,
        ..
    } = local().await;
    let url = format!("{base}/v1/status");
    let refused = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status();
    assert_eq!(refused(http.get(&url)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused(http.get(&url).bearer_auth("guess")).await,
        StatusCode::UNAUTHORIZED
    );
    let foreign = http
        .get(&url)
        .bearer_auth(&token)
        .header(header::ORIGIN, "https://evil.example");
    assert_eq!(refused(foreign).await, StatusCode::FORBIDDEN);
    let rebound = http
        .get(&url)
        .bearer_auth(&token)
        .header(header::HOST, "evil.example");
    assert_eq!(refused(rebound).await, StatusCode::MISDIRECTED_REQUEST);
    let decide = http
        .post(format!("{base}/v1/decide"))
        .json(&json!({ "url": "https://fine.example" }));
    assert_eq!(refused(decide).await, StatusCode::UNAUTHORIZED);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn the_page_opens_through_a_link_that_works_once() {
    let Local {
        agent,
        http,
        base,
        token,
        ..
    } = local().await;
    let blank = http.get(&base).send().await.unwrap().text().await.unwrap();
    assert!(blank.contains("tessera status --open") && !blank.contains("Acme"));
    let link = http
        .post(format!("{base}/v1/page-link"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let link: Value = link.json().await.unwrap();
    let opened = http.get(link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::SEE_OTHER);
    let cookie = opened.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(!cookie.contains(&token));
    let page = http
        .get(&base)
        .header(header::COOKIE, cookie)
        .send()
        .await
        .unwrap();
    assert!(
        page.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let page = page.text().await.unwrap();
    assert!(page.contains("Acme") && page.contains("Revision 3 is in force") && page.contains("Telemetry"));
    let again = http.get(link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::GONE);
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn commands_ask_the_agent_or_the_disk_and_exit_alike() {
    let Local { agent, folder, .. } = local().await;
    let home = folder.path();
    for running in [true, false] {
        if !running {
            in_time(agent.stop()).await;
        }
        assert_eq!(
            tessera(home, &["check", "https://blocked.example/a", "--json"])
                .await
                .0,
            1
        );
        assert_eq!(tessera(home, &["check", "fine.example"]).await.0, 0);
        assert_eq!(tessera(home, &["check", " "]).await.0, 64);
        assert_eq!(tessera(home, &["why", "telemetry"]).await.0, 0);
        assert_eq!(tessera(home, &["why", "nothing"]).await.0, 64);
        assert_eq!(tessera(home, &["status", "--json"]).await.0, 0);
    }
    let nobody = tempfile::tempdir().unwrap();
    assert_eq!(
        tessera(nobody.path(), &["check", "https://fine.example"]).await.0,
        3
    );
    assert_eq!(tessera(nobody.path(), &["status"]).await.0, 1);
    assert_eq!(
        tessera(nobody.path(), &["login", "http://portal.example"])
            .await
            .0,
        64
    );
}

#[tokio::test]
async fn logging_in_takes_the_first_settings_and_logging_out_wipes() {
    let (folder, portal) = (tempfile::tempdir().unwrap(), Portal::start().await);
    portal.publish(3, &["blocked.example"]);
    let address = portal.address().to_string();
    let login = ["login", &address, "--no-browser", "--keyring", "off"];
    assert_eq!(tessera(folder.path(), &login).await.0, 0);
    assert_eq!(portal.told().receipts.len(), 1);
    assert_eq!(
        tessera(folder.path(), &["check", "https://blocked.example"])
            .await
            .0,
        1
    );
    assert_eq!(tessera(folder.path(), &login).await.0, 1);
    assert_eq!(tessera(folder.path(), &["logout"]).await.0, 0);
    assert_eq!(portal.told().last_receipts.len(), 1);
    assert_eq!(
        tessera(folder.path(), &["check", "https://fine.example"]).await.0,
        3
    );
    assert_eq!(tessera(folder.path(), &["logout"]).await.0, 0);
}

#[tokio::test]
async fn logging_out_goes_through_the_running_agent() {
    let Local { agent, folder, .. } = local().await;
    assert_eq!(tessera(folder.path(), &["logout", "--json"]).await.0, 0);
    assert_eq!(
        tessera(folder.path(), &["check", "https://fine.example"]).await.0,
        3
    );
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn the_token_outlives_a_restart() {
    let Local {
        agent, folder, token, ..
    } = local().await;
    in_time(agent.stop()).await;
    let portal = Portal::start().await;
    let mut config = at_home(folder.path(), &portal);
    config.local = Some(LocalConfig {
        port: 0,
        open_decide: true,
    });
    let agent = Agent::start(config).await.unwrap();
    assert_eq!(agent.local_address().unwrap().token, token);
    let url = format!(
        "http://127.0.0.1:{}/v1/decide",
        agent.local_address().unwrap().port
    );
    let open = http_client()
        .post(url)
        .json(&json!({ "url": "https://fine.example" }))
        .send()
        .await
        .unwrap();
    assert_eq!(open.status(), StatusCode::OK);
    in_time(agent.stop()).await;
}

/// Slack is blocked, Signal is available, and what was captured of a bank is to be forgotten.
fn decided() -> LayerDocument {
    let application = |name: &str, rule: &str, blocked| {
        Row::Application(ApplicationRow {
            name: name.to_owned(),
            identifiers: vec![rule.parse().unwrap()],
            blocked,
        })
    };
    let order = Row::Purge(PurgeRow {
        websites: vec!["bank.example".parse().unwrap()],
        applications: Vec::new(),
        before: 1_000_000,
    });
    let rows = [
        ("slack".to_owned(), application("Slack", "exe:slack.exe", true)),
        (
            "signal".to_owned(),
            application("Signal", "exe:signal.exe", false),
        ),
    ];
    LayerDocument::default()
        .with_rows(Leaf::Applications, &rows, &[])
        .with_rows(Leaf::Purges, &[("p1".to_owned(), order)], &[])
}

#[tokio::test]
async fn applications_are_checked_with_and_without_the_agent_and_the_answer_says_why() {
    let Local { agent, folder, .. } = local_with(&decided()).await;
    let home = folder.path();
    for running in [true, false] {
        if !running {
            in_time(agent.stop()).await;
        }
        for (application, code) in [
            ("slack.exe", 1),
            ("com.1password.1password", 1),
            ("mstsc.exe", 1),
            ("signal.exe", 0),
            ("com.example.Editor", 0),
        ] {
            let asked = tessera(home, &["check", "--application", application]).await;
            assert_eq!(asked.0, code, "{application}, running: {running}");
        }
    }
    let said = agent.decide(&Subject::application(ApplicationIdentity::called("slack.exe")));
    assert_eq!(
        (said.reason, said.layer, said.rule.as_deref()),
        (Reason::DeniedApplication, LayerName::Org, Some("exe:slack.exe"))
    );
    let said = agent.decide(&Subject::application(ApplicationIdentity::called(
        "com.1password.1password",
    )));
    assert_eq!(
        (said.reason, said.layer),
        (Reason::DeniedApplication, LayerName::BuiltIn)
    );
}

#[tokio::test]
async fn a_pause_denies_everything_and_says_whose_it_is() {
    let paused = LayerDocument::default().with(
        Leaf::MemoryPaused,
        Setting::open(tessera_policy::Value::Switch(true)),
    );
    let Local { agent, .. } = local_with(&paused).await;
    let said = agent.decide(&Subject::page("https://fine.example/"));
    assert_eq!((said.reason, said.layer), (Reason::Paused, LayerName::Org));
    in_time(agent.stop()).await;
}

#[tokio::test]
async fn orders_to_forget_wait_on_the_disk_until_a_tool_is_done() {
    let Local {
        agent,
        http,
        base,
        token,
        folder,
    } = local_with(&decided()).await;
    let listed = async || -> Value {
        let request = http.get(format!("{base}/v1/purges")).bearer_auth(&token);
        request.send().await.unwrap().json().await.unwrap()
    };
    let orders = listed().await;
    assert_eq!(orders["purges"][0]["id"], "org.p1");
    assert_eq!(orders["purges"][0]["websites"], json!(["bank.example"]));
    let done = async |id: &str| {
        let request = http
            .post(format!("{base}/v1/purges/{id}/done"))
            .bearer_auth(&token);
        request.send().await.unwrap().status()
    };
    assert_eq!(done("org.p9").await, StatusCode::NOT_FOUND);
    in_time(agent.stop()).await;

    let restart = async || {
        let portal = Portal::start().await;
        Agent::start(at_home(folder.path(), &portal)).await.unwrap()
    };
    let agent = restart().await;
    assert_eq!(agent.purges().len(), 1, "kept over a restart");
    assert!(
        agent
            .purged("org.p1".to_owned(), SystemClock.now())
            .await
            .unwrap()
    );
    in_time(agent.stop()).await;
    let agent = restart().await;
    assert!(agent.purges().is_empty(), "done stays done");
    in_time(agent.stop()).await;
}
