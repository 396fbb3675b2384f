//! The one task that writes what devices send by the thousand: access tokens, receipts, and when they were heard of.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::{contacts, receipts, token};
use crate::App;

/// How often contacts are written.
const CONTACTS_EVERY: Duration = Duration::from_secs(1);

/// The writers' ends of what an app gathers.
#[derive(Debug)]
pub struct Writer {
    pub(crate) receipts: receipts::Gathered,
    pub(crate) tokens: token::Gathered,
}

impl Writer {
    /// Writes what gathers, until the app is gone. Run as a task of its own.
    pub async fn run(mut self, app: Arc<App>) {
        let mut contacts = interval(CONTACTS_EVERY);
        contacts.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                receipts = self.receipts.next() => match receipts {
                    Some((receipts, callers)) => callers.tell(receipts::write(&app, &receipts).await),
                    None => break,
                },
                tokens = self.tokens.next() => match tokens {
                    Some((tokens, callers)) => callers.tell(token::write(&app, &tokens).await),
                    None => break,
                },
                _ = contacts.tick() => contacts::write(&app).await,
            }
        }
    }
}
