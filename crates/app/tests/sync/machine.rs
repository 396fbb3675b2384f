//! A machine that speaks the wire by itself, straight to the use cases.

use std::sync::atomic::{AtomicU64, Ordering};

use tessera_app::{Actor, sync, token::hash};
use tessera_domain::{Kind, Result};
use tessera_ids::{DeviceId, ambient::SystemEntropy};
use tessera_wire::{
    DeviceSealingKey, DeviceSigningKey, Format, KeyStorage, LastReceipt, MachineFacts, Manifest, Nonce,
    OrgVerifyingKey, Outcome, Receipt, SectionReceipt, Text, UserCode, Verified, Wiped, assertion,
    enrol::{BeginRequest, DeviceCode, Enrolled, PollRequest},
    paths, sign,
    token::{TokenRequest, TokenResponse},
    verify,
};

use crate::world::World;

pub(crate) struct Machine {
    key: DeviceSigningKey,
    pub(crate) enrolled: Enrolled,
    counter: AtomicU64,
}

impl Machine {
    /// Goes through the whole enrolment with a member who approves.
    pub(crate) async fn enrol(world: &World, member: &Actor) -> Self {
        let key = DeviceSigningKey::generate(&SystemEntropy);
        let (user_code, device_code) = begin(world, &key).await;
        sync::approve(&world.app, member, world.org, &user_code)
            .await
            .unwrap();
        let enrolled = poll(world, &key, &device_code).await.unwrap();
        Self {
            key,
            enrolled,
            counter: AtomicU64::new(0),
        }
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
        Receipt {
            format: Format,
            org: said.org,
            device: self.device(),
            serial: said.serial,
            revision: said.revision,
            manifest: manifest.payload_digest(),
            counter: self.counter.fetch_add(1, Ordering::SeqCst) + 1,
            at: said.issued_at,
            sections: sections.collect(),
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

pub(crate) async fn begin(world: &World, key: &DeviceSigningKey) -> (UserCode, DeviceCode) {
    let request = BeginRequest {
        format: Format,
        portal: Text::clip(&world.app.config.public_url),
        signing_key: key.verifying_key(),
        sealing_key: DeviceSealingKey::generate(&SystemEntropy).public_key(),
        facts: facts(),
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
    }
}
