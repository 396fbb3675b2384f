//! Streams of events on real sockets: handed over, behind other answers, and where they cannot be.

use std::io::ErrorKind;

use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::io::AsyncReadExt as _;

use super::*;
use crate::http::sse;

/// More than a socket's buffers take while nobody reads.
const BIG: usize = 16 * 1024 * 1024;

fn two_events() -> Response {
    let frames = [
        sse::event("first", None, "1"),
        Bytes::new(),
        sse::event("second", None, "2"),
    ];
    sse::answer(stream::iter(frames))
}

async fn listen() -> (SocketAddr, Lifecycle) {
    let router = Router::new()
        .route("/events", get(|| async { two_events() }))
        .route("/endless", get(|| async { sse::answer(stream::pending()) }))
        .route("/big", get(|| async { vec![b'x'; BIG] }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let shortcut = |_: &hyper::Request<Incoming>, _: Peer| None;
    let lifecycle = Lifecycle::default();
    let answers = Answers { shortcut, router };
    lifecycle.finish_softly("http", serve(listener, answers, None, lifecycle.clone()));
    (address, lifecycle)
}

/// Everything that a server answers to these bytes until it hangs up.
async fn all_that_is_said(address: SocketAddr, asked: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(asked.as_bytes()).await.expect("it is taken");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.expect("an answer to its end");
    said
}

fn split(said: &[u8]) -> (String, &[u8]) {
    let end = said
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head")
        + 4;
    let head = String::from_utf8_lossy(&said[..end]).to_lowercase();
    (head, &said[end..])
}

const CHUNKS: &str = "16\r\nevent: first\ndata: 1\n\n\r\n17\r\nevent: second\ndata: 2\n\n\r\n0\r\n\r\n";

#[tokio::test]
async fn a_handed_over_stream_is_whole_and_ends_its_connection() {
    let (address, _lifecycle) = listen().await;
    let said = all_that_is_said(address, "GET /events HTTP/1.1\r\nhost: here\r\n\r\n").await;
    let (head, body) = split(&said);
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    for line in [
        "transfer-encoding: chunked",
        "connection: close",
        "content-type: text/event-stream",
    ] {
        assert_eq!(head.matches(line).count(), 1, "{line} in {head}");
    }
    assert_eq!(String::from_utf8_lossy(body), CHUNKS);
}

#[tokio::test]
async fn who_speaks_an_older_http_gets_no_chunks_and_who_asks_for_the_head_gets_that() {
    let (address, _lifecycle) = listen().await;
    let said = all_that_is_said(address, "GET /events HTTP/1.0\r\nhost: here\r\n\r\n").await;
    let (head, body) = split(&said);
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert_eq!(
        String::from_utf8_lossy(body),
        "event: first\ndata: 1\n\nevent: second\ndata: 2\n\n"
    );
    let asked = "HEAD /events HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    let said = all_that_is_said(address, asked).await;
    let (head, body) = split(&said);
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    assert_eq!(body, b"");
}

#[tokio::test]
async fn what_was_answered_before_goes_out_first_however_slowly_it_is_read() {
    let (address, _lifecycle) = listen().await;
    let asked = "GET /big HTTP/1.1\r\nhost: here\r\n\r\nGET /events HTTP/1.1\r\nhost: here\r\n\r\n";
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(asked.as_bytes()).await.expect("it is taken");
    let mut first = [0; 1];
    stream.read_exact(&mut first).await.expect("an answer begins");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut said = first.to_vec();
    stream.read_to_end(&mut said).await.expect("an answer to its end");
    let (_, rest) = split(&said);
    let (big, rest) = rest.split_at(BIG);
    assert!(big.iter().all(|byte| *byte == b'x'));
    let (head, body) = split(rest);
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    assert_eq!(String::from_utf8_lossy(body), CHUNKS);
}

#[tokio::test]
async fn who_hangs_up_or_speaks_out_of_turn_is_left() {
    let (address, lifecycle) = listen().await;
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let asked = "GET /endless HTTP/1.1\r\nhost: here\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.expect("it is taken");
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.expect("the stream begins");
    stream.write_all(b"and another thing").await.expect("it is taken");
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest).await;
    assert!(
        ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
        "what was not read may reset the connection"
    );

    let mut silent = TcpStream::connect(address).await.expect("it listens");
    silent.write_all(asked.as_bytes()).await.expect("it is taken");
    silent.read_exact(&mut head).await.expect("the stream begins");
    drop(silent);
    // With nobody left, the shutdown has nothing to wait for.
    lifecycle.shut_down();
    lifecycle.finish().await.expect("all ended");
}

#[tokio::test]
async fn who_does_not_read_is_left_after_a_while() {
    let feed = sse::answer(stream::repeat_with(sse::heartbeat).boxed());
    let handover = Handover::of(&mut { feed }).expect("a feed");
    let (_reads_nothing, io) = tokio::io::duplex(1_024);
    let ended = handover.write(io, Duration::from_millis(20)).await;
    assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
}
