//! What agents ask: enrol, get a token, follow the stream, fetch what is missing, answer, end.
//!
//! Addresses, bodies and error codes are `tessera-wire`'s; see docs/SYNC.md.

mod content;
mod enrol;
mod receipts;
mod shortcut;
mod stream;
mod token;

use axum::http::StatusCode;
use tessera_wire::paths;

use crate::http::limits;
use crate::http::pace::Pace;
use crate::routes::{Access, Route, Say};

pub(crate) use shortcut::shortcut;

const JSON: &str = "application/json";
const ENVELOPE: &str = "application/json";

/// The rows of this family.
pub fn routes() -> Vec<Route> {
    [entry_routes(), content_routes(), key_routes(), answer_routes()].concat()
}

/// How a machine becomes a device, and proves that it is one.
fn entry_routes() -> Vec<Route> {
    vec![
        Route::post(
            paths::ENROL,
            Access::Public,
            "Begins to enrol a machine (RFC 8628).",
            enrol::begin,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(ENVELOPE)
        .answers_raw(JSON),
        Route::post(
            paths::ENROL_POLL,
            Access::Public,
            "Asks whether a member has approved the machine.",
            enrol::poll,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(ENVELOPE)
        .answers_raw(JSON),
        Route::post(
            paths::ENROL_KEY,
            Access::Public,
            "Makes a machine a device by an enrolment key.",
            enrol::by_key,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(ENVELOPE)
        .answers_raw(JSON),
        Route::post(
            paths::TOKEN,
            Access::Public,
            "Gives an access token for a signed assertion (RFC 7523).",
            token::give,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw("application/x-www-form-urlencoded")
        .answers_raw(JSON),
    ]
}

/// How what was decided comes to a device.
fn content_routes() -> Vec<Route> {
    vec![
        Route::get(
            paths::STREAM,
            Access::Device,
            "Follows what changes, as server-sent events.",
            stream::follow,
        )
        .paced(Pace::Fleet)
        .says(&[Say {
            place: "header",
            name: "Last-Event-ID",
            text: "The serial that the device has; only another one is told.",
        }])
        .streams(),
        Route::get(
            paths::MANIFEST,
            Access::Device,
            "Gives the newest signed manifest.",
            content::manifest,
        )
        .paced(Pace::Fleet)
        .says(&[Say {
            place: "header",
            name: "If-None-Match",
            text: "The entity tag of the manifest that the device has; 304 when it is the newest.",
        }])
        .answers_raw(ENVELOPE),
        Route::post(
            paths::MANIFEST,
            Access::Device,
            "Takes back the manifest of a device that was offered an older one.",
            content::offer,
        )
        .paced(Pace::Fleet)
        .up_to(tessera_wire::limits::ENVELOPE_BYTES)
        .takes_raw(ENVELOPE)
        .answers_empty(StatusCode::NO_CONTENT),
        Route::get(
            paths::BLOB,
            Access::Device,
            "Gives a blob of the device's organization, gzipped.",
            content::blob,
        )
        .paced(Pace::Fleet)
        .answers_raw("application/octet-stream"),
        Route::post(
            paths::BLOBS,
            Access::Device,
            "Gives several blobs of the device's organization at once, as many as fit.",
            content::blobs,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(JSON)
        .answers_raw(JSON),
    ]
}

/// A device's own keys.
fn key_routes() -> Vec<Route> {
    vec![
        Route::get(
            paths::CREDENTIALS,
            Access::Device,
            "Gives every key that the device may have, sealed to it.",
            content::credentials,
        )
        .paced(Pace::Fleet)
        .answers_raw(JSON),
    ]
}

/// How a device answers, and how it ends.
fn answer_routes() -> Vec<Route> {
    vec![
        Route::get(
            paths::LEAVE,
            Access::Device,
            "Says whether the device's member may sign it out, and whom to ask otherwise.",
            content::leave,
        )
        .paced(Pace::Fleet)
        .answers_raw(JSON),
        Route::post(
            paths::RECEIPTS,
            Access::Device,
            "Takes a device's signed receipt.",
            receipts::take,
        )
        .paced(Pace::Fleet)
        .up_to(tessera_wire::limits::ENVELOPE_BYTES)
        .takes_raw(ENVELOPE)
        .answers_empty(StatusCode::NO_CONTENT),
        Route::post(
            paths::SIGHTINGS,
            Access::Device,
            "Takes note of applications that were seen and that no list speaks of. Whose device it was is not kept.",
            receipts::sight,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(JSON)
        .answers_empty(StatusCode::NO_CONTENT),
        Route::get(
            paths::TOMBSTONE,
            Access::Device,
            "Gives a removed device its tombstone.",
            receipts::tombstone,
        )
        .paced(Pace::Fleet)
        .answers_raw(ENVELOPE),
        Route::post(
            paths::TOMBSTONE,
            Access::Device,
            "Takes the last receipt of a device that wiped itself.",
            receipts::take_last,
        )
        .paced(Pace::Fleet)
        .up_to(limits::DEVICE_MESSAGE)
        .takes_raw(ENVELOPE)
        .answers_empty(StatusCode::NO_CONTENT),
    ]
}
