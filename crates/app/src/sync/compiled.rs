//! A signed manifest in the forms in which it is served, rendered once.

use std::collections::HashSet;

use bytes::Bytes;
use tessera_domain::{Error, Result};
use tessera_wire::{Audience, Digest, Envelope, Manifest, Serial, stream::ManifestEvent};

/// One audience's manifest, ready to be sent to any number of devices.
#[derive(Debug)]
pub struct Compiled {
    /// For whom it is.
    pub audience: Audience,
    /// Its place in the organization's sequence.
    pub serial: Serial,
    /// The organization's audience epoch when it was read.
    pub(crate) epoch: i64,
    /// The settings' revision.
    pub revision: u64,
    /// The digest of the signed bytes.
    pub payload: Digest,
    /// The envelope's JSON, as it was signed.
    pub envelope: Bytes,
    /// Its entity tag, quotes included (RFC 9110, section 8.8.3).
    pub etag: Bytes,
    /// The body of `GET /sync/v1/manifest`: a [`ManifestEvent`].
    pub event: Bytes,
    /// The `manifest` event as it goes over the stream, with its id and its blank line.
    pub frame: Bytes,
    /// Every blob that the manifest names, chunks included.
    pub(crate) blobs: HashSet<Digest>,
    pub(crate) manifest: Manifest,
}

impl Compiled {
    /// Renders a manifest that this server or another replica signed. `fresh` are compressed blobs that its
    /// audience may lack.
    pub(crate) fn render(
        audience: Audience,
        epoch: i64,
        envelope_json: Vec<u8>,
        blobs: HashSet<Digest>,
        fresh: Vec<(Digest, Vec<u8>)>,
    ) -> Result<Self> {
        let envelope = Envelope::from_json(&envelope_json).map_err(unreadable)?;
        let manifest = payload_of(&envelope)?;
        let payload = envelope.payload_digest();
        let event = ManifestEvent::new(envelope, fresh);
        let event = serde_json::to_string(&event).map_err(Error::internal)?;
        let serial = manifest.serial;
        Ok(Self {
            audience,
            serial,
            epoch,
            revision: manifest.revision,
            payload,
            etag: format!("\"{payload}\"").into(),
            envelope: envelope_json.into(),
            frame: format!("id: {serial}\nevent: manifest\ndata: {event}\n\n").into(),
            event: event.into(),
            blobs,
            manifest,
        })
    }
}

/// The manifest inside an envelope from the store, which this server or another replica signed.
pub(super) fn manifest_in(envelope_json: &[u8]) -> Result<Manifest> {
    payload_of(&Envelope::from_json(envelope_json).map_err(unreadable)?)
}

fn payload_of(envelope: &Envelope) -> Result<Manifest> {
    serde_json::from_slice(&envelope.payload.0).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a stored manifest is unreadable: {error}"))
}
