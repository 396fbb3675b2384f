//! Every figure that this server gives at `/metrics`, with its meaning. What is counted is counted where it happens; what
//! stands somewhere, such as the queue's length, is looked up when somebody asks.
//!
//! `docs/METRICS.md` has the same list with advice; a test holds the two and the sources against each other.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use tessera_domain::AlertKind;

use crate::disk;
use crate::site::Site;

/// What a figure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, until the process ends.
    Counter,
    /// It rises and falls.
    Gauge,
    /// It counts by size.
    Histogram,
}

impl Kind {
    /// Prometheus' word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means, in one sentence.
    pub help: &'static str,
}

const fn figure(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Figure {
    Figure {
        name,
        kind,
        labels,
        help,
    }
}

/// Every figure.
pub const ALL: &[Figure] = &[
    figure(
        "tessera_build_info",
        Kind::Gauge,
        &["version"],
        "Always 1; the version that runs.",
    ),
    figure(
        "tessera_http_requests_total",
        Kind::Counter,
        &["method", "route", "status"],
        "Requests that were answered, by the route's pattern.",
    ),
    figure(
        "tessera_http_answer_seconds",
        Kind::Histogram,
        &["method", "route"],
        "Time until an answer began.",
    ),
    figure(
        "tessera_http_requests_open",
        Kind::Gauge,
        &[],
        "Requests that wait for their answer.",
    ),
    figure(
        "tessera_device_streams",
        Kind::Gauge,
        &[],
        "Devices that listen for settings.",
    ),
    figure(
        "tessera_page_streams",
        Kind::Gauge,
        &[],
        "Open pages that listen for news.",
    ),
    figure(
        "tessera_receipts_total",
        Kind::Counter,
        &["outcome"],
        "Receipts of devices: new, known (sent again), cloned, no_device.",
    ),
    figure(
        "tessera_layers_rendered_total",
        Kind::Counter,
        &[],
        "Layers that were written as blobs since somebody saved settings.",
    ),
    figure(
        "tessera_manifests_signed_total",
        Kind::Counter,
        &[],
        "Manifests that were compiled and signed, one for each audience and serial.",
    ),
    figure(
        "tessera_jobs_total",
        Kind::Counter,
        &["kind", "outcome"],
        "Jobs that a worker took: done, retry, given_up, dropped.",
    ),
    figure(
        "tessera_outbox_jobs",
        Kind::Gauge,
        &["state"],
        "Jobs in the outbox: waiting (all that will be tried), retrying (those of them that failed), given_up.",
    ),
    figure(
        "tessera_outbox_oldest_seconds",
        Kind::Gauge,
        &[],
        "Age of the job that waits longest; 0 when none waits.",
    ),
    figure(
        "tessera_alerts_open",
        Kind::Gauge,
        &["kind"],
        "Alerts that are open, of every organization and of the installation.",
    ),
    figure(
        "tessera_database_connections",
        Kind::Gauge,
        &["state"],
        "Connections of this process's pools: open, idle.",
    ),
    figure(
        "tessera_database_size_bytes",
        Kind::Gauge,
        &[],
        "Size of the database.",
    ),
    figure(
        "tessera_database_up",
        Kind::Gauge,
        &[],
        "1 when the database answered the figures' own questions, else 0.",
    ),
    figure(
        "tessera_disk_free_bytes",
        Kind::Gauge,
        &[],
        "Room that is left on the disk of the data folder.",
    ),
    figure("tessera_disk_size_bytes", Kind::Gauge, &[], "Size of that disk."),
];

/// Tells the recorder what each figure means.
pub(crate) fn describe() {
    for figure in ALL {
        let unit = if figure.name.ends_with("_seconds") {
            Unit::Seconds
        } else if figure.name.ends_with("_bytes") {
            Unit::Bytes
        } else {
            Unit::Count
        };
        match figure.kind {
            Kind::Counter => describe_counter!(figure.name, unit, figure.help),
            Kind::Gauge => describe_gauge!(figure.name, unit, figure.help),
            Kind::Histogram => describe_histogram!(figure.name, unit, figure.help),
        }
    }
}

/// Looks up what stands somewhere. A database that does not answer is a figure, too.
pub(crate) async fn refresh(site: &Site) {
    gauge!("tessera_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let (open, idle) = site.app.store.connections();
    gauge!("tessera_database_connections", "state" => "open").set(f64::from(open));
    gauge!("tessera_database_connections", "state" => "idle").set(f64::from(idle));
    if let Some(disk) = disk::of(&site.config.data) {
        gauge!("tessera_disk_free_bytes").set(float(disk.free));
        gauge!("tessera_disk_size_bytes").set(float(disk.total));
    }
    let answered = of_database(site).await;
    if let Err(error) = &answered {
        tracing::warn!(%error, "the database did not answer for its figures");
    }
    gauge!("tessera_database_up").set(if answered.is_ok() { 1.0 } else { 0.0 });
}

async fn of_database(site: &Site) -> tessera_store::Result<()> {
    let now = site.app.clock.now();
    let mut tx = site.app.store.read().await?;
    let health = tx.outbox_health(None, None).await?;
    let states = [
        ("waiting", health.waiting),
        ("retrying", health.retrying),
        ("given_up", health.failed),
    ];
    for (state, count) in states {
        gauge!("tessera_outbox_jobs", "state" => state).set(float(count));
    }
    let age = health
        .oldest
        .map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
    gauge!("tessera_outbox_oldest_seconds").set(age);
    let open = tx.alert_counts(None).await?;
    for kind in AlertKind::ALL {
        let count = open
            .iter()
            .find(|row| row.kind == *kind)
            .map_or(0, |row| row.count);
        gauge!("tessera_alerts_open", "kind" => kind.as_str()).set(float(count));
    }
    gauge!("tessera_database_size_bytes").set(float(tx.database_facts().await?.size));
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure beyond 2^53 may be off by one"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
