//! The agent for download: files of a fixed list of platforms, and scripts that fetch, check and install them. Anybody
//! may ask, since a machine fetches its agent before anybody has signed in on it.

mod range;
mod script;
mod shelf;
mod target;

use std::fmt::Write as _;
use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tessera_domain::Error;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

pub use shelf::{Offered, Shelf};
pub use target::{System, Target};

use self::range::Wanted;
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route, Say};
use crate::site::Site;

/// Bytes that are read from a file at a time.
const PIECE: usize = 64 * 1024;
/// For an address that names the content's hash.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// For an address whose content changes when the operator puts another file there.
const ASK_AGAIN: &str = "no-cache";

/// The name under which all hashes are given, as `sha256sum --check` reads them.
const SUMS: &str = "SHA256SUMS";

/// The rows of this family.
pub fn routes() -> Vec<Route> {
    const RESUMES: &[Say] = &[
        Say {
            place: "header",
            name: "Range",
            text: "One range of bytes, to go on where a download broke off.",
        },
        Say {
            place: "header",
            name: "If-None-Match",
            text: "The tag of a copy that is already there.",
        },
    ];
    let file = |path, summary| Route::get(path, Access::Public, summary, newest);
    let exact = |path, summary| Route::get(path, Access::Public, summary, exactly);
    vec![
        file(
            "/downloads/{file}",
            "Gives the agent for a platform, or the hashes of all of them (`SHA256SUMS`).",
        )
        .answers_raw("application/octet-stream")
        .says(RESUMES),
        exact(
            "/downloads/{sha256}/{file}",
            "Gives the agent for a platform, if it is the one with this hash.",
        )
        .answers_raw("application/octet-stream")
        .says(RESUMES),
        Route::get(
            "/install.sh",
            Access::Public,
            "Gives the script that installs the agent on macOS and Linux.",
            install_sh,
        )
        .answers_raw("text/plain"),
        Route::get(
            "/install.ps1",
            Access::Public,
            "Gives the script that installs the agent on Windows.",
            install_ps1,
        )
        .answers_raw("text/plain"),
    ]
}

async fn newest(State(site): State<Site>, Path(file): Path<String>, headers: HeaderMap) -> Answer<Response> {
    if file == SUMS {
        return Ok(text(sums(&site.shelf.offers().await?)));
    }
    send(find(&site, &file).await?, &headers, ASK_AGAIN).await
}

async fn exactly(
    State(site): State<Site>,
    Path((sha256, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let offered = find(&site, &file).await?;
    if offered.sha256 != sha256 {
        return Err(Error::not_found("download").into());
    }
    send(offered, &headers, FOR_GOOD).await
}

fn sums(offers: &[Offered]) -> String {
    offers.iter().fold(String::new(), |mut text, offered| {
        let _ = writeln!(text, "{}  {}", offered.sha256, offered.target.file);
        text
    })
}

async fn find(site: &Site, file: &str) -> Result<Offered, Error> {
    let missing = || Error::not_found("download");
    let target = Target::of_file(file).ok_or_else(missing)?;
    site.shelf.offer(target).await?.ok_or_else(missing)
}

async fn send(offered: Offered, headers: &HeaderMap, caching: &'static str) -> Answer<Response> {
    let tag = format!("\"{}\"", offered.sha256);
    let wanted = Wanted::read(headers, &tag, offered.length);
    let common = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let (status, from, length) = match wanted {
        Wanted::Same => return Ok((StatusCode::NOT_MODIFIED, common).into_response()),
        Wanted::Beyond => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{}", offered.length))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, common, range).into_response());
        }
        Wanted::Whole => (StatusCode::OK, 0, offered.length),
        Wanted::Part { from, length } => (StatusCode::PARTIAL_CONTENT, from, length),
    };
    let mut file = File::open(&offered.path).await.map_err(Error::unavailable)?;
    file.seek(SeekFrom::Start(from))
        .await
        .map_err(Error::unavailable)?;
    let own = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", offered.target.saved_as()),
        ),
    ];
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE));
    let mut response = (status, common, own, body).into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {from}-{}/{}", from + length - 1, offered.length);
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, range.parse().map_err(Error::internal)?);
    }
    Ok(response)
}

async fn install_sh(State(site): State<Site>) -> Answer<Response> {
    Ok(text(
        script::shell(&site.origin, &site.shelf.offers().await?).map_err(Error::internal)?,
    ))
}

async fn install_ps1(State(site): State<Site>) -> Answer<Response> {
    Ok(text(
        script::power_shell(&site.origin, &site.shelf.offers().await?).map_err(Error::internal)?,
    ))
}

/// Text, so that a browser shows it to whoever wants to read it first.
fn text(script: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, ASK_AGAIN),
    ];
    (headers, script).into_response()
}
