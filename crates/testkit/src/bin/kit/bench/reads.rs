//! Manifests read by devices that poll, a small and a large one, new or known: requests per second and per second of the
//! server's processor, beside an axum that answers the same bytes out of memory. The load is wrk's.

use anyhow::Context as _;
use serde_json::json;
use tessera_testkit::actors::Person;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::cores;
use tessera_testkit::database::{Database, Engine};
use tessera_testkit::device::{Applicant, Device};
use tessera_testkit::serve::{self, Serve};
use tessera_wire::paths;
use tokio::process::Command;

use super::floors::{self, Running};

const PART: &str = "Manifests read";
/// Runs of each, in turns; the middle one counts.
const RUNS: usize = 3;
/// How long each lasts, in seconds.
const SECONDS: u32 = 4;
/// Rules whose blobs fill an event.
const RULES: usize = 8_000;

/// Runs the task.
pub(super) async fn run() -> anyhow::Result<Vec<Line>> {
    let database = Database::create(Engine::Sqlite).await?;
    let mut server = cores::start_server(Serve::start(&database, serve::Options::default())).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    let applicant = Applicant::begin(&server.base(), "ada-macbook").await?;
    owner.approve(applicant.code()).await?;
    let device = applicant.finish().await?;
    owner.block("intranet.example").await?;
    let mut lines = measure(&server, &device, database.folder()).await?;
    let websites: Vec<String> = (0..RULES).map(|n| format!("site-{n:06}.example")).collect();
    owner
        .save(json!({ "memory": { "managed_websites": true, "websites": { "add": websites } } }))
        .await?;
    lines.extend(measure(&server, &device, database.folder()).await?);
    server.kill().await?;
    Ok(lines)
}

async fn measure(server: &Serve, device: &Device, folder: &std::path::Path) -> anyhow::Result<Vec<Line>> {
    let token = device.token().await?;
    let answer = device.get(&token, paths::MANIFEST).await?.expect(200)?;
    let etag = answer
        .header("etag")
        .context("a manifest has an ETag")?
        .to_owned();
    let size = answer.body.len() / 1024;
    let body = folder.join("body");
    std::fs::write(&body, &answer.body)?;
    let floor = Running::axum(&body).await?;

    let bearer = format!("authorization: Bearer {token}");
    let known = format!("if-none-match: {etag}");
    let known_to_floor = format!("if-none-match: {}", floors::ETAG);
    let ours = format!("{}{}", server.base(), paths::MANIFEST);
    let theirs = format!("http://{}/", floor.address);
    let mut lines = Vec::new();
    for (status, ours_headers, floor_headers) in [
        (200, vec![&*bearer], vec![]),
        (304, vec![&*bearer, &*known], vec![&*known_to_floor]),
    ] {
        let (mut runs, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            floors.push(load(&theirs, &floor_headers, floor.id()).await?);
            runs.push(load(&ours, &ours_headers, server.id()?).await?);
        }
        let (run, floor) = (median(runs), median(floors));
        let what = format!("{size} KiB, {status}");
        lines.push(
            Line::new(PART, format!("{what}: per second"), run.per_second, "")
                .beside("axum", floor.per_second)
                .goal(Goal::AtLeastTimes(0.8)),
        );
        lines.push(
            Line::new(
                PART,
                format!("{what}: per second of the server's processor"),
                run.per_cpu_second,
                "",
            )
            .beside("axum", floor.per_cpu_second)
            .goal(Goal::AtLeastTimes(0.8)),
        );
    }
    Ok(lines)
}

/// What one run came to.
struct Load {
    per_second: f64,
    per_cpu_second: f64,
}

async fn load(url: &str, headers: &[&str], server: u32) -> anyhow::Result<Load> {
    wrk(url, headers, 1).await?;
    let before = cores::seconds_used(server)?;
    let (requests, seconds) = wrk(url, headers, SECONDS).await?;
    let used = cores::seconds_used(server)? - before;
    Ok(Load {
        per_second: requests / seconds,
        per_cpu_second: requests / used,
    })
}

/// Requests that were answered, and in how many seconds.
async fn wrk(url: &str, headers: &[&str], seconds: u32) -> anyhow::Result<(f64, f64)> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c32", &format!("-d{seconds}s")]);
    for header in headers {
        command.args(["-H", header]);
    }
    let output = command
        .arg(url)
        .output()
        .await
        .context("this measure needs wrk")?;
    let said = String::from_utf8(output.stdout)?;
    anyhow::ensure!(
        output.status.success() && !said.contains("Non-2xx") && !said.contains("Socket errors"),
        "{url}: {said}"
    );
    let line = said
        .lines()
        .find_map(|line| line.trim().split_once(" requests in "));
    let (requests, rest) = line.with_context(|| format!("wrk counts: {said}"))?;
    let seconds = rest.split_once("s,").context("wrk tells the time")?.0;
    Ok((requests.parse()?, seconds.parse()?))
}

fn median(mut runs: Vec<Load>) -> Load {
    runs.sort_by(|a, b| a.per_cpu_second.total_cmp(&b.per_cpu_second));
    runs.swap_remove(runs.len() / 2)
}
