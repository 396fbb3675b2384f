//! A portal for one org: just enough of the sync protocol, and lies on request.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tessera_agent::PortalAddress;
use tessera_ids::{
    Clock, CredentialId, DeviceId, OrgId,
    ambient::{SystemClock, SystemEntropy},
};
use tessera_policy::{LayerDocument, LayerName, Leaf, SectionName, Setting, Value};
use tessera_wire::{
    Audience, Base64, Blob, DeviceSealingPublicKey, DeviceVerifyingKey, Digest, Envelope, Format,
    LastReceipt, LeaveAnswer, Manifest, ManifestLayer, Name, OrgSigningKey, OrgVerifyingKey, Payload,
    Receipt, Removal, Serial, Sighting, Tombstone,
    enrol::DeviceCode,
    list, sign,
    stream::{EventBlob, ManifestEvent},
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

mod answers;

/// A manifest with whatever another version puts into it.
#[derive(serde::Serialize, serde::Deserialize)]
struct OtherManifest(serde_json::Value);

impl Payload for OtherManifest {
    const TYPE: &'static str = Manifest::TYPE;
    const MAX_BYTES: usize = Manifest::MAX_BYTES;
    type Signer = OrgSigningKey;
    type Key = OrgVerifyingKey;
}

/// What the portal answers instead of the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    EmptyOk,
    Html,
    NotFound,
    Unauthorized,
    Unavailable,
    /// Only streams are swallowed, as a proxy does.
    NoStreams,
}

#[derive(Clone)]
pub(crate) struct Portal {
    shared: Arc<Shared>,
}

struct Shared {
    pub(crate) address: String,
    listens: SocketAddr,
    pub(crate) org: OrgId,
    pub(crate) key: OrgSigningKey,
    state: Mutex<Told>,
    /// Counts publications, so that streams wake.
    news: watch::Sender<u64>,
    stop: CancellationToken,
}

/// What the portal knows and was told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) lie: Option<Lie>,
    pub(crate) event: Option<ManifestEvent>,
    pub(crate) tombstone: Option<Envelope>,
    pub(crate) blobs: HashMap<Digest, Vec<u8>>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) last_receipts: Vec<LastReceipt>,
    pub(crate) shown: Vec<Manifest>,
    pub(crate) fetched: Vec<Digest>,
    /// How often several blobs were asked for at once.
    pub(crate) batches: usize,
    /// Plays a portal from before several could be.
    pub(crate) is_old: bool,
    pub(crate) polls: usize,
    /// What comes in place of the next manifests on streams and in polls, as a bad line makes it.
    pub(crate) garbled: VecDeque<String>,
    pub(crate) device: Option<(DeviceId, DeviceVerifyingKey)>,
    /// What the device's keys are sealed to.
    pub(crate) sealing: Option<DeviceSealingPublicKey>,
    /// The sealed keys that it may fetch.
    pub(crate) credentials: Vec<Envelope>,
    /// The applications that the device told of.
    pub(crate) sightings: Vec<Sighting>,
    /// What it says to a device that is asked to sign out; nothing while it cannot be asked.
    pub(crate) leave: Option<LeaveAnswer>,
    enrolling: Option<(DeviceCode, DeviceVerifyingKey, u32)>,
}

impl Told {
    fn now(&self) -> (Option<ManifestEvent>, Option<Envelope>) {
        (self.event.clone(), self.tombstone.clone())
    }
}

impl Portal {
    pub(crate) async fn start() -> Self {
        Self::start_behind(|listens| format!("http://{listens}")).await
    }

    /// A portal that is reached at another address than it listens on.
    pub(crate) async fn start_behind(address: impl FnOnce(SocketAddr) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listens = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            address: address(listens),
            listens,
            org: OrgId::generate(&SystemClock, &SystemEntropy),
            key: OrgSigningKey::generate(&SystemEntropy),
            state: Mutex::default(),
            news: watch::Sender::default(),
            stop: CancellationToken::new(),
        });
        let portal = Self { shared };
        let app = portal.clone().router();
        let stop = portal.shared.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, app) => served.unwrap(),
                () = stop.cancelled() => {}
            }
        });
        portal
    }

    /// No connection is accepted any more, and open streams end.
    pub(crate) fn vanish(&self) {
        self.shared.stop.cancel();
    }

    pub(crate) fn address(&self) -> PortalAddress {
        self.shared.address.parse().unwrap()
    }

    /// Where it listens, by plain http.
    pub(crate) fn listens(&self) -> SocketAddr {
        self.shared.listens
    }

    pub(crate) fn org(&self) -> OrgId {
        self.shared.org
    }

    pub(crate) fn key(&self) -> &OrgSigningKey {
        &self.shared.key
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.shared.state.lock().unwrap()
    }

    /// Lies from now on, or stops to. Open streams end, as they do when a network changes.
    pub(crate) fn lie(&self, lie: impl Into<Option<Lie>>) {
        self.told().lie = lie.into();
        self.shared.news.send_modify(|news| *news += 1);
    }

    /// Waits until the portal was told something.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut(&Told) -> Option<T>) -> T {
        crate::world::in_time(async {
            let mut news = self.shared.news.subscribe();
            loop {
                if let Some(found) = look(&self.told()) {
                    return found;
                }
                news.changed().await.unwrap();
            }
        })
        .await
    }

    /// Says something to every stream.
    pub(crate) fn say(&self, event: ManifestEvent) {
        self.told().event = Some(event);
        self.shared.news.send_modify(|news| *news += 1);
    }

    /// Publishes settings that deny the websites; the serial is the revision unless another is given.
    pub(crate) fn publish(&self, revision: u64, websites: &[&str]) {
        self.say(self.settings(revision, revision, websites));
    }

    /// Publishes settings that name keys and their versions.
    pub(crate) fn publish_naming(&self, revision: u64, keys: &[(CredentialId, u64)]) {
        let mut manifest: Manifest = serde_json::from_slice(
            &self
                .settings(revision, revision, &["blocked.example"])
                .envelope
                .payload
                .0,
        )
        .unwrap();
        manifest.credentials = keys
            .iter()
            .map(|(id, version)| (Name::from(*id), *version))
            .collect();
        self.say(self.signed(&manifest));
    }

    /// The event of a publication, with its blobs kept for fetching and none carried along.
    pub(crate) fn settings(&self, serial: u64, revision: u64, websites: &[&str]) -> ManifestEvent {
        let document = LayerDocument::default()
            .with(Leaf::Telemetry, Setting::locked(Value::Switch(false)))
            .with(Leaf::ManagedWebsites, Setting::open(Value::Switch(true)));
        let mut sections = BTreeMap::new();
        for section in [SectionName::Features, SectionName::Memory] {
            let blob = Blob::new(document.section_bytes(section).unwrap());
            sections.insert(section.as_str().parse().unwrap(), self.keep(&blob));
        }
        let mut rows = websites.to_vec();
        rows.sort_unstable();
        let chunked = list::cut(rows).unwrap();
        for chunk in &chunked.chunks {
            self.keep(chunk);
        }
        let lists = BTreeMap::from([("memory.websites".parse().unwrap(), self.keep(&chunked.index))]);
        let layers = vec![ManifestLayer {
            layer: LayerName::Org,
            sections,
            lists,
        }];
        self.signed(&self.manifest(serial, revision, layers))
    }

    /// Publishes settings whose memory section is this document.
    pub(crate) fn publish_memory(&self, revision: u64, document: &LayerDocument) {
        let blob = Blob::new(document.section_bytes(SectionName::Memory).unwrap());
        let sections = BTreeMap::from([("memory".parse().unwrap(), self.keep(&blob))]);
        let layers = vec![ManifestLayer {
            layer: LayerName::Org,
            sections,
            lists: BTreeMap::new(),
        }];
        self.say(self.signed(&self.manifest(revision, revision, layers)));
    }

    pub(crate) fn keep(&self, blob: &Blob) -> Digest {
        self.told().blobs.insert(blob.digest(), blob.to_gzip());
        blob.digest()
    }

    pub(crate) fn manifest(&self, serial: u64, revision: u64, layers: Vec<ManifestLayer>) -> Manifest {
        let org = self.shared.org;
        Manifest {
            format: Format,
            org,
            audience: Audience {
                org,
                teams: BTreeSet::default(),
                member: None,
                wave: 0,
            }
            .id(),
            serial: Serial::new(serial),
            revision,
            issued_at: SystemClock.now(),
            wave: 0,
            layers,
            credentials: BTreeMap::new(),
            team_names: BTreeMap::new(),
        }
    }

    pub(crate) fn signed(&self, manifest: &Manifest) -> ManifestEvent {
        ManifestEvent {
            envelope: sign(manifest, &self.shared.key).unwrap().envelope,
            blobs: Vec::new(),
        }
    }

    /// The same for a page as only another version writes it.
    pub(crate) fn signed_json(&self, manifest: serde_json::Value) -> ManifestEvent {
        ManifestEvent {
            envelope: sign(&OtherManifest(manifest), &self.shared.key).unwrap().envelope,
            blobs: Vec::new(),
        }
    }

    /// Settings whose features are these bytes.
    pub(crate) fn with_features(&self, revision: u64, features: &[u8]) -> ManifestEvent {
        let event = self.settings(revision, revision, &["blocked.example"]);
        let mut manifest: Manifest = serde_json::from_slice(&event.envelope.payload.0).unwrap();
        let blob = Blob::new(features.to_vec());
        let name = SectionName::Features.as_str().parse().unwrap();
        manifest.layers[0].sections.insert(name, self.keep(&blob));
        self.signed(&manifest)
    }

    /// The blobs of an event, to be carried along.
    pub(crate) fn carrying(&self, mut event: ManifestEvent) -> ManifestEvent {
        let blobs = self.told();
        let all = blobs.blobs.iter().map(|(digest, gzip)| EventBlob {
            digest: *digest,
            gzip: Base64(gzip.clone()),
        });
        event.blobs = all.collect();
        event
    }

    /// The org's word that the device is removed.
    pub(crate) fn tombstone(&self, kind: Removal) -> Envelope {
        let device = self.told().device.as_ref().unwrap().0;
        let tombstone = Tombstone {
            format: Format,
            org: self.shared.org,
            device,
            kind,
            at: SystemClock.now(),
        };
        sign(&tombstone, &self.shared.key).unwrap().envelope
    }

    pub(crate) fn remove(&self, tombstone: Envelope) {
        self.told().tombstone = Some(tombstone);
        self.shared.news.send_modify(|news| *news += 1);
    }

    fn heard<T>(&self, note: impl FnOnce(&mut Told) -> T) -> T {
        let noted = note(&mut self.told());
        self.shared.news.send_modify(|news| *news += 1);
        noted
    }
}
