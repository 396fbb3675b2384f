//! What a first walk through the product costs, beside what it may cost.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use tessera_testkit::actors::Person;
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::demo::Demo;
use tessera_testkit::figures::{Figures, milliseconds};
use tessera_testkit::http::Client;
use tessera_testkit::meddler::Meddler;
use tessera_testkit::serve::{self, Serve};

const WEBSITES: usize = 100_000;

/// A row of the table: what, how much, and how much it may be.
struct Row(String, String, &'static str);

/// Runs the task.
pub(crate) async fn run() -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for engine in engines() {
        rows.push(ready(engine).await?);
    }
    let began = Instant::now();
    let demo = Demo::start(25).await?;
    rows.push(Row(
        "demo: to its first line".into(),
        took(began.elapsed()),
        "1 min",
    ));
    let resident = resident_mebibytes(demo.program.id()?)?;
    rows.push(Row(
        "demo: resident, with 25 agents in it".into(),
        format!("{resident:.1} MiB"),
        "60 MiB",
    ));
    rows.extend(pages(&demo).await?);
    rows.extend(large_list(&demo).await?);
    drop(demo);
    rows.push(one_row().await?);
    print(&rows);
    Ok(())
}

/// From starting the process on an empty database to the first request it says yes to.
async fn ready(engine: Engine) -> anyhow::Result<Row> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let database = Database::create(engine).await?;
        let began = Instant::now();
        let server = Serve::start(&database, serve::Options::default()).await?;
        times.push(began.elapsed());
        server.kill().await?;
    }
    let median = Figures::of(times).median();
    Ok(Row(
        format!("ready after start, empty database, {engine:?}"),
        took(median),
        "1,000 ms",
    ))
}

/// Each page as the owner gets it, one after the other.
async fn pages(demo: &Demo) -> anyhow::Result<Vec<Row>> {
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
        let text = format!(
            "{} / {} ms",
            milliseconds(figures.median()),
            milliseconds(figures.percentile(99))
        );
        rows.push(Row(format!("page /o/{{org}}{page}, p50 / p99"), text, "20 ms"));
    }
    Ok(rows)
}

/// A hundred thousand websites: previewed from CSV, saved, then one more.
async fn large_list(demo: &Demo) -> anyhow::Result<Vec<Row>> {
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
        Row(
            "100,000 websites by CSV: previewed".into(),
            took(previewed),
            "2,000 ms",
        ),
        Row("100,000 websites: saved".into(), took(saved), "3,000 ms"),
        Row("one website more: saved".into(), took(one_more), ""),
    ])
}

/// What goes to a device when one row of a hundred thousand changes, index and manifest included.
async fn one_row() -> anyhow::Result<Row> {
    let port = serve::free_port()?;
    let line = Meddler::start(format!("http://127.0.0.1:{port}")).await?;
    let database = Database::create(Engine::Sqlite).await?;
    let options = serve::Options {
        public_url: Some(line.base()),
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
    let (agent, code) = TestAgent::start(&line.base(), "ada-macbook").await?;
    owner.approve(&code).await?;
    agent.applies(1).await?;
    let all = line.passed();
    let mut most = 0;
    for number in 0..10 {
        let before = line.passed();
        let revision = owner.block(&format!("site-{number}-more.example")).await?;
        agent.applies(revision).await?;
        most = most.max(line.passed() - before);
    }
    agent.handle().stop().await;
    server.kill().await?;
    let text = format!("{:.1} KiB (all: {:.0} KiB)", kibibytes(most), kibibytes(all));
    Ok(Row(
        "one row of 100,000: bytes to a device, most of 10".into(),
        text,
        "64 KiB",
    ))
}

fn kibibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1024.0
}

fn took(duration: Duration) -> String {
    format!("{} ms", milliseconds(duration))
}

/// What the kernel counts as this process's memory.
fn resident_mebibytes(id: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("VmRSS is counted")?;
    let kibibytes: f64 = line
        .split_whitespace()
        .nth(1)
        .context("VmRSS has a value")?
        .parse()?;
    Ok(kibibytes / 1024.0)
}

fn print(rows: &[Row]) {
    println!("{:<52} {:>22} {:>10}", "what", "measured", "may be");
    for Row(what, measured, limit) in rows {
        println!("{what:<52} {measured:>22} {limit:>10}");
    }
}
