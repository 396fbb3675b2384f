//! Telling the server what became of a manifest: signed, counted, saved before it is sent, sent until it is
//! acknowledged or something newer is to be told.

use std::{sync::Arc, time::Duration};

use tessera_ids::Timestamp;
use tessera_wire::{Envelope, Format, Outcome, Receipt, sign};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Error,
    backoff::Backoff,
    bus::{Bus, Component, Done, Event},
    device::Device,
    session::SessionError,
    state::{Ledger, Reported},
};

/// How far the highest time ever seen may run ahead of what is on the disk.
const SEEN_EVERY: Duration = Duration::from_mins(10);

/// The component.
pub(crate) struct Report {
    told: mpsc::UnboundedSender<Told>,
    worker: Option<Worker>,
}

/// What the worker hears of.
enum Told {
    Done(Arc<Done>),
    Seen(Timestamp),
}

struct Worker {
    device: Arc<Device>,
    told: mpsc::UnboundedReceiver<Told>,
    ledger: Ledger,
    saved_seen: Timestamp,
}

impl Report {
    pub(crate) fn new(device: Arc<Device>, ledger: Ledger) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let saved_seen = ledger.latest_seen;
        Self {
            told: tell,
            worker: Some(Worker {
                device,
                told,
                ledger,
                saved_seen,
            }),
        }
    }
}

impl Component for Report {
    fn start(&mut self, tasks: &TaskTracker, bus: &Bus, stop: &CancellationToken) {
        let Some(worker) = self.worker.take() else { return };
        let (bus, stop) = (bus.clone(), stop.clone());
        tasks.spawn(async move {
            stop.run_until_cancelled(worker.run(&bus)).await;
        });
    }

    fn handle(&mut self, event: &Event) {
        let told = match event {
            Event::Applied(done) | Event::Failed(done) => Told::Done(Arc::clone(done)),
            Event::Contact { at, .. } => Told::Seen(*at),
            _ => return,
        };
        let _ = self.told.send(told);
    }
}

impl Worker {
    async fn run(mut self, bus: &Bus) {
        let mut backoff = Backoff::default();
        loop {
            let told = if self.ledger.pending.is_none() {
                self.told.recv().await
            } else {
                // What is told meanwhile waits in the channel: a delivery is never cut off half-way by it.
                match self.deliver(bus).await {
                    Delivery::Over => {
                        backoff.reset();
                        continue;
                    }
                    Delivery::Later => {
                        let wait = self
                            .device
                            .ambient
                            .timer
                            .sleep(backoff.next(&*self.device.ambient.entropy));
                        tokio::select! {
                            () = wait => continue,
                            told = self.told.recv() => told,
                        }
                    }
                }
            };
            match told {
                Some(Told::Done(done)) => self.note(&done, bus).await,
                Some(Told::Seen(at)) => self.see(at).await,
                None => return,
            }
        }
    }

    /// Writes a receipt, and writes it down, unless the same was said before.
    async fn note(&mut self, done: &Done, bus: &Bus) {
        let is_whole = !done
            .sections
            .iter()
            .any(|section| matches!(section.outcome, Outcome::Failed { .. }));
        if done.in_force {
            self.ledger.accept(&done.accepted);
        }
        self.ledger.see(done.issued_at);
        let reported = Reported {
            manifest: done.accepted.payload,
            applied: is_whole,
        };
        if is_whole && self.ledger.reported.as_ref() == Some(&reported) {
            return;
        }
        let receipt = self.receipt(done);
        let signed = match sign(&receipt, &self.device.keys.signing) {
            Ok(signed) => signed,
            Err(error) => {
                return bus
                    .say(Event::ReceiptRefused {
                        why: error.to_string(),
                    })
                    .await;
            }
        };
        self.ledger.counter = receipt.counter;
        self.ledger.reported = Some(reported);
        self.ledger.pending = Some(signed.envelope);
        if let Err(error) = self.save().await {
            // A counter that is not on the disk could be used twice: better no receipt than two with one number.
            self.ledger.pending = None;
            self.ledger.reported = None;
            bus.say(Event::ReceiptRefused {
                why: error.to_string(),
            })
            .await;
        }
    }

    fn receipt(&self, done: &Done) -> Receipt {
        Receipt {
            format: Format,
            org: self.device.profile.org,
            device: self.device.profile.device,
            serial: done.accepted.serial,
            revision: done.accepted.revision,
            manifest: done.accepted.payload,
            counter: self.ledger.counter + 1,
            at: self.device.ambient.clock.now(),
            sections: done.sections.clone(),
            facts: self.device.facts.clone(),
        }
    }

    async fn deliver(&mut self, bus: &Bus) -> Delivery {
        let Some(pending) = self.ledger.pending.as_ref().map(Envelope::to_json) else {
            return Delivery::Over;
        };
        let event = match self.device.session.send_receipt(pending).await {
            Ok(()) => Event::Acknowledged {
                counter: self.ledger.counter,
            },
            Err(SessionError::Portal(error)) if !error.is_passing() => Event::ReceiptRefused {
                why: error.to_string(),
            },
            Err(error) => {
                tracing::debug!(%error, "the receipt is kept and sent again");
                return Delivery::Later;
            }
        };
        self.ledger.pending = None;
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "the receipt was delivered and may be delivered once more");
        }
        bus.say(event).await;
        Delivery::Over
    }

    async fn see(&mut self, at: Timestamp) {
        self.ledger.see(at);
        if self.ledger.latest_seen.since(self.saved_seen) < SEEN_EVERY {
            return;
        }
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "the time could not be noted");
        }
    }

    async fn save(&mut self) -> Result<(), Error> {
        let ledger = self.ledger.clone();
        self.saved_seen = ledger.latest_seen;
        self.device
            .work(move |device| device.state.keep_ledger(&ledger))
            .await
    }
}

/// How an attempt to deliver ended.
enum Delivery {
    /// The server has it, or will never have it.
    Over,
    /// Try again.
    Later,
}
