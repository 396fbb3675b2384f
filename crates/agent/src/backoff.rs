//! How long to wait after the n-th failure in a row: full jitter under a doubling ceiling.

use std::time::Duration;

use tessera_ids::{Entropy, ambient::random_bytes};

/// The ceiling after the first failure. Also the spread of a thousand agents after a restart of the server.
const FIRST: Duration = Duration::from_millis(500);

/// No wait is longer: a machine that comes back online is current within a minute.
const LONGEST: Duration = Duration::from_mins(1);

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Something worked.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Something failed: how long to wait before the next attempt.
    pub(crate) fn next(&mut self, entropy: &dyn Entropy) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        up_to(ceiling, entropy)
    }
}

/// A duration drawn evenly between nothing and `ceiling`.
pub(crate) fn up_to(ceiling: Duration, entropy: &dyn Entropy) -> Duration {
    let share = u32::from_be_bytes(random_bytes(entropy));
    ceiling.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entropy whose every byte is the same.
    #[derive(Debug)]
    struct Constant(u8);

    impl Entropy for Constant {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn the_ceiling_doubles_up_to_a_minute_and_starts_over() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..9)
            .map(|_| backoff.next(&Constant(0xff)).as_millis())
            .collect();
        assert_eq!(
            waits,
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
        );
        backoff.reset();
        assert_eq!(backoff.next(&Constant(0xff)), FIRST);
    }

    #[test]
    fn the_jitter_is_full() {
        assert_eq!(Backoff::default().next(&Constant(0)), Duration::ZERO);
    }
}
