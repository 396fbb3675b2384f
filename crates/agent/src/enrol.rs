//! Becoming a device of an org: ask for a code, show it, and wait for a member to type it (RFC 8628); or, on
//! machines that are set up by a fleet's management, by an enrolment key at once.

use std::{sync::Arc, time::Duration};

use tessera_wire::{
    Format, KeyStorage, MachineFacts, Nonce, Text,
    enrol::{BeginRequest, BeginResponse, DeviceCode, Enrolled, PollError, PollRefusal, PollRequest},
    enrol_key::{EnrolmentKey, KeyRequest},
    key_words, limits, paths, sign,
};

use crate::{
    Error,
    ambient::Ambient,
    backoff::Backoff,
    http::PortalCa,
    portal::{Answered, Portal, PortalError, SMALL},
    state::{DeviceKeys, Machine, OrgState, Profile, keep_in_keyring},
    status::Invitation,
};

const JSON: &str = "application/json";

/// How often a portal that cannot be reached is asked to take an enrolment key.
const KEY_TRIES: u32 = 5;

/// How long each further `slow_down` makes the wait between polls (RFC 8628, 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// Why enrolment came to nothing. Nothing on this machine was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A member said no.
    #[error(
        "the sign-in was refused in the portal, or its code was tried too often; run the command again for a new code"
    )]
    Denied,
    /// Nobody typed the code in time.
    #[error("nobody typed the code in time; run the command again for a new one")]
    Expired,
    /// The portal takes no machine by this key. It says so in the same words for every reason.
    #[error("the portal did not enrol this machine: {0}")]
    Key(String),
    /// The portal cannot make sense of the poll.
    #[error("the portal no longer knows this sign-in{0}; run the command again")]
    Broken(String),
}

/// An attempt to enrol, under way.
#[derive(Debug)]
pub(crate) struct Enrolment {
    portal: Portal,
    ambient: Ambient,
    keys: DeviceKeys,
    facts: MachineFacts,
    host: String,
    device_code: DeviceCode,
    interval: Duration,
    patience: Duration,
    /// What the member needs.
    pub(crate) invitation: Invitation,
}

/// A device that was approved and not yet written down.
#[derive(Debug)]
pub(crate) struct Approved {
    server: String,
    host: String,
    enrolled: Enrolled,
    keys: DeviceKeys,
    ambient: Ambient,
    portal_ca: Option<PortalCa>,
}

impl Enrolment {
    /// Makes fresh keys and asks the portal for a code.
    pub(crate) async fn begin(
        portal: Portal,
        ambient: Ambient,
        machine: &Machine,
        key_storage: KeyStorage,
    ) -> Result<Self, Error> {
        let keys = DeviceKeys::generate(&*ambient.entropy);
        let facts = machine.facts(key_storage);
        let request = BeginRequest {
            format: Format,
            portal: Text::clip(portal.address.as_str()),
            signing_key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key(),
            facts: facts.clone(),
            at: ambient.clock.now(),
            nonce: Nonce::generate(&*ambient.entropy),
        };
        let signed =
            sign(&request, &keys.signing).map_err(|error| portal.not_a_portal(&error.to_string()))?;
        let answered = portal
            .ask(portal.post(paths::ENROL, JSON, signed.json), SMALL)
            .await?;
        let begun: BeginResponse = portal.read(&portal.accepted(answered)?)?;
        let words = key_words(&keys.signing.verifying_key()).map(str::to_owned);
        Ok(Self {
            invitation: Invitation {
                user_code: begun.user_code,
                verification_uri: begun.verification_uri.to_string(),
                key_words: words,
                expires_in: begun.expires_in,
            },
            device_code: begun.device_code,
            interval: Duration::from_secs(begun.interval).clamp(Duration::from_millis(100), SLOWER * 12),
            patience: Duration::from_secs(begun.expires_in).min(limits::ENROL_LIFETIME * 6),
            portal,
            ambient,
            keys,
            facts,
            host: machine.host.clone(),
        })
    }

    /// Waits until a member has approved, and asks no more often than the portal wishes.
    pub(crate) async fn approved(mut self) -> Result<Approved, Error> {
        let began = self.ambient.clock.now();
        loop {
            self.ambient.timer.sleep(self.interval).await;
            match self.poll().await {
                Ok(Ok(enrolled)) => return Ok(self.into_approved(enrolled)),
                Ok(Err(refusal)) => self.heed(refusal)?,
                Err(Error::Portal(error)) if error.is_passing() => {
                    tracing::debug!(%error, "the portal is asked again");
                }
                Err(error) => return Err(error),
            }
            if self.ambient.clock.now().since(began) > self.patience {
                return Err(Refused::Expired.into());
            }
        }
    }

    fn heed(&mut self, refusal: PollRefusal) -> Result<(), Refused> {
        let said = refusal
            .error_description
            .map_or_else(String::new, |text| format!(" ({text})"));
        match refusal.error {
            PollError::AuthorizationPending => Ok(()),
            PollError::SlowDown => {
                self.interval += SLOWER;
                Ok(())
            }
            PollError::AccessDenied => Err(Refused::Denied),
            PollError::ExpiredToken => Err(Refused::Expired),
            PollError::InvalidGrant | PollError::InvalidRequest | PollError::Unknown => {
                Err(Refused::Broken(said))
            }
        }
    }

    async fn poll(&self) -> Result<Result<Enrolled, PollRefusal>, Error> {
        let request = PollRequest {
            format: Format,
            portal: Text::clip(self.portal.address.as_str()),
            device_code: self.device_code.clone(),
            at: self.ambient.clock.now(),
            nonce: Nonce::generate(&*self.ambient.entropy),
        };
        let signed =
            sign(&request, &self.keys.signing).map_err(|e| self.portal.not_a_portal(&e.to_string()))?;
        let answered = self
            .portal
            .ask(self.portal.post(paths::ENROL_POLL, JSON, signed.json), SMALL)
            .await?;
        match refusal(&answered) {
            Some(refusal) => Ok(Err(refusal)),
            None => Ok(Ok(self.portal.read(&self.portal.accepted(answered)?)?)),
        }
    }

    fn into_approved(self, enrolled: Enrolled) -> Approved {
        tracing::debug!(host = %self.facts.host, "a member approved this device");
        Approved {
            server: self.portal.address.to_string(),
            host: self.host,
            enrolled,
            keys: self.keys,
            ambient: self.ambient,
            portal_ca: None,
        }
    }
}

/// Whose this machine is to be, as far as it can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// A member's address, given by who sets the machine up.
    pub(crate) member: Option<String>,
    /// Who is logged in, as the system calls them.
    pub(crate) login: Option<String>,
}

/// Becomes a device by an enrolment key. Asked again after a failure that may pass, always with the same keys of
/// this device, so that an answer that was lost uses the enrolment key up only once.
pub(crate) async fn by_key(
    portal: Portal,
    ambient: Ambient,
    machine: &Machine,
    key_storage: KeyStorage,
    key: &EnrolmentKey,
    claim: &Claim,
) -> Result<Approved, Error> {
    let keys = DeviceKeys::generate(&*ambient.entropy);
    let mut backoff = Backoff::default();
    for remaining in (0..KEY_TRIES).rev() {
        let request = KeyRequest {
            format: Format,
            portal: Text::clip(portal.address.as_str()),
            key: key.clone(),
            member: claim.member.as_deref().map(Text::clip),
            login: claim.login.as_deref().map(Text::clip),
            signing_key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key(),
            facts: machine.facts(key_storage),
            at: ambient.clock.now(),
            nonce: Nonce::generate(&*ambient.entropy),
        };
        match ask_by_key(&portal, &request, &keys).await {
            Ok(enrolled) => {
                return Ok(Approved {
                    server: portal.address.to_string(),
                    host: machine.host.clone(),
                    enrolled,
                    keys,
                    ambient,
                    portal_ca: None,
                });
            }
            Err(Error::Portal(error)) if may_pass(&error) && remaining > 0 => {
                tracing::debug!(%error, "the portal is asked again");
                ambient.timer.sleep(backoff.next(&*ambient.entropy)).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(Refused::Expired.into())
}

/// A refusal of the key stays one, whatever would pass elsewhere.
fn may_pass(error: &PortalError) -> bool {
    error.status().is_none_or(|status| status >= 500)
}

async fn ask_by_key(portal: &Portal, request: &KeyRequest, keys: &DeviceKeys) -> Result<Enrolled, Error> {
    let signed = sign(request, &keys.signing).map_err(|error| portal.not_a_portal(&error.to_string()))?;
    let answered = portal
        .ask(portal.post(paths::ENROL_KEY, JSON, signed.json), SMALL)
        .await?;
    match portal.accepted(answered) {
        Ok(accepted) => Ok(portal.read(&accepted)?),
        Err(PortalError::Refused {
            status: 403, detail, ..
        }) => Err(Refused::Key(detail).into()),
        Err(error) => Err(error.into()),
    }
}

impl Approved {
    /// The org that this device now belongs to.
    pub(crate) fn org(&self) -> tessera_ids::OrgId {
        self.enrolled.org
    }

    /// The same, for a portal whose certificate comes from this authority.
    pub(crate) fn trusting(self, portal_ca: Option<PortalCa>) -> Self {
        Self { portal_ca, ..self }
    }

    /// Writes the device down, keys first: into the keyring if that is wished and possible, else into the state.
    pub(crate) fn keep(self, state: &OrgState, keyring: bool) -> Result<Profile, Error> {
        let entry = self.enrolled.device.to_string();
        let in_keyring = keyring && keep_in_keyring(&entry, &self.keys.to_bytes());
        let profile = Profile {
            format: Format,
            server: self.server,
            org: self.enrolled.org,
            org_name: self.enrolled.org_name.to_string(),
            account: self.enrolled.member_email.to_string(),
            device: self.enrolled.device,
            org_key: self.enrolled.org_key,
            host: self.host,
            key_storage: if in_keyring {
                KeyStorage::Keyring
            } else {
                KeyStorage::File
            },
            keys_digest: Some(self.keys.digest()),
            enrolled_at: self.ambient.clock.now(),
            portal_ca: self.portal_ca,
        };
        state.enrol(&profile, &self.keys)?;
        Ok(profile)
    }
}

fn refusal(answered: &Answered) -> Option<PollRefusal> {
    if answered.status.is_success() || answered.status.is_server_error() {
        return None;
    }
    serde_json::from_slice(&answered.body).ok()
}

/// A portal as enrolment and sessions talk to it.
pub(crate) fn portal(address: crate::PortalAddress, http: reqwest::Client, ambient: &Ambient) -> Portal {
    Portal::new(address, http, Arc::clone(&ambient.timer))
}
