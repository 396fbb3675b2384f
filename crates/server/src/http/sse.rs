//! Server-sent events: frames made once and shared, heartbeats, and an end that can be ordered.

use std::fmt::Write as _;

use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::handover::Feed;

/// One event as it goes over the wire. Data with line breaks becomes several lines.
pub fn event(name: &str, id: Option<&str>, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 64);
    if let Some(id) = id {
        let _ = writeln!(text, "id: {id}");
    }
    let _ = writeln!(text, "event: {name}");
    for line in data.split('\n') {
        let _ = writeln!(text, "data: {}", line.trim_end_matches('\r'));
    }
    text.push('\n');
    Bytes::from(text)
}

/// A sign of life that no client shows.
pub fn heartbeat() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// Answers with frames as they come, on a connection of their own where there is one. Proxies are asked not to hold them back.
pub fn answer(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let feed = Feed::new(frames);
    let body = Body::from_stream(feed.clone().map(Ok::<_, std::convert::Infallible>));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store, no-transform"),
        ),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (headers, Extension(feed), body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_break_out_of_its_event() {
        let frame = event("manifest", Some("7"), "a\r\nevent: evil\n\ndata");
        assert_eq!(
            frame,
            "id: 7\nevent: manifest\ndata: a\ndata: event: evil\ndata: \ndata: data\n\n"
        );
    }
}
