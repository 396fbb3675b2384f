//! Traces for an OpenTelemetry collector: OTLP over HTTP, in batches, by a thread of its own. A collector that is slow,
//! away or broken costs traces and nothing else.

use std::error::Error as _;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tessera_app::trace::TARGET;
use tokio::runtime::Handle;
use tracing::level_filters::LevelFilter;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// Time for one answer of the collector's.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Time for what waits when the server ends.
const LAST_TIME: Duration = Duration::from_secs(3);
/// Bytes of an answer that are read; the collector says how many spans it refused, if any.
const MOST_BYTES: usize = 64 * 1024;

/// What sends traces.
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Prepares to send to a collector. Must be called within the runtime; nothing is sent yet.
    pub(super) fn new(endpoint: &Url, service: &str) -> anyhow::Result<Self> {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        let resource = Resource::builder()
            .with_service_name(service.to_owned())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    /// What hands spans over: those for traces alone, without the code's places, threads and log lines.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tessera"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Sends what waits.
    pub(super) async fn stop(self) {
        let provider = self.0;
        // It waits for its thread, which needs this runtime to send.
        let stopped = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_TIME)).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Goes on with the trace that a request says it is part of (W3C Trace Context).
pub(crate) fn continue_from(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if let Err(error) = span.set_parent(context) {
        // Nobody listens to spans.
        tracing::trace!(%error, "a trace is not gone on with");
    }
}

/// The way to the collector: our own client, on the server's runtime, asked from the thread that makes batches.
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    failing: AtomicBool,
}

impl Collector {
    fn new() -> anyhow::Result<Self> {
        // Whoever installed one before chose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("tessera/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_TIME)
            .build()?;
        Ok(Self {
            http,
            runtime: Handle::try_current()?,
            failing: AtomicBool::new(false),
        })
    }

    /// Tells of the first failure and of the first success after it.
    fn note(&self, problem: Option<&str>) {
        match (problem, self.failing.swap(problem.is_some(), Ordering::Relaxed)) {
            (Some(why), false) => tracing::warn!(why, "traces do not arrive at the collector"),
            (None, true) => tracing::info!("traces arrive at the collector again"),
            _ => {}
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Collector {
    fn send_bytes<'me, 'answer>(&'me self, request: Request<Bytes>) -> Answer<'answer>
    where
        'me: 'answer,
        Self: 'answer,
    {
        Box::pin(async move {
            let sent = self.runtime.spawn(send(self.http.clone(), request)).await;
            let answer = match sent {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    self.note(Some(&innermost(&error)));
                    return Err(error.without_url().into());
                }
                Err(ended) => return Err(ended.into()),
            };
            let refused = (!answer.status().is_success()).then(|| answer.status().to_string());
            self.note(refused.as_deref());
            Ok(answer)
        })
    }
}

async fn send(http: reqwest::Client, request: Request<Bytes>) -> reqwest::Result<Response<Bytes>> {
    let mut answer = http.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MOST_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(body.into());
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

/// "connection refused" says more than "error sending request", and repeats no address.
fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = match error.source() {
        Some(source) => source,
        None => return "the connection failed".to_owned(),
    };
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
