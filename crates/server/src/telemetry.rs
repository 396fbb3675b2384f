//! Logs and figures: how log lines are written, and the one recorder of metrics.
//!
//! Messages are constant and values stand in fields. Secrets, captured content and the addresses
//! of pages appear in neither.

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Telemetry};

/// Upper bounds of the histograms, in seconds: from a fast page to a slow upload.
const SECONDS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Starts writing log lines to standard error. A second call in one process changes nothing.
pub fn start_logging(telemetry: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&telemetry.filter)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // An error means that logging was started before, by a test or a demo around us.
    let _ = match telemetry.format {
        LogFormat::Pretty => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// The figures of this process, for `/metrics`.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// The process's recorder, installed at the first call.
    ///
    /// # Panics
    /// Never: the buckets are not empty.
    pub fn install() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
                .expect("the buckets are not empty")
                .build_recorder();
            let handle = recorder.handle();
            // Another recorder may stand already where Tessera runs inside a larger process.
            let _ = metrics::set_global_recorder(recorder);
            crate::figures::describe();
            handle
        });
        Self(handle.clone())
    }

    /// All figures in Prometheus' text form.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds old samples together, forever; without it histograms grow.
    pub async fn upkeep(self) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        loop {
            tick.tick().await;
            self.0.run_upkeep();
        }
    }
}
