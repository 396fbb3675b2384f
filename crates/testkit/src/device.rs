//! A device that speaks the sync protocol by itself, message by message, so that a test can also make it lie.
//! What a real agent does is tested with real agents.

use anyhow::Context as _;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_NONE_MATCH};
use tessera_ids::ambient::{SystemClock, SystemEntropy};
use tessera_ids::{Clock as _, DeviceId, OrgId, Timestamp};
use tessera_wire::batch::{BlobsAnswer, BlobsRequest};
use tessera_wire::enrol::{BeginRequest, BeginResponse, Enrolled, PollRequest};
use tessera_wire::enrol_key::{EnrolmentKey, KeyRequest};
use tessera_wire::stream::{self, ManifestEvent};
use tessera_wire::token::{Scope, TokenRequest, TokenResponse};
use tessera_wire::{
    Accepted, DeviceSealingKey, DeviceSigningKey, Digest, Format, KeyStorage, LayerName, MachineFacts,
    Manifest, Name, Nonce, OrgVerifyingKey, Outcome, Payload, Receipt, SectionReceipt, Serial, Text,
    UserCode, Verified, assertion, paths, sign, verify_envelope,
};

use crate::http::{Answer, Client};

/// A device that has made its keys and asked to be enrolled.
#[derive(Debug)]
pub struct Applicant {
    http: Client,
    signing: DeviceSigningKey,
    facts: MachineFacts,
    begun: BeginResponse,
}

impl Applicant {
    /// Makes keys and asks the portal for a code.
    pub async fn begin(portal: &str, host: &str) -> anyhow::Result<Self> {
        let http = Client::new(portal)?;
        let signing = DeviceSigningKey::generate(&SystemEntropy);
        let facts = facts(host);
        let request = BeginRequest {
            format: Format,
            portal: Text::clip(portal),
            signing_key: signing.verifying_key(),
            sealing_key: DeviceSealingKey::generate(&SystemEntropy).public_key(),
            facts: facts.clone(),
            at: SystemClock.now(),
            nonce: Nonce::generate(&SystemEntropy),
        };
        let answer = post_signed(&http, paths::ENROL, &request, &signing).await?;
        let begun = serde_json::from_str(&answer.expect(200)?.body)?;
        Ok(Self {
            http,
            signing,
            facts,
            begun,
        })
    }

    /// The code that a member must type.
    pub fn code(&self) -> &UserCode {
        &self.begun.user_code
    }

    /// Asks whether a member has approved, and gives the answer as it is.
    pub async fn poll(&self) -> anyhow::Result<Answer> {
        let request = PollRequest {
            format: Format,
            portal: Text::clip(self.http.base()),
            device_code: self.begun.device_code.clone(),
            at: SystemClock.now(),
            nonce: Nonce::generate(&SystemEntropy),
        };
        post_signed(&self.http, paths::ENROL_POLL, &request, &self.signing).await
    }

    /// Becomes a device, once a member has approved.
    pub async fn finish(self) -> anyhow::Result<Device> {
        let enrolled: Enrolled = serde_json::from_str(&self.poll().await?.expect(200)?.body)?;
        Ok(Device {
            http: self.http,
            signing: self.signing,
            facts: self.facts,
            org: enrolled.org,
            id: enrolled.device,
            org_key: enrolled.org_key,
        })
    }
}

/// An enrolled device.
#[derive(Debug)]
pub struct Device {
    http: Client,
    signing: DeviceSigningKey,
    facts: MachineFacts,
    /// Its org.
    pub org: OrgId,
    /// Its id.
    pub id: DeviceId,
    /// The key that it pinned.
    pub org_key: OrgVerifyingKey,
}

/// A manifest that a device was given and believes.
#[derive(Debug)]
pub struct Given {
    /// The manifest.
    pub manifest: Verified<Manifest>,
    /// The envelope and the blobs as they came.
    pub event: ManifestEvent,
    /// The entity tag.
    pub etag: String,
}

impl Given {
    /// What a device remembers of it.
    pub fn accepted(&self) -> Accepted {
        Accepted::from(&self.manifest)
    }
}

impl Device {
    /// Becomes a device at once, by an enrolment key that finds the member by itself.
    pub async fn by_key(http: Client, key: &EnrolmentKey, host: &str) -> anyhow::Result<Self> {
        let signing = DeviceSigningKey::generate(&SystemEntropy);
        let facts = facts(host);
        let request = KeyRequest {
            format: Format,
            portal: Text::clip(http.base()),
            key: key.clone(),
            member: None,
            login: None,
            signing_key: signing.verifying_key(),
            sealing_key: DeviceSealingKey::generate(&SystemEntropy).public_key(),
            facts: facts.clone(),
            at: SystemClock.now(),
            nonce: Nonce::generate(&SystemEntropy),
        };
        let answer = post_signed(&http, paths::ENROL_KEY, &request, &signing).await?;
        let enrolled: Enrolled = serde_json::from_str(&answer.expect(200)?.body)?;
        Ok(Self {
            http,
            signing,
            facts,
            org: enrolled.org,
            id: enrolled.device,
            org_key: enrolled.org_key,
        })
    }

    /// Signs an assertion as of `at` and asks for an access token.
    pub async fn ask_for_token_at(&self, at: Timestamp) -> anyhow::Result<Answer> {
        let url = paths::absolute(self.http.base(), paths::TOKEN);
        let nonce = Nonce::generate(&SystemEntropy);
        self.present(assertion::make(self.id, &self.signing, &url, at, nonce))
            .await
    }

    /// Presents an assertion, perhaps once more.
    pub async fn present(&self, assertion: String) -> anyhow::Result<Answer> {
        let form = TokenRequest::new(assertion).to_form();
        let request = self.http.request(Method::POST, paths::TOKEN);
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        self.http.send(request).await
    }

    /// An access token for everything that a device may do.
    pub async fn token(&self) -> anyhow::Result<String> {
        let answer = self.ask_for_token_at(SystemClock.now()).await?.expect(200)?;
        let token: TokenResponse = serde_json::from_str(&answer.body)?;
        anyhow::ensure!(token.scope == Scope::Sync, "the device has been removed");
        Ok(token.access_token)
    }

    /// Gets a path with this token.
    pub async fn get(&self, token: &str, path: &str) -> anyhow::Result<Answer> {
        self.http
            .send(self.http.request(Method::GET, path).bearer_auth(token))
            .await
    }

    /// The manifest for this device, verified with the pinned key.
    pub async fn manifest(&self, token: &str) -> anyhow::Result<Given> {
        let answer = self.get(token, paths::MANIFEST).await?.expect(200)?;
        let etag = answer
            .header("etag")
            .context("a manifest has an ETag")?
            .to_owned();
        Ok(Given {
            etag,
            ..self.given(&answer.body)?
        })
    }

    /// The manifest in the data of a stream's event, verified with the pinned key.
    pub fn given(&self, data: &str) -> anyhow::Result<Given> {
        let event: ManifestEvent = stream::read(data.as_bytes())?;
        let manifest = verify_envelope(&event.envelope, &self.org_key)?;
        Ok(Given {
            etag: stream::etag(&manifest.payload_digest()),
            manifest,
            event,
        })
    }

    /// Several blobs at once, as they came.
    pub async fn blobs(&self, token: &str, digests: &[Digest]) -> anyhow::Result<BlobsAnswer> {
        let wanted = BlobsRequest {
            digests: digests.to_vec(),
        };
        let request = self.http.request(Method::POST, paths::BLOBS).bearer_auth(token);
        let answer = self.http.send(request.json(&wanted)).await?.expect(200)?;
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Asks for the manifest unless it is still the one with this tag.
    pub async fn manifest_unless(&self, token: &str, etag: &str) -> anyhow::Result<Answer> {
        let request = self.http.request(Method::GET, paths::MANIFEST).bearer_auth(token);
        self.http.send(request.header(IF_NONE_MATCH, etag)).await
    }

    /// Opens the stream; the body is read as it comes.
    pub async fn stream(&self, token: &str) -> anyhow::Result<reqwest::Response> {
        self.stream_after(token, None).await
    }

    /// Opens the stream of what is newer than this serial.
    pub async fn stream_after(
        &self,
        token: &str,
        serial: Option<Serial>,
    ) -> anyhow::Result<reqwest::Response> {
        let mut request = self.http.request(Method::GET, paths::STREAM).bearer_auth(token);
        if let Some(serial) = serial {
            request = request.header("last-event-id", serial.to_string());
        }
        Ok(request.send().await?.error_for_status()?)
    }

    /// A receipt that says all of a manifest was applied.
    pub fn receipt(&self, given: &Given, counter: u64) -> Receipt {
        all_applied(self.id, &given.manifest, &self.facts, counter)
    }

    /// Tells which unknown applications were seen, as JSON.
    pub async fn tell_seen(&self, token: &str, report: &serde_json::Value) -> anyhow::Result<Answer> {
        let request = self.http.request(Method::POST, paths::SIGHTINGS);
        self.http.send(request.bearer_auth(token).json(report)).await
    }

    /// Signs a receipt and delivers it.
    pub async fn deliver(&self, token: &str, receipt: &Receipt) -> anyhow::Result<Answer> {
        let signed = sign(receipt, &self.signing)?;
        let request = self
            .http
            .request(Method::POST, paths::RECEIPTS)
            .bearer_auth(token);
        let request = request.header(CONTENT_TYPE, "application/json").body(signed.json);
        self.http.send(request).await
    }
}

/// What a machine that only tests know says of itself.
pub fn facts(host: &str) -> MachineFacts {
    MachineFacts {
        agent_version: Text::clip("0.1.0"),
        os: Text::clip("Testix 1"),
        host: Text::clip(host),
        key_storage: KeyStorage::File,
        wire: tessera_wire::skill::PRESENT,
    }
}

/// A receipt that says all of a manifest was applied.
pub fn all_applied(
    device: DeviceId,
    given: &Verified<Manifest>,
    facts: &MachineFacts,
    counter: u64,
) -> Receipt {
    let manifest = given.payload();
    let applied = |digest: &Digest| Outcome::Applied { digest: *digest };
    let sections = manifest.layers.iter().flat_map(|layer| {
        layer
            .sections
            .iter()
            .chain(&layer.lists)
            .map(|(name, digest)| SectionReceipt {
                layer: layer.layer,
                section: name.clone(),
                outcome: applied(digest),
            })
    });
    let keys = manifest.credentials_digest().map(|digest| SectionReceipt {
        layer: LayerName::Org,
        section: Name::credentials(),
        outcome: applied(&digest),
    });
    Receipt {
        format: Format,
        org: manifest.org,
        device,
        serial: manifest.serial,
        revision: manifest.revision,
        manifest: given.payload_digest(),
        counter,
        at: SystemClock.now(),
        sections: sections.chain(keys).collect(),
        facts: facts.clone(),
    }
}

async fn post_signed<P: Payload<Signer = DeviceSigningKey>>(
    http: &Client,
    path: &str,
    payload: &P,
    key: &DeviceSigningKey,
) -> anyhow::Result<Answer> {
    let signed = sign(payload, key)?;
    let request = http
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "application/json");
    http.send(request.body(signed.json)).await
}
