//! Every limit on what comes in, in one place.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Bytes of one read and write buffer, and so of a request's head: the smallest that hyper takes,
/// so that a thousand idle streams stay small.
pub const HEAD: usize = 8 * 1024;
/// Header lines of one request.
pub const HEADERS: usize = 64;
/// Bytes of a path with its query.
pub const TARGET: usize = 4 * 1024;
/// Bytes of an ordinary form or JSON body.
pub const FORM: usize = 256 * 1024;
/// Bytes of a form or JSON body that names people: 10,000 accounts or addresses.
pub const PEOPLE: usize = 1024 * 1024;
/// Bytes of a CSV of websites, and of a form that carries one back.
pub const CSV: usize = 16 * 1024 * 1024;
/// Bytes of a list of people to invite, and of a form that carries one.
pub const INVITING: usize = tessera_domain::people_import::MAX_BYTES;
/// Bytes of one patch of the settings: 100,000 rules of ordinary length.
pub const PATCH: usize = 16 * 1024 * 1024;
/// Bytes of a policy file, with the form or JSON around it and the values of 200 secrets beside it.
pub const POLICY: usize = tessera_policy::file::MAX_BYTES + 4 * 1024 * 1024;
/// Bytes of an uploaded picture, with the form around it.
pub const PICTURE: usize = tessera_app::picture::MOST_BYTES + 64 * 1024;
/// Bytes of a change of many members: 10,000 of them, with teams.
pub const MANY_MEMBERS: usize = 4 * 1024 * 1024;
/// Bytes of a signed message of a device.
pub const DEVICE_MESSAGE: usize = 64 * 1024;
/// Time for a request's head to arrive.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for a request to be answered, body included.
pub const ANSWER_TIME: Duration = Duration::from_secs(30);
/// How long a stream waits for somebody who does not read.
pub const STREAM_PATIENCE: Duration = Duration::from_secs(20);
/// Connections open at once; one more waits in the operating system's queue.
pub const CONNECTIONS: usize = 20_000;
/// Streams at once on one HTTP/2 connection.
pub const HTTP2_STREAMS: u32 = 64;
/// How long an idle stream goes without a sign of life.
pub const HEARTBEAT: Duration = Duration::from_secs(20);

/// Refuses a target that no link of ours is as long as.
pub(super) async fn refuse_long_targets(request: Request, next: Next) -> Response {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > TARGET {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    next.run(request).await
}
