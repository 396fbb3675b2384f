//! How the agent is doing, for people and for whoever waits on it.

use serde::{Deserialize, Serialize};
use tessera_ids::{DeviceId, OrgId, Timestamp};
use tessera_wire::{Accepted, Outcome, Serial, UserCode};

use crate::{
    bus::{Done, Event},
    keys::KeyHere,
    state::Profile,
};

/// How an alarm about missing keys begins.
const WITHOUT_KEYS: &str = "the settings are in force, but not all of the organization's keys are here";

/// A picture of the agent at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// How far the agent's life has come.
    #[serde(flatten)]
    pub phase: Phase,
    /// Whose device this is; none before it is enrolled.
    pub identity: Option<Identity>,
    /// How the server is reached.
    #[serde(flatten)]
    pub connection: Connection,
    /// When the server last answered.
    pub last_contact: Option<Timestamp>,
    /// What is in force; none when everything is denied.
    pub in_force: Option<InForceStatus>,
    /// The org's keys that are here, without what is secret of them.
    #[serde(default)]
    pub keys: Vec<KeyHere>,
    /// The counter of the last receipt that the server acknowledged since the agent started.
    pub acknowledged: Option<u64>,
    /// What a person should know of.
    pub alarm: Option<String>,
}

/// How far the agent's life has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Nobody is signed in.
    #[default]
    NotSignedIn,
    /// Waiting for a member to type the code.
    Enrolling(Invitation),
    /// Enrolled: following what the org decides.
    Enrolled,
    /// The org's settings are wiped; the last receipt may still be on its way.
    Removed,
    /// Enrolment came to nothing.
    Refused {
        /// Why.
        #[serde(rename = "refused_because")]
        why: String,
    },
}

/// What a member needs to approve this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// What to type.
    pub user_code: UserCode,
    /// Where to type it.
    pub verification_uri: String,
    /// What the page must show as well.
    pub key_words: [String; 4],
    /// Seconds until the code ends.
    pub expires_in: u64,
}

/// Whose device this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The portal.
    pub server: String,
    /// The org.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The member's address.
    pub account: String,
    /// The device.
    pub device: DeviceId,
    /// The machine's name.
    pub host: String,
    /// Where the device's keys are: `keyring` or `file`.
    pub key_storage: String,
}

/// How the server is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "connection", rename_all = "snake_case")]
pub enum Connection {
    /// Not at all so far.
    #[default]
    None,
    /// A stream: changes arrive at once.
    Streaming,
    /// By asking at intervals, because streams are blocked.
    Polling,
    /// Lost; tried again.
    Lost {
        /// What happened.
        #[serde(rename = "lost_because")]
        why: String,
    },
}

/// Which settings are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForceStatus {
    /// Their revision.
    pub revision: u64,
    /// Their place in the org's sequence.
    pub serial: Serial,
}

impl From<&Accepted> for InForceStatus {
    fn from(accepted: &Accepted) -> Self {
        Self {
            revision: accepted.revision,
            serial: accepted.serial,
        }
    }
}

impl From<&Profile> for Identity {
    fn from(profile: &Profile) -> Self {
        Self {
            server: profile.server.clone(),
            org: profile.org,
            org_name: profile.org_name.clone(),
            account: profile.account.clone(),
            device: profile.device,
            host: profile.host.clone(),
            key_storage: profile.key_storage.as_str().to_owned(),
        }
    }
}

impl Status {
    /// A device was found in the state.
    pub(crate) fn enrolled(&mut self, profile: &Profile) {
        self.phase = Phase::Enrolled;
        self.identity = Some(profile.into());
    }

    /// The server is not to be had.
    pub(crate) fn lost(&mut self, why: String) {
        self.connection = Connection::Lost { why };
    }

    /// The device is gone.
    pub(crate) fn removed(&mut self, alarm: Option<String>) {
        *self = Self {
            phase: Phase::Removed,
            last_contact: self.last_contact,
            alarm,
            ..Self::default()
        };
    }

    /// Whether the keys are here is known. What else a person should know stays.
    fn settled(&mut self, done: &Done) {
        let spoke_of_keys = |alarm: &String| alarm.starts_with(WITHOUT_KEYS);
        match without_keys(done) {
            Some(why) => self.alarm = Some(why),
            None if self.alarm.as_ref().is_some_and(spoke_of_keys) => self.alarm = None,
            None => {}
        }
    }

    /// Notes what a component said.
    pub(crate) fn note(&mut self, event: &Event) {
        match event {
            Event::Contact { at, polling } => {
                self.last_contact = Some(*at);
                self.connection = if *polling {
                    Connection::Polling
                } else {
                    Connection::Streaming
                };
            }
            Event::Lost { why } => self.lost(why.clone()),
            Event::InForce(done) => {
                self.alarm = None;
                self.in_force = Some(InForceStatus::from(&done.accepted));
            }
            Event::Applied(done) => self.settled(done),
            Event::Alarm { what } | Event::Garbled { what } | Event::ReceiptRefused { why: what } => {
                self.alarm = Some(what.clone());
            }
            Event::Failed(done) => {
                self.alarm = Some(format!(
                    "revision {} could not be taken; the settings before it stay in force",
                    done.accepted.revision
                ));
            }
            Event::Acknowledged { counter } => self.acknowledged = Some(*counter),
            Event::ServerBehind { offered } => {
                self.alarm = Some(format!(
                    "the portal offered older settings (serial {offered}) and was shown those in force"
                ));
            }
            Event::Offered(_) | Event::Unchanged | Event::TombstoneOffered(_) | Event::Removed(_) => {}
        }
    }
}

/// What a person should know when settings are in force and their keys are not here.
fn without_keys(done: &Done) -> Option<String> {
    done.sections.iter().find_map(|section| match &section.outcome {
        Outcome::Failed { reason } => Some(format!("{WITHOUT_KEYS}: {reason}")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    };

    use tessera_ids::ambient::{SystemClock, SystemEntropy};
    use tessera_wire::{Audience, Digest, LayerName, Name, SectionReceipt, Text};

    use super::*;
    use crate::keys::Named;

    fn applied(outcome: Outcome) -> Event {
        let line = SectionReceipt {
            layer: LayerName::Org,
            section: Name::credentials(),
            outcome,
        };
        let org = OrgId::generate(&SystemClock, &SystemEntropy);
        let audience = Audience {
            org,
            teams: BTreeSet::new(),
            member: None,
            wave: 0,
        };
        Event::Applied(Arc::new(Done {
            accepted: Accepted {
                org,
                audience: audience.id(),
                serial: Serial::new(1),
                revision: 1,
                payload: Digest::of(b"a manifest"),
            },
            sections: vec![line],
            named: Named {
                versions: BTreeMap::new(),
                digest: None,
            },
            in_force: true,
            issued_at: Timestamp::from_micros(0),
        }))
    }

    #[test]
    fn that_the_keys_are_here_takes_back_only_that_they_were_not() {
        let here = || {
            applied(Outcome::Applied {
                digest: Digest::of(b"keys"),
            })
        };
        let missing = || {
            applied(Outcome::Failed {
                reason: Text::clip("it is lost"),
            })
        };
        let mut status = Status::default();
        status.note(&missing());
        assert!(
            status
                .alarm
                .as_ref()
                .is_some_and(|alarm| alarm.ends_with("it is lost"))
        );
        status.note(&here());
        assert_eq!(status.alarm, None);
        let what = "a removal arrived that is not the organization's word".to_owned();
        status.note(&Event::Alarm { what: what.clone() });
        status.note(&here());
        assert_eq!(
            status.alarm,
            Some(what),
            "a person should know of it all the same"
        );
    }
}
