//! What rate limits count. A key names the limit and its subject, as `sign_in:ada@example.com`.

use std::time::Duration;

use tessera_ids::Timestamp;

use crate::{Reader, Result, Tx, column::records};

records! {
    /// What happened under a key in a window of time.
    pub struct Attempts {
        /// How often.
        pub count: u64,
        /// The earliest; when it leaves the window, there is room for one more.
        pub oldest: Option<Timestamp>,
    }
}

impl Reader {
    /// What happened under a key in the window that ends `now`. What lies further ahead than the window is long was counted
    /// by a clock that was wrong, and would hold people up until that time really comes.
    pub async fn attempts(&mut self, key: &str, now: Timestamp, window: Duration) -> Result<Attempts> {
        const SQL: &str = "select count(*) as count, min(at) as oldest from attempts
            where key = $1 and at > $2 and at < $3";
        let (since, ahead) = (now.minus(window), now.plus(window));
        self.query(SQL).bind(key).bind(since).bind(ahead).one().await
    }
}

impl Tx {
    /// Counts one more.
    pub async fn insert_attempt(&mut self, key: &str, at: Timestamp) -> Result<()> {
        self.query("insert into attempts (key, at) values ($1, $2)")
            .bind(key)
            .bind(at)
            .run()
            .await
            .map(drop)
    }

    /// Forgets what happened under a key.
    pub async fn clear_attempts(&mut self, key: &str) -> Result<u64> {
        self.query("delete from attempts where key = $1")
            .bind(key)
            .run()
            .await
    }
}
