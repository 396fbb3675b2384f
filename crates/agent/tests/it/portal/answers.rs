//! What the portal answers, path by path.

use std::convert::Infallible;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response, sse},
    routing::{get, post},
};
use futures_util::stream;
use tessera_ids::{
    Clock, DeviceId, Timestamp,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_wire::{
    CredentialsAnswer, Digest, Format, LastReceipt, Manifest, Receipt, SightingsReport, Text, UserCode,
    assertion,
    batch::{BlobsRequest, Filling},
    enrol::{self, BeginResponse, DeviceCode, Enrolled, PollError, PollRefusal},
    paths,
    stream::TombstoneEvent,
    token::{Scope, TokenError, TokenRefusal, TokenRequest, TokenResponse},
    verify,
};

use super::{Lie, Portal};

impl Portal {
    pub(super) fn router(self) -> Router {
        Router::new()
            .route(paths::ENROL, post(begin))
            .route(paths::ENROL_POLL, post(poll))
            .route(paths::TOKEN, post(token))
            .route(paths::STREAM, get(follow))
            .route(paths::MANIFEST, get(manifest).post(shown))
            .route(paths::BLOB, get(blob))
            .route(paths::BLOBS, post(blobs))
            .route(paths::CREDENTIALS, get(credentials))
            .route(paths::SIGHTINGS, post(sightings))
            .route(paths::LEAVE, get(leave))
            .route(paths::RECEIPTS, post(receipt))
            .route(paths::TOMBSTONE, get(tombstone).post(last_receipt))
            .layer(middleware::from_fn_with_state(self.clone(), lying))
            .with_state(self)
    }
}

async fn lying(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let lie = portal.told().lie;
    match lie {
        None => next.run(request).await,
        Some(Lie::NoStreams) if request.uri().path() != paths::STREAM => next.run(request).await,
        Some(Lie::EmptyOk) => StatusCode::OK.into_response(),
        Some(Lie::Html | Lie::NoStreams) => (
            [(header::CONTENT_TYPE, "text/html")],
            "<!doctype html><title>Welcome to Hotel Wi-Fi</title>",
        )
            .into_response(),
        Some(Lie::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Some(Lie::Unauthorized) => StatusCode::UNAUTHORIZED.into_response(),
        Some(Lie::Unavailable) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn begin(State(portal): State<Portal>, body: Bytes) -> Json<BeginResponse> {
    let begun = enrol::verify_begin(&body, &portal.shared.address, SystemClock.now()).unwrap();
    let device_code = DeviceCode::generate(&SystemEntropy);
    portal.told().enrolling = Some((device_code.clone(), begun.payload().signing_key, 0));
    portal.told().sealing = Some(begun.payload().sealing_key);
    Json(BeginResponse {
        device_code,
        user_code: UserCode::generate(&SystemEntropy),
        verification_uri: Text::clip(&format!("{}/activate", portal.shared.address)),
        expires_in: 600,
        interval: 2,
    })
}

/// The member takes two polls to type the code.
async fn poll(State(portal): State<Portal>, body: Bytes) -> Response {
    let mut told = portal.told();
    let (_, key, polls) = told.enrolling.as_mut().unwrap();
    let key = *key;
    enrol::verify_poll(&body, &key, &portal.shared.address, SystemClock.now()).unwrap();
    *polls += 1;
    if *polls < 3 {
        let refusal = PollRefusal {
            error: PollError::AuthorizationPending,
            error_description: None,
        };
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let device = DeviceId::generate(&SystemClock, &SystemEntropy);
    told.device = Some((device, key));
    Json(Enrolled {
        format: Format,
        org: portal.shared.org,
        device,
        org_key: portal.shared.key.verifying_key(),
        portal_name: Text::clip("Tessera"),
        org_name: Text::clip("Acme"),
        member_email: Text::clip("anna@acme.example"),
    })
    .into_response()
}

async fn token(State(portal): State<Portal>, axum::Form(request): axum::Form<TokenRequest>) -> Response {
    let told = portal.told();
    let url = paths::absolute(&portal.shared.address, paths::TOKEN);
    let Some((device, key)) = told.device else {
        let refusal = TokenRefusal {
            error: TokenError::InvalidClient,
            error_description: Some(Text::clip("no such device")),
        };
        return (StatusCode::UNAUTHORIZED, Json(refusal)).into_response();
    };
    match assertion::verify(&request.assertion, &key, &url, SystemClock.now()) {
        Ok(claims) => assert_eq!(claims.iss, device),
        Err(error) => {
            let refusal = TokenRefusal {
                error: TokenError::InvalidGrant,
                error_description: Some(Text::clip(&error.to_string())),
            };
            let date = [(header::DATE, httpdate(SystemClock.now()))];
            return (StatusCode::BAD_REQUEST, date, Json(refusal)).into_response();
        }
    }
    let scope = if told.tombstone.is_some() {
        Scope::Tombstone
    } else {
        Scope::Sync
    };
    let tombstone = told.tombstone.clone();
    Json(TokenResponse {
        access_token: "a-token".to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: 600,
        scope,
        tombstone,
    })
    .into_response()
}

fn httpdate(now: Timestamp) -> String {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    time::OffsetDateTime::from_unix_timestamp(now.as_seconds())
        .unwrap()
        .format(format)
        .unwrap()
}

async fn follow(State(portal): State<Portal>) -> Response {
    let news = portal.shared.news.subscribe();
    let first = vec![sse::Event::default().comment("heartbeat")];
    let told = stream::unfold(
        (portal, news, first, None),
        |(portal, mut news, mut ready, mut last)| async move {
            loop {
                if let Some(event) = ready.pop() {
                    return Some((Ok::<_, Infallible>(event), (portal, news, ready, last)));
                }
                if portal.told().lie.is_some() {
                    return None;
                }
                let (event, tombstone) = portal.told().now();
                if let Some(envelope) = tombstone.filter(|_| last != Some(Digest::of(b"end"))) {
                    last = Some(Digest::of(b"end"));
                    let data = serde_json::to_string(&TombstoneEvent { envelope }).unwrap();
                    ready.push(sse::Event::default().event("tombstone").data(data));
                    continue;
                }
                if let Some(event) = event.filter(|event| Some(event.envelope.payload_digest()) != last) {
                    last = Some(event.envelope.payload_digest());
                    let garbled = portal.told().garbled.pop_front();
                    let data = garbled.unwrap_or_else(|| serde_json::to_string(&event).unwrap());
                    ready.push(sse::Event::default().event("manifest").data(data));
                    continue;
                }
                tokio::select! {
                    changed = news.changed() => changed.ok()?,
                    () = portal.shared.stop.cancelled() => return None,
                }
            }
        },
    );
    sse::Sse::new(told).into_response()
}

async fn manifest(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    let event = portal.heard(|told| {
        told.polls += 1;
        told.event.clone()
    });
    let Some(event) = event else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", event.envelope.payload_digest());
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|asked| asked == tag.as_str())
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    if let Some(garbled) = portal.told().garbled.pop_front() {
        return ([(header::ETAG, tag)], garbled).into_response();
    }
    ([(header::ETAG, tag)], Json(event)).into_response()
}

async fn shown(State(portal): State<Portal>, body: Bytes) -> StatusCode {
    let own = verify::<Manifest>(&body, &portal.shared.key.verifying_key()).unwrap();
    portal.heard(|told| told.shown.push(own.into_payload()));
    StatusCode::NO_CONTENT
}

async fn blob(State(portal): State<Portal>, Path(digest): Path<String>) -> Response {
    let digest: Digest = digest.parse().unwrap();
    let gzip = portal.heard(|told| {
        told.fetched.push(digest);
        told.blobs.get(&digest).cloned()
    });
    gzip.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |gzip| Body::from(gzip).into_response(),
    )
}

/// Answers with at most a handful, as a real portal does with large blobs; not at all while it plays an old one.
async fn blobs(State(portal): State<Portal>, Json(wanted): Json<BlobsRequest>) -> Response {
    let answer = portal.heard(|told| {
        if told.is_old {
            return None;
        }
        told.batches += 1;
        let mut filling = Filling::default();
        for digest in wanted.digests.into_iter().take(7) {
            told.fetched.push(digest);
            if let Some(gzip) = told.blobs.get(&digest) {
                filling.take(digest, gzip.clone());
            }
        }
        Some(filling.done())
    });
    answer.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |answer| Json(answer).into_response(),
    )
}

async fn sightings(State(portal): State<Portal>, Json(report): Json<SightingsReport>) -> StatusCode {
    portal.told().sightings.extend(report.applications);
    portal.shared.news.send_modify(|news| *news += 1);
    StatusCode::NO_CONTENT
}

async fn credentials(State(portal): State<Portal>) -> Json<CredentialsAnswer> {
    let credentials = portal.told().credentials.clone();
    Json(CredentialsAnswer { credentials })
}

async fn leave(State(portal): State<Portal>) -> Response {
    let answer = portal.told().leave.clone();
    answer.map_or_else(
        || StatusCode::SERVICE_UNAVAILABLE.into_response(),
        |answer| Json(answer).into_response(),
    )
}

async fn receipt(State(portal): State<Portal>, body: Bytes) -> StatusCode {
    let key = portal.told().device.unwrap().1;
    let receipt = verify::<Receipt>(&body, &key).unwrap();
    portal.heard(|told| told.receipts.push(receipt.into_payload()));
    StatusCode::NO_CONTENT
}

async fn tombstone(State(portal): State<Portal>) -> Response {
    let tombstone = portal.told().tombstone.clone();
    tombstone.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |envelope| Json(envelope).into_response(),
    )
}

async fn last_receipt(State(portal): State<Portal>, body: Bytes) -> StatusCode {
    let key = portal.told().device.unwrap().1;
    let receipt = verify::<LastReceipt>(&body, &key).unwrap();
    portal.heard(|told| told.last_receipts.push(receipt.into_payload()));
    StatusCode::NO_CONTENT
}
