//! What a first walk through the product costs, beside what it may cost.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::cores;
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::demo::Demo;
use tessera_testkit::figures::Figures;
use tessera_testkit::http::Client;
use tessera_testkit::meddler::Meddler;
use tessera_testkit::serve::{self, Serve};

use super::{median_and_p99, millis};

const WEBSITES: usize = 100_000;

const PART: &str = "A first walk";

/// Runs the task.
pub(super) async fn run() -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for engine in engines() {
        lines.push(ready(engine).await?);
    }
    let began = Instant::now();
    let demo = Demo::start(25).await?;
    lines.push(line("demo: to its first line", began.elapsed(), 60_000.0));
    let resident = cores::resident_kibibytes(demo.program.id()?)? / 1_024.0;
    lines.push(
        Line::new(PART, "demo: resident, with 25 agents in it", resident, "MiB").goal(Goal::AtMost(60.0)),
    );
    lines.extend(pages(&demo).await?);
    lines.extend(large_list(&demo).await?);
    drop(demo);
    lines.extend(rows_of_many().await?);
    Ok(lines)
}

fn line(what: &str, took: Duration, may_be: f64) -> Line {
    Line::new(PART, what, millis(took), "ms").goal(Goal::AtMost(may_be))
}

/// From starting the process on an empty database to the first request it says yes to.
async fn ready(engine: Engine) -> anyhow::Result<Line> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let database = Database::create(engine).await?;
        let began = Instant::now();
        let server = Serve::start(&database, serve::Options::default()).await?;
        times.push(began.elapsed());
        server.kill().await?;
    }
    let median = Figures::of(times).median();
    let what = format!("ready after start, empty database, {}", super::name(engine));
    Ok(line(&what, median, 1_000.0))
}

/// Each page as the owner gets it, one after the other.
async fn pages(demo: &Demo) -> anyhow::Result<Vec<Line>> {
    let browser = Client::new(&demo.card.url)?;
    let signed_in = browser.get(&demo.card.sign_in_url).await?.expect_done()?;
    if signed_in.status.is_success() {
        browser.post(&demo.card.sign_in_url, &[]).await?.expect_done()?;
    }
    let org = &demo.card.org;
    let mut rows = Vec::new();
    for page in [
        "",
        "/members",
        "/memory/websites",
        "/settings/features",
        "/settings/history",
        "/devices",
        "/my-settings",
    ] {
        let path = format!("/o/{org}{page}");
        let mut times = Vec::new();
        for _ in 0..100 {
            let began = Instant::now();
            browser.get(&path).await?.expect(200)?;
            times.push(began.elapsed());
        }
        let figures = Figures::of(times);
        let [_, p99] = median_and_p99(PART, &format!("page /o/{{org}}{page}"), &figures);
        rows.push(p99.goal(Goal::AtMost(20.0)));
    }
    Ok(rows)
}

/// A hundred thousand websites: previewed from CSV, saved, then one more.
async fn large_list(demo: &Demo) -> anyhow::Result<Vec<Line>> {
    let owner = demo.owner()?;
    let org = &demo.card.org;
    let websites: Vec<String> = (0..WEBSITES).map(|n| format!("site-{n:06}.example")).collect();
    let csv = websites.join("\n");
    let settings = format!("/api/v1/orgs/{org}/settings");
    let preview = format!("/api/v1/orgs/{org}/memory/websites/preview");

    let began = Instant::now();
    let request = owner
        .request(Method::POST, &preview)
        .header("content-type", "text/csv")
        .body(csv);
    owner.send(request).await?.expect(200)?;
    let previewed = began.elapsed();

    let began = Instant::now();
    let add = |rows: Value| json!({ "settings": { "memory": { "websites": { "add": rows } } } });
    owner
        .json(Method::PATCH, &settings, &add(json!(websites)))
        .await?
        .expect(200)?;
    let saved = began.elapsed();

    let began = Instant::now();
    owner
        .json(Method::PATCH, &settings, &add(json!(["one-more.example"])))
        .await?
        .expect(200)?;
    let one_more = began.elapsed();
    Ok(vec![
        line("100,000 websites by CSV: previewed", previewed, 2_000.0),
        line("100,000 websites: saved", saved, 3_000.0),
        line("one website more: saved", one_more, 200.0),
    ])
}

/// What goes to a device that has none of a hundred thousand rows, and when one of them changes; index and manifest
/// included.
async fn rows_of_many() -> anyhow::Result<Vec<Line>> {
    let port = serve::free_port()?;
    let proxy = Meddler::start(format!("http://127.0.0.1:{port}")).await?;
    let database = Database::create(Engine::Sqlite).await?;
    let options = serve::Options {
        public_url: Some(proxy.base()),
        ..serve::Options::default()
    };
    let mut server = Serve::start_on(port, &database, options).await?;
    let owner = Person::set_up(
        &server.setup_link().await?,
        "Meridian",
        "Ada",
        "ada@meridian.example",
    )
    .await?;
    let websites: Vec<String> = (0..WEBSITES).map(|n| format!("site-{n:06}.example")).collect();
    owner
        .save(json!({ "memory": { "managed_websites": true, "websites": { "add": websites } } }))
        .await?;
    let (agent, code) = TestAgent::start(&proxy.base(), "ada-macbook").await?;
    let began = Instant::now();
    owner.approve(&code).await?;
    agent.applies(1).await?;
    let arrived = began.elapsed();
    let all = proxy.passed();
    let mut most = 0;
    for number in 0..10 {
        let before = proxy.passed();
        let revision = owner.block(&format!("site-{number}-more.example")).await?;
        agent.applies(revision).await?;
        most = most.max(proxy.passed() - before);
    }
    agent.handle().stop().await;
    server.kill().await?;
    let all = Line::new(PART, "100,000 rows: to a new device", kibibytes(all), "KiB");
    let most = Line::new(
        PART,
        "one row of 100,000: to a device, most of 10",
        kibibytes(most),
        "KiB",
    );
    Ok(vec![
        line("100,000 rows: from approval to applied", arrived, 3_000.0),
        all,
        most.goal(Goal::AtMost(64.0)),
    ])
}

fn kibibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1024.0
}
