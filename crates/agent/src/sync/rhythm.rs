//! When to try what: the pure part of staying in touch with the server.
//!
//! A stream is preferred. Where something on the way swallows streams (they open, and nothing ever comes),
//! the agent asks at intervals instead, and tries a stream again now and then.

use std::time::Duration;

use tessera_ids::Entropy;

use crate::backoff::{Backoff, up_to};

/// Streams in a row that brought nothing before the agent takes to polling.
const SILENT_STREAMS: u32 = 2;

/// Polls before a stream is tried again.
const POLLS: u32 = 20;

/// The shortest wait between two polls; as much again is added by chance.
const POLL_EVERY: Duration = Duration::from_secs(15);

/// What the last attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A stream brought at least one event or heartbeat before it ended.
    Streamed,
    /// A stream opened and brought nothing, or what came was no stream.
    Silent,
    /// The server answered a poll.
    Polled,
    /// What came was not what the org says: damaged on the way, or a lie.
    Garbled,
    /// The server could not be reached, or refused.
    Failed,
}

/// What to do after waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Open a stream.
    Stream,
    /// Ask once.
    Poll,
}

/// Remembers what has worked lately.
#[derive(Debug, Default)]
pub struct Rhythm {
    backoff: Backoff,
    silent: u32,
    polls_left: u32,
}

impl Rhythm {
    /// What to do next, and how long to wait before.
    pub fn next(&mut self, outcome: Outcome, entropy: &dyn Entropy) -> (Duration, Attempt) {
        match outcome {
            Outcome::Streamed => {
                self.backoff.reset();
                self.silent = 0;
                (self.backoff.next(entropy), Attempt::Stream)
            }
            Outcome::Silent => {
                self.silent += 1;
                if self.silent >= SILENT_STREAMS {
                    self.polls_left = POLLS;
                }
                (self.backoff.next(entropy), self.attempt())
            }
            Outcome::Polled => {
                self.backoff.reset();
                self.polls_left = self.polls_left.saturating_sub(1);
                (POLL_EVERY + up_to(POLL_EVERY, entropy), self.attempt())
            }
            Outcome::Garbled | Outcome::Failed => (self.backoff.next(entropy), self.attempt()),
        }
    }

    /// Whether the agent polls at present.
    pub fn is_polling(&self) -> bool {
        self.polls_left > 0
    }

    fn attempt(&self) -> Attempt {
        if self.is_polling() {
            Attempt::Poll
        } else {
            Attempt::Stream
        }
    }
}

#[cfg(test)]
mod tests {
    use tessera_ids::ambient::SystemEntropy;

    use super::*;

    /// Every wait is as long as it can be.
    #[derive(Debug)]
    struct Longest;

    impl Entropy for Longest {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xff);
        }
    }

    fn attempts(rhythm: &mut Rhythm, outcomes: &[Outcome]) -> Vec<Attempt> {
        outcomes
            .iter()
            .map(|outcome| rhythm.next(*outcome, &SystemEntropy).1)
            .collect()
    }

    #[test]
    fn an_outage_never_turns_to_polling() {
        let mut rhythm = Rhythm::default();
        assert_eq!(
            attempts(&mut rhythm, &[Outcome::Failed; 50]),
            [Attempt::Stream; 50]
        );
    }

    #[test]
    fn two_silent_streams_do_and_polling_ends_with_another_try() {
        let mut rhythm = Rhythm::default();
        assert_eq!(
            attempts(&mut rhythm, &[Outcome::Silent; 2]),
            [Attempt::Stream, Attempt::Poll]
        );
        assert_eq!(attempts(&mut rhythm, &[Outcome::Polled; 19]), [Attempt::Poll; 19]);
        assert_eq!(attempts(&mut rhythm, &[Outcome::Polled]), [Attempt::Stream]);
        assert_eq!(attempts(&mut rhythm, &[Outcome::Silent]), [Attempt::Poll]);
    }

    #[test]
    fn a_stream_that_works_forgives_the_silent_ones() {
        let mut rhythm = Rhythm::default();
        attempts(&mut rhythm, &[Outcome::Silent, Outcome::Streamed]);
        assert_eq!(attempts(&mut rhythm, &[Outcome::Silent]), [Attempt::Stream]);
    }

    #[test]
    fn a_line_that_goes_on_lying_is_asked_ever_less() {
        let mut rhythm = Rhythm::default();
        let waits = [Outcome::Garbled; 8].map(|outcome| rhythm.next(outcome, &Longest).0.as_millis());
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
        rhythm.next(Outcome::Streamed, &Longest);
        assert_eq!(rhythm.next(Outcome::Garbled, &Longest).0.as_millis(), 1_000);
    }

    #[test]
    fn a_server_that_restarts_is_met_again_within_half_a_second() {
        let (wait, attempt) = Rhythm::default().next(Outcome::Streamed, &SystemEntropy);
        assert!(wait <= Duration::from_millis(500));
        assert_eq!(attempt, Attempt::Stream);
    }
}
