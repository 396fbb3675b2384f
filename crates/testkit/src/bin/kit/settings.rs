//! Saving one setting of a large organization: 100 teams that carry settings, 10,000 members, 5,000 devices; on either
//! engine.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use serde::Serialize;
use serde_json::json;
use tessera_app::seeding::{self, NewMember};
use tessera_app::settings::{self, SaveRequest};
use tessera_app::{Actor, teams};
use tessera_domain::Role;
use tessera_policy::{LayerName, SettingsPatch};
use tessera_testkit::database::{Engine, engines};
use tessera_testkit::server::World;

const TESSERA: Actor = Actor::System("a bench");

/// What `bench-settings` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Teams, each with a setting of its own
    #[arg(long, default_value_t = 100)]
    teams: usize,
    /// Members, spread over the teams
    #[arg(long, default_value_t = 10_000)]
    members: usize,
    /// Devices, of the first members
    #[arg(long, default_value_t = 5_000)]
    devices: usize,
    /// Saves per measurement
    #[arg(long, default_value_t = 21)]
    rounds: usize,
}

/// One figure, beside what it may be.
#[derive(Debug, Serialize)]
struct Measured {
    engine: String,
    what: &'static str,
    /// The median, in milliseconds.
    median: f64,
    /// The longest, in milliseconds.
    longest: f64,
    /// What the longest may be, in milliseconds.
    may_be: f64,
}

/// Runs the task: prints a line of JSON per figure.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        fill(&world, &options).await?;
        measure(&world, engine, &options).await?;
        world.server.stop().await?;
    }
    Ok(())
}

async fn fill(world: &World, options: &Options) -> anyhow::Result<()> {
    let (app, org) = (&world.server.running.site.app, world.owner.org.parse()?);
    let person = |number: usize| {
        Ok(NewMember {
            name: format!("Person {number:05}").parse()?,
            email: format!("m{number:05}@example.org").parse()?,
            role: Role::Read,
        })
    };
    let people: Vec<NewMember> = (0..options.members).map(person).collect::<anyhow::Result<_>>()?;
    let accounts = seeding::members(app, org, &people).await?;
    for (number, members) in accounts
        .chunks(options.members.div_ceil(options.teams))
        .enumerate()
    {
        let team = teams::create(app, &TESSERA, org, &format!("Team {number:03}").parse()?).await?;
        teams::add(app, &TESSERA, org, team, members).await?;
        let patch = json!({ "memory": { "websites": { "add": [format!("team{number}.example")] } } });
        let request = SaveRequest {
            layer: LayerName::Team(team),
            edits: SettingsPatch::parse(&patch).map_err(|errors| anyhow::anyhow!("{errors:?}"))?,
            team_defaults: Vec::new(),
            note: None,
            expected: None,
        };
        settings::save(app, &TESSERA, org, request).await?;
    }
    let spread = options.members / options.devices.max(1);
    let machines: Vec<_> = accounts
        .iter()
        .step_by(spread.max(1))
        .take(options.devices)
        .enumerate()
        .map(|(number, account)| Ok((*account, format!("machine-{number:05}").parse()?)))
        .collect::<anyhow::Result<_>>()?;
    Ok(seeding::devices(app, org, &machines).await?)
}

async fn measure(world: &World, engine: Engine, options: &Options) -> anyhow::Result<()> {
    let path = world.owner.api("/settings");
    let body = |on: bool| json!({ "settings": { "features": { "telemetry": on } } });
    let saved = timed(options.rounds, async |round| {
        let answer = world
            .owner
            .http
            .json(Method::PATCH, &path, &body(round % 2 == 1))
            .await?;
        answer.expect(200).map(drop)
    });
    say(
        engine,
        "one setting of the organization saved",
        200.0,
        &saved.await?,
    )?;

    let teams = world
        .owner
        .http
        .get(&world.owner.api("/teams"))
        .await?
        .expect(200)?
        .json()?;
    let team = teams["teams"][0]["id"].as_str().context("a team")?.to_owned();
    let saved = timed(options.rounds, async |round| {
        let mut body = body(round % 2 == 1);
        body["layer"] = json!(team);
        let answer = world.owner.http.json(Method::PATCH, &path, &body).await?;
        answer.expect(200).map(drop)
    });
    say(engine, "one setting of a team saved", 200.0, &saved.await?)
}

async fn timed(
    rounds: usize,
    task: impl AsyncFn(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let began = Instant::now();
        task(round).await?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took)
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn say(engine: Engine, what: &'static str, may_be: f64, took: &[Duration]) -> anyhow::Result<()> {
    let measured = Measured {
        engine: format!("{engine:?}").to_lowercase(),
        what,
        median: milliseconds(took[took.len() / 2]),
        longest: milliseconds(*took.last().context("at least one round")?),
        may_be,
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}
