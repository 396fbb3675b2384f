//! The events of one open stream, with a limit on their size and a watch on its silence.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use eventsource_stream::{Event, EventStream};
use futures_util::{Stream, StreamExt, future, stream::BoxStream};
use tessera_wire::limits;

use super::rhythm::Outcome;
use crate::timer::{Timer, within};

/// What an event may add to its data: its name, its id, line ends, and a few heartbeats before it.
const FRAMING: usize = 64 * 1024;

/// How a stream goes on.
#[derive(Debug)]
pub(crate) enum Next {
    /// An event came.
    Event(Event),
    /// Only signs of life came for a while.
    Alive,
    /// It ended, broke, fell silent or grew beyond all bounds.
    Ended { why: &'static str, outcome: Outcome },
}

/// Reads a stream event by event.
pub(crate) struct Events {
    parsed: EventStream<BoxStream<'static, Result<Bytes, Broken>>>,
    received: Arc<AtomicUsize>,
    timer: Arc<dyn Timer>,
    seen: usize,
    /// Whether anything came, were it half a heartbeat.
    served: bool,
    /// Whether an event came whole, or signs of life for a while.
    lived: bool,
}

#[derive(Debug)]
struct Broken;

impl Events {
    pub(crate) fn new<E: Send + 'static>(
        bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        timer: Arc<dyn Timer>,
    ) -> Self {
        let received = Arc::new(AtomicUsize::new(0));
        let (counter, mut since_event) = (Arc::clone(&received), 0_usize);
        let limited = bytes.map(move |chunk| {
            let chunk = chunk.map_err(|_| Broken)?;
            counter.fetch_add(chunk.len(), Ordering::Relaxed);
            // A blank line ends an event or a heartbeat: whatever is kept in memory begins anew after it.
            since_event = if ends_something(&chunk) {
                0
            } else {
                since_event + chunk.len()
            };
            if since_event > limits::EVENT_BYTES + FRAMING {
                Err(Broken)
            } else {
                Ok(chunk)
            }
        });
        let mut broken = false;
        // The parser goes on after an error; what was cut in the middle must not.
        let fused =
            limited.take_while(move |chunk| future::ready(!std::mem::replace(&mut broken, chunk.is_err())));
        Self {
            parsed: EventStream::new(fused.boxed()),
            received,
            timer,
            seen: 0,
            served: false,
            lived: false,
        }
    }

    /// The next event, or a sign of life, or the end. Waits no longer than the silence that a live stream keeps.
    pub(crate) async fn next(&mut self) -> Next {
        let silence: Duration = limits::STREAM_SILENCE;
        match within(&*self.timer, silence, self.parsed.next()).await {
            Ok(Some(Ok(event))) => {
                self.note();
                self.lived = true;
                Next::Event(event)
            }
            Ok(Some(Err(_))) => {
                self.note();
                // A line that breaks off all that begins on it is no line that works.
                let broke = if self.lived {
                    Outcome::Streamed
                } else {
                    Outcome::Failed
                };
                Next::Ended {
                    why: "the stream broke",
                    outcome: if self.served { broke } else { Outcome::Silent },
                }
            }
            Ok(None) => self.ended("the stream ended"),
            // Heartbeats are comments, which the parser keeps to itself: only their bytes are seen.
            Err(_) if self.note() => {
                self.lived = true;
                Next::Alive
            }
            Err(_) => self.ended("the stream fell silent"),
        }
    }

    fn ended(&mut self, why: &'static str) -> Next {
        self.note();
        let outcome = if self.served {
            Outcome::Streamed
        } else {
            Outcome::Silent
        };
        Next::Ended { why, outcome }
    }

    fn note(&mut self) -> bool {
        let received = self.received.load(Ordering::Relaxed);
        let any = received > self.seen;
        self.seen = received;
        self.served |= any;
        any
    }
}

fn ends_something(chunk: &[u8]) -> bool {
    chunk.windows(2).any(|pair| pair == b"\n\n" || pair == b"\r\r")
        || chunk.windows(4).any(|four| four == b"\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::timer::Sleep;

    /// A wait is over as soon as there is nothing else to do.
    #[derive(Debug)]
    struct Impatient;

    impl Timer for Impatient {
        fn sleep(&self, _: Duration) -> Sleep {
            Box::pin(future::ready(()))
        }
    }

    fn events(chunks: Vec<Result<&'static str, ()>>) -> Events {
        let bytes = stream::iter(chunks)
            .map(|chunk| chunk.map(Bytes::from))
            .chain(stream::pending());
        Events::new(bytes, Arc::new(Impatient))
    }

    #[tokio::test]
    async fn an_event_in_pieces_is_one_event() {
        let mut events = events(vec![
            Ok(": hi\n\n"),
            Ok("event: mani"),
            Ok("fest\nid: 7\ndata: {}\n"),
            Ok("\n"),
        ]);
        let Next::Event(event) = events.next().await else {
            panic!("an event was expected")
        };
        assert_eq!(
            (event.event.as_str(), event.id.as_str(), event.data.as_str()),
            ("manifest", "7", "{}")
        );
    }

    #[tokio::test]
    async fn heartbeats_keep_it_alive_and_silence_ends_it() {
        let mut events = events(vec![Ok(": heartbeat\n\n")]);
        assert!(matches!(events.next().await, Next::Alive));
        assert!(matches!(
            events.next().await,
            Next::Ended {
                outcome: Outcome::Streamed,
                ..
            }
        ));
    }

    #[tokio::test]
    async fn a_stream_that_brings_nothing_served_nothing() {
        assert!(matches!(
            events(Vec::new()).next().await,
            Next::Ended {
                outcome: Outcome::Silent,
                ..
            }
        ));
    }

    #[tokio::test]
    async fn a_stream_that_breaks_before_its_first_event_is_a_failure_and_no_silence() {
        let outcome = async |chunks| {
            let mut events = events(chunks);
            loop {
                if let Next::Ended { outcome, .. } = events.next().await {
                    return outcome;
                }
            }
        };
        let heartbeat = || Ok(": heartbeat\n\n");
        assert_eq!(outcome(vec![heartbeat(), Err(())]).await, Outcome::Failed);
        assert_eq!(
            outcome(vec![heartbeat(), Ok("data: 1\n\n"), Err(())]).await,
            Outcome::Streamed
        );
        assert_eq!(outcome(vec![Err(())]).await, Outcome::Silent);
    }

    #[tokio::test]
    async fn an_event_without_end_is_cut_off() {
        let chunk = "data: 0123456789\n".repeat(4_096).leak();
        let endless = stream::repeat_with(|| Ok::<_, ()>(Bytes::from_static(chunk.as_bytes())));
        let mut events = Events::new(endless, Arc::new(Impatient));
        assert!(matches!(events.next().await, Next::Ended { .. }));
    }
}
