//! `kit bench`: measures the parts that are named, or all, and prints one table of everything, with its floors and goals.
//! On Linux, which counts what a process used.

mod first_walk;
mod floors;
mod people;
mod propagation;
mod reads;
mod settings;
mod streams;
mod websites;

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use tessera_testkit::bench::{self, Line};
use tessera_testkit::cores;
use tessera_testkit::database::Engine;
use tessera_testkit::figures::Figures;

pub(crate) use floors::{Floor, run as run_floor};
pub(crate) use websites::{Weighed, weigh_here};

/// What `bench` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure; everything where nothing is named
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Streams that are told at once
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 9_900])]
    streams: Vec<usize>,
    /// Real agents that a save is to reach
    #[arg(long, value_delimiter = ',', default_values_t = [25, 100, 1_000])]
    agents: Vec<usize>,
    /// Writes the figures there as well, one line of JSON each
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Manifests read by polling devices, beside a bare axum
    Reads,
    /// Streams told of a save and their receipts stored, beside bare writes to sockets
    Streams,
    /// Verdicts about websites from lists of 10,000 to a million, beside Brave's engine and a hash set
    Websites,
    /// From a save to the receipts of real agents, on both engines
    Propagation,
    /// What a first walk through the product costs: start, memory, pages, a large list
    FirstWalk,
    /// Ten thousand people: a list looked at, invited to the last one, and listed, on both engines
    People,
    /// Saving one setting with 100 teams, 10,000 members and 5,000 devices, on both engines
    Settings,
}

/// Runs the task.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let parts = if options.parts.is_empty() {
        <Part as clap::ValueEnum>::value_variants().to_vec()
    } else {
        options.parts.clone()
    };
    let mut lines = Vec::new();
    for part in parts {
        println!("measuring: {part:?}");
        lines.extend(part.measure(options)?);
    }
    bench::write_table(&lines, &mut std::io::stdout().lock())?;
    if let Some(path) = &options.json {
        let mut file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
        for line in &lines {
            writeln!(file, "{}", serde_json::to_string(line)?)?;
        }
    }
    Ok(())
}

impl Part {
    fn measure(self, options: &Options) -> anyhow::Result<Vec<Line>> {
        match self {
            Self::Reads => on_one_core(reads::run),
            Self::Streams => on_one_core(|| streams::run(options.streams.clone())),
            Self::Websites => on_one_core(|| async { websites::run() }),
            Self::Propagation => on_all_cores(propagation::run(options.agents.clone())),
            Self::FirstWalk => on_all_cores(first_walk::run()),
            Self::People => on_all_cores(people::run()),
            Self::Settings => on_all_cores(settings::run()),
        }
    }
}

fn on_all_cores<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// A thread of its own on the clients' core, so that the next part is not kept there.
fn on_one_core<T: Send, F: Future<Output = anyhow::Result<T>>>(
    work: impl FnOnce() -> F + Send,
) -> anyhow::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            cores::keep_on(cores::CLIENTS)?;
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(work())
        });
        thread.join().map_err(|_| anyhow::anyhow!("a bench panicked"))?
    })
}

fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// Milliseconds, to a hundredth.
fn millis(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

/// The two figures that most of the table consists of.
fn median_and_p99(part: &str, what: &str, figures: &Figures) -> [Line; 2] {
    [
        Line::new(part, format!("{what}, p50"), millis(figures.median()), "ms"),
        Line::new(part, format!("{what}, p99"), millis(figures.percentile(99)), "ms"),
    ]
}
