//! One fixed message of each kind, and an entropy that repeats itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU8, Ordering},
};

use tessera_ids::{DeviceId, Entropy, OrgId, TeamId, Timestamp, TypedId};
use tessera_wire::{
    Audience, Bound, DeliveredKey, DeviceSealingKey, DeviceSigningKey, Digest, Format, KeyStorage,
    LastReceipt, LayerName, MachineFacts, Manifest, ManifestLayer, Name, Nonce, OrgKeyStatement,
    OrgSigningKey, Outcome, Receipt, Removal, SealedCredential, SectionReceipt, Serial, Text, Tombstone,
    UserCode, Wiped,
    enrol::{BeginRequest, BeginResponse, DeviceCode, Enrolled, PollRequest},
    enrol_key::{EnrolmentKey, KeyRequest},
};

#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(crate) const PORTAL: &str = "https://portal.example";

pub(crate) fn id<T: TypedId>(number: u128) -> T {
    format!("{}_{number:0>26}", T::PREFIX)
        .parse()
        .expect("digits are base 32")
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(crate) fn org_key() -> OrgSigningKey {
    OrgSigningKey::from_bytes(&[7; 32])
}

pub(crate) fn device_key() -> DeviceSigningKey {
    DeviceSigningKey::from_bytes(&[9; 32])
}

pub(crate) fn facts() -> MachineFacts {
    MachineFacts {
        agent_version: Text::clip("0.1.0"),
        os: Text::clip("Debian GNU/Linux 13"),
        host: Text::clip("kühlschrank"),
        key_storage: KeyStorage::Keyring,
        wire: tessera_wire::skill::FIRST,
    }
}

pub(crate) fn manifest() -> Manifest {
    let team: TeamId = id(3);
    let audience = Audience {
        org: id(1),
        teams: BTreeSet::from([team]),
        member: None,
        wave: 0,
    };
    let layer = |layer, sections, lists| ManifestLayer {
        layer,
        sections,
        lists,
    };
    let digest = |text: &str| Digest::of(text.as_bytes());
    let sections = BTreeMap::from([(name("features"), digest("f")), (name("memory"), digest("m"))]);
    Manifest {
        format: Format,
        org: id(1),
        audience: audience.id(),
        serial: Serial::ZERO.next(now()),
        revision: 12,
        issued_at: now(),
        wave: 0,
        layers: vec![
            layer(
                LayerName::Org,
                sections,
                BTreeMap::from([(name("memory.websites"), digest("w"))]),
            ),
            layer(
                LayerName::Team(team),
                BTreeMap::from([(name("holograms"), digest("h"))]),
                BTreeMap::new(),
            ),
        ],
        credentials: BTreeMap::from([(name("openai"), 4)]),
        team_names: BTreeMap::new(),
    }
}

/// The same as servers say it that name teams.
pub(crate) fn naming_manifest() -> Manifest {
    Manifest {
        team_names: BTreeMap::from([(id(3), Text::clip("Finance & Émigrés"))]),
        ..manifest()
    }
}

pub(crate) fn receipt() -> Receipt {
    let line = |section, outcome| SectionReceipt {
        layer: LayerName::Org,
        section: name(section),
        outcome,
    };
    Receipt {
        format: Format,
        org: id(1),
        device: id(5),
        serial: Serial::ZERO.next(now()),
        revision: 12,
        manifest: Digest::of(b"payload"),
        counter: 41,
        at: now(),
        sections: vec![
            line(
                "features",
                Outcome::Applied {
                    digest: Digest::of(b"f"),
                },
            ),
            line(
                "memory.websites",
                Outcome::Failed {
                    reason: Text::clip("the disk is full"),
                },
            ),
            line("holograms", Outcome::Unsupported),
        ],
        facts: facts(),
    }
}

pub(crate) fn tombstone() -> Tombstone {
    Tombstone {
        format: Format,
        org: id(1),
        device: id(5),
        kind: Removal::Removed,
        at: now(),
    }
}

pub(crate) fn last_receipt() -> LastReceipt {
    LastReceipt {
        format: Format,
        org: id(1),
        device: id(5),
        tombstone: Some(Digest::of(b"payload")),
        counter: 42,
        at: now(),
        wiped: vec![
            Wiped {
                what: Text::clip("settings"),
                failed: None,
            },
            Wiped {
                what: Text::clip("tool files"),
                failed: Some(Text::clip("the file is open elsewhere")),
            },
        ],
        facts: facts(),
    }
}

pub(crate) fn sealing_key() -> DeviceSealingKey {
    DeviceSealingKey::from_bytes(&[5; 32])
}

pub(crate) fn bound() -> Bound {
    Bound {
        org: id(1),
        device: id(5),
        credential: id(8),
        version: 4,
    }
}

pub(crate) fn delivered_key() -> DeliveredKey {
    let fields = [("key", "sk-sample-0123456789"), ("organization", "org-1")];
    DeliveredKey::new("Production", name("openai"), "6789", fields)
}

pub(crate) fn credential() -> SealedCredential {
    let to = sealing_key().public_key();
    SealedCredential::seal(bound(), &delivered_key(), &to, &Counting::default()).expect("a good key")
}

pub(crate) fn key_statement() -> OrgKeyStatement {
    OrgKeyStatement {
        format: Format,
        org: id::<OrgId>(1),
        old: org_key().verifying_key(),
        new: OrgSigningKey::from_bytes(&[8; 32]).verifying_key(),
        from_serial: Serial::new(77),
        at: now(),
    }
}

pub(crate) fn begin() -> BeginRequest {
    BeginRequest {
        format: Format,
        portal: Text::clip(PORTAL),
        signing_key: device_key().verifying_key(),
        sealing_key: sealing_key().public_key(),
        facts: facts(),
        at: now(),
        nonce: Nonce::generate(&Counting::default()),
    }
}

pub(crate) fn poll() -> PollRequest {
    PollRequest {
        format: Format,
        portal: Text::clip(PORTAL),
        device_code: DeviceCode::generate(&Counting::default()),
        at: now(),
        nonce: Nonce::generate(&Counting::default()),
    }
}

pub(crate) fn key_request() -> KeyRequest {
    let key = format!("{}{}", EnrolmentKey::PREFIX, "A".repeat(43));
    KeyRequest {
        format: Format,
        portal: Text::clip(PORTAL),
        key: key.parse().expect("a key"),
        member: Some(Text::clip("mia@acme.example")),
        login: None,
        signing_key: device_key().verifying_key(),
        sealing_key: sealing_key().public_key(),
        facts: facts(),
        at: now(),
        nonce: Nonce::generate(&Counting::default()),
    }
}

pub(crate) fn begin_response() -> BeginResponse {
    BeginResponse {
        device_code: DeviceCode::generate(&Counting::default()),
        user_code: UserCode::generate(&Counting::default()),
        verification_uri: Text::clip("https://portal.example/activate"),
        expires_in: 600,
        interval: 2,
    }
}

pub(crate) fn enrolled() -> Enrolled {
    Enrolled {
        format: Format,
        org: id(1),
        device: id::<DeviceId>(5),
        org_key: org_key().verifying_key(),
        portal_name: Text::clip("Tessera"),
        org_name: Text::clip("Acme GmbH"),
        member_email: Text::clip("mia@acme.example"),
    }
}
