//! The demo's clock: the machine's, set back while the organization's past is made up.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tessera_ids::ambient::SystemClock;
use tessera_ids::{Clock, Timestamp};

/// The machine's clock, some time ago.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    behind: AtomicI64,
}

impl Calendar {
    /// Goes to that long ago; zero is the present.
    pub(super) fn go_back(&self, ago: Duration) {
        let micros = i64::try_from(ago.as_micros()).unwrap_or(i64::MAX);
        self.behind.store(micros, Ordering::SeqCst);
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().as_micros() - self.behind.load(Ordering::SeqCst))
    }
}
