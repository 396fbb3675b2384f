//! What rate limits count. A key names the limit and its subject, as `sign_in:ada@example.com`.

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
    /// What happened under a key after `since`.
    pub async fn attempts(&mut self, key: &str, since: Timestamp) -> Result<Attempts> {
        const SQL: &str =
            "select count(*) as count, min(at) as oldest from attempts where key = $1 and at > $2";
        self.query(SQL).bind(key).bind(since).one().await
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
