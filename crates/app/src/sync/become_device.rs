//! A machine becomes a device: the one place where its row is written and its member told, however it was
//! enrolled.

use tessera_domain::{AgentVersion, Error, HostName, OsName, Result};
use tessera_ids::{DeviceId, EnrollmentKeyId};
use tessera_store::{Account, Enrollment, EnrollmentKey, NewDevice};
use tessera_wire::enrol_key::KeyRequest;

use super::audience::{Placing, note_audience};
use crate::{App, Change, Topic, mail};

/// A machine, as it described itself.
#[derive(Clone, Debug)]
pub(super) struct Newcomer {
    pub(super) host: HostName,
    pub(super) os: OsName,
    agent_version: AgentVersion,
    key_storage: String,
    pub(super) address: String,
    signing_key: Vec<u8>,
    sealing_key: Vec<u8>,
    wire: u64,
    key: Option<(EnrollmentKeyId, String)>,
}

impl From<&Enrollment> for Newcomer {
    fn from(row: &Enrollment) -> Self {
        Self {
            host: row.host.clone(),
            os: row.os.clone(),
            agent_version: row.agent_version.clone(),
            key_storage: row.key_storage.clone(),
            address: row.address.clone(),
            signing_key: row.signing_key.clone(),
            sealing_key: row.sealing_key.clone(),
            wire: row.wire,
            key: None,
        }
    }
}

impl Newcomer {
    /// What a request by a key says of its machine.
    ///
    /// # Errors
    /// *Invalid* for a name, a system or a version that cannot be shown.
    pub(super) fn of_request(request: &KeyRequest, key: &EnrollmentKey, address: String) -> Result<Self> {
        let facts = &request.facts;
        let invalid = |what: &str| Error::invalid(format!("The machine's {what} cannot be used."));
        Ok(Self {
            host: facts.host.as_str().parse().map_err(|_| invalid("name"))?,
            os: facts.os.as_str().parse().map_err(|_| invalid("system"))?,
            agent_version: facts
                .agent_version
                .as_str()
                .parse()
                .map_err(|_| invalid("agent version"))?,
            key_storage: facts.key_storage.as_str().to_owned(),
            address,
            signing_key: request.signing_key.to_bytes().to_vec(),
            sealing_key: request.sealing_key.to_bytes().to_vec(),
            wire: facts.wire.into(),
            key: Some((key.id, key.name.to_string())),
        })
    }
}

/// Writes the device down, places it, and mails its member. The caller commits with an entry of its own.
pub(super) async fn become_device(
    app: &App,
    change: &mut Change<'_>,
    account: &Account,
    machine: &Newcomer,
) -> Result<DeviceId> {
    let (org, now) = (change.org().id, change.now());
    let id = DeviceId::generate(&*app.clock, &*app.entropy);
    let placing = Placing::read(change.tx(), org, &[account.id]).await?;
    let audience = note_audience(change.tx(), &placing.audience(account.id, id), now).await?;
    let new = NewDevice {
        id,
        created_at: now,
        host: machine.host.clone(),
        os: machine.os.clone(),
        agent_version: machine.agent_version.clone(),
        key_storage: machine.key_storage.clone(),
        address: machine.address.clone(),
        signing_key: machine.signing_key.clone(),
        sealing_key: machine.sealing_key.clone(),
        audience,
        enrollment_key: machine.key.as_ref().map(|(id, _)| *id),
        wire: machine.wire,
    };
    change.tx().insert_device(org, account, &new).await?;
    let by_key = machine.key.as_ref().map(|(_, name)| name.as_str());
    let org_name = change.org().name.clone();
    let letter = mail::device_enrolled(
        &app.config,
        account,
        &org_name,
        (&machine.host, &machine.os),
        by_key,
    );
    mail::enqueue(app, change.tx(), Some(org), letter, now).await?;
    change.touch(Topic::Devices);
    Ok(id)
}
