//! A device's conversation with its portal: tokens, manifests, blobs, receipts, tombstones. It says what was
//! answered and decides nothing.

mod tokens;

use std::sync::Arc;

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{ACCEPT, ACCEPT_ENCODING, ETAG, HeaderValue, IF_NONE_MATCH},
};
use tessera_ids::{Clock, DeviceId, Entropy};
use tessera_wire::{
    Blob, CredentialsAnswer, Digest, Envelope, LeaveAnswer, Serial, SightingsReport,
    batch::{BlobsAnswer, BlobsRequest},
    limits, paths,
    stream::{self, ManifestEvent},
    token::Scope,
};

use crate::{
    portal::{Answered, Portal, PortalError, SMALL},
    state::DeviceKeys,
};
use tokens::Tokens;

const JSON: &str = "application/json";

/// Why the conversation did not come to what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The portal was of no help.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The portal says that this device was removed; the org's signed word may have come along.
    #[error("the portal says that this device was removed")]
    Removed(Option<Box<Envelope>>),
    /// The portal does not know this device. That is no reason to clear anything.
    #[error("the portal does not know this device: {0}")]
    Unknown(String),
}

/// What a poll found.
#[derive(Debug)]
pub(crate) enum Polled {
    /// The same as last time.
    Unchanged,
    /// A manifest.
    Manifest {
        event: ManifestEvent,
        etag: Option<HeaderValue>,
    },
}

/// One device and its portal.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) portal: Portal,
    tokens: Tokens,
}

impl Session {
    pub(crate) fn new(
        portal: Portal,
        device: DeviceId,
        keys: Arc<DeviceKeys>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            portal,
            tokens: Tokens::new(device, keys, clock, entropy),
        }
    }

    /// Opens the stream of what changes after the given serial.
    pub(crate) async fn stream(&self, after: Option<Serial>) -> Result<Response, SessionError> {
        let request = self.portal.get(paths::STREAM).header(ACCEPT, "text/event-stream");
        let request = match after {
            Some(serial) => request.header("last-event-id", serial.to_string()),
            None => request,
        };
        let token = self.sync_token().await?;
        let response = self.portal.open(request.bearer_auth(token)).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        self.tokens.forget_after(response.status());
        let (status, headers) = (response.status(), response.headers().clone());
        Err(self
            .portal
            .refused(&Answered {
                status,
                headers,
                body: Vec::new(),
            })
            .into())
    }

    /// Asks for the newest manifest, unless it is still the one with this tag.
    pub(crate) async fn manifest(&self, tag: Option<&HeaderValue>) -> Result<Polled, SessionError> {
        let request = self.portal.get(paths::MANIFEST).header(ACCEPT, JSON);
        let request = match tag {
            Some(tag) => request.header(IF_NONE_MATCH, tag),
            None => request,
        };
        let answered = self.ask(request, limits::EVENT_BYTES).await?;
        if answered.status == StatusCode::NOT_MODIFIED {
            return Ok(Polled::Unchanged);
        }
        let answered = self.portal.accepted(answered)?;
        if answered.body.is_empty() {
            return Err(self.portal.not_a_portal("the answer is empty").into());
        }
        let event = polled(&answered.body)
            .ok_or_else(|| self.portal.not_a_portal("the answer is not what a portal says"))?;
        Ok(Polled::Manifest {
            event,
            etag: answered.headers.get(ETAG).cloned(),
        })
    }

    /// Fetches a blob and checks that it is what its name says.
    pub(crate) async fn blob(&self, digest: &Digest) -> Result<Blob, SessionError> {
        let request = self
            .portal
            .get(&paths::blob(digest))
            .header(ACCEPT_ENCODING, "gzip");
        let answered = self
            .portal
            .accepted(self.ask(request, limits::BLOB_GZIP_BYTES).await?)?;
        let opened = Blob::from_gzip(*digest, &answered.body, limits::BLOB_BYTES);
        // Something on the way may have unpacked it, which does no harm: the name says what it must be.
        let opened = opened.or_else(|error| Blob::checked(*digest, answered.body).map_err(|_| error));
        Ok(opened.map_err(|error| self.portal.not_a_portal(&error.to_string()))?)
    }

    /// Fetches several blobs in one request, and checks that each is what its name says. Some may be left out;
    /// `None` when this portal is older than this way of asking.
    ///
    /// # Errors
    /// When none of them came, so that whoever asks again does not do so at once.
    pub(crate) async fn blobs(&self, digests: &[Digest]) -> Result<Option<Vec<Blob>>, SessionError> {
        let digests = digests.to_vec();
        let body = serde_json::to_vec(&BlobsRequest {
            digests: digests.clone(),
        })
        .expect("digests are texts");
        let request = self.portal.post(paths::BLOBS, JSON, body);
        let answered = self.ask(request, limits::BATCH_BYTES).await?;
        if matches!(
            answered.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        ) {
            return Ok(None);
        }
        let answer: BlobsAnswer = self.portal.read(&self.portal.accepted(answered)?)?;
        let wanted = answer.blobs.iter().filter(|blob| digests.contains(&blob.digest));
        let blobs = wanted.map(|blob| {
            blob.open()
                .map_err(|error| self.portal.not_a_portal(&error.to_string()))
        });
        let blobs = blobs.collect::<Result<Vec<_>, _>>()?;
        if blobs.is_empty() {
            return Err(self
                .portal
                .not_a_portal("it has none of the blobs that its manifest names")
                .into());
        }
        Ok(Some(blobs))
    }

    /// Delivers a receipt.
    pub(crate) async fn send_receipt(&self, envelope: Vec<u8>) -> Result<(), SessionError> {
        self.send(paths::RECEIPTS, envelope).await
    }

    /// Every key that this device may have, as envelopes that nobody has believed yet.
    pub(crate) async fn credentials(&self) -> Result<Vec<Envelope>, SessionError> {
        let request = self.portal.get(paths::CREDENTIALS).header(ACCEPT, JSON);
        let answered = self.ask(request, limits::CREDENTIALS_BYTES).await?;
        let answer: CredentialsAnswer = self.portal.read(&self.portal.accepted(answered)?)?;
        Ok(answer.credentials)
    }

    /// Tells which applications were seen that no list speaks of.
    pub(crate) async fn send_sightings(&self, report: &SightingsReport) -> Result<(), SessionError> {
        self.send(
            paths::SIGHTINGS,
            serde_json::to_vec(report).expect("a report is texts"),
        )
        .await
    }

    /// Asks whether this device's member may sign it out.
    pub(crate) async fn may_leave(&self) -> Result<LeaveAnswer, SessionError> {
        let request = self.portal.get(paths::LEAVE).header(ACCEPT, JSON);
        let answered = self.ask(request, SMALL).await?;
        Ok(self.portal.read(&self.portal.accepted(answered)?)?)
    }

    /// Shows the server the manifest that this device has, because it offered an older one.
    pub(crate) async fn send_own_manifest(&self, envelope: Vec<u8>) -> Result<(), SessionError> {
        self.send(paths::MANIFEST, envelope).await
    }

    /// Delivers the last receipt. Works for a device that was removed and for one that removes itself.
    pub(crate) async fn send_last_receipt(&self, envelope: Vec<u8>) -> Result<(), SessionError> {
        let token = self.tokens.get(&self.portal).await?;
        let request = self
            .portal
            .post(paths::TOMBSTONE, JSON, envelope)
            .bearer_auth(token.bearer);
        let answered = self.portal.ask(request, SMALL).await?;
        self.tokens.forget_after(answered.status);
        self.portal.accepted(answered)?;
        Ok(())
    }

    /// Fetches the org's word that this device was removed.
    pub(crate) async fn tombstone(&self) -> Result<Envelope, SessionError> {
        let token = self.tokens.get(&self.portal).await?;
        let request = self
            .portal
            .get(paths::TOMBSTONE)
            .header(ACCEPT, JSON)
            .bearer_auth(token.bearer);
        let answered = self.portal.ask(request, limits::ENVELOPE_BYTES).await?;
        self.tokens.forget_after(answered.status);
        Ok(self.portal.read(&self.portal.accepted(answered)?)?)
    }

    async fn send(&self, path: &str, envelope: Vec<u8>) -> Result<(), SessionError> {
        let request = self.portal.post(path, JSON, envelope);
        let answered = self.ask(request, SMALL).await?;
        self.portal.accepted(answered)?;
        Ok(())
    }

    async fn ask(&self, request: RequestBuilder, limit: usize) -> Result<Answered, SessionError> {
        let token = self.sync_token().await?;
        let answered = self.portal.ask(request.bearer_auth(token), limit).await?;
        self.tokens.forget_after(answered.status);
        Ok(answered)
    }

    async fn sync_token(&self) -> Result<String, SessionError> {
        let token = self.tokens.get(&self.portal).await?;
        match token.scope {
            Scope::Sync => Ok(token.bearer),
            Scope::Tombstone => Err(SessionError::Removed(token.tombstone)),
        }
    }
}

/// A polled manifest comes as the stream tells it, or as its envelope alone when nothing comes along.
fn polled(body: &[u8]) -> Option<ManifestEvent> {
    let bare = || {
        Envelope::from_json(body).map(|envelope| ManifestEvent {
            envelope,
            blobs: Vec::new(),
        })
    };
    stream::read(body).ok().or_else(|| bare().ok())
}
