//! Saving one setting of a large organization: 100 teams that carry settings, 10,000 members, 5,000 devices; on either
//! engine.

use std::time::Instant;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};
use tessera_app::seeding::{self, NewMachine, NewMember};
use tessera_app::settings::{self, SaveRequest};
use tessera_app::{Actor, teams};
use tessera_domain::Role;
use tessera_ids::AccountId;
use tessera_policy::{LayerName, SettingsPatch};
use tessera_testkit::actors::Person;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::database::{Engine, engines};
use tessera_testkit::figures::Figures;
use tessera_testkit::server::World;

use super::millis;

const TESSERA: Actor = Actor::System("a bench");

const PART: &str = "Saving one setting with 100 teams, 10,000 members, 5,000 devices";
/// Teams, each with a setting of its own.
const TEAMS: usize = 100;
/// Members, spread over the teams.
const MEMBERS: usize = 10_000;
/// Devices, of the first members.
const DEVICES: usize = 5_000;
/// Saves per measurement.
const ROUNDS: usize = 21;
/// What the longest may take, in milliseconds.
const MAY_BE: Goal = Goal::AtMost(200.0);

/// Runs the task, on each engine.
pub(super) async fn run() -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for engine in engines() {
        let world = World::new(engine).await?;
        fill(&world).await?;
        lines.extend(measure(&world, engine).await?);
        world.server.stop().await?;
    }
    Ok(lines)
}

async fn fill(world: &World) -> anyhow::Result<()> {
    let (app, org) = (&world.server.running.site.app, world.owner.org.parse()?);
    let person = |number: usize| {
        Ok(NewMember {
            name: format!("Person {number:05}").parse()?,
            email: format!("m{number:05}@example.org").parse()?,
            role: Role::Read,
        })
    };
    let people: Vec<NewMember> = (0..MEMBERS).map(person).collect::<anyhow::Result<_>>()?;
    let accounts = seeding::members(app, org, &people).await?;
    for (number, members) in accounts.chunks(MEMBERS.div_ceil(TEAMS)).enumerate() {
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
    let machine = |(number, account): (usize, &AccountId)| {
        Ok(NewMachine {
            account: *account,
            host: format!("machine-{number:05}").parse()?,
            signing_key: None,
        })
    };
    let owners = accounts.iter().step_by(MEMBERS / DEVICES).take(DEVICES);
    let machines: Vec<_> = owners.enumerate().map(machine).collect::<anyhow::Result<_>>()?;
    seeding::devices(app, org, &machines).await?;
    Ok(())
}

async fn measure(world: &World, engine: Engine) -> anyhow::Result<Vec<Line>> {
    let owner = &world.owner;
    let body = |round: usize| json!({ "settings": { "features": { "telemetry": round % 2 == 1 } } });
    let of_org = timed(async |round| save(owner, &body(round)).await).await?;

    let teams = owner.http.get(&owner.api("/teams")).await?.expect(200)?.json()?;
    let team = teams["teams"][0]["id"].as_str().context("a team")?;
    let of_team = timed(async |round| {
        let mut body = body(round);
        body["layer"] = json!(team);
        save(owner, &body).await
    })
    .await?;
    let lines = |what: &str, figures: &Figures| {
        let what = format!("{}: {what}", super::name(engine));
        [
            Line::new(PART, format!("{what}, median"), millis(figures.median()), "ms"),
            Line::new(PART, format!("{what}, longest"), millis(figures.longest()), "ms").goal(MAY_BE),
        ]
    };
    Ok([lines("the organization's", &of_org), lines("a team's", &of_team)].concat())
}

async fn save(owner: &Person, body: &Value) -> anyhow::Result<()> {
    let saved = owner
        .http
        .json(Method::PATCH, &owner.api("/settings"), body)
        .await?;
    saved.expect(200).map(drop)
}

async fn timed(task: impl AsyncFn(usize) -> anyhow::Result<()>) -> anyhow::Result<Figures> {
    let mut took = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let began = Instant::now();
        task(round).await?;
        took.push(began.elapsed());
    }
    Ok(Figures::of(took))
}
