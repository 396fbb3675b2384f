//! The one row about this installation.

use tessera_ids::Timestamp;

use crate::{Hash, Reader, Result, Tx, column::records};

records! {
    /// What is known of the installation itself.
    pub struct Installation {
        /// When the database was first used.
        pub created_at: Timestamp,
        /// Tells a wrong master key.
        pub key_check: Vec<u8>,
        /// Of the set-up link, until it is used.
        pub setup_token_hash: Option<Hash>,
        /// Whether anybody may sign up.
        pub open_sign_up: bool,
    }

    /// A backup that was finished.
    pub struct LastBackup {
        /// When.
        pub at: Timestamp,
        /// How large its file is, in bytes.
        pub size: u64,
    }

    struct KeyCheck {
        key_check: Vec<u8>,
    }
}

impl Reader {
    /// The installation; `None` on an empty database.
    pub async fn installation(&mut self) -> Result<Option<Installation>> {
        const SQL: &str =
            "select created_at, key_check, setup_token_hash, open_sign_up from installation where id = 1";
        self.query(SQL).optional().await
    }

    /// The value that tells a wrong master key; `None` on a database that was never used. Answers at every version of
    /// the schema.
    pub async fn key_check(&mut self) -> Result<Option<Vec<u8>>> {
        let found: Option<KeyCheck> = self
            .query("select key_check from installation where id = 1")
            .optional()
            .await?;
        Ok(found.map(|found| found.key_check))
    }

    /// The last backup of this database.
    pub async fn last_backup(&mut self) -> Result<Option<LastBackup>> {
        const SQL: &str = "select backup_at as at, backup_size as size from installation
            where id = 1 and backup_at is not null";
        self.query(SQL).optional().await
    }
}

impl Tx {
    /// Notes that a backup was finished.
    pub async fn set_last_backup(&mut self, backup: &LastBackup) -> Result<()> {
        const SQL: &str = "update installation set backup_at = $1, backup_size = $2 where id = 1";
        self.query(SQL)
            .bind(backup.at)
            .bind(backup.size)
            .run()
            .await
            .map(drop)
    }

    /// Marks an empty database as used; false when another process was first.
    pub async fn insert_installation(&mut self, installation: &Installation) -> Result<bool> {
        const SQL: &str =
            "insert into installation (id, created_at, key_check, setup_token_hash, open_sign_up)
            values (1, $1, $2, $3, $4) on conflict (id) do nothing";
        self.query(SQL)
            .bind(installation.created_at)
            .bind(&installation.key_check)
            .bind(installation.setup_token_hash)
            .bind(installation.open_sign_up)
            .touched()
            .await
    }

    /// Replaces the set-up link, or takes it away.
    pub async fn set_setup_token(&mut self, hash: Option<Hash>) -> Result<()> {
        const SQL: &str = "update installation set setup_token_hash = $1 where id = 1";
        self.query(SQL).bind(hash).run().await.map(drop)
    }

    /// Uses the set-up link up; false when it is not this one.
    pub async fn take_setup_token(&mut self, hash: Hash) -> Result<bool> {
        const SQL: &str =
            "update installation set setup_token_hash = null where id = 1 and setup_token_hash = $1";
        self.query(SQL).bind(hash).touched().await
    }

    /// Opens or closes sign-up.
    pub async fn set_open_sign_up(&mut self, open: bool) -> Result<()> {
        const SQL: &str = "update installation set open_sign_up = $1 where id = 1";
        self.query(SQL).bind(open).run().await.map(drop)
    }

    /// Replaces the value that tells a wrong master key.
    pub async fn set_key_check(&mut self, key_check: &[u8]) -> Result<()> {
        const SQL: &str = "update installation set key_check = $1 where id = 1";
        self.query(SQL).bind(key_check).run().await.map(drop)
    }
}
