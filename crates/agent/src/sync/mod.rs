//! Staying in touch with the server: a stream, or polling where streams are blocked. What comes is passed on
//! unbelieved; what fails is waited out, and never clears anything.

mod events;
mod rhythm;

use std::sync::Arc;

use eventsource_stream::Event as StreamEvent;
use futures_util::FutureExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tessera_wire::stream::{self, ManifestEvent, TombstoneEvent};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    ambient::Ambient,
    bus::{Bus, Component, Event, Offer},
    enforcement::Enforcement,
    session::{Polled, Session, SessionError},
};
use events::{Events, Next};

pub use rhythm::{Attempt, Outcome, Rhythm};

/// The component.
pub(crate) struct Sync {
    link: Option<Link>,
    garbled: Arc<Notify>,
}

/// What the component's task owns.
struct Link {
    session: Arc<Session>,
    enforcement: Arc<Enforcement>,
    ambient: Ambient,
    hurry: Arc<Notify>,
    /// What came was not what the org says.
    garbled: Arc<Notify>,
    rhythm: Rhythm,
    tag: Option<HeaderValue>,
}

impl Sync {
    /// `hurry` cuts a wait short.
    pub(crate) fn new(
        session: Arc<Session>,
        enforcement: Arc<Enforcement>,
        ambient: Ambient,
        hurry: Arc<Notify>,
    ) -> Self {
        let garbled = Arc::new(Notify::new());
        Self {
            link: Some(Link {
                session,
                enforcement,
                ambient,
                hurry,
                garbled: Arc::clone(&garbled),
                rhythm: Rhythm::default(),
                tag: None,
            }),
            garbled,
        }
    }
}

impl Component for Sync {
    fn start(&mut self, tasks: &TaskTracker, bus: &Bus, stop: &CancellationToken) {
        let Some(link) = self.link.take() else { return };
        let (bus, stop) = (bus.clone(), stop.clone());
        tasks.spawn(async move {
            stop.run_until_cancelled(link.run(&bus)).await;
        });
    }

    fn handle(&mut self, event: &Event) {
        if matches!(event, Event::Garbled { .. }) {
            self.garbled.notify_one();
        }
    }
}

impl Link {
    async fn run(mut self, bus: &Bus) {
        let mut attempt = Attempt::Stream;
        loop {
            self.forget_what_was_garbled();
            let result = match attempt {
                Attempt::Stream => self.follow(bus).await,
                Attempt::Poll => self.poll(bus).await,
            };
            let outcome = match result {
                Ok(outcome) => outcome,
                Err(SessionError::Removed(envelope)) => match self.removed(envelope, bus).await {
                    Ok(()) => return,
                    Err(error) => self.lost(error, bus).await,
                },
                Err(error) => self.lost(error, bus).await,
            };
            let wait;
            (wait, attempt) = self.rhythm.next(outcome, &*self.ambient.entropy);
            tokio::select! {
                () = self.ambient.timer.sleep(wait) => {}
                () = self.hurry.notified() => {}
            }
        }
    }

    /// Every attempt asks for what the org says now, whatever came before it; a poll must not be told "the same as before".
    fn forget_what_was_garbled(&mut self) {
        if self.garbled.notified().now_or_never().is_some() {
            self.tag = None;
        }
    }

    /// Follows a stream to its end, or until it brings what is not the org's word: a new one begins with all that is missing.
    async fn follow(&mut self, bus: &Bus) -> Result<Outcome, SessionError> {
        let held = self
            .enforcement
            .now()
            .settings()
            .map(|settings| settings.accepted.serial);
        let response = self.session.stream(held).await?;
        let media_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|media_type| media_type.starts_with("text/event-stream")) {
            bus.say(Event::Lost {
                why: "what came was not a stream of events".to_owned(),
            })
            .await;
            return Ok(Outcome::Silent);
        }
        self.contact(bus).await;
        let mut events = Events::new(response.bytes_stream(), Arc::clone(&self.ambient.timer));
        loop {
            let next = tokio::select! {
                next = events.next() => next,
                () = self.garbled.notified() => return Ok(Outcome::Garbled),
            };
            match next {
                Next::Event(event) => {
                    self.contact(bus).await;
                    self.pass_on(&event, bus).await;
                }
                Next::Alive => self.contact(bus).await,
                Next::Ended { why, outcome } => {
                    bus.say(Event::Lost { why: why.to_owned() }).await;
                    return Ok(outcome);
                }
            }
        }
    }

    async fn pass_on(&self, event: &StreamEvent, bus: &Bus) {
        let said = match event.event.as_str() {
            stream::MANIFEST => stream::read::<ManifestEvent>(event.data.as_bytes()).map(offered),
            stream::TOMBSTONE => stream::read::<TombstoneEvent>(event.data.as_bytes())
                .map(|event| Event::TombstoneOffered(Box::new(event.envelope))),
            // What only a newer server says.
            _ => return,
        };
        let said = said.unwrap_or_else(|error| Event::Garbled {
            what: format!("the server sent an event, but {error}"),
        });
        bus.say(said).await;
    }

    async fn poll(&mut self, bus: &Bus) -> Result<Outcome, SessionError> {
        let polled = self.session.manifest(self.tag.as_ref()).await?;
        self.contact(bus).await;
        if let Polled::Manifest { event, etag } = polled {
            self.tag = etag;
            bus.say(offered(event)).await;
        }
        Ok(Outcome::Polled)
    }

    /// The portal says that this device was removed. Only the org's signed word makes it true.
    async fn removed(
        &self,
        envelope: Option<Box<tessera_wire::Envelope>>,
        bus: &Bus,
    ) -> Result<(), SessionError> {
        let envelope = match envelope {
            Some(envelope) => envelope,
            None => Box::new(self.session.tombstone().await?),
        };
        bus.say(Event::TombstoneOffered(envelope)).await;
        // Until the word is checked nothing is asked any more; if it is false, the next attempt asks again.
        self.ambient.timer.sleep(std::time::Duration::from_mins(1)).await;
        Err(SessionError::Removed(None))
    }

    async fn contact(&self, bus: &Bus) {
        bus.say(Event::Contact {
            at: self.ambient.clock.now(),
            polling: self.rhythm.is_polling(),
        })
        .await;
    }

    async fn lost(&self, error: SessionError, bus: &Bus) -> Outcome {
        bus.say(Event::Lost {
            why: error.to_string(),
        })
        .await;
        Outcome::Failed
    }
}

fn offered(event: ManifestEvent) -> Event {
    // A blob that came damaged is fetched like one that did not come.
    let blobs = event.blobs.iter().filter_map(|blob| blob.open().ok()).collect();
    Event::Offered(Arc::new(Offer {
        envelope: event.envelope,
        blobs,
    }))
}
