//! Style sheets, the script module and the pictures: embedded in the binary, named by their content, cached for good.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Everything under `assets/`, as it was when the binary was built (read from disk at start in debug builds).
#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// One asset under the name that its content gives it.
struct Asset {
    path: String,
    mime: String,
    body: Bytes,
}

/// The assets by the name templates use, made on first use.
static BY_NAME: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| Some((name.to_string(), Asset::new(&name, Files::get(&name)?))))
        .collect()
});

impl Asset {
    fn new(name: &str, file: EmbeddedFile) -> Self {
        let hash = file
            .metadata
            .sha256_hash()
            .iter()
            .take(8)
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        Self {
            path: format!("/assets/{stem}.{hash}.{extension}"),
            mime: file.metadata.mimetype().to_owned(),
            body: Bytes::from(file.data.into_owned()),
        }
    }
}

/// The address of an asset, `portal.css` → `/assets/portal.1f2e….css`. An unknown name gives a path that answers 404.
pub fn asset_path(name: &str) -> &'static str {
    BY_NAME
        .get(name)
        .map_or("/assets/unknown", |asset| asset.path.as_str())
}

/// Every asset as (address, bytes), for tools that write the portal to files.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    BY_NAME
        .values()
        .map(|asset| (asset.path.as_str(), asset.body.as_ref()))
}

/// Answers `GET /assets/{name}`. The name carries the content's hash, so a browser never needs to ask twice.
pub async fn serve(Path(name): Path<String>) -> Response {
    let wanted = format!("/assets/{name}");
    let Some(asset) = BY_NAME.values().find(|asset| asset.path == wanted) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.mime.as_str()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.body.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_carries_the_hash_of_its_content() {
        let path = asset_path("tokens.css");
        assert!(path.starts_with("/assets/tokens."), "{path}");
        assert_eq!(path.len(), "/assets/tokens..css".len() + 16, "{path}");
        assert_eq!(asset_path("no-such.css"), "/assets/unknown");
    }

    #[test]
    fn nothing_inline_is_needed_by_the_script() {
        let (_, script) = all()
            .find(|(path, _)| path.starts_with("/assets/tessera."))
            .expect("the module is there");
        let script = std::str::from_utf8(script).expect("UTF-8");
        assert!(
            !script.contains(".style.") && !script.contains("eval("),
            "the content security policy forbids it"
        );
    }
}
