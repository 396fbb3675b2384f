//! Traces, as a collector sees them. One story, since a process has one place where its spans go.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot go on fails where it stands"
)]

mod collector;

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::Method;
use serde_json::json;
use tessera_server::config::Telemetry;
use tessera_server::telemetry;
use tessera_testkit::actors::Person;
use tessera_testkit::database::Engine;
use tessera_testkit::device::Applicant;
use tessera_testkit::provider::FakeProvider;
use tessera_testkit::server::{Options, World};
use tessera_testkit::wait;

use collector::{Collector, Mood, number, text};

const OURS: &str = "0af7651916cd43dd8448eb211c80319c";
const LAST: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "b7ad6b7169203331";

fn of_trace(collector: &Collector, trace: &str) -> Vec<Span> {
    let id = u128::from_str_radix(trace, 16).unwrap().to_be_bytes();
    let mut spans = collector.spans();
    spans.retain(|span| span.trace_id == id);
    spans
}

/// Asks as part of that trace.
async fn ask(person: &Person, trace: &str, path: &str) {
    let traceparent = format!("00-{trace}-{PARENT}-01");
    let request = person.http.request(Method::GET, path);
    let answer = person.http.send(request.header("traceparent", traceparent)).await;
    answer.unwrap().expect(200).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_is_seen_by_a_collector_and_its_failure_hurts_nobody() -> anyhow::Result<()> {
    let (collector, provider) = (Collector::start().await?, FakeProvider::start().await?);
    let started = telemetry::start(&Telemetry {
        otlp_endpoint: Some(collector.base().parse()?),
        service_name: "tessera-under-test".to_owned(),
        ..Telemetry::default()
    })?;
    let options = Options {
        outbound: provider.outbound(),
        ..Options::default()
    };
    let world = World::with(Engine::Sqlite, options).await?;

    a_request_continues_its_callers_trace(&collector, &world).await?;
    a_save_reaches_a_device_in_named_steps(&collector, &world).await?;
    a_provider_is_not_told_of_the_trace(&collector, &world, &provider).await?;
    nothing_that_was_planted_is_in_it(&collector, &world).await?;
    a_failing_collector_hurts_nobody(&collector, &world).await?;

    ask(&world.owner, LAST, "/account").await;
    world.server.stop().await?;
    started.stop().await;
    assert_eq!(
        of_trace(&collector, LAST).len(),
        1,
        "what waited is sent at the end"
    );
    Ok(())
}

async fn a_request_continues_its_callers_trace(collector: &Collector, world: &World) -> anyhow::Result<()> {
    let page = world.owner.page("/members");
    ask(&world.owner, OURS, &page).await;
    let span = wait::until("the request's span", async || Ok(of_trace(collector, OURS).pop())).await?;
    let parent = u64::from_str_radix(PARENT, 16)?.to_be_bytes();
    assert_eq!(span.parent_span_id, parent);
    assert_eq!(
        (span.name.as_str(), span.kind),
        ("GET /o/{org}/members", SpanKind::Server as i32)
    );
    let told = |name: &str| text(&span.attributes, name);
    assert_eq!(told("http.route").as_deref(), Some("/o/{org}/members"));
    assert_eq!(told("http.request.method").as_deref(), Some("GET"));
    assert_eq!(number(&span.attributes, "http.response.status_code"), Some(200));
    assert!(told("tessera.request").is_some_and(|id| id.len() == 20));
    assert_eq!(span.events, [], "log lines stay in the log");
    assert!(
        collector
            .services()
            .iter()
            .all(|name| name == "tessera-under-test")
    );
    Ok(())
}

async fn a_save_reaches_a_device_in_named_steps(collector: &Collector, world: &World) -> anyhow::Result<()> {
    world.owner.block("ads.example").await?;
    let applicant = Applicant::begin(&world.base(), "anna-laptop").await?;
    world.owner.approve(applicant.code()).await?;
    let device = applicant.finish().await?;
    device.manifest(&device.token().await?).await?;
    world.owner.invite("eve@meridian.example", "read").await?;

    let named = |name: &str| collector.spans().into_iter().find(|span| span.name == name);
    let above = |name: &str| {
        let below = named(name)?;
        let mut spans = collector.spans().into_iter();
        spans
            .find(|span| span.span_id == below.parent_span_id)
            .map(|span| span.name)
    };
    // A span is sent when it has ended, so the outer may come in a later batch.
    wait::until_true("the steps", async || {
        Ok(above("save settings").is_some() && above("sign manifest").is_some() && named("job").is_some())
    })
    .await?;
    assert_eq!(
        above("save settings").as_deref(),
        Some("PATCH /api/v1/orgs/{org}/settings"),
        "also where a use case runs in a task of its own"
    );
    assert_eq!(above("sign manifest").as_deref(), Some("compile manifest"));
    let spans = collector.spans();
    let commits = spans.iter().filter(|span| span.name == "commit");
    let actions: Vec<_> = commits
        .filter_map(|span| text(&span.attributes, "tessera.action"))
        .collect();
    assert!(
        actions.iter().any(|action| action.contains("settings")),
        "{actions:?}"
    );
    let job = named("job").unwrap();
    assert_eq!(
        text(&job.attributes, "tessera.job.outcome").as_deref(),
        Some("done")
    );
    Ok(())
}

async fn a_provider_is_not_told_of_the_trace(
    collector: &Collector,
    world: &World,
    provider: &FakeProvider,
) -> anyhow::Result<()> {
    let owner = &world.owner;
    let body = json!({
        "name": "Ours", "provider": "anthropic", "settings": {}, "secret": { "key": "sk-planted-0123456789-abcd" },
    });
    let added = owner
        .http
        .json(Method::POST, &owner.api("/credentials"), &body)
        .await?;
    let added = added.expect(201)?.json()?;
    let path = owner.api(&format!("/credentials/{}/test", added["id"].as_str().unwrap()));
    let tested = owner.http.request(Method::POST, &path);
    owner.http.send(tested).await?.expect(200)?;

    let is_call = |span: &Span| span.name == "GET provider";
    let call = wait::until("the call's span", async || {
        Ok(collector.spans().into_iter().find(is_call))
    });
    let call = call.await?;
    assert_eq!(call.kind, SpanKind::Client as i32);
    assert_eq!(
        text(&call.attributes, "server.address").as_deref(),
        Some("127.0.0.1")
    );
    assert!(!call.parent_span_id.is_empty(), "it is part of the request");
    for asked in provider.asked() {
        assert_eq!(asked.header("traceparent"), "");
        assert_eq!(asked.header("tracestate"), "");
    }
    Ok(())
}

async fn nothing_that_was_planted_is_in_it(collector: &Collector, world: &World) -> anyhow::Result<()> {
    let owner = &world.owner;
    let form = [
        ("email", "planted@meridian.example"),
        ("password", "planted-password"),
    ];
    owner.http.post("/sign-in?next=/planted-next", &form).await?;
    let request = owner
        .http
        .request(Method::GET, "/o/planted-path/members?planted=planted-query");
    let request = request
        .header("x-planted", "planted-header")
        .header("tracestate", "planted=planted-state")
        .bearer_auth("planted-token");
    owner.http.send(request).await?;
    owner.http.get("/planted/nowhere").await?;
    let wanted = |span: &Span| span.name == "GET none";
    wait::until_true("the last request's span", async || {
        Ok(collector.spans().iter().any(wanted))
    })
    .await?;

    let cookies = owner.http.cookies();
    let secrets = cookies.values().map(String::as_str).chain([
        "planted",
        "meridian.example",
        "anna-laptop",
        "Lindqvist",
        "ads.example",
    ]);
    let bodies = collector.bodies();
    for secret in secrets.filter(|secret| secret.len() > 4) {
        let holds =
            |body: &axum::body::Bytes| body.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!bodies.iter().any(holds), "{secret} is in a span");
    }
    Ok(())
}

async fn a_failing_collector_hurts_nobody(collector: &Collector, world: &World) -> anyhow::Result<()> {
    for (mood, trace) in [
        (Mood::NeverAnswers, "11111111111111111111111111111111"),
        (Mood::Refuses, "22222222222222222222222222222222"),
    ] {
        collector.becomes(mood);
        let before = collector.turned_away();
        ask(&world.owner, trace, "/account").await;
        wait::until_true("a batch to be turned away", async || {
            Ok(collector.turned_away() > before)
        })
        .await?;
        // Answered while the collector still holds the batch, or has just refused it.
        ask(&world.owner, trace, "/account").await;
    }
    collector.becomes(Mood::Takes);
    let after = "33333333333333333333333333333333";
    ask(&world.owner, after, "/account").await;
    wait::until_true("spans to arrive again", async || {
        Ok(!of_trace(collector, after).is_empty())
    })
    .await
}
