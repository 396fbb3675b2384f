//! Serves the pictures that people uploaded: bytes that Tessera wrote, from its own paths, as nothing but PNG.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use tessera_app::picture;
use tessera_ids::{AccountId, OrgId};
use tessera_wire::Digest;

use super::visit::{Visit, path};
use crate::http::Answer;
use crate::http::extract::Path;
use crate::routes::{Access, Route};
use tessera_domain::Right;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/avatars/{account}/{digest}",
            Access::SignedIn,
            "Gives the picture of somebody whom the reader shares an organization with.",
            avatar,
        ),
        Route::get(
            "/o/{org}/logo/{digest}",
            Access::Member(Right::SeeOrg),
            "Gives the organization's logo.",
            logo,
        ),
    ]
}

/// Where an account's picture is to be had.
pub(super) fn avatar_path(account: AccountId, digest: Digest) -> String {
    format!("/avatars/{account}/{digest}")
}

/// Where an organization's logo is to be had.
pub(super) fn logo_path(org: OrgId, digest: Digest) -> String {
    format!("{}/logo/{digest}", path(org))
}

async fn avatar(visit: Visit, Path((whose, digest)): Path<(AccountId, Digest)>) -> Answer<Response> {
    Ok(png(
        picture::avatar(visit.app(), visit.actor()?, whose, digest).await?
    ))
}

async fn logo(visit: Visit, Path((org, digest)): Path<(OrgId, Digest)>) -> Answer<Response> {
    Ok(png(picture::logo(visit.app(), visit.actor()?, org, digest).await?))
}

/// The address names the content, so a browser asks once; others than the reader's own cache keep nothing.
fn png(bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}
