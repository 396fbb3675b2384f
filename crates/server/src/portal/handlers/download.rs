//! The agent as a file, where the operator put one: `downloads/` in the data folder holds `tessera-macos`,
//! `tessera-windows.exe` and `tessera-linux`.

use std::path::PathBuf;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tessera_domain::{Error, Result};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use crate::site::Site;

/// Bytes that are read from the file at a time.
const PIECE: usize = 64 * 1024;

pub(super) fn routes() -> Vec<Route> {
    let get = Route::get(
        "/download/{platform}",
        Access::Public,
        "Gives the agent for a platform.",
        send,
    );
    vec![get.answers_raw("application/octet-stream")]
}

/// A system that the agent runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    MacOs,
    Windows,
    Linux,
}

impl Platform {
    pub(super) const ALL: [Self; 3] = [Self::MacOs, Self::Windows, Self::Linux];

    /// Its name in paths.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::MacOs => "macos",
            Self::Windows => "windows",
            Self::Linux => "linux",
        }
    }

    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// What browsers there say of themselves.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::MacOs => "Mac OS",
            Self::Windows => "Windows",
            Self::Linux => "Linux",
        }
    }

    /// The file in the folder, and what it is called once it is downloaded.
    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::MacOs => ("tessera-macos", "tessera"),
            Self::Windows => ("tessera-windows.exe", "tessera.exe"),
            Self::Linux => ("tessera-linux", "tessera"),
        }
    }

    /// The one command that signs a machine in and keeps it in sync; it fetches the agent first, where there is a file.
    pub(super) fn command(self, origin: &str, file: bool) -> String {
        let from = format!("{origin}{}", link(self));
        match (self, file) {
            (Self::Windows, false) => format!("tessera login {origin}; tessera agent"),
            (Self::Windows, true) => format!(
                "iwr {from} -OutFile tessera.exe; .\\tessera.exe login {origin}; .\\tessera.exe agent"
            ),
            (_, false) => format!("tessera login {origin} && tessera agent"),
            (_, true) => format!(
                "curl -fsSo tessera {from} && chmod +x tessera && ./tessera login {origin} && ./tessera agent"
            ),
        }
    }
}

/// The path of a platform's file.
pub(super) fn link(platform: Platform) -> String {
    format!("/download/{}", platform.id())
}

/// Where the file is, if this portal offers one.
pub(super) fn path(site: &Site, platform: Platform) -> Option<PathBuf> {
    let path = site.config.data.join("downloads").join(platform.files().0);
    path.is_file().then_some(path)
}

async fn send(State(site): State<Site>, Path(id): Path<String>) -> Answer<Response> {
    let missing = || Error::not_found("download");
    let platform = Platform::ALL.into_iter().find(|platform| platform.id() == id);
    let platform = platform.ok_or_else(missing)?;
    let file = open(path(&site, platform).ok_or_else(missing)?).await?;
    let length = file.metadata().await.map_err(Error::unavailable)?.len();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", platform.files().1),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((
        headers,
        Body::from_stream(ReaderStream::with_capacity(file, PIECE)),
    )
        .into_response())
}

async fn open(path: PathBuf) -> Result<File> {
    File::open(path).await.map_err(Error::unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_fetches_only_what_is_there() {
        let origin = "https://tessera.example";
        assert_eq!(
            Platform::Linux.command(origin, false),
            "tessera login https://tessera.example && tessera agent"
        );
        for platform in Platform::ALL {
            let command = platform.command(origin, true);
            assert!(
                command.contains(&format!("{origin}/download/{}", platform.id())),
                "{command}"
            );
        }
    }
}
