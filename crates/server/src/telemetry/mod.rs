//! Logs, figures and traces: how log lines are written, the one recorder of metrics, and what is traced.
//!
//! Messages are constant and values stand in fields. Secrets, captured content and the addresses
//! of pages appear in neither.

#[cfg(feature = "otel")]
mod otel;
pub(crate) mod spans;

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tessera_app::trace;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, Telemetry};

/// Upper bounds of the histograms, in seconds: from a fast page to a slow upload.
const SECONDS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// What must be ended when the server has ended, so that nothing noted last is lost.
#[must_use = "traces that wait are sent when it is stopped"]
pub struct Started {
    #[cfg(feature = "otel")]
    traces: Option<otel::Exporter>,
}

impl Started {
    /// Sends the traces that wait, and gives up after seconds when nobody takes them.
    #[cfg_attr(
        not(feature = "otel"),
        expect(clippy::unused_async, reason = "its twin waits")
    )]
    pub async fn stop(self) {
        #[cfg(feature = "otel")]
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
    }
}

/// Starts writing log lines to standard error, and nothing else: for commands that end soon.
pub fn start_logging(telemetry: &Telemetry) -> anyhow::Result<()> {
    // An error means that logging was started before, by a test or a demo around us.
    drop(tracing_subscriber::registry().with(lines(telemetry)?).try_init());
    Ok(())
}

/// Starts what a server tells of itself: log lines on standard error, and traces where a collector is named.
pub fn start(telemetry: &Telemetry) -> anyhow::Result<Started> {
    #[cfg(feature = "otel")]
    if let Some(endpoint) = &telemetry.otlp_endpoint {
        return start_with_traces(telemetry, endpoint);
    }
    start_logging(telemetry)?;
    #[cfg(not(feature = "otel"))]
    if telemetry.otlp_endpoint.is_some() {
        tracing::warn!("a collector of traces is named, but this program was built without OpenTelemetry");
    }
    Ok(Started {
        #[cfg(feature = "otel")]
        traces: None,
    })
}

#[cfg(feature = "otel")]
fn start_with_traces(telemetry: &Telemetry, endpoint: &url::Url) -> anyhow::Result<Started> {
    let exporter = match otel::Exporter::new(endpoint, &telemetry.service_name) {
        Ok(exporter) => exporter,
        Err(error) => {
            start_logging(telemetry)?;
            tracing::warn!(%error, "traces are not exported");
            return Ok(Started { traces: None });
        }
    };
    let subscriber = tracing_subscriber::registry()
        .with(lines(telemetry)?)
        .with(exporter.layer());
    drop(subscriber.try_init());
    Ok(Started {
        traces: Some(exporter),
    })
}

/// Log lines as the operator wants them. Spans for traces are never part of them.
fn lines<S>(telemetry: &Telemetry) -> anyhow::Result<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let unseen = format!("{}=off", trace::TARGET).parse()?;
    let filter = EnvFilter::try_new(&telemetry.filter)?.add_directive(unseen);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    Ok(match telemetry.format {
        LogFormat::Pretty => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    })
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
