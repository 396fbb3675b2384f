//! Sweeping out what has expired.

use tessera_ids::Timestamp;

use crate::{Result, Tx};

/// How many rows were swept out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions and tokens of people.
    pub credentials: u64,
    /// Access tokens and assertions of devices.
    pub device_tokens: u64,
    /// Enrolments that were never finished, or are long done.
    pub enrollments: u64,
    /// What rate limits counted.
    pub attempts: u64,
    /// Lists of people to invite that were never sent, or ended long ago.
    pub invitation_batches: u64,
}

impl Tx {
    /// Deletes what expired before `now`, and what rate limits counted before `counted_since`.
    pub async fn sweep(&mut self, now: Timestamp, counted_since: Timestamp) -> Result<Swept> {
        let mut gone = [0; 8];
        let expired = [
            "delete from sessions where expires_at <= $1",
            "delete from account_tokens where expires_at <= $1",
            "delete from api_tokens where expires_at <= $1",
            "delete from device_tokens where expires_at <= $1",
            "delete from assertion_ids where expires_at <= $1",
            "delete from enrollments where expires_at <= $1",
            "delete from email_changes where expires_at <= $1",
            "delete from invitation_batches where expires_at <= $1 and state <> 'sending'",
        ];
        for (count, sql) in gone.iter_mut().zip(expired) {
            *count = self.query(sql).bind(now).run().await?;
        }
        let attempts = self
            .query("delete from attempts where at <= $1")
            .bind(counted_since)
            .run()
            .await?;
        let [
            sessions,
            account_tokens,
            api_tokens,
            access,
            assertions,
            enrollments,
            email_changes,
            invitation_batches,
        ] = gone;
        Ok(Swept {
            credentials: sessions + account_tokens + api_tokens + email_changes,
            device_tokens: access + assertions,
            enrollments,
            attempts,
            invitation_batches,
        })
    }
}
