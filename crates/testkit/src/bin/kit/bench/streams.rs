//! Thousands of open streams: what one costs, how fast a save is told to all, and when all have proven that they obey;
//! beside bare writes of the same bytes to as many sockets.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::cores;
use tessera_testkit::crowd::{self, Heard, Post, Scene, connect};
use tessera_testkit::figures::Figures;
use tokio::sync::mpsc;

use super::floors::Running;
use super::{median_and_p99, millis};

const PART: &str = "Streams";
/// Saves per measurement.
const SAVES: usize = 7;
/// How long an opened crowd is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(3);

/// Runs the task for each number of streams.
pub(super) async fn run(counts: Vec<usize>) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for count in counts {
        lines.extend(measure(count).await?);
    }
    Ok(lines)
}

async fn measure(count: usize) -> anyhow::Result<Vec<Line>> {
    let scene = Scene::with(count).await?;
    // The pages and code that any use touches are not what a stream costs.
    let warm = scene.owner.block("warm-up.example").await?;
    let before = cores::resident_kibibytes(scene.server.id()?)?;
    let tokens = scene.crowd.iter().map(|member| member.token.clone());
    let mut heard = crowd::listen(&scene.address(), tokens).await?;
    let frame = everybody(&mut heard, count)
        .await?
        .pop()
        .context("somebody listens")?;
    tokio::time::sleep(SETTLE).await;
    let idle = cores::resident_kibibytes(scene.server.id()?)? - before;
    let of = format!("{count} streams");
    let mut lines = vec![
        Line::new(
            PART,
            format!("{of}: memory of an idle one"),
            idle / count_of(count),
            "KiB",
        )
        .goal(Goal::AtMost(12.0)),
    ];

    let floor = fan_out_floor(count, &frame.data).await?;
    let mut told = Told::default();
    for save in 0..SAVES {
        let began = Instant::now();
        let site = format!("site-{save}-of-{warm}.example");
        let (answered, all) = tokio::join!(scene.owner.block(&site), everybody(&mut heard, count));
        answered?;
        told.note(began, &all?);
    }
    lines.extend(told.lines(&of, &floor));
    lines.extend(obedience(&scene, &mut heard, &of).await?);
    scene.server.kill().await?;
    Ok(lines)
}

/// When devices heard of something, counted from before it was asked for.
#[derive(Default)]
struct Told {
    each: Vec<Duration>,
    first: Vec<Duration>,
}

impl Told {
    fn note(&mut self, began: Instant, all: &[Heard]) {
        let after = || all.iter().map(|heard| heard.at.duration_since(began));
        self.each.extend(after());
        self.first.extend(after().min());
    }

    fn lines(self, of: &str, floor: &Self) -> Vec<Line> {
        let (first, floor_first) = (Figures::of(self.first), Figures::of(floor.first.clone()));
        let (each, floor_each) = (Figures::of(self.each), Figures::of(floor.each.clone()));
        let beside = |what: &str, ours: Duration, floor: Duration| {
            Line::new(PART, format!("{of}: {what}"), millis(ours), "ms").beside("bare writes", millis(floor))
        };
        vec![
            beside("save to the first told", first.median(), floor_first.median()).goal(Goal::AtMost(10.0)),
            beside("save to told, p50", each.median(), floor_each.median()),
            beside(
                "save to told, p99",
                each.percentile(99),
                floor_each.percentile(99),
            )
            .goal(Goal::AtMostTimes(1.5)),
        ]
    }
}

/// One event for each of so many.
async fn everybody(heard: &mut mpsc::UnboundedReceiver<Heard>, count: usize) -> anyhow::Result<Vec<Heard>> {
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        all.push(heard.recv().await.context("the streams go on")?);
    }
    Ok(all)
}

/// The same told by bare writes: as many sockets, as many bytes.
async fn fan_out_floor(count: usize, data: &[u8]) -> anyhow::Result<Told> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("frame");
    let event = [b"id: 1\nevent: manifest\ndata: ", data, b"\n\n"].concat();
    let frame = [format!("{:x}\r\n", event.len()).as_bytes(), &event, b"\r\n"].concat();
    std::fs::write(&path, frame)?;
    let floor = Running::writes(&path, count).await?;
    let mut heard = crowd::listen(&floor.address, std::iter::repeat_n(String::new(), count)).await?;
    let mut told = Told::default();
    for _ in 0..SAVES {
        let began = Instant::now();
        let publisher = connect(&floor.address, b"POST / HTTP/1.1\r\n\r\n").await?;
        told.note(began, &everybody(&mut heard, count).await?);
        drop(publisher);
    }
    Ok(told)
}

/// From a save to the last receipt, every device verifying, signing and answering.
async fn obedience(
    scene: &Scene,
    heard: &mut mpsc::UnboundedReceiver<Heard>,
    of: &str,
) -> anyhow::Result<Vec<Line>> {
    let mut post = Post::to(&scene.address())?;
    let (mut applied, mut stored, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for save in 0..SAVES as u64 {
        let began = Instant::now();
        let site = format!("obeyed-{save}.example");
        let (saved, round) = tokio::join!(
            scene.owner.block(&site),
            crowd::obey(scene, heard, began, save + 1, &mut post)
        );
        let revision = saved?;
        let round = round?;
        let devices = scene.crowd.len() as u64;
        scene.owner.sees_applied(revision, devices).await?;
        applied.extend(round.applied);
        last.extend(round.stored.last().copied());
        stored.extend(round.stored);
    }
    let [applied_median, applied] =
        median_and_p99(PART, &format!("{of}: save to verified"), &Figures::of(applied));
    let [stored_median, stored] = median_and_p99(
        PART,
        &format!("{of}: save to receipt stored"),
        &Figures::of(stored),
    );
    let last = Line::new(
        PART,
        format!("{of}: save to the last receipt stored"),
        millis(Figures::of(last).median()),
        "ms",
    );
    let within = if scene.crowd.len() <= 5_000 {
        1_000.0
    } else {
        1_500.0
    };
    Ok(vec![
        applied_median,
        applied.goal(Goal::AtMost(700.0)),
        stored_median,
        stored,
        last.goal(Goal::AtMost(within)),
    ])
}

fn count_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
