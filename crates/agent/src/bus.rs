//! What the agent's components tell each other. They share no other state that changes, but what is in force
//! and what is on the disk.

use std::sync::Arc;

use tessera_ids::Timestamp;
use tessera_wire::{Accepted, Blob, Envelope, SectionReceipt, Serial, Tombstone, Verified};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::keys::Named;

/// Events that wait to be handled; whoever says more waits until somebody listened.
const QUEUE: usize = 64;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The server answered.
    Contact { at: Timestamp, polling: bool },
    /// The server could not be reached, or what answered was not it.
    Lost { why: String },
    /// The server offers a manifest. Nothing of it has been checked.
    Offered(Arc<Offer>),
    /// The offered manifest is in force; the keys that it names may not be here yet.
    InForce(Arc<Done>),
    /// The manifest is in force, and it is known whether its keys are here.
    Applied(Arc<Done>),
    /// The offered manifest is what is in force already.
    Unchanged,
    /// The offered manifest was not applied; what was in force still is.
    Failed(Arc<Done>),
    /// What was offered is not the org's word. Nothing was changed; a person should know.
    Alarm { what: String },
    /// As an alarm, and damage on the way may be all there is to it: what the org says now is asked for again.
    Garbled { what: String },
    /// The server offered an older manifest, and was shown the one in force.
    ServerBehind { offered: Serial },
    /// A receipt was acknowledged.
    Acknowledged { counter: u64 },
    /// The server will not take a receipt, and sending it again would not help.
    ReceiptRefused { why: String },
    /// Something that claims to be the org's word that this device is removed.
    TombstoneOffered(Box<Envelope>),
    /// The org's word that this device is removed: it is true.
    Removed(Arc<Verified<Tombstone>>),
}

/// A manifest as it came, with the blobs that came along.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) envelope: Envelope,
    pub(crate) blobs: Vec<Blob>,
}

/// What became of a manifest, section by section.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) accepted: Accepted,
    pub(crate) sections: Vec<SectionReceipt>,
    /// The keys that it names.
    pub(crate) named: Named,
    /// Whether it is in force, keys or no keys.
    pub(crate) in_force: bool,
    /// When the org issued it; also a time that was seen.
    pub(crate) issued_at: Timestamp,
}

/// The way for a component to say something.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    events: mpsc::Sender<Event>,
}

impl Bus {
    /// A bus, and the end at which its events come out.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Event>) {
        let (events, heard) = mpsc::channel(QUEUE);
        (Self { events }, heard)
    }

    /// Says something to every component. Nobody listens any more once the agent stops.
    pub(crate) async fn say(&self, event: Event) {
        let _ = self.events.send(event).await;
    }
}

/// A part of the agent with a job of its own. `handle` only takes note: work is done in the component's task,
/// so that a slow server or disk never keeps the others from hearing.
pub(crate) trait Component: Send {
    /// Sets the component's task going. It ends when `stop` is cancelled.
    fn start(&mut self, tasks: &TaskTracker, bus: &Bus, stop: &CancellationToken);

    /// Takes note of what happened.
    fn handle(&mut self, event: &Event);
}
