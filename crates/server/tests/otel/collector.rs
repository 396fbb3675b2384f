//! An OpenTelemetry collector on loopback: takes traces by OTLP over HTTP, or refuses them, or never answers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;

/// How it meets those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Mood {
    Takes,
    Refuses,
    NeverAnswers,
}

/// A collector that listens. It ends with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collector {
    base: String,
    mood: Arc<AtomicUsize>,
    turned_away: Arc<AtomicU64>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let collector = Self {
            base: format!("http://{}", listener.local_addr()?),
            ..Self::default()
        };
        let app = Router::new()
            .route("/v1/traces", post(take))
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(collector)
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        self.mood.store(mood as usize, Ordering::SeqCst);
    }

    /// Batches that it did not take.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::SeqCst)
    }

    /// Everything that came, as it came.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn batches(&self) -> Vec<ExportTraceServiceRequest> {
        let decode = |body: Bytes| ExportTraceServiceRequest::decode(body).unwrap();
        self.bodies().into_iter().map(decode).collect()
    }

    /// Every span that came.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let batches = self.batches().into_iter();
        let resources = batches.flat_map(|batch| batch.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// As whose they came.
    pub(crate) fn services(&self) -> Vec<String> {
        let batches = self.batches().into_iter();
        let resources = batches.flat_map(|batch| batch.resource_spans);
        let attributes = resources.filter_map(|resource| Some(resource.resource?.attributes));
        attributes
            .filter_map(|attributes| text(&attributes, "service.name"))
            .collect()
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let mood = collector.mood.load(Ordering::SeqCst);
    if mood == Mood::Takes as usize {
        let mut bodies = collector.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.push(body);
        let answer = ExportTraceServiceResponse::default().encode_to_vec();
        return (StatusCode::OK, answer);
    }
    collector.turned_away.fetch_add(1, Ordering::SeqCst);
    if mood == Mood::NeverAnswers as usize {
        std::future::pending::<()>().await;
    }
    (StatusCode::BAD_REQUEST, Vec::new())
}

/// An attribute that is a text.
pub(crate) fn text(attributes: &[KeyValue], name: &str) -> Option<String> {
    match value(attributes, name)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// An attribute that is a number.
pub(crate) fn number(attributes: &[KeyValue], name: &str) -> Option<i64> {
    match value(attributes, name)? {
        Value::IntValue(number) => Some(number),
        _ => None,
    }
}

fn value(attributes: &[KeyValue], name: &str) -> Option<Value> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    found.value.clone()?.value
}
