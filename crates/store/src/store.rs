//! The store and its two kinds of transaction.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use crate::{
    Error, Result,
    dialect::{Link, Listener, Location, OpenOptions, Pools},
};

/// How often the same work is begun before a collision with other transactions is reported.
const ATTEMPTS: usize = 4;

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
}

/// A transaction that reads. Every finder is a method of it.
pub struct Reader {
    pub(crate) link: Link,
    /// Another transaction was in the way; nothing done here can be kept.
    collided: bool,
}

/// A transaction that reads and writes; dropped without [`commit`](Self::commit) it changes nothing.
/// Only SQL is awaited while one is open.
#[derive(Debug)]
pub struct Tx {
    reader: Reader,
}

impl Store {
    /// Opens the database, making and migrating it where needed.
    pub async fn open(location: &Location, options: &OpenOptions) -> Result<Self> {
        Ok(Self {
            pools: Pools::open(location, options).await?,
        })
    }

    /// Begins a transaction that only reads. End it by dropping it.
    pub async fn read(&self) -> Result<Reader> {
        Ok(Reader {
            link: self.pools.read().await?,
            collided: false,
        })
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx {
            reader: Reader {
                link: self.pools.begin().await?,
                collided: false,
            },
        })
    }

    /// Runs `work` in a transaction and commits it when it succeeds. When another transaction was
    /// in the way, all of it is undone and done again, three times at most.
    pub async fn transact<T, E>(&self, mut work: impl AsyncFnMut(&mut Tx) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let mut attempt = 1;
        loop {
            let collision = match self.attempt(&mut work).await? {
                Ok(done) => return Ok(done),
                Err(collision) => collision,
            };
            if attempt == ATTEMPTS {
                return Err(collision);
            }
            attempt += 1;
            tokio::task::yield_now().await;
        }
    }

    /// The inner error is a collision, which may be tried again; the outer one is final.
    async fn attempt<T, E>(
        &self,
        work: &mut impl AsyncFnMut(&mut Tx) -> Result<T, E>,
    ) -> Result<Result<T, E>, E>
    where
        E: From<Error>,
    {
        let mut tx = match self.begin().await {
            Ok(tx) => tx,
            Err(Error::Busy) => return Ok(Err(Error::Busy.into())),
            Err(error) => return Err(error.into()),
        };
        match work(&mut tx).await {
            Ok(done) => match tx.commit().await {
                Ok(()) => Ok(Ok(done)),
                Err(Error::Busy) => Ok(Err(Error::Busy.into())),
                Err(error) => Err(error.into()),
            },
            Err(error) => {
                let collided = tx.collided;
                // The error that ended the work says more than a failure to undo it.
                let _ = tx.roll_back().await;
                if collided { Ok(Err(error)) } else { Err(error) }
            }
        }
    }

    /// Hears what other processes on the same database commit; `None` where there can be none.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        Listener::open(&self.pools).await
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.query("select 1").run().await.map(drop)
    }

    /// What the operator's screen calls the engine.
    pub fn engine_name(&self) -> &'static str {
        self.pools.name()
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        self.pools.close().await;
    }
}

impl Reader {
    /// Translates a driver's answer, remembering a collision.
    pub(crate) fn checked<T>(&mut self, answer: sqlx::Result<T>) -> Result<T> {
        answer.map_err(|error| {
            let error = Error::from(error);
            self.collided |= matches!(error, Error::Busy);
            error
        })
    }
}

impl Tx {
    /// Makes everything done here permanent and visible.
    pub async fn commit(self) -> Result<()> {
        Ok(self.reader.link.commit().await?)
    }

    /// Undoes everything done here. Dropping does the same, only later.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.reader.link.roll_back().await?)
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("collided", &self.collided)
            .finish_non_exhaustive()
    }
}
