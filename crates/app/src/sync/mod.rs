//! The server's side of sync: what devices enrol by, ask for, are told, and answer.

mod audience;
mod become_device;
mod compiled;
mod contacts;
mod credentials;
mod device;
mod enrol;
mod enrol_approve;
mod enrol_key;
mod leave;
mod manifests;
mod org_key;
mod receipts;
mod rewind;
mod sightings;
mod stream;
mod token;

pub(crate) use self::{
    audience::{move_devices, note_audience, reassign},
    contacts::Contacts,
    device::settings_teams,
    manifests::ManifestCache,
    org_key::{new_org_key, org_signing_key},
    receipts::ReceiptQueue,
};
pub use self::{
    compiled::Compiled,
    credentials::credentials,
    device::DeviceActor,
    enrol::{Unfinished, begin, poll},
    enrol_approve::{EnrollmentView, approve, deny, look_up},
    enrol_key::enrol_by_key,
    leave::may_leave,
    manifests::{blob, blobs, manifest},
    receipts::{ReceiptWriter, last_receipt, submit},
    rewind::offer,
    sightings::sight,
    stream::{Subscription, Told},
    token::{Refused, authenticate, token, tombstone},
};
