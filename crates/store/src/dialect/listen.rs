//! Hearing what other processes on the same database committed.

use sqlx::postgres::PgListener;
use tessera_ids::OrgId;

use super::Pools;
use crate::Result;

pub(super) const CHANNEL: &str = "tessera";

/// What a listener was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An organization's counter stands at this serial.
    Serial(OrgId, u64),
    /// The connection was lost and is back; what was said meanwhile was missed, so poll.
    Missed,
}

/// Hears every [`notify`](crate::Tx::notify) that is committed on a database server.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// `None` on the embedded engine, which serves this process alone.
    pub(crate) async fn open(pools: &Pools) -> Result<Option<Self>> {
        let Pools::Postgres(pool) = pools else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Self(listener)))
    }

    /// Waits for the next word. After an error, open another listener.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Heard::Missed);
            };
            if let Some(heard) = read(notification.payload()) {
                return Ok(heard);
            }
        }
    }
}

pub(crate) fn payload(org: OrgId, serial: u64) -> String {
    format!("{org} {serial}")
}

fn read(payload: &str) -> Option<Heard> {
    let (org, serial) = payload.split_once(' ')?;
    Some(Heard::Serial(org.parse().ok()?, serial.parse().ok()?))
}
