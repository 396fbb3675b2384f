//! When an answer was given, by the server's own clock: a device whose clock is wrong sets itself right by it.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tessera_ids::Timestamp;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::site::Site;

/// As RFC 9110 writes a time.
const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Dates every answer. Without it the date would be the machine's, and what is checked against it the server's.
pub(super) async fn stamp(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(date) = header_of(site.app.clock.now()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn header_of(now: Timestamp) -> Option<HeaderValue> {
    let text = OffsetDateTime::from_unix_timestamp(now.as_seconds())
        .ok()?
        .format(FORMAT)
        .ok()?;
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_reads_as_http_writes_it() {
        let date = header_of(Timestamp::from_seconds(784_111_777)).expect("a time within bounds");
        assert_eq!(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
