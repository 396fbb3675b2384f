//! A machine that speaks the wire by itself, straight to the use cases.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use tessera_app::{Actor, sync, token::hash};
use tessera_domain::{Kind, Result};
use tessera_ids::{CredentialId, DeviceId, ambient::SystemEntropy};
use tessera_wire::{
    DeliveredKey, DeviceSealingKey, DeviceSigningKey, Envelope, Format, KeyStorage, LastReceipt, LayerName,
    MachineFacts, Manifest, Name, Nonce, OrgVerifyingKey, Outcome, Receipt, SealedCredential, SectionReceipt,
    Text, UserCode, Verified, Wiped, assertion,
    enrol::{BeginRequest, DeviceCode, Enrolled, PollRequest},
    enrol_key::KeyRequest,
    paths, sign, skill,
    token::{TokenRequest, TokenResponse},
    verify, verify_envelope,
};

use crate::world::World;

pub(crate) struct Machine {
    key: DeviceSigningKey,
    sealing: DeviceSealingKey,
    pub(crate) enrolled: Enrolled,
    counter: AtomicU64,
}

impl Machine {
    /// Goes through the whole enrolment with a member who approves.
    pub(crate) async fn enrol(world: &World, member: &Actor) -> Self {
        let key = DeviceSigningKey::generate(&SystemEntropy);
        let sealing = DeviceSealingKey::generate(&SystemEntropy);
        let (user_code, device_code) = begin_with(world, &key, &sealing).await;
        sync::approve(&world.app, member, world.org, &user_code)
            .await
            .unwrap();
        let enrolled = poll(world, &key, &device_code).await.unwrap();
        Self {
            key,
            sealing,
            enrolled,
            counter: AtomicU64::new(0),
        }
    }

    /// The same as the first release did it, which did not say what it reads.
    pub(crate) async fn of_the_first_release(world: &World, member: &Actor) -> Self {
        let key = DeviceSigningKey::generate(&SystemEntropy);
        let sealing = DeviceSealingKey::generate(&SystemEntropy);
        let (user_code, device_code) = begin_as(world, &key, &sealing, skill::FIRST).await;
        sync::approve(&world.app, member, world.org, &user_code)
            .await
            .unwrap();
        let enrolled = poll(world, &key, &device_code).await.unwrap();
        Self {
            key,
            sealing,
            enrolled,
            counter: AtomicU64::new(0),
        }
    }

    /// Asks to become a device by an enrolment key.
    pub(crate) async fn by_key(world: &World, key: &str, claim: Claim) -> Result<Self> {
        let (signing, sealing) = (
            DeviceSigningKey::generate(&SystemEntropy),
            DeviceSealingKey::generate(&SystemEntropy),
        );
        let envelope = key_request(world, &signing, &sealing, key, claim);
        let enrolled = sync::enrol_by_key(&world.app, &envelope, None).await?;
        Ok(Self {
            key: signing,
            sealing,
            enrolled,
            counter: AtomicU64::new(0),
        })
    }

    /// Asks the same again, as one whose answer was lost.
    pub(crate) async fn by_key_again(&self, world: &World, key: &str, claim: Claim) -> Result<Enrolled> {
        let envelope = key_request(world, &self.key, &self.sealing, key, claim);
        sync::enrol_by_key(&world.app, &envelope, None).await
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.enrolled.device
    }

    pub(crate) fn org_key(&self) -> &OrgVerifyingKey {
        &self.enrolled.org_key
    }

    pub(crate) fn assertion(&self, world: &World) -> TokenRequest {
        let address = paths::absolute(&world.app.config.public_url, paths::TOKEN);
        let jti = Nonce::generate(&SystemEntropy);
        TokenRequest::new(assertion::make(
            self.device(),
            &self.key,
            &address,
            world.app.clock.now(),
            jti,
        ))
    }

    pub(crate) async fn token(&self, world: &World) -> TokenResponse {
        sync::token(&world.app, &self.assertion(world))
            .await
            .expect("the assertion is good")
    }

    pub(crate) async fn sign_in(&self, world: &World) -> sync::DeviceActor {
        let token = self.token(world).await.access_token;
        assert_ne!(hash(&token), [0; 32]);
        sync::authenticate(&world.app, &token).await.unwrap()
    }

    /// The newest manifest, verified with the pinned key.
    pub(crate) async fn manifest(&self, world: &World) -> Verified<Manifest> {
        let actor = self.sign_in(world).await;
        let compiled = sync::manifest(&world.app, &actor).await.unwrap();
        verify(&compiled.envelope, self.org_key()).unwrap()
    }

    /// The keys that it is given, each as its version and opened with its own key.
    pub(crate) async fn keys(&self, world: &World) -> BTreeMap<CredentialId, (u64, DeliveredKey)> {
        let actor = self.sign_in(world).await;
        let answer = sync::credentials(&world.app, &actor).await.unwrap();
        let open = |envelope: &Envelope| {
            let sealed = verify_envelope::<SealedCredential>(envelope, self.org_key())
                .unwrap()
                .into_payload();
            assert_eq!((sealed.org, sealed.device), (world.org, self.device()));
            (
                sealed.credential,
                (sealed.version, sealed.open(&self.sealing).unwrap()),
            )
        };
        answer.credentials.iter().map(open).collect()
    }

    /// The same as they came, for others to try.
    pub(crate) async fn envelopes(&self, world: &World) -> Vec<SealedCredential> {
        let answer = sync::credentials(&world.app, &self.sign_in(world).await)
            .await
            .unwrap();
        let read = |envelope: &Envelope| {
            verify_envelope::<SealedCredential>(envelope, self.org_key())
                .unwrap()
                .into_payload()
        };
        answer.credentials.iter().map(read).collect()
    }

    pub(crate) fn sealing(&self) -> &DeviceSealingKey {
        &self.sealing
    }

    /// A receipt that says that everything was applied.
    pub(crate) fn receipt(&self, manifest: &Verified<Manifest>) -> Receipt {
        let said = manifest.payload();
        let sections = said.layers.iter().flat_map(|layer| {
            layer
                .sections
                .iter()
                .chain(&layer.lists)
                .map(|(name, digest)| SectionReceipt {
                    layer: layer.layer,
                    section: name.clone(),
                    outcome: Outcome::Applied { digest: *digest },
                })
        });
        let keys = said.credentials_digest().map(|digest| SectionReceipt {
            layer: LayerName::Org,
            section: Name::credentials(),
            outcome: Outcome::Applied { digest },
        });
        Receipt {
            format: Format,
            org: said.org,
            device: self.device(),
            serial: said.serial,
            revision: said.revision,
            manifest: manifest.payload_digest(),
            counter: self.counter.fetch_add(1, Ordering::SeqCst) + 1,
            at: said.issued_at,
            sections: sections.chain(keys).collect(),
            facts: facts(),
        }
    }

    pub(crate) async fn send(&self, world: &World, receipt: &Receipt) -> Result<()> {
        let envelope = sign(receipt, &self.key).unwrap().json;
        sync::submit(&world.app, &self.sign_in(world).await, &envelope).await
    }

    pub(crate) async fn send_last(&self, world: &World) -> Result<()> {
        self.send_last_with(world, Vec::new()).await
    }

    pub(crate) async fn send_last_with(&self, world: &World, wiped: Vec<Wiped>) -> Result<()> {
        let receipt = LastReceipt {
            format: Format,
            org: self.enrolled.org,
            device: self.device(),
            tombstone: None,
            counter: self.counter.fetch_add(1, Ordering::SeqCst) + 1,
            at: world.app.clock.now(),
            wiped,
            facts: facts(),
        };
        let envelope = sign(&receipt, &self.key).unwrap().json;
        sync::last_receipt(&world.app, &self.sign_in(world).await, &envelope).await
    }
}

/// What a machine says of whose it is: the member, the login.
pub(crate) type Claim = (Option<&'static str>, Option<&'static str>);

pub(crate) fn key_request(
    world: &World,
    signing: &DeviceSigningKey,
    sealing: &DeviceSealingKey,
    key: &str,
    (member, login): Claim,
) -> Vec<u8> {
    let request = KeyRequest {
        format: Format,
        portal: Text::clip(&world.app.config.public_url),
        key: key.parse().unwrap(),
        member: member.map(Text::clip),
        login: login.map(Text::clip),
        signing_key: signing.verifying_key(),
        sealing_key: sealing.public_key(),
        facts: facts(),
        at: world.app.clock.now(),
        nonce: Nonce::generate(&SystemEntropy),
    };
    sign(&request, signing).unwrap().json
}

pub(crate) async fn begin(world: &World, key: &DeviceSigningKey) -> (UserCode, DeviceCode) {
    begin_with(world, key, &DeviceSealingKey::generate(&SystemEntropy)).await
}

async fn begin_with(
    world: &World,
    key: &DeviceSigningKey,
    sealing: &DeviceSealingKey,
) -> (UserCode, DeviceCode) {
    begin_as(world, key, sealing, skill::PRESENT).await
}

async fn begin_as(
    world: &World,
    key: &DeviceSigningKey,
    sealing: &DeviceSealingKey,
    wire: u32,
) -> (UserCode, DeviceCode) {
    let request = BeginRequest {
        format: Format,
        portal: Text::clip(&world.app.config.public_url),
        signing_key: key.verifying_key(),
        sealing_key: sealing.public_key(),
        facts: MachineFacts { wire, ..facts() },
        at: world.app.clock.now(),
        nonce: Nonce::generate(&SystemEntropy),
    };
    let envelope = sign(&request, key).unwrap().json;
    let begun = sync::begin(&world.app, &envelope, None).await.unwrap();
    (begun.user_code, begun.device_code)
}

pub(crate) async fn poll(
    world: &World,
    key: &DeviceSigningKey,
    code: &DeviceCode,
) -> std::result::Result<Enrolled, sync::Unfinished> {
    let request = PollRequest {
        format: Format,
        portal: Text::clip(&world.app.config.public_url),
        device_code: code.clone(),
        at: world.app.clock.now(),
        nonce: Nonce::generate(&SystemEntropy),
    };
    sync::poll(&world.app, &sign(&request, key).unwrap().json).await
}

pub(crate) fn kind<T: std::fmt::Debug>(answer: Result<T>) -> Kind {
    answer.unwrap_err().kind
}

fn facts() -> MachineFacts {
    MachineFacts {
        agent_version: Text::clip("0.1.0"),
        os: Text::clip("Debian 12"),
        host: Text::clip("ada-laptop"),
        key_storage: KeyStorage::File,
        wire: skill::PRESENT,
    }
}
