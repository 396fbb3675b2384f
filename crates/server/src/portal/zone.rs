//! The time zone of whoever reads the answer at hand, for every time on it.
//!
//! It goes with the request rather than through every function that says a time: a page that forgot to hand
//! it on would say times in UTC without anybody noticing. See docs/adr/0009.

use tessera_domain::Zone;

tokio::task_local! {
    static ZONE: Zone;
}

/// Answers a request whose reader lives in this zone.
pub async fn within<T>(zone: Zone, answer: impl Future<Output = T>) -> T {
    ZONE.scope(zone, answer).await
}

/// The reader's zone; UTC where nobody is known.
pub fn of_the_reader() -> Zone {
    ZONE.try_with(Zone::clone).unwrap_or_else(|_| Zone::utc())
}
