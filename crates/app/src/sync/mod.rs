//! The server's side of sync: what devices enrol by, ask for, are told, and answer.

mod audience;
mod badges;
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
mod writer;

pub(crate) use self::{
    audience::{move_devices, note_audience, reassign},
    badges::Badges,
    contacts::{Contacts, write as write_contacts},
    device::settings_teams,
    manifests::{ManifestCache, prepare},
    org_key::{new_org_key, org_signing_key},
    receipts::Gathering as ReceiptGathering,
    token::Gathering as TokenGathering,
};
pub use self::{
    compiled::Compiled,
    credentials::credentials,
    device::DeviceActor,
    enrol::{Unfinished, begin, poll},
    enrol_approve::{EnrollmentView, approve, deny, look_up},
    enrol_key::enrol_by_key,
    leave::may_leave,
    manifests::{blob, blobs, known_manifest, manifest},
    receipts::{last_receipt, submit},
    rewind::offer,
    sightings::sight,
    stream::{Subscription, Told},
    token::{Refused, authenticate, token, tombstone},
    writer::Writer,
};
