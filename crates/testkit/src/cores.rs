//! One core for the server and another for its clients, and what a process has used of both. For benches, on Linux.

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_setaffinity};

/// Where servers run that are measured.
pub const SERVER: usize = 0;
/// Where their clients run; the same where there is no other.
pub const CLIENTS: usize = 1;

/// How often a second the kernel counts time of the processor: the same wherever Linux runs.
const TICKS: f64 = 100.0;

/// Keeps this thread, and all that it starts from now on, on one core; on the first where there is no such.
pub fn keep_on(core: usize) -> anyhow::Result<()> {
    let only = |core| {
        let mut set = CpuSet::new();
        set.set(core);
        sched_setaffinity(None, &set)
    };
    only(core)
        .or_else(|_| only(SERVER))
        .context("a thread can be kept on a core")
}

/// Starts something on the servers' core; this thread is on the clients' afterwards.
pub async fn start_server<T>(start: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    keep_on(SERVER)?;
    let started = start.await;
    keep_on(CLIENTS)?;
    started
}

/// Seconds of the processor that a process has used so far.
pub fn seconds_used(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold anything; the fields are counted from its end.
    let (_, rest) = stat.rsplit_once(") ").context("a process has a name")?;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next().and_then(|field| field.parse::<f64>().ok());
    let (user, system) = (ticks().context("utime")?, ticks().context("stime")?);
    Ok((user + system) / TICKS)
}

/// Kibibytes of memory that the kernel counts as this process's.
pub fn resident_kibibytes(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value.context("VmRSS is counted")?.parse()?)
}
