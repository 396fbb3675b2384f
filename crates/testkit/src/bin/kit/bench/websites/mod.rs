//! What a verdict about a website costs, how long a list's index takes to build and what it weighs; beside Brave's
//! engine and a plain hash set where the feature `peers` is on.

mod judges;
mod made_up;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::time::{ClockId, clock_gettime};
use tessera_testkit::bench::{Goal, Line};

use judges::{Judge, Rule, Tessera};
use made_up::MadeUp;

const PART: &str = "Deciding on a website";
const MEBIBYTE: f64 = 1_048_576.0;
const MILLION: usize = 1_000_000;

/// Domains in the list.
const SIZES: [usize; 3] = [10_000, 100_000, MILLION];
/// Different addresses that are asked about.
const QUESTIONS: usize = 200_000;
/// How often everything is measured; the best round counts, since other work on the machine only adds.
const ROUNDS: usize = 7;

/// What a fresh process is asked: by how many bytes a judge makes it grow.
#[derive(Debug, clap::Args)]
pub(crate) struct Weighed {
    judge: String,
    domains: usize,
}

/// Runs the task.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for domains in SIZES {
        let made_up = MadeUp::new(domains, QUESTIONS);
        let own = measure::<Tessera>(&made_up, ROUNDS)?;
        #[cfg(feature = "peers")]
        {
            let walk = measure::<judges::Walk>(&made_up, ROUNDS)?;
            let brave = measure::<judges::Brave>(&made_up, ROUNDS)?;
            lines.extend(say(domains, &own, Some((&walk, &brave))));
        }
        #[cfg(not(feature = "peers"))]
        lines.extend(say(domains, &own, None));
    }
    Ok(lines)
}

/// The figures of one judge.
struct Figures {
    name: &'static str,
    /// Thread CPU time of a verdict, in nanoseconds.
    mean: f64,
    /// Wall time, in nanoseconds, with the reading of the clock in it.
    p99: f64,
    /// Thread CPU time, in milliseconds.
    build: f64,
    /// What a fresh process grows by, in MiB: by the judge, and by the judge and its list.
    weight: [f64; 2],
}

fn measure<J: Judge>(made_up: &MadeUp, rounds: usize) -> anyhow::Result<Figures> {
    let list = J::list(&made_up.domains);
    let mut build = Duration::MAX;
    let mut judge = None;
    for _ in 0..rounds {
        drop(judge.take());
        let began = thread_time()?;
        judge = Some(J::build(black_box(&list)));
        build = build.min(thread_time()?.saturating_sub(began));
    }
    let judge = judge.context("at least one round")?;
    check(&judge, made_up)?;

    let questions = &made_up.questions;
    let (mut mean, mut p99) = (Duration::MAX, Duration::MAX);
    let mut each = Vec::with_capacity(questions.len());
    for _ in 0..rounds {
        let began = thread_time()?;
        for question in questions {
            black_box(judge.denies(black_box(question)));
        }
        mean = mean.min(thread_time()?.saturating_sub(began));
        each.clear();
        for question in questions {
            let began = Instant::now();
            black_box(judge.denies(black_box(question)));
            each.push(began.elapsed());
        }
        each.sort_unstable();
        p99 = p99.min(each[each.len() * 99 / 100]);
    }
    Ok(Figures {
        name: J::NAME,
        mean: mean.as_secs_f64() * 1e9 / f64::from(u32::try_from(questions.len())?),
        p99: p99.as_secs_f64() * 1e9,
        build: build.as_secs_f64() * 1e3,
        weight: weigh(J::NAME, made_up.domains.len())?,
    })
}

/// Every answer must be the one that looking the host's suffixes up in a set gives.
fn check<J: Judge>(judge: &J, made_up: &MadeUp) -> anyhow::Result<()> {
    let mut denied = 0;
    for address in &made_up.questions {
        let expected = judges::suffixes(address).find(|suffix| made_up.listed.contains(*suffix));
        let right = match judge.denies(address) {
            Some(Rule::Named(rule)) => expected == Some(&*rule),
            #[cfg(feature = "peers")]
            Some(Rule::Unnamed) => expected.is_some(),
            None => expected.is_none(),
        };
        ensure!(right, "{} is wrong about {address}: {expected:?}", J::NAME);
        denied += usize::from(expected.is_some());
    }
    ensure!(denied * 2 >= made_up.questions.len(), "only {denied} are denied");
    Ok(())
}

fn thread_time() -> anyhow::Result<Duration> {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

/// Asks a fresh process, where nothing that was freed before can be used again.
fn weigh(judge: &str, domains: usize) -> anyhow::Result<[f64; 2]> {
    let out = std::process::Command::new(std::env::current_exe()?)
        .args(["weigh", judge, &domains.to_string()])
        .output()?;
    let bytes: [f64; 2] = serde_json::from_slice(&out.stdout).context("a fresh process could not weigh")?;
    Ok(bytes.map(|bytes| bytes / MEBIBYTE))
}

/// Weighs a judge in this process, which must have done nothing else.
pub(crate) fn weigh_here(asked: &Weighed) -> anyhow::Result<()> {
    let (judge, made_up) = (&asked.judge, MadeUp::new(asked.domains, 0));
    match judge.as_str() {
        Tessera::NAME => grow::<Tessera>(&made_up),
        #[cfg(feature = "peers")]
        judges::Walk::NAME => grow::<judges::Walk>(&made_up),
        #[cfg(feature = "peers")]
        judges::Brave::NAME => grow::<judges::Brave>(&made_up),
        _ => anyhow::bail!("nobody is called {judge}"),
    }
}

fn grow<J: Judge>(made_up: &MadeUp) -> anyhow::Result<()> {
    let empty = resident()?;
    let list = black_box(J::list(&made_up.domains));
    let listed = resident()?;
    let judge = black_box(J::build(&list));
    let built = resident()?;
    drop((list, judge));
    println!("{}", serde_json::to_string(&[built - listed, built - empty])?);
    Ok(())
}

fn resident() -> anyhow::Result<f64> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = pages.split(' ').nth(1).context("resident pages")?.parse()?;
    Ok(pages * f64::from(u32::try_from(rustix::param::page_size())?))
}

fn say(domains: usize, own: &Figures, peers: Option<(&Figures, &Figures)>) -> Vec<Line> {
    let (walk, brave) = peers.unzip();
    let size = match domains {
        MILLION => "1 M".to_owned(),
        _ => format!("{} k", domains / 1_000),
    };
    let line = |what: &str, unit: &str, figure: fn(&Figures) -> f64, peer: Option<&Figures>| {
        let line = Line::new(PART, format!("{what}, {size} domains"), figure(own), unit);
        match peer {
            Some(peer) => line.beside(peer.name, figure(peer)),
            None => line,
        }
    };
    let goal = |line: Line, goal: Option<f64>| match goal {
        Some(most) => line.goal(Goal::AtMost(most)),
        None => line,
    };
    let at_million = |most: f64| (domains == MILLION).then_some(most);
    let mean = match domains {
        MILLION => Some(250.0),
        10_000 => Some(100.0),
        _ => None,
    };
    let mut against = line("verdict, thread CPU", "ns", |f| f.mean, brave);
    if domains == MILLION {
        against = against.goal(Goal::AtMostTimes(1.0 / 8.0));
    }
    vec![
        goal(line("verdict, thread CPU", "ns", |f| f.mean, walk), mean),
        against,
        goal(
            line("verdict, wall, p99", "ns", |f| f.p99, walk),
            at_million(1_000.0),
        ),
        line("verdict, wall, p99", "ns", |f| f.p99, brave),
        goal(
            line("build, thread CPU", "ms", |f| f.build, walk),
            at_million(100.0),
        ),
        line("build, thread CPU", "ms", |f| f.build, brave),
        goal(
            line("memory of the index", "MiB", |f| f.weight[0], walk),
            at_million(40.0),
        ),
        line("memory of the index", "MiB", |f| f.weight[0], brave),
        line("memory with the list", "MiB", |f| f.weight[1], walk),
    ]
}
