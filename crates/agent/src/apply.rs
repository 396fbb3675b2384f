//! From an offered manifest to settings in force, or to a word on why not.

mod newest;

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use tessera_wire::{
    Acceptance, Accepted, Blob, Digest, EnvelopeError, Manifest, SectionReceipt, Verified, accept, limits,
    verify_envelope,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    backoff::Backoff,
    bundle::{self, Refusal},
    bus::{Bus, Component, Done, Event, Offer},
    device::{self, Device},
    keys::Named,
    session::SessionError,
};
use newest::Newest;

/// Requests for blobs at once.
const PARALLEL: usize = 4;

/// Failures to fetch before the server is told; the fetching goes on.
const FAILURES_TOLD: u32 = 3;

/// The component.
pub(crate) struct Apply {
    newest: Arc<Newest>,
    worker: Option<Worker>,
}

struct Worker {
    device: Arc<Device>,
    newest: Arc<Newest>,
    /// The newest manifest ever accepted; also when it is not in force because its parts were lost.
    current: Option<Accepted>,
}

impl Apply {
    pub(crate) fn new(device: Arc<Device>, current: Option<Accepted>) -> Self {
        let newest = Arc::new(Newest::default());
        let worker = Worker {
            device,
            newest: Arc::clone(&newest),
            current,
        };
        Self {
            newest,
            worker: Some(worker),
        }
    }
}

impl Component for Apply {
    fn start(&mut self, tasks: &TaskTracker, bus: &Bus, stop: &CancellationToken) {
        let Some(mut worker) = self.worker.take() else {
            return;
        };
        let (bus, stop) = (bus.clone(), stop.clone());
        tasks.spawn(async move {
            let work = async {
                loop {
                    let offer = worker.newest.take().await;
                    worker.consider(&offer, &bus).await;
                }
            };
            stop.run_until_cancelled(work).await;
        });
    }

    fn handle(&mut self, event: &Event) {
        if let Event::Offered(offer) = event {
            self.newest.put(Arc::clone(offer));
        }
    }
}

impl Worker {
    async fn consider(&mut self, offer: &Offer, bus: &Bus) {
        let profile = &self.device.profile;
        let manifest: Verified<Manifest> = match verify_envelope(&offer.envelope, &profile.org_key) {
            Ok(manifest) => manifest,
            Err(error) => {
                let what = format!(
                    "settings arrived that the organization did not sign ({error}); they were not taken"
                );
                return bus.say(disbelieved(&error, what)).await;
            }
        };
        match accept(profile.org, self.current.as_ref(), &manifest) {
            Acceptance::Same if self.is_in_force(&manifest) => bus.say(Event::Unchanged).await,
            // The same that is not in force was accepted before, and then lost or damaged.
            Acceptance::Newer | Acceptance::Same => self.take(&manifest, offer, bus).await,
            Acceptance::Older => self.answer_older(&manifest, bus).await,
            Acceptance::Conflict => {
                let what = "the server sent other settings under a number that it had used before; they were not taken";
                bus.say(Event::Alarm {
                    what: what.to_owned(),
                })
                .await;
                let refusal = Refusal {
                    layer: tessera_policy::LayerName::BuiltIn,
                    section: device::whole(),
                    reason: "this serial was already used for other settings".to_owned(),
                };
                bus.say(Event::Failed(Arc::new(done(
                    &manifest,
                    bundle::failed(manifest.payload(), &refusal),
                ))))
                .await;
            }
            Acceptance::Foreign => {
                let what = "settings of another organization arrived; they were not taken".to_owned();
                bus.say(Event::Alarm { what }).await;
            }
        }
    }

    /// Gets what is missing and puts the manifest in force.
    async fn take(&mut self, manifest: &Verified<Manifest>, offer: &Offer, bus: &Bus) {
        if !self.gather(manifest, &offer.blobs, bus).await {
            return;
        }
        let envelope: Arc<[u8]> = offer.envelope.to_json().into();
        let page = manifest.clone();
        let installed = self
            .device
            .work(move |device| device.install(&page, &envelope))
            .await;
        match installed {
            Ok(()) => {
                self.current = Some(Accepted::from(manifest));
                bus.say(in_force(manifest)).await;
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "the new settings were not taken; the old ones stay in force");
                let sections = bundle::failed(manifest.payload(), &refusal);
                bus.say(Event::Failed(Arc::new(done(manifest, sections)))).await;
            }
        }
    }

    /// Brings every blob of the manifest here. `false` when something newer was offered meanwhile.
    async fn gather(&self, manifest: &Verified<Manifest>, brought: &[Blob], bus: &Bus) -> bool {
        let wanted = manifest.payload().blobs();
        let brought: Vec<_> = brought.to_vec();
        let page = manifest.payload().clone();
        let kept = self
            .device
            .work(move |device| keep_brought(device, &page, brought))
            .await;
        if let Err(error) = kept {
            return self.cannot_keep(manifest, &error, bus).await;
        }
        let mut backoff = Backoff::default();
        let mut failures = 0;
        loop {
            let page = manifest.payload().clone();
            let missing = self.device.work(move |device| device.missing(&page)).await;
            if missing.is_empty() {
                return true;
            }
            let indexes_only: Vec<_> = missing
                .iter()
                .filter(|digest| wanted.contains(*digest))
                .copied()
                .collect();
            // Indexes first: they name what else is missing.
            let batch = if indexes_only.is_empty() {
                missing
            } else {
                indexes_only
            };
            match self.fetch(batch).await {
                Ok(()) => failures = 0,
                Err(Fetch::Kept(error)) => return self.cannot_keep(manifest, &error, bus).await,
                Err(Fetch::Session(error)) => {
                    failures += 1;
                    if failures == FAILURES_TOLD {
                        self.tell(manifest, &format!("a part could not be fetched: {error}"), bus)
                            .await;
                    }
                    let wait = self
                        .device
                        .ambient
                        .timer
                        .sleep(backoff.next(&*self.device.ambient.entropy));
                    tokio::select! {
                        () = wait => {}
                        () = self.newest.arrived() => return false,
                    }
                }
            }
        }
    }

    /// Fetches blobs and keeps them; some may be missing afterwards, but never all.
    async fn fetch(&self, wanted: Vec<Digest>) -> Result<(), Fetch> {
        let batches: Vec<_> = wanted.chunks(limits::BATCH_BLOBS).map(<[_]>::to_vec).collect();
        let fetched = stream::iter(batches).map(|batch| self.fetch_batch(batch));
        fetched.buffer_unordered(PARALLEL).try_collect().await
    }

    async fn fetch_batch(&self, batch: Vec<Digest>) -> Result<(), Fetch> {
        let session = &self.device.session;
        // One alone is asked for by its address, which caches on the way may know.
        if batch.len() > 1
            && let Some(blobs) = session.blobs(&batch).await.map_err(Fetch::Session)?
        {
            return self.keep(blobs).await;
        }
        for digest in batch {
            let blob = session.blob(&digest).await.map_err(Fetch::Session)?;
            self.keep(vec![blob]).await?;
        }
        Ok(())
    }

    async fn keep(&self, blobs: Vec<Blob>) -> Result<(), Fetch> {
        let kept = self.device.work(move |device| {
            let keep = |blob: Blob| device.state.keep_blob(&blob.digest(), blob.into_bytes().into());
            blobs.into_iter().try_for_each(keep)
        });
        kept.await.map_err(|error| Fetch::Kept(error.to_string()))
    }

    async fn cannot_keep(&self, manifest: &Verified<Manifest>, error: &str, bus: &Bus) -> bool {
        self.tell(manifest, error, bus).await;
        false
    }

    async fn tell(&self, manifest: &Verified<Manifest>, reason: &str, bus: &Bus) {
        let refusal = Refusal {
            layer: tessera_policy::LayerName::BuiltIn,
            section: device::whole(),
            reason: reason.to_owned(),
        };
        bus.say(Event::Failed(Arc::new(done(
            manifest,
            bundle::failed(manifest.payload(), &refusal),
        ))))
        .await;
    }

    /// The server was restored from a backup, perhaps: it is shown what it once signed.
    async fn answer_older(&self, offered: &Verified<Manifest>, bus: &Bus) {
        let serial = offered.payload().serial;
        let own = self
            .device
            .work(|device| device.state.manifest(&device.profile.org_key))
            .await;
        let Ok(Some(own)) = own else { return };
        tracing::warn!(%serial, "the server offered settings older than those in force");
        if let Err(error) = self.device.session.send_own_manifest(own.envelope.to_vec()).await {
            tracing::warn!(%error, "the server could not be shown the newer settings");
        }
        bus.say(Event::ServerBehind { offered: serial }).await;
    }

    fn is_in_force(&self, manifest: &Verified<Manifest>) -> bool {
        let in_force = self.device.enforcement.now();
        in_force
            .settings()
            .is_some_and(|settings| settings.accepted.payload == manifest.payload_digest())
    }
}

enum Fetch {
    Session(SessionError),
    Kept(String),
}

/// What is said of a manifest that does not verify. One that was signed well comes again as it is.
fn disbelieved(error: &EnvelopeError, what: String) -> Event {
    match error {
        EnvelopeError::UnknownFormat { .. } | EnvelopeError::Payload(_) => Event::Alarm { what },
        _ => Event::Garbled { what },
    }
}

/// Keeps those of the blobs that came along which the manifest needs.
fn keep_brought(device: &Device, manifest: &Manifest, mut brought: Vec<Blob>) -> Result<(), String> {
    // Twice, because the chunks are known only once their index is kept.
    for _ in 0..2 {
        let needed = bundle::needed(manifest, |digest| device.state.blob(digest));
        let (wanted, rest): (Vec<_>, Vec<_>) = brought
            .into_iter()
            .partition(|blob| needed.contains(&blob.digest()));
        for blob in wanted {
            let digest = blob.digest();
            device
                .state
                .keep_blob(&digest, blob.into_bytes().into())
                .map_err(|error| error.to_string())?;
        }
        brought = rest;
    }
    Ok(())
}

/// What is said of a manifest that is not in force.
fn done(manifest: &Verified<Manifest>, sections: Vec<SectionReceipt>) -> Done {
    let page = manifest.payload();
    Done {
        accepted: Accepted::from(manifest),
        sections,
        named: Named {
            versions: page.credentials.clone(),
            digest: page.credentials_digest(),
        },
        in_force: false,
        issued_at: page.issued_at,
    }
}

/// What is said of a manifest that is in force.
pub(crate) fn in_force(manifest: &Verified<Manifest>) -> Event {
    let sections = bundle::applied(manifest.payload());
    Event::InForce(Arc::new(Done {
        in_force: true,
        ..done(manifest, sections)
    }))
}
